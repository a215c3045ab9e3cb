/**
 * When programs end: by themselves, or on SIGTERM. What a container runs is not modelled; annotations of its pod say it:
 *
 *   keyturn.dev/exit-after  `5s` for every regular container, or `main=5s,setup=1s` by name
 *   keyturn.dev/exit-code   `1`, or `main=1`; default 0
 *   keyturn.dev/stop-after  `5s` from SIGTERM to its end, or `never`: SIGKILL ends it; also by name
 *
 * The first two are read at each start of a container. An init container without one ends at once, with success. The first
 * process of a container hears only signals that it has a handler for, so shells, `sleep` and their like ignore SIGTERM.
 *
 * Source: pid_namespaces(7); reloader.md 1.11 (the old busybox lingers for its grace period)
 * Simplification: A command of sleep, tail, cat, watch or a shell without a trap ignores SIGTERM as the first process of its container; everything else ends within latency.containerStop, unless the annotation keyturn.dev/stop-after says otherwise.
 * Simplification: A container's program runs until it is stopped unless the annotations keyturn.dev/exit-after and keyturn.dev/exit-code of its pod say otherwise; a plain init container succeeds at once.
 */
import type { ApiObject, Stored } from "../../cluster-sim/ports.ts";
import type { DurationMs } from "../../kernel/time.ts";
import { parseDuration } from "../../kernel/time.ts";
import { specOf } from "../pod-spec.ts";

export const EXIT_AFTER = "keyturn.dev/exit-after";
export const EXIT_CODE = "keyturn.dev/exit-code";
export const STOP_AFTER = "keyturn.dev/stop-after";

const NEVER = "never";
/** Programs that have no handler for SIGTERM. */
const UNHANDLING = ["sleep", "tail", "cat", "watch", "yes"];
const SHELLS = ["sh", "ash", "bash", "dash"];

const HIGHEST_EXIT_CODE = 255;

export interface Program {
  /** Null: until it is stopped. */
  readonly lifetimeMs: DurationMs | null;
  readonly exitCode: number;
}

/** What is wrong with these annotations of a pod, each as a sentence; empty when nothing is. */
export function exitAnnotationProblems(
  annotations: Readonly<Record<string, string>>,
): string[] {
  const { [EXIT_AFTER]: after, [EXIT_CODE]: code } = annotations;
  const { [STOP_AFTER]: stop } = annotations;
  const problems: string[] = [];
  if (after !== undefined && readByName(after, parseDuration) === null)
    problems.push(
      `${EXIT_AFTER}: "${after}" is neither a duration (5s) nor a list of CONTAINER=DURATION (main=5s,setup=1s)`,
    );
  if (code !== undefined && readByName(code, parseExitCode) === null)
    problems.push(
      `${EXIT_CODE}: "${code}" is neither an exit code from 0 to ${HIGHEST_EXIT_CODE} nor a list of CONTAINER=CODE (main=1)`,
    );
  if (stop !== undefined && readByName(stop, parseStop) === null)
    problems.push(
      `${STOP_AFTER}: "${stop}" is neither a duration (5s), nor "${NEVER}", nor a list of CONTAINER=DURATION (main=5s,setup=never)`,
    );
  return problems;
}

/** How long a container's program takes to end after SIGTERM; Infinity: it ignores it. `usualMs` of one that handles it. */
export function stopAfterMs(
  pod: ApiObject,
  container: string,
  usualMs: DurationMs,
): DurationMs {
  const { annotations = {} } = pod.metadata;
  const text = annotations[STOP_AFTER];
  const byName = text === undefined ? null : readByName(text, parseStop);
  const said = byName?.get(container) ?? byName?.get("");
  if (said !== undefined) return said;
  const {
    initContainers = [],
    containers,
    shareProcessNamespace,
  } = specOf(pod);
  // The first process is then the sandbox's own, and anybody else is an ordinary process.
  if (shareProcessNamespace === true) return usualMs;
  const spec = [...initContainers, ...containers].find(
    ({ name }) => name === container,
  );
  return ignoresSigterm(spec?.command ?? []) ? Infinity : usualMs;
}

function ignoresSigterm([program = "", ...rest]: readonly string[]): boolean {
  const name = program.slice(program.lastIndexOf("/") + 1);
  if (UNHANDLING.includes(name)) return true;
  return SHELLS.includes(name) && !rest.some((word) => word.includes("trap "));
}

/** What a container of the pod runs if it is started now; annotations that cannot be read count as absent. */
export function programOf(pod: ApiObject, container: string): Program {
  const { annotations = {} } = pod.metadata;
  const { initContainers = [] } = specOf(pod);
  const init = initContainers.some(({ name }) => name === container);
  const value = <T>(name: string, read: (text: string) => T | null) => {
    const text = annotations[name];
    const byName = text === undefined ? null : readByName(text, read);
    return byName?.get(container) ?? (init ? null : (byName?.get("") ?? null));
  };
  return {
    lifetimeMs: value(EXIT_AFTER, parseDuration) ?? (init ? 0 : null),
    exitCode: value(EXIT_CODE, parseExitCode) ?? 0,
  };
}

/** Values by container, the empty name standing for every one; null for text that is no such list. */
function readByName<T>(
  text: string,
  read: (text: string) => T | null,
): Map<string, T> | null {
  const values = new Map<string, T>();
  for (const part of text.split(",")) {
    const [left = "", right] = part.trim().split("=");
    const value = read((right ?? left).trim());
    const name = right === undefined ? "" : left.trim();
    if (value === null || (right !== undefined && name === "")) return null;
    if (values.has(name)) return null;
    values.set(name, value);
  }
  return values;
}

function parseStop(text: string): DurationMs | null {
  return text === NEVER ? Infinity : parseDuration(text);
}

function parseExitCode(text: string): number | null {
  if (!/^\d{1,3}$/.test(text)) return null;
  const code = Number(text);
  return code <= HIGHEST_EXIT_CODE ? code : null;
}

/** Which container of a pod a kill means. `container` null: the only one; `pod` null: there is none here. */
export function containerToKill(
  pod: Stored | null,
  container: string | null,
):
  | { readonly ok: true; readonly container: string }
  | { readonly ok: false; readonly error: string } {
  if (pod === null)
    return {
      ok: false,
      error: "Failed to kill a container: no container of the pod was started",
    };
  const { initContainers = [], containers } = specOf(pod.object);
  const { name, namespace = "" } = pod.object.metadata;
  const failed = `Failed to kill a container of pod ${namespace}/${name}: `;
  if (container === null && containers.length > 1) {
    const names = containers.map((spec) => spec.name).join(", ");
    return {
      ok: false,
      error: `${failed}it has several, name one of ${names}`,
    };
  }
  const wanted = container ?? containers[0]!.name;
  const all = [...initContainers, ...containers].map((spec) => spec.name);
  if (all.includes(wanted)) return { ok: true, container: wanted };
  return {
    ok: false,
    error: `${failed}it has no container ${wanted}, but ${all.join(", ")}`,
  };
}
