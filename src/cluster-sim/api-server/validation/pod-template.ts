/**
 * Rules for the pod template of a workload.
 * Source: kubernetes/kubernetes v1.35 pkg/apis/core/validation/validation.go (ValidatePodTemplateSpec),
 * pkg/apis/apps/validation/validation.go (ValidatePodTemplateSpecForReplicaSet).
 */
import type { JsonObject, JsonValue } from "../../../kernel/json.ts";
import { matchesLabels } from "../selectors.ts";
import { isEmptySelector, requirementsOf } from "./label-selector.ts";
import { validateAnnotations, validateLabels } from "./metadata.ts";
import { validatePodSpec } from "./pod.ts";
import { isSet, listOf, objectOf } from "./reading.ts";
import type { FieldPath, Report } from "./report.ts";

/** `template` has its defaults. The paths of labels and annotations lack `metadata`, as upstream's do. */
export function validateTemplate(
  template: JsonObject,
  path: FieldPath,
  report: Report,
): void {
  const { labels, annotations } = objectOf(template["metadata"]);
  validateLabels(labels, [...path, "labels"], report);
  validateAnnotations(annotations, [...path, "annotations"], report);
  const spec = objectOf(template["spec"]);
  validatePodSpec(spec, [...path, "spec"], report);
  if (listOf(spec["ephemeralContainers"]).length > 0)
    report.forbidden(
      [...path, "spec", "ephemeralContainers"],
      "ephemeral containers not allowed in pod template",
    );
}

/** No selector selects nothing; an empty one is somebody else's problem. */
export function validateSelected(
  template: JsonObject,
  selector: JsonValue | undefined,
  path: FieldPath,
  report: Report,
): void {
  const requirements = requirementsOf(selector);
  if (requirements !== null && isEmptySelector(objectOf(selector))) return;
  const { labels } = objectOf(template["metadata"]);
  const own = objectOf(labels) as Readonly<Record<string, string>>;
  if (requirements === null || !matchesLabels(requirements, own))
    report.invalid(
      [...path, "metadata", "labels"],
      labels,
      "`selector` does not match template `labels`",
    );
}

/** Pods of everything but a Job run for ever. */
export function validateRunsForEver(
  template: JsonObject,
  kind: string,
  path: FieldPath,
  report: Report,
): void {
  const spec = objectOf(template["spec"]);
  if (spec["restartPolicy"] !== "Always")
    report.notSupported(
      [...path, "spec", "restartPolicy"],
      spec["restartPolicy"],
      ["Always"],
    );
  if (isSet(spec["activeDeadlineSeconds"]))
    report.forbidden(
      [...path, "spec", "activeDeadlineSeconds"],
      `activeDeadlineSeconds in ${kind} is not Supported`,
    );
}
