/**
 * Rules for `metadata` of every kind.
 * Source: kubernetes/apimachinery v0.32 pkg/api/validation/objectmeta.go, pkg/apis/meta/v1/validation/validation.go.
 */
import { utf8ToBytes } from "../../../kernel/bytes.ts";
import type { JsonObject, JsonValue } from "../../../kernel/json.ts";
import { isJsonObject } from "../../../kernel/json.ts";
import { MAX_ANNOTATIONS_BYTES } from "../../defaults.ts";
import type { KindInfo } from "../kinds.ts";
import { notModelledText } from "../status.ts";
import {
  label1035Problems,
  labelKeyProblems,
  labelProblems,
  labelValueProblems,
  pathSegmentProblems,
  subdomainProblems,
} from "./names.ts";
import { listOf, stringOf } from "./reading.ts";
import type { FieldPath, Report } from "./report.ts";

const PATH: FieldPath = ["metadata"];

/** Which rule a kind's name follows; the others are RFC 1123 subdomains. */
const NAME_RULES: ReadonlyMap<string, (name: string) => string[]> = new Map([
  ["Namespace", labelProblems],
  ["StatefulSet", labelProblems],
  ["Service", label1035Problems],
  ["Role", pathSegmentProblems],
  ["RoleBinding", pathSegmentProblems],
  ["ClusterRole", pathSegmentProblems],
  ["ClusterRoleBinding", pathSegmentProblems],
]);

/** `metadata` has been decoded before: its members have the right types. */
export function validateMetadata(
  metadata: JsonObject,
  info: KindInfo,
  report: Report,
): void {
  validateName(metadata, info, report);
  const { namespace } = metadata;
  if (typeof namespace === "string" && namespace !== "") {
    if (!info.namespaced)
      report.forbidden([...PATH, "namespace"], "not allowed on this type");
    else
      report.eachInvalid(
        [...PATH, "namespace"],
        namespace,
        labelProblems(namespace),
      );
  }
  validateLabels(metadata["labels"], [...PATH, "labels"], report);
  validateAnnotations(
    metadata["annotations"],
    [...PATH, "annotations"],
    report,
  );
  validateOwners(metadata["ownerReferences"], report);
  const { finalizers } = metadata;
  if (Array.isArray(finalizers) && finalizers.length > 0)
    report.forbidden([...PATH, "finalizers"], notModelledText("a finalizer"));
}

function validateName(
  metadata: JsonObject,
  info: KindInfo,
  report: Report,
): void {
  const { name, generateName } = metadata;
  const rule = NAME_RULES.get(info.kind) ?? subdomainProblems;
  const path = [...PATH, "name"];
  if (typeof generateName === "string" && generateName !== "")
    report.eachInvalid(
      [...PATH, "generateName"],
      generateName,
      rule(generateName.replace(/-$/, "a")),
    );
  else if (typeof name !== "string" || name === "")
    return report.required(path, "name or generateName is required");
  if (typeof name === "string" && name !== "")
    report.eachInvalid(path, name, rule(name));
}

export function validateLabels(
  labels: JsonValue | undefined,
  path: FieldPath,
  report: Report,
): void {
  if (!isJsonObject(labels)) return;
  for (const [key, value] of Object.entries(labels)) {
    report.eachInvalid(path, key, labelKeyProblems(key));
    if (typeof value === "string")
      report.eachInvalid(path, value, labelValueProblems(value));
  }
}

export function validateAnnotations(
  annotations: JsonValue | undefined,
  path: FieldPath,
  report: Report,
): void {
  if (!isJsonObject(annotations)) return;
  let size = 0;
  for (const [key, value] of Object.entries(annotations)) {
    report.eachInvalid(path, key, labelKeyProblems(key.toLowerCase()));
    size += utf8ToBytes(key).length + utf8ToBytes(stringOf(value)).length;
  }
  if (size > MAX_ANNOTATIONS_BYTES) report.tooLong(path, MAX_ANNOTATIONS_BYTES);
}

function validateOwners(owners: JsonValue | undefined, report: Report): void {
  const path = [...PATH, "ownerReferences"];
  let controllers = 0;
  for (const owner of listOf(owners)) {
    const { apiVersion, kind, name, uid, controller } = owner;
    if (!apiVersion)
      report.invalid([...path, "apiVersion"], "", "version must not be empty");
    if (!kind) report.invalid([...path, "kind"], "", "must not be empty");
    if (!name) report.invalid([...path, "name"], "", "must not be empty");
    if (!uid) report.invalid([...path, "uid"], "", "must not be empty");
    if (controller === true) controllers += 1;
  }
  if (controllers > 1)
    report.invalid(
      path,
      owners ?? null,
      "Only one reference can have Controller set to true",
    );
}
