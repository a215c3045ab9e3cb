/**
 * `applications:` of a scenario: what the program in a pod does with the secret. Each becomes Keyturn's annotation on the
 * pod, or on the template of the workload's pods, in every manifest of it.
 */
import { isJsonObject } from "../../kernel/json.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { Position } from "../profiles/input/problem.ts";
import type { Path } from "../profiles/input/yaml-document.ts";
import { formatSink } from "../trace/names.ts";
import type { Who } from "../trace/names.ts";
import { applicationOf, applicationProblems } from "../world/check-manifest.ts";
import { APP_ANNOTATION } from "../world/kinds.ts";
import { podOf, podPath } from "../world/pod-templates.ts";
import {
  containerNames,
  fileSinkProblem,
  noSuchContainer,
  whoText,
} from "./container-paths.ts";
import type { NameProblem } from "./container-paths.ts";
import { envSinkProblem } from "./container-variables.ts";
import type { Declared } from "./declared.ts";
import { positionAt, reportAt, textAt, valueAt } from "./load-context.ts";
import type { LoadContext } from "./load-context.ts";
import { parseWho } from "./names.ts";

interface Application {
  readonly who: Who;
  /** Where it stands. */
  readonly path: Path;
  readonly annotation: string;
}

/** One that a manifest has by its own annotation. */
interface Annotated {
  readonly pod: JsonObject;
  /** Null for kinds that no sink can name. */
  readonly who: Who | null;
  /** Where the annotation stands. */
  readonly at: Position;
}

/** What `applications:` says, and which of it has found its manifest; and what manifests say by themselves. */
export class Applications {
  readonly #context: LoadContext;
  readonly #list: readonly Application[];
  readonly #found = new Set<Application>();
  readonly #annotated: Annotated[] = [];

  constructor(context: LoadContext) {
    this.#context = context;
    this.#list = readApplications(context);
  }

  /** The object with its application's annotation, if it has an application. */
  annotated(object: JsonObject, locate: (path: Path) => Position): JsonObject {
    const app = this.#of(object);
    if (app === undefined) return this.#noted(object, locate);
    const path = podPath(object["kind"] as string)!;
    const pod = valueAt(object, ...path);
    if (!isJsonObject(pod)) return object;
    this.#found.add(app);
    const metadata = isJsonObject(pod["metadata"]) ? pod["metadata"] : {};
    const { annotations } = metadata;
    const own = isJsonObject(annotations) ? annotations : {};
    if (APP_ANNOTATION in own) {
      this.#context.problems.add(
        locate([...path, "metadata", "annotations", APP_ANNOTATION]),
        `"applications:" says already what this one does`,
        "remove one of them",
      );
      return object;
    }
    const marked = {
      ...pod,
      metadata: {
        ...metadata,
        annotations: { ...own, [APP_ANNOTATION]: app.annotation },
      },
    };
    return replaced(object, path, marked);
  }

  /** Reports what has no manifest, and names that do not exist. */
  check(declared: Declared): void {
    for (const app of this.#list)
      if (this.#found.has(app)) this.#checkNames(app, declared);
      else if (declared.objectsKnown) this.#reportMissing(app, declared);
    if (this.#context.isPart) return;
    for (const annotated of this.#annotated)
      this.#checkAnnotated(annotated, declared);
  }

  #noted(object: JsonObject, locate: (path: Path) => Position): JsonObject {
    const kind = object["kind"] as string;
    const path = podPath(kind);
    const pod = podOf(kind, object);
    if (path === null || pod === null || applicationOf(pod) === null)
      return object;
    const { name, namespace } = object["metadata"] as {
      readonly name: string;
      readonly namespace: string;
    };
    const whoKind = WHO_KINDS.find((known) => OBJECT_KINDS[known] === kind);
    const who =
      whoKind === undefined ? null : { kind: whoKind, name, namespace };
    const at = locate([...path, "metadata", "annotations", APP_ANNOTATION]);
    this.#annotated.push({ pod, who, at });
    return object;
  }

  #checkAnnotated({ pod, who, at }: Annotated, declared: Declared): void {
    const { container, source, database } = applicationOf(pod)!;
    const names = containerNames(pod);
    if (container !== null && !names.includes(container)) return;
    const place = { container: container ?? names[0] ?? null };
    const problem =
      who === null || !declared.objectsKnown
        ? null
        : source.kind === "file"
          ? fileSinkProblem({ ...source, ...place, who }, declared)
          : source.kind === "variable"
            ? envSinkProblem(
                { kind: "env", ...place, who, variable: source.name },
                declared,
              )
            : null;
    if (problem !== null)
      this.#context.problems.add(at, problem.message, problem.fix);
    if (source.kind === "vault") {
      const vault = declared.vault(source.vault, at);
      if (vault !== null) declared.secret(vault, source.secret, at);
    }
    if (database !== null) declared.database(database, at);
  }

  #of(object: JsonObject): Application | undefined {
    const kind = object["kind"];
    const metadata = object["metadata"] as JsonObject;
    return this.#list.find(
      ({ who }) =>
        kind === OBJECT_KINDS[who.kind] &&
        metadata["name"] === who.name &&
        metadata["namespace"] === who.namespace,
    );
  }

  #reportMissing({ who, path }: Application, declared: Declared): void {
    const { checked, problems, namespace } = this.#context;
    const at = checked.document.atKey(path);
    if (!declared.who(who, at)) return;
    const name = formatSink({ kind: "app", who }, namespace);
    problems.add(
      at,
      `no manifest of the scenario declares ${name}`,
      "name a pod or a workload of its manifests",
    );
  }

  /** What it says that no application can be; each pod may say it differently, and once is enough. */
  #reportOwn({ who, path }: Application, declared: Declared): boolean {
    const { checked, problems } = this.#context;
    const messages = new Set(
      declared.podsOf(who).flatMap((pod) => [...applicationProblems(pod)]),
    );
    for (const message of messages) {
      const text = message.replace(`${APP_ANNOTATION} `, "the application ");
      const key = /^the application has "(\w+)"/.exec(text)?.[1];
      const at = key === undefined ? null : [...path, key];
      const stands = at !== null && checked.raw(at) !== undefined;
      const place = stands
        ? checked.document.atKey(at)
        : checked.document.atKey(path);
      problems.add(place, text);
    }
    return messages.size > 0;
  }

  #checkNames(app: Application, declared: Declared): void {
    const { who, path } = app;
    const context = this.#context;
    const text = (key: string) => textAt(context, [...path, key]);
    const report = (key: string, problem: NameProblem | null) => {
      if (problem !== null) reportAt(context, [...path, key], problem);
    };
    const at = (key: string) => positionAt(context, [...path, key]);
    const container = text("container");
    const names = declared.podsOf(who).flatMap(containerNames);
    const strangers = ["container", "sidecar"].filter((key) => {
      const name = text(key);
      return name !== null && !names.includes(name);
    });
    for (const key of strangers)
      report(
        key,
        noSuchContainer(whoText(who), text(key)!, [...new Set(names)]),
      );
    if (strangers.length > 0 || this.#reportOwn(app, declared)) return;
    // Without one it is the pod's first container.
    const place = { who, container: container ?? names[0] ?? null };
    const file = text("file");
    if (file !== null)
      report(
        "file",
        fileSinkProblem({ kind: "file", ...place, path: file }, declared),
      );
    const variable = text("env");
    if (variable !== null)
      report(
        "env",
        envSinkProblem({ kind: "env", ...place, variable }, declared),
      );
    const vault = text("vault");
    const secret = text("secret");
    const known = vault === null ? null : declared.vault(vault, at("vault"));
    if (known !== null && secret !== null)
      declared.secret(known, secret, at("secret"));
    const database = text("database");
    if (database !== null) declared.database(database, at("database"));
  }
}

const WHO_KINDS = ["pod", "deployment", "daemonset", "statefulset"] as const;
const OBJECT_KINDS: Readonly<Record<Who["kind"], string>> = {
  pod: "Pod",
  deployment: "Deployment",
  daemonset: "DaemonSet",
  statefulset: "StatefulSet",
};

function readApplications(context: LoadContext): Application[] {
  const { checked, problems, namespace } = context;
  const path = ["applications"];
  return checked.document.keys(path).flatMap((name) => {
    const at = [...path, name];
    const who = parseWho(name, namespace);
    if (!who.ok) {
      problems.add(checked.document.atKey(at), who.message, who.fix);
      return [];
    }
    const spec = checked.get(at);
    if (!isJsonObject(spec)) return [];
    // JSON is YAML.
    return [{ who: who.value, path: at, annotation: JSON.stringify(spec) }];
  });
}

/** A copy with another part at `path`. */
function replaced(
  object: JsonObject,
  [key, ...rest]: readonly string[],
  part: JsonObject,
): JsonObject {
  if (key === undefined) return part;
  const inner = object[key];
  return {
    ...object,
    [key]: replaced(isJsonObject(inner) ? inner : {}, rest, part),
  };
}
