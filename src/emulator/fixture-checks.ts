/** What a fixture checks by itself before it bothers the world: names, times, snapshots. Tests may be plain JavaScript. */
import { KeyturnError } from "../kernel/errors.ts";
import type { JsonObject, JsonValue } from "../kernel/json.ts";
import { isJsonObject } from "../kernel/json.ts";
import type { DurationMs } from "../kernel/time.ts";
import { parseDuration } from "../kernel/time.ts";
import { didYouMean } from "./profiles/input/nearest-name.ts";
import {
  isClusterScoped,
  kindFromSpelling,
  kindSpellings,
} from "./scenario/kubernetes-kinds.ts";
import { parseObjectName, parseWho } from "./scenario/names.ts";
import { ScenarioError } from "./scenario/problems.ts";

/** Throws for a member that nobody would look at. */
export function refuseUnknownMembers(
  what: string,
  given: object,
  known: readonly string[],
): void {
  for (const name of Object.keys(given))
    if (!known.includes(name))
      throw new KeyturnError(
        "UnknownOption",
        `Failed to ${what}: there is no option ${JSON.stringify(name)}${didYouMean(name, known)}`,
      );
}

/** Milliseconds, or a duration as text. Throws a `KeyturnError`. */
export function readDuration(
  what: string,
  duration: string | DurationMs,
): DurationMs {
  const ms = typeof duration === "number" ? duration : parseDuration(duration);
  if (ms === null || !Number.isSafeInteger(ms) || ms < 0)
    throw new KeyturnError(
      "BadDuration",
      `Failed to ${what} ${typeof duration === "string" ? JSON.stringify(duration) : String(duration)}: give a duration like 500ms, 30s, 2m or 1h30m, or whole milliseconds`,
    );
  return ms;
}

export interface PodPlace {
  readonly namespace: string;
  readonly pod: string;
  /** Undefined where none is named. */
  readonly container: string | undefined;
}

/** `[NAMESPACE/]WHO[@CONTAINER]`; of a workload `pod` is `deployment/NAME` or its like. Throws a `KeyturnError`. */
export function readPodPlace(who: string, namespace: string): PodPlace {
  const [name = "", container, ...more] = who.split("@");
  const parsed = parseWho(name, namespace);
  if (!parsed.ok || container === "" || more.length > 0)
    throw new KeyturnError(
      "BadPodName",
      `Failed to read from ${JSON.stringify(who)}: a pod is [NAMESPACE/]POD[@CONTAINER], or [NAMESPACE/]deployment/NAME[@CONTAINER]`,
    );
  const { kind, namespace: scope, name: of } = parsed.value;
  const pod = kind === "pod" ? of : `${kind}/${of}`;
  return { namespace: scope, pod, container };
}

/** `[NAMESPACE/]KIND/NAME` in any spelling of kubectl's. Throws a `KeyturnError`. */
export function readObject(
  what: string,
  object: string,
  namespace: string,
): {
  readonly objectKind: string;
  readonly namespace: string;
  readonly name: string;
} {
  const parsed = parseObjectName(object, namespace, []);
  if (!parsed.ok)
    throw new KeyturnError(
      "BadObjectName",
      `Failed to ${what} ${JSON.stringify(object)}: ${parsed.message}; ${parsed.fix}`,
    );
  const { kind, ...place } = parsed.value;
  return { objectKind: kind, ...place };
}

/** Throws, as kubectl does, for a container that the pod does not have. */
export function refuseUnknownContainer(
  pod: JsonObject,
  { pod: name, container }: PodPlace,
): void {
  if (container === undefined) return;
  const spec = isJsonObject(pod["spec"]) ? pod["spec"] : {};
  const names = ["containers", "initContainers"].flatMap((member) => {
    const list = spec[member];
    const containers = Array.isArray(list) ? list.filter(isJsonObject) : [];
    return containers.map((each) => each["name"] as string);
  });
  if (names.includes(container)) return;
  throw new KeyturnError(
    "NoSuchContainer",
    `Failed to read from ${name}: container ${container} is not valid for pod ${name}${didYouMean(container, names)}; it has ${names.join(", ")}`,
  );
}

/** A kind in any spelling of kubectl's, and the namespace its objects live in: empty for cluster-scoped kinds. */
export function readKind(
  word: string,
  namespace: string,
): { readonly kind: string; readonly namespace: string } {
  const kind = kindFromSpelling(word);
  if (kind === null)
    throw new KeyturnError(
      "NoSuchKind",
      `Failed to get an object: the server doesn't have a resource type ${JSON.stringify(word)}${didYouMean(word, kindSpellings())}`,
    );
  return { kind, namespace: isClusterScoped(kind) ? "" : namespace };
}

/** Throws for a path where the text of a manifest is wanted. */
export function refusePath(manifest: string): void {
  if (/^[^\s:{]+\.(?:ya?ml|json)$/.test(manifest.trim()))
    throw new KeyturnError(
      "PathForManifest",
      `Failed to apply ${JSON.stringify(manifest)}: it is a path; give the text, as readFileSync(path, "utf8") reads it`,
    );
}

/** The loader's error as the caller of a fixture should read it: about a call, not about a file. */
export function asErrorOf(what: string, error: unknown, file: string): unknown {
  if (!(error instanceof ScenarioError)) return error;
  const [head = "", ...lines] = error.message.split("\n");
  const count = head.slice(head.lastIndexOf(":") + 2);
  const place = new RegExp(`^${file}:\\d+:\\d+: `);
  error.message = [
    `Failed to ${what}: ${count}`,
    ...lines.map((line) => line.replace(place, "")),
  ].join("\n");
  return error;
}

/** Throws unless the snapshot was taken of a world of the same configuration. */
export function checkSnapshot(snapshot: JsonValue, made: JsonValue): void {
  const of = isJsonObject(snapshot) ? snapshot["made"] : undefined;
  if (of === undefined)
    throw new KeyturnError(
      "NoSnapshot",
      "Failed to restore: this is nothing that snapshot() returned",
    );
  if (JSON.stringify(of) !== JSON.stringify(made))
    throw new KeyturnError(
      "OtherWorld",
      `Failed to restore: the snapshot is of a world with ${JSON.stringify(of)}, this one has ${JSON.stringify(made)}`,
    );
}
