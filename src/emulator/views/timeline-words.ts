/**
 * The words of the timeline: how actors, objects, settings and places are called. Models no real component.
 */
import type { JsonObject, JsonValue } from "../../kernel/json.ts";
import { isJsonObject } from "../../kernel/json.ts";
import type { Fact } from "../../kernel/trace.ts";
import type { FactNamed } from "../trace/fact-index.ts";
import { pathThrough } from "../trace/file-place.ts";
import { spokenDuration } from "./terminal.ts";

export type FileFact = FactNamed<"volume.switched">["data"]["files"][number];
export type MountFact =
  FactNamed<"kubelet.pod.added">["data"]["mounts"][number];

/** Who did it: `driver` with its node, `vault`, `api` … */
export interface Actor {
  readonly role: string;
  readonly node: string | null;
}

export const USER: Actor = { role: "user", node: null };
export const VAULT: Actor = { role: "vault", node: null };
export const API: Actor = { role: "api", node: null };
export const FAULT: Actor = { role: "fault", node: null };
export const EXEC: Actor = { role: "exec", node: null };

/** An actor on a node; without the node where none is known. */
export function node(role: string, name: string | null): Actor {
  return { role, node: name === "" ? null : name };
}

/** `node-0` of `node-0/csi-driver`. */
export function nodeOf(fact: Fact): string {
  return fact.at.split("/")[0]!;
}

/** `driver node-0` of the writer `node-0/csi-driver`; the API server for what sits on no node. */
export function actorOf(component: string): Actor {
  const [name = "", role] = component.split("/");
  if (role === undefined) return API;
  return node(role === "csi-driver" ? "driver" : role, name);
}

/** The name without its namespace. */
export function shortName(qualified: string): string {
  return qualified.slice(qualified.lastIndexOf("/") + 1);
}

/** `default/Pod/busybox` as `Pod busybox`. */
export function spokenObject(target: string): string {
  return target.split("/").slice(-2).join(" ");
}

const KINDS_NAMED = 2;

/** `Pod, SecretProviderClass ×2, 1 more`: the kinds of applied objects, last first, since setups end with what they are for. */
export function appliedObjects(targets: readonly string[]): string {
  const kinds = new Map<string, number>();
  for (const target of targets.toReversed()) {
    const kind = target.split("/").at(-2) ?? target;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  const named = [...kinds]
    .slice(0, KINDS_NAMED)
    .map(([kind, count]) => (count === 1 ? kind : `${kind} ×${count}`));
  const others = [...kinds.values()].slice(KINDS_NAMED);
  const more = others.reduce((sum, count) => sum + count, 0);
  return [...named, ...(more === 0 ? [] : [`${more} more`])].join(", ");
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

export function sharedOrdinal(
  contents: readonly { readonly ordinal: number }[],
): number | null {
  const ordinals = new Set(contents.map((content) => content.ordinal));
  return ordinals.size === 1 ? contents[0]!.ordinal : null;
}

export function sameContent(a: FileFact, b: FileFact): boolean {
  return (
    a.path === b.path &&
    a.object === b.object &&
    a.version === b.version &&
    a.form === b.form
  );
}

/** The path of a volume's file in the first container that follows changes of it. */
export function placeOf(
  mounts: readonly MountFact[],
  volume: string,
  file: string,
): string {
  for (const mount of mounts) {
    if (mount.volume !== volume || mount.subPath !== null) continue;
    const path = pathThrough(mount, file);
    if (path !== null) return path;
  }
  return `${volume}/${file}`;
}

/** The vault's answer inside what the Azure SDK for Go makes of a failed request. */
const VAULT_ANSWER =
  /RESPONSE \d+: (\d+ [^\n]*)\n[^]*?"message": *"((?:[^"\\]|\\.)*)"/;
const HELP = / For help resolving this issue, please see \S+/g;

/** The claims of a refused caller, which the audit log has in full. */
const CALLER = /'appid=([0-9a-f]{8})[^']*'/g;

/** The part of an error text that says why: the vault's own words where there are any, else all in one line. */
export function essence(error: string): string {
  const answer = VAULT_ANSWER.exec(error);
  const text =
    answer === null
      ? error.replace(/-{4,}/g, " ")
      : `${answer[1]!}: ${JSON.parse(`"${answer[2]!}"`) as string}`;
  return text
    .replace(HELP, "")
    .replace(CALLER, "'appid=$1…'")
    .replace(/\s+/g, " ")
    .trim();
}

/** Text without what varies between failures of one kind: numbers and ids. */
export function alike(text: string): string {
  return text.replace(/[0-9a-f]{8}[0-9a-f-]*|\d+/g, "#");
}

/** A run without its first instance; null when nothing is left. */
export function withoutFirst(fact: Fact): Fact | null {
  const { run } = fact;
  if (run === undefined || run.count < 2) return null;
  const { first, every, count } = run;
  return { ...fact, run: { first: first + every, every, count: count - 1 } };
}

/** Settings that are no durations. */
const COUNTS = new Set([
  "minor",
  "replicas",
  "transactionsPer10s",
  "secretSetsPer10s",
  "keyCreatesPer10s",
  "subscriptionFactor",
  "pricePer10kOperations",
  "pricePer10kOtherKeyOperations",
  "pricePerCertificateRenewal",
]);

/** `addon.rotationPollInterval: 2m, now 1m`, one for each setting that differs. */
export function settingChanges(
  before: JsonObject,
  after: JsonObject,
): string[] {
  const changes: string[] = [];
  for (const [group, values] of Object.entries(after)) {
    if (!isJsonObject(values)) continue;
    const old = before[group];
    for (const [name, value] of Object.entries(values)) {
      const was = isJsonObject(old) ? old[name] : undefined;
      if (was === value) continue;
      changes.push(
        `${group}.${name}: ${spokenSetting(name, was)}, now ${spokenSetting(name, value)}`,
      );
    }
  }
  return changes;
}

function spokenSetting(name: string, value: JsonValue | undefined): string {
  if (value === undefined) return "unset";
  return typeof value === "number" && !COUNTS.has(name)
    ? spokenDuration(value)
    : JSON.stringify(value);
}
