/**
 * Rules for the users and groups that a pod's containers run as.
 * Source: kubernetes/kubernetes v1.32 pkg/apis/core/validation/validation.go (ValidatePodSecurityContext,
 * ValidateSecurityContext); apimachinery v0.32 pkg/util/validation/validation.go (IsValidUserID, IsValidGroupID).
 */
import type { JsonObject, JsonValue } from "../../../kernel/json.ts";
import { objectOf } from "./reading.ts";
import type { FieldPath, Report } from "./report.ts";

const ID_MAX = 2 ** 31 - 1;

export function validatePodSecurity(
  value: JsonValue | undefined,
  path: FieldPath,
  report: Report,
): void {
  const context = objectOf(value);
  validateIds(context, ["runAsUser", "runAsGroup", "fsGroup"], path, report);
  const groups = context["supplementalGroups"];
  if (Array.isArray(groups))
    for (const group of groups)
      validateId(group, [...path, "supplementalGroups"], report);
  report.oneOf(
    [...path, "fsGroupChangePolicy"],
    context["fsGroupChangePolicy"],
    ["Always", "OnRootMismatch"],
  );
}

export function validateContainerSecurity(
  value: JsonValue | undefined,
  path: FieldPath,
  report: Report,
): void {
  validateIds(objectOf(value), ["runAsUser", "runAsGroup"], path, report);
}

function validateIds(
  context: JsonObject,
  members: readonly string[],
  path: FieldPath,
  report: Report,
): void {
  for (const member of members)
    validateId(context[member], [...path, member], report);
}

function validateId(
  id: JsonValue | undefined,
  path: FieldPath,
  report: Report,
): void {
  if (typeof id === "number" && (id < 0 || id > ID_MAX))
    report.invalid(path, id, `must be between 0 and ${ID_MAX}, inclusive`);
}
