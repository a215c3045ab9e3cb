/** Where the manifests of workloads have the template of their pods. */
import type { JsonObject } from "../../kernel/json.ts";
import { isJsonObject } from "../../kernel/json.ts";

const TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  Deployment: ["spec", "template"],
  ReplicaSet: ["spec", "template"],
  StatefulSet: ["spec", "template"],
  DaemonSet: ["spec", "template"],
  Job: ["spec", "template"],
  CronJob: ["spec", "jobTemplate", "spec", "template"],
};

/** Kinds whose controllers make pods. */
export const WORKLOAD_KINDS: readonly string[] = Object.keys(TEMPLATES);

/** Path of the pod's own part of a manifest: empty for a pod; null for a kind that has no pods. */
export function podPath(kind: string): readonly string[] | null {
  return kind === "Pod" ? [] : (TEMPLATES[kind] ?? null);
}

/** The pod of a manifest as a manifest of a pod has it; null where it has none. */
export function podOf(kind: string, manifest: JsonObject): JsonObject | null {
  const path = podPath(kind);
  if (path === null) return null;
  let pod = manifest;
  for (const key of path) {
    const inner = pod[key];
    if (!isJsonObject(inner)) return null;
    pod = inner;
  }
  return pod;
}
