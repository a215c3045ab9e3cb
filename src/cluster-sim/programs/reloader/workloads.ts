/**
 * The kinds that Reloader reloads and where each keeps its pod template.
 *
 * Source: stakater/Reloader v1.4.21 internal/pkg/handler/upgrade.go (doRollingUpgrade), internal/pkg/callbacks/rolling_upgrade.go;
 *         reloader.md 1.4
 */
import type { JsonObject, JsonValue } from "../../../kernel/json.ts";
import { objectOf } from "../../api-server/validation/reading.ts";
import type { ApiObject } from "../../ports.ts";
import type { ReloaderOptions } from "./options.ts";

/** In the order in which an event takes them. */
const KINDS = [
  "Deployment",
  "CronJob",
  "Job",
  "DaemonSet",
  "StatefulSet",
] as const;

export type WorkloadKind = (typeof KINDS)[number];

/** The kinds that are listed, in order: ignored ones are not even asked for. */
export function kindsOf({
  ignoredWorkloadTypes,
}: ReloaderOptions): readonly WorkloadKind[] {
  return KINDS.filter(
    (kind) =>
      !(kind === "CronJob" && ignoredWorkloadTypes.includes("cronjobs")) &&
      !(kind === "Job" && ignoredWorkloadTypes.includes("jobs")),
  );
}

/** The pod template of a workload. */
export function templateOf(workload: ApiObject): JsonObject {
  const spec = objectOf(workload["spec"] as JsonValue);
  return workload.kind === "CronJob"
    ? objectOf(objectOf(objectOf(spec["jobTemplate"])["spec"])["template"])
    : objectOf(spec["template"]);
}

/** Annotations of a pod template. */
export function templateAnnotations(
  template: JsonObject,
): Readonly<Record<string, string>> {
  const metadata = objectOf(template["metadata"]);
  return objectOf(metadata["annotations"]) as Readonly<Record<string, string>>;
}
