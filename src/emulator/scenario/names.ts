/**
 * The grammar of names in scenarios: who, sinks, objects. Only the form is judged here; whether a thing exists is
 * known to `declared.ts`.
 */
import type { SinkName, Who } from "../trace/names.ts";
import { didYouMean } from "../profiles/input/nearest-name.ts";
import {
  isClusterScoped,
  kindFromSpelling,
  kindSpellings,
} from "./kubernetes-kinds.ts";

/** What a name means, or why it means nothing and what to write instead. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string; readonly fix: string };

export interface ObjectName {
  readonly kind: string;
  /** Empty for cluster-scoped kinds. */
  readonly namespace: string;
  readonly name: string;
}

const WORKLOADS = ["deployment", "daemonset", "statefulset"] as const;
const SUBDOMAIN =
  /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** RFC 1123 subdomain, at most 253 characters: names of pods, nodes and most objects. */
export function isSubdomain(text: string): boolean {
  return text.length <= 253 && SUBDOMAIN.test(text);
}

/** RFC 1123 label, at most 63 characters: names of namespaces and containers. */
export function isLabel(text: string): boolean {
  return text.length <= 63 && LABEL.test(text);
}

const fail = (message: string, fix: string) =>
  ({ ok: false, message, fix }) as const;
const done = <T>(value: T) => ({ ok: true, value }) as const;

/** `[NAMESPACE/]POD` or `[NAMESPACE/]deployment|daemonset|statefulset/NAME`. */
export function parseWho(text: string, namespace: string): Parsed<Who> {
  const fix = "write POD, NAMESPACE/POD or deployment/NAME";
  const parts = text.split("/");
  const workload = (word: string) =>
    WORKLOADS.find((kind) => kind === word.toLowerCase()) ?? null;
  let who: Who;
  if (parts.length === 1) who = { kind: "pod", namespace, name: parts[0]! };
  else if (parts.length === 2) {
    const [first, name] = parts as [string, string];
    const kind = workload(first);
    who = kind
      ? { kind, namespace, name }
      : { kind: "pod", namespace: first, name };
  } else if (parts.length === 3) {
    const [scope, word, name] = parts as [string, string, string];
    const kind = word.toLowerCase() === "pod" ? "pod" : workload(word);
    if (!kind) return fail(`"${text}" names no pod or workload`, fix);
    who = { kind, namespace: scope, name };
  } else return fail(`"${text}" has too many parts`, fix);
  return isLabel(who.namespace) && isSubdomain(who.name)
    ? done(who)
    : fail(`"${text}" names no pod or workload`, fix);
}

const SINK_FORMS = {
  file: "[NAMESPACE/]WHO[@CONTAINER]:/PATH",
  env: "[NAMESPACE/]WHO[@CONTAINER]:NAME",
  secret: "[NAMESPACE/]SECRET/KEY",
  webhook: "SUBSCRIPTION",
  app: "[NAMESPACE/]WHO",
  lane: "NAME",
} as const;

export type SinkKind = keyof typeof SINK_FORMS;
export const SINK_KINDS = Object.keys(SINK_FORMS) as readonly SinkKind[];

/** One sink, as `kind: text` says it. */
export function parseSink(
  kind: SinkKind,
  text: string,
  namespace: string,
): Parsed<SinkName> {
  const fix = `a ${kind} sink is ${SINK_FORMS[kind]}`;
  switch (kind) {
    case "file":
    case "env":
      return parseInContainer(kind, text, namespace, fix);
    case "secret": {
      const parts = text.split("/");
      const key = parts.pop()!;
      const secret = parts.pop() ?? "";
      const scope = parts.pop() ?? namespace;
      const sound =
        parts.length === 0 &&
        isLabel(scope) &&
        isSubdomain(secret) &&
        /^[-._a-zA-Z0-9]+$/.test(key);
      return sound
        ? done({ kind, namespace: scope, secret, key })
        : fail(`"${text}" names no key of a Secret`, fix);
    }
    case "webhook":
      return /^[-a-zA-Z0-9]+$/.test(text)
        ? done({ kind, subscription: text })
        : fail(`"${text}" names no subscription`, fix);
    case "app": {
      const who = parseWho(text, namespace);
      return who.ok ? done({ kind, who: who.value }) : who;
    }
    case "lane":
      return done({ kind, lane: text });
  }
}

function parseInContainer(
  kind: "file" | "env",
  text: string,
  namespace: string,
  fix: string,
): Parsed<SinkName> {
  const colon = text.indexOf(":");
  if (colon < 0) return fail(`"${text}" lacks the ":" after the pod`, fix);
  const [whoText, container, ...more] = text.slice(0, colon).split("@");
  const rest = text.slice(colon + 1);
  const who = parseWho(whoText!, namespace);
  if (!who.ok) return fail(who.message, fix);
  if (more.length > 0 || (container !== undefined && !isLabel(container)))
    return fail(`"${text}" names no container`, fix);
  const place = { who: who.value, container: container ?? null };
  if (kind === "env")
    return /^[^=\s]+$/.test(rest)
      ? done({ kind, ...place, variable: rest })
      : fail(`"${rest}" is no name of an environment variable`, fix);
  if (!/^\/.*[^/]$/.test(rest) || rest.includes("//"))
    return fail(`"${rest}" is no absolute path of a file`, fix);
  return done({ kind, ...place, path: rest });
}

/**
 * `[NAMESPACE/]KIND/NAME`; the kind in any spelling that kubectl takes. `kinds` are further kinds that the scenario
 * itself uses.
 */
export function parseObjectName(
  text: string,
  namespace: string,
  kinds: Iterable<string>,
): Parsed<ObjectName> {
  const fix = "write KIND/NAME or NAMESPACE/KIND/NAME, like pod/busybox";
  const parts = text.split("/");
  const [name, word] = [parts.pop()!, parts.pop() ?? ""];
  const scope = parts.pop();
  if (parts.length > 0 || word === "" || name === "")
    return fail(`"${text}" names no object`, fix);
  const lower = word.toLowerCase();
  const kind =
    kindFromSpelling(word) ??
    [...kinds].find((known) => known.toLowerCase() === lower);
  if (kind === undefined)
    return fail(
      `there is no kind "${word}"${didYouMean(word, kindSpellings())}`,
      fix,
    );
  if (!isClusterScoped(kind))
    return done({ kind, namespace: scope ?? namespace, name });
  return scope === undefined
    ? done({ kind, namespace: "", name })
    : fail(`a ${kind} is in no namespace`, `write ${lower}/${name}`);
}
