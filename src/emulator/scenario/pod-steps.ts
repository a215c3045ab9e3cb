/** Steps that act inside a pod: `exec` and `kill`. */
import { listNames } from "../profiles/input/nearest-name.ts";
import type { Path } from "../profiles/input/yaml-document.ts";
import type { Command } from "../world/commands.ts";
import {
  containerNames,
  noSuchContainer,
  whoName,
  whoText,
} from "./container-paths.ts";
import type { Declared } from "./declared.ts";
import { countAt, numberAt, reportAt, textAt } from "./load-context.ts";
import type { LoadContext } from "./load-context.ts";
import { NameLookup } from "./name-lookup.ts";

/** What a container killed by the kernel exits with: 128 + SIGKILL. */
const KILLED_EXIT_CODE = 137;
const SHELL = ["sh", "-c"];

/** `[NAMESPACE/]{.items[N].metadata.name}`: the N-th of `kubectl get pods`. */
const OF_THE_LIST = /^(?:([^/{]+)\/)?(\{\.items\[\d+\]\.metadata\.name\})$/;

interface Place {
  readonly namespace: string;
  /** As the command has it. */
  readonly pod: string;
  readonly selector?: string;
  readonly container: string | null;
}

/** A place, and the containers that it has as far as manifests say; null where nobody can know. */
interface Found {
  readonly place: Place;
  readonly of: string;
  readonly containers: readonly string[] | null;
}

/** Without a container the pod's first one, as kubectl takes it. The caller numbers the executions. */
export function readExec(
  context: LoadContext,
  declared: Declared,
  path: Path,
): Command | null {
  const found = readPlace(context, declared, path);
  const command = readWords(context, [...path, "command"]);
  if (found === null || command === null) return null;
  return { kind: "exec", exec: "", ...found.place, command };
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
  const found = readPlace(context, declared, path);
  if (found === null || context.checked.isBad(path)) return null;
  const { place, of, containers } = found;
  const names = containers ?? [];
  if (place.container === null && names.length > 1) {
    reportAt(context, [...path, "pod"], {
      message: `${of} has ${names.length} containers: ${listNames(names, "none")}`,
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
): Found | null {
  const found = readListed(context, path) ?? readNamed(context, declared, path);
  if (found === null) return null;
  const { container } = found.place;
  const { of, containers } = found;
  if (container === null || containers === null || !declared.objectsKnown)
    return found;
  if (containers.includes(container)) return found;
  const problem = noSuchContainer(of, container, containers);
  reportAt(context, [...path, "container"], problem);
  return null;
}

/** Null where no place in the list is written. */
function readListed(context: LoadContext, path: Path): Found | null {
  const written = textAt(context, [...path, "pod"]);
  const [, scope, pod] = OF_THE_LIST.exec(written ?? "") ?? [];
  if (pod === undefined) return null;
  const selector = textAt(context, [...path, "selector"]);
  const place = {
    namespace: scope ?? context.namespace,
    pod,
    ...(selector !== null && { selector }),
    container: textAt(context, [...path, "container"]),
  };
  return { place, of: pod, containers: null };
}

function readNamed(
  context: LoadContext,
  declared: Declared,
  path: Path,
): Found | null {
  const who = new NameLookup(context, declared).who([...path, "pod"]);
  if (context.checked.raw([...path, "selector"]) !== undefined)
    context.problems.add(
      context.checked.document.atKey([...path, "selector"]),
      '"selector" goes with a place in the list of pods',
      'write pod: "{.items[0].metadata.name}", or remove it',
    );
  if (who === null) return null;
  const place = {
    namespace: who.namespace,
    pod: whoName(who),
    container: textAt(context, [...path, "container"]),
  };
  const names = declared.podsOf(who).flatMap(containerNames);
  return { place, of: whoText(who), containers: [...new Set(names)] };
}
