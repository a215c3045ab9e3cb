/**
 * The rules of each kind of apps, batch and coordination, and what may not change in one.
 * Source: kubernetes/kubernetes v1.35 pkg/apis/{apps,batch,coordination}/validation/validation.go,
 * pkg/registry/apps/{deployment,replicaset,daemonset}/strategy.go (selectors).
 */
import type { JsonObject } from "../../../kernel/json.ts";
import { jsonEqual } from "../../../kernel/json.ts";
import { workloadDefaults } from "../workload-defaults.ts";
import {
  validateControllerRevision,
  validateDaemonSet,
  validateDeployment,
  validateReplicaSet,
  validateStatefulSet,
} from "./apps.ts";
import { validateCronJob, validateJob } from "./batch.ts";
import { validateNotNegative } from "./int-or-percent.ts";
import { objectOf } from "./reading.ts";
import type { Report } from "./report.ts";
import { reportUnmodelledWorkload } from "./unmodelled-workloads.ts";

type Rules = (object: JsonObject, report: Report, isNew: boolean) => void;

const WORKLOADS: ReadonlyMap<string, Rules> = new Map<string, Rules>([
  ["Deployment", validateDeployment],
  ["ReplicaSet", validateReplicaSet],
  ["StatefulSet", validateStatefulSet],
  ["DaemonSet", validateDaemonSet],
  ["Job", (object, report, isNew) => validateJob(object, isNew, report)],
  [
    "CronJob",
    (object, report, isNew) => validateCronJob(object, isNew, report),
  ],
]);

/** Judges the object as it is with its defaults; kinds of other groups are none of its business. */
export function validateWorkload(
  kind: string,
  object: JsonObject,
  isNew: boolean,
  report: Report,
): void {
  if (kind === "ControllerRevision")
    return validateControllerRevision(object, report);
  if (kind === "Lease") return validateLease(objectOf(object["spec"]), report);
  const judge = WORKLOADS.get(kind);
  if (judge === undefined) return;
  const whole = workloadDefaults(object);
  judge(whole, report, isNew);
  if (report.problems.length === 0) reportUnmodelledWorkload(whole, report);
}

function validateLease(spec: JsonObject, report: Report): void {
  const { leaseDurationSeconds: seconds, leaseTransitions } = spec;
  if (typeof seconds === "number" && seconds <= 0)
    report.invalid(
      ["spec", "leaseDurationSeconds"],
      seconds,
      "must be greater than 0",
    );
  validateNotNegative(leaseTransitions, ["spec", "leaseTransitions"], report);
}

/** Members of `spec` that stay as they were made. */
const IMMUTABLE: ReadonlyMap<string, readonly string[]> = new Map([
  ["Deployment", ["selector"]],
  ["ReplicaSet", ["selector"]],
  ["DaemonSet", ["selector"]],
  ["Job", ["completions", "selector", "template", "completionMode"]],
]);

const SET_CHANGES = [
  "replicas",
  "ordinals",
  "template",
  "updateStrategy",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
  "minReadySeconds",
];
const SET_TEXT =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

/**
 * Both in their stored form.
 * Differs: The refusal of a change of a Job's template shows the template as its JSON, where Kubernetes shows the members of its internal type.
 */
export function validateWorkloadUpdate(
  kind: string,
  before: JsonObject,
  after: JsonObject,
  report: Report,
): void {
  const [old, now] = [objectOf(before["spec"]), objectOf(after["spec"])];
  for (const member of IMMUTABLE.get(kind) ?? [])
    if (!jsonEqual(old[member], now[member]))
      report.invalid(["spec", member], now[member], "field is immutable");
  if (
    kind === "ControllerRevision" &&
    !jsonEqual(before["data"], after["data"])
  )
    report.invalid(["data"], after["data"], "field is immutable");
  if (kind === "StatefulSet" && !jsonEqual(fixedPart(old), fixedPart(now)))
    report.forbidden(["spec"], SET_TEXT);
}

function fixedPart(spec: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(spec).filter(([member]) => !SET_CHANGES.includes(member)),
  );
}
