/**
 * Rules for the downward API in volumes and variables.
 * Source: kubernetes/kubernetes v1.32 pkg/apis/core/validation/validation.go (validateDownwardAPIVolumeFile,
 * validateObjectFieldSelector).
 */
import type { JsonObject, JsonValue } from "../../../kernel/json.ts";
import { localPath, validateMode } from "./file-paths.ts";
import { isSet, objectOf, stringOf } from "./reading.ts";
import type { FieldPath, Report } from "./report.ts";
import { validateResourceField } from "./resource-field.ts";

const DOWNWARD_FIELDS = [
  "metadata.annotations",
  "metadata.labels",
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
];

export function validateDownwardFile(
  file: JsonObject,
  path: FieldPath,
  report: Report,
): void {
  if (!file["path"]) report.required([...path, "path"]);
  localPath(stringOf(file["path"]), [...path, "path"], report);
  const { fieldRef, resourceFieldRef } = file;
  if (isSet(fieldRef)) {
    validateFieldRef(fieldRef, DOWNWARD_FIELDS, [...path, "fieldRef"], report);
    if (isSet(resourceFieldRef))
      report.invalid(
        path,
        "resource",
        "fieldRef and resourceFieldRef can not be specified simultaneously",
      );
  } else if (isSet(resourceFieldRef))
    validateResourceField(
      resourceFieldRef,
      true,
      [...path, "resourceFieldRef"],
      report,
    );
  else
    report.required(path, "one of fieldRef and resourceFieldRef is required");
  validateMode(file["mode"], [...path, "mode"], report);
}

/** A downward API reference: one of `supported`, or one label or annotation by key. */
export function validateFieldRef(
  ref: JsonValue | undefined,
  supported: readonly string[],
  path: FieldPath,
  report: Report,
): void {
  const fieldPath = stringOf(objectOf(ref)["fieldPath"]);
  if (fieldPath === "") return report.required([...path, "fieldPath"]);
  if (/^metadata\.(annotations|labels)\['[^']+'\]$/.test(fieldPath)) return;
  if (!KNOWN_FIELDS.has(fieldPath))
    report.invalid(
      [...path, "fieldPath"],
      fieldPath,
      `error converting fieldPath: field label not supported: ${fieldPath}`,
    );
  else if (!supported.includes(fieldPath))
    report.notSupported([...path, "fieldPath"], fieldPath, supported);
}

const KNOWN_FIELDS: ReadonlySet<string> = new Set([
  ...DOWNWARD_FIELDS,
  "spec.nodeName",
  "spec.restartPolicy",
  "spec.serviceAccountName",
  "spec.schedulerName",
  "status.phase",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
]);
