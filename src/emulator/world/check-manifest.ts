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
import {
  APP_ANNOTATION,
  appAnnotationProblems,
  exitAnnotationProblems,
  readAppSpec,
} from "../../kubelet-sim/index.ts";
import type { AppSpec } from "../../kubelet-sim/index.ts";
import { podOf, podPath } from "./pod-templates.ts";

/** All problems of one object, in document order; empty when it can be applied. */
export function checkManifest(object: JsonObject): readonly ManifestProblem[] {
  const problems = validateManifest(object);
  const kind = object["kind"] as string;
  const path = podPath(kind);
  const pod = podOf(kind, object);
  if (problems.length > 0 || path === null || pod === null) return problems;
  return [...annotationProblems(pod), ...notModelled(pod)].map((problem) => ({
    ...problem,
    path: [...path, ...problem.path],
  }));
}

/** What is wrong with the annotation that says what a pod's program does with the secret. */
export function applicationProblems(pod: JsonObject): readonly string[] {
  const spec = child(pod, "spec");
  const containersOf = (list: string) =>
    items(spec, list) as unknown as Containers;
  return appAnnotationProblems(annotationsOf(pod), {
    containers: containersOf("containers"),
    initContainers: containersOf("initContainers"),
  });
}

/** What the annotation says; null without one, and where it cannot be read. */
export function applicationOf(pod: JsonObject): AppSpec | null {
  const text = annotationsOf(pod)[APP_ANNOTATION];
  const read = typeof text === "string" ? readAppSpec(text) : null;
  return read?.ok === true ? read.spec : null;
}

type Containers = Parameters<typeof appAnnotationProblems>[1]["containers"];

/** Keyturn's own annotations of pods. */
function annotationProblems(pod: JsonObject): ManifestProblem[] {
  const annotations = ["metadata", "annotations"];
  return [
    ...exitAnnotationProblems(annotationsOf(pod)).map((message) => ({
      path: annotations,
      message,
    })),
    ...applicationProblems(pod).map((message) => ({
      path: [...annotations, APP_ANNOTATION],
      message,
    })),
  ];
}

function annotationsOf(pod: JsonObject): Record<string, string> {
  const annotations = child(child(pod, "metadata"), "annotations");
  return annotations as Record<string, string>;
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
