/**
 * What is wrong with a manifest before it reaches the world: what Kubernetes itself would reject, what Keyturn's API
 * server has not built (`cluster-sim/api-server/validation/unmodelled.ts`), and what its nodes do not model and therefore
 * refuse, instead of playing half of it.
 *
 * Simplification: Windows pods and raw block volumes are refused.
 */
import type { ManifestProblem } from "../../cluster-sim/index.ts";
import { validateManifest } from "../../cluster-sim/index.ts";
import type { JsonObject, JsonValue } from "../../kernel/json.ts";
import { isJsonObject } from "../../kernel/json.ts";
import { exitAnnotationProblems } from "../../kubelet-sim/index.ts";

/** All problems of one object, in document order; empty when it can be applied. */
export function checkManifest(object: JsonObject): readonly ManifestProblem[] {
  const problems = validateManifest(object);
  if (problems.length > 0 || object["kind"] !== "Pod") return problems;
  return [...exitProblems(object), ...notModelled(object)];
}

/** Keyturn's own annotations of pods whose programs end by themselves. */
function exitProblems(pod: JsonObject): ManifestProblem[] {
  const annotations = child(child(pod, "metadata"), "annotations");
  const path = ["metadata", "annotations"];
  return exitAnnotationProblems(annotations as Record<string, string>).map(
    (message) => ({ path, message }),
  );
}

/** A place in a pod whose behaviour no node of Keyturn has. */
function notModelled(pod: JsonObject): ManifestProblem[] {
  const spec = child(pod, "spec");
  const found: ManifestProblem[] = [];
  const report = (path: (string | number)[], what: string) =>
    found.push({
      path,
      message: `${what} is not modelled in this version of Keyturn`,
    });
  if (child(spec, "os")["name"] === "windows")
    report(["spec", "os", "name"], "a Windows pod");
  for (const kind of ["containers", "initContainers"])
    items(spec, kind).forEach((container, i) => {
      if (items(container, "volumeDevices").length > 0)
        report(["spec", kind, i, "volumeDevices"], "a raw block volume");
    });
  return found;
}

function child(object: JsonObject, key: string): JsonObject {
  const value: JsonValue | undefined = object[key];
  return isJsonObject(value) ? value : {};
}

function items(object: JsonObject, key: string): JsonObject[] {
  const value: JsonValue | undefined = object[key];
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
