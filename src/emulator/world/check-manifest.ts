/**
 * What is wrong with a manifest before it reaches the world: what Kubernetes itself would reject, and what this version
 * of Keyturn does not model and therefore refuses, instead of playing half of it.
 */
import type { ManifestProblem } from "../../cluster-sim/index.ts";
import { validateManifest } from "../../cluster-sim/index.ts";
import type { JsonObject, JsonValue } from "../../kernel/json.ts";
import { isJsonObject } from "../../kernel/json.ts";

/** All problems of one object, in document order; empty when it can be applied. */
export function checkManifest(object: JsonObject): readonly ManifestProblem[] {
  const problems = validateManifest(object);
  if (problems.length > 0 || object["kind"] !== "Pod") return problems;
  return notModelled(object);
}

/** A place in a pod whose behaviour comes with a later version. */
function notModelled(pod: JsonObject): ManifestProblem[] {
  const spec = child(pod, "spec");
  const found: ManifestProblem[] = [];
  const report = (path: (string | number)[], what: string) =>
    found.push({
      path,
      message: `${what} is not modelled in this version of Keyturn`,
    });
  for (const kind of ["containers", "initContainers"])
    items(spec, kind).forEach((container, i) => {
      items(container, "env").forEach((env, j) => {
        const source = child(env, "valueFrom");
        for (const ref of ["secretKeyRef", "configMapKeyRef"])
          if (ref in source)
            report(
              ["spec", kind, i, "env", j, "valueFrom", ref],
              `an environment variable from ${ref}`,
            );
      });
      if (items(container, "envFrom").length > 0)
        report(["spec", kind, i, "envFrom"], "envFrom");
      items(container, "volumeMounts").forEach((mount, j) => {
        if ("subPath" in mount)
          report(["spec", kind, i, "volumeMounts", j, "subPath"], "subPath");
      });
    });
  items(spec, "volumes").forEach((volume, i) => {
    for (const source of ["projected", "configMap"])
      if (source in volume)
        report(["spec", "volumes", i, source], `a ${source} volume`);
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
