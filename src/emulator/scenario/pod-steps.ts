/** Steps that act inside a pod: `exec` and `kill`. */
import { listNames } from "../profiles/input/nearest-name.ts";
import type { Path } from "../profiles/input/yaml-document.ts";
import type { Command } from "../world/commands.ts";
import { containerNames, noSuchContainer } from "./container-paths.ts";
import type { Declared } from "./declared.ts";
import { countAt, numberAt, reportAt, textAt } from "./load-context.ts";
import type { LoadContext } from "./load-context.ts";
import { NameLookup } from "./name-lookup.ts";

/** What a container killed by the kernel exits with: 128 + SIGKILL. */
const KILLED_EXIT_CODE = 137;
const SHELL = ["sh", "-c"];

interface Place {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string | null;
}

/** Without a container the pod's first one, as kubectl takes it. The caller numbers the executions. */
export function readExec(
  context: LoadContext,
  declared: Declared,
  path: Path,
): Command | null {
  const place = readPlace(context, declared, path);
  const command = readWords(context, [...path, "command"]);
  if (place === null || command === null) return null;
  return { kind: "exec", exec: "", ...place, command };
}

/** Null when it is wrong. */
function readWords(context: LoadContext, path: Path): string[] | null {
  if (context.checked.get(path) === undefined) return null;
  const line = textAt(context, path);
  if (line !== null) return [...SHELL, line];
  const count = countAt(context, path);
  return Array.from(
    { length: count },
    (_, i) => textAt(context, [...path, i]) ?? "",
  );
}

/** Without a container the only one; of several, one must be named. */
export function readKill(
  context: LoadContext,
  declared: Declared,
  path: Path,
): Command | null {
  const place = readPlace(context, declared, path);
  if (place === null || context.checked.isBad(path)) return null;
  const names = containersOf(declared, place);
  if (place.container === null && names.length > 1) {
    reportAt(context, [...path, "pod"], {
      message: `the pod "${place.pod}" has ${names.length} containers: ${listNames(names, "none")}`,
      fix: `name one, like "container: ${names[0]}"`,
    });
    return null;
  }
  const exitCode = numberAt(context, [...path, "exitCode"]) ?? KILLED_EXIT_CODE;
  return { kind: "kill", ...place, exitCode };
}

function readPlace(
  context: LoadContext,
  declared: Declared,
  path: Path,
): Place | null {
  const who = new NameLookup(context, declared).who([...path, "pod"]);
  if (who === null) return null;
  const container = textAt(context, [...path, "container"]);
  const place = { namespace: who.namespace, pod: who.name, container };
  if (container === null || !declared.objectsKnown) return place;
  const names = containersOf(declared, place);
  if (names.includes(container)) return place;
  const problem = noSuchContainer(place.pod, container, names);
  reportAt(context, [...path, "container"], problem);
  return null;
}

/** Of all manifests of the pod, each name once. */
function containersOf(declared: Declared, place: Place): string[] {
  const pods = declared.manifestsOf("Pod", place.namespace, place.pod);
  return [...new Set(pods.flatMap(containerNames))];
}
