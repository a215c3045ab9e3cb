/**
 * Rules for a container's environment.
 * Source: kubernetes/kubernetes v1.32 pkg/apis/core/validation/validation.go (ValidateEnv, ValidateEnvFrom).
 */
import type { JsonObject } from "../../../kernel/json.ts";
import {
  configKeyProblems,
  envNameProblems,
  subdomainProblems,
} from "./names.ts";
import { isSet, objectOf, stringOf } from "./reading.ts";
import type { FieldPath, Report } from "./report.ts";
import { validateFieldRef } from "./downward.ts";
import { validateResourceField } from "./resource-field.ts";

const ENV_FIELDS = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
];

export function validateEnv(
  env: readonly JsonObject[],
  path: FieldPath,
  report: Report,
): void {
  env.forEach((variable, i) => {
    const at = [...path, i];
    const name = stringOf(variable["name"]);
    if (name === "") report.required([...at, "name"]);
    else report.eachInvalid([...at, "name"], name, envNameProblems(name));
    if (isSet(variable["valueFrom"]))
      validateValueFrom(variable, [...at, "valueFrom"], report);
  });
}

function validateValueFrom(
  variable: JsonObject,
  path: FieldPath,
  report: Report,
): void {
  const from = objectOf(variable["valueFrom"]);
  const sources = Object.keys(from).filter((source) => isSet(from[source]));
  if (isSet(from["fieldRef"]))
    validateFieldRef(
      from["fieldRef"],
      ENV_FIELDS,
      [...path, "fieldRef"],
      report,
    );
  if (isSet(from["resourceFieldRef"]))
    validateResourceField(
      from["resourceFieldRef"],
      false,
      [...path, "resourceFieldRef"],
      report,
    );
  for (const source of ["configMapKeyRef", "secretKeyRef"])
    if (isSet(from[source]))
      validateKeyRef(objectOf(from[source]), [...path, source], report);
  if (sources.length === 0)
    report.invalid(
      path,
      "",
      "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`",
    );
  else if (variable["value"])
    report.invalid(path, "", "may not be specified when `value` is not empty");
  else if (sources.length > 1)
    report.invalid(
      path,
      "",
      "may not have more than one field specified at a time",
    );
}

function validateKeyRef(
  ref: JsonObject,
  path: FieldPath,
  report: Report,
): void {
  const [name, key] = [stringOf(ref["name"]), stringOf(ref["key"])];
  report.eachInvalid([...path, "name"], name, subdomainProblems(name));
  if (key === "") report.required([...path, "key"]);
  else report.eachInvalid([...path, "key"], key, configKeyProblems(key));
}

export function validateEnvFrom(
  sources: readonly JsonObject[],
  path: FieldPath,
  report: Report,
): void {
  sources.forEach((source, i) => {
    const at = [...path, i];
    const prefix = stringOf(source["prefix"]);
    if (prefix !== "")
      report.eachInvalid([...at, "prefix"], prefix, envNameProblems(prefix));
    const set = ["configMapRef", "secretRef"].filter((m) => isSet(source[m]));
    for (const member of set) {
      const name = stringOf(objectOf(source[member])["name"]);
      const where = [...at, member, "name"];
      if (name === "") report.required(where);
      else report.eachInvalid(where, name, subdomainProblems(name));
    }
    if (set.length === 0)
      report.invalid(
        path,
        "",
        "must specify one of: `configMapRef` or `secretRef`",
      );
    else if (set.length > 1)
      report.invalid(
        path,
        "",
        "may not have more than one field specified at a time",
      );
  });
}
