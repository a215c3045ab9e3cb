/**
 * Programs that end by themselves. What a container runs is not modelled; two annotations of its pod say when it ends and
 * with what:
 *
 *   keyturn.dev/exit-after  `5s` for every regular container, or `main=5s,setup=1s` by name
 *   keyturn.dev/exit-code   `1`, or `main=1`; default 0
 *
 * They are read at each start of a container. An init container without one ends at once, with success.
 *
 * Simplification: A container's program runs until it is stopped unless the annotations keyturn.dev/exit-after and keyturn.dev/exit-code of its pod say otherwise; a plain init container succeeds at once.
 */
import type { ApiObject, Stored } from "../../cluster-sim/ports.ts";
import type { DurationMs } from "../../kernel/time.ts";
import { parseDuration } from "../../kernel/time.ts";
import { specOf } from "../pod-spec.ts";

export const EXIT_AFTER = "keyturn.dev/exit-after";
export const EXIT_CODE = "keyturn.dev/exit-code";

const HIGHEST_EXIT_CODE = 255;

export interface Program {
  /** Null: until it is stopped. */
  readonly lifetimeMs: DurationMs | null;
  readonly exitCode: number;
}

/** What is wrong with the two annotations of a pod, each as a sentence; empty when nothing is. */
export function exitAnnotationProblems(
  annotations: Readonly<Record<string, string>>,
): string[] {
  const { [EXIT_AFTER]: after, [EXIT_CODE]: code } = annotations;
  const problems: string[] = [];
  if (after !== undefined && readByName(after, parseDuration) === null)
    problems.push(
      `${EXIT_AFTER}: "${after}" is neither a duration (5s) nor a list of CONTAINER=DURATION (main=5s,setup=1s)`,
    );
  if (code !== undefined && readByName(code, parseExitCode) === null)
    problems.push(
      `${EXIT_CODE}: "${code}" is neither an exit code from 0 to ${HIGHEST_EXIT_CODE} nor a list of CONTAINER=CODE (main=1)`,
    );
  return problems;
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
