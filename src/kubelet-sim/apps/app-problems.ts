/**
 * What is wrong with a pod's annotation `keyturn.dev/app`: with the annotation itself, and with what it says of the pod.
 * Keyturn's own.
 */
import type { PodSpec } from "../pod-spec.ts";
import { APP_ANNOTATION } from "./app-spec.ts";
import type { AppSpec } from "./app-spec.ts";
import { nearestName } from "../../kernel/nearest-name.ts";
import { readAppSpec } from "./read-app-spec.ts";

/** Each problem as a sentence; empty when there is none, or no annotation. */
export function appAnnotationProblems(
  annotations: Readonly<Record<string, string>>,
  pod: Pick<PodSpec, "containers" | "initContainers">,
): string[] {
  const text = annotations[APP_ANNOTATION];
  if (text === undefined) return [];
  const read = readAppSpec(text);
  const problem = read.ok ? podProblem(read.spec, pod) : read.message;
  return problem === null ? [] : [`${APP_ANNOTATION} ${problem}`];
}

/** What the annotation says of the pod that is not so; null when nothing is. */
function podProblem(
  { container, sidecar }: AppSpec,
  { containers }: Pick<PodSpec, "containers">,
): string | null {
  const names = containers.map(({ name }) => name);
  const own = container ?? names[0];
  for (const [key, name] of Object.entries({ container, sidecar }))
    if (name !== null && !names.includes(name)) {
      const nearest = nearestName(name, names);
      const meant = nearest === null ? "" : `; did you mean "${nearest}"?`;
      return `has "${key}" "${name}", but the pod's containers are ${names.join(", ")}${meant}`;
    }
  return sidecar !== null && sidecar === own
    ? `has "sidecar" "${sidecar}", which is the application's own container`
    : null;
}
