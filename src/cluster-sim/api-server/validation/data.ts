/**
 * Rules for Secrets and ConfigMaps.
 * Source: kubernetes/kubernetes v1.32 pkg/apis/core/validation/validation.go (ValidateSecret, ValidateConfigMap),
 * pkg/registry/core/secret/strategy.go.
 */
import {
  base64ToBytes,
  bytesToUtf8,
  utf8ToBytes,
} from "../../../kernel/bytes.ts";
import { isJsonObject } from "../../../kernel/json.ts";
import type { JsonObject } from "../../../kernel/json.ts";
import { MAX_SECRET_BYTES } from "../../defaults.ts";
import { configKeyProblems } from "./names.ts";
import { objectOf, stringOf } from "./reading.ts";
import type { FieldPath, Report } from "./report.ts";

function validateKeys(path: FieldPath, map: JsonObject, report: Report): void {
  for (const key of Object.keys(map))
    report.eachInvalid([...path, { key }], key, configKeyProblems(key));
}

export function validateSecret(secret: JsonObject, report: Report): void {
  const data = objectOf(secret["data"]);
  const stringData = objectOf(secret["stringData"]);
  validateKeys(["data"], data, report);
  validateKeys(["stringData"], stringData, report);
  const values = new Map<string, Uint8Array>();
  for (const [key, value] of Object.entries(data))
    values.set(key, base64ToBytes(stringOf(value)));
  for (const [key, value] of Object.entries(stringData))
    values.set(key, utf8ToBytes(stringOf(value)));
  let size = 0;
  for (const bytes of values.values()) size += bytes.length;
  if (size > MAX_SECRET_BYTES) report.tooLong(["data"], MAX_SECRET_BYTES);
  validateSecretType(secret, values, report);
}

/** The data that a type promises. */
function validateSecretType(
  secret: JsonObject,
  values: ReadonlyMap<string, Uint8Array>,
  report: Report,
): void {
  const need = (key: string): void => {
    if (!values.has(key)) report.required(["data", { key }]);
  };
  switch (secret["type"]) {
    case "kubernetes.io/service-account-token": {
      const annotations = objectOf(objectOf(secret["metadata"])["annotations"]);
      const key = "kubernetes.io/service-account.name";
      if (!annotations[key])
        report.required(["metadata", "annotations", { key }]);
      return;
    }
    case "kubernetes.io/dockercfg":
      return validateJson(".dockercfg", values, report);
    case "kubernetes.io/dockerconfigjson":
      return validateJson(".dockerconfigjson", values, report);
    case "kubernetes.io/basic-auth":
      if (!values.has("username") && !values.has("password")) {
        need("username");
        need("password");
      }
      return;
    case "kubernetes.io/ssh-auth":
      return need("ssh-privatekey");
    case "kubernetes.io/tls":
      need("tls.crt");
      need("tls.key");
      return;
    default:
  }
}

function validateJson(
  key: string,
  values: ReadonlyMap<string, Uint8Array>,
  report: Report,
): void {
  const path = ["data", { key }];
  const bytes = values.get(key);
  if (bytes === undefined) return report.required(path);
  try {
    if (isJsonObject(JSON.parse(bytesToUtf8(bytes)))) return;
  } catch {
    // Reported below, without the parser's words: they may quote the value.
  }
  report.invalid(path, "<secret contents redacted>", "must be a JSON object");
}

export function validateConfigMap(map: JsonObject, report: Report): void {
  const data = objectOf(map["data"]);
  const binary = objectOf(map["binaryData"]);
  validateKeys(["data"], data, report);
  validateKeys(["binaryData"], binary, report);
  for (const key of Object.keys(data))
    if (key in binary)
      report.invalid(
        ["data", { key }],
        key,
        "duplicate of key present in binaryData",
      );
  let size = 0;
  for (const value of Object.values(data))
    size += utf8ToBytes(stringOf(value)).length;
  for (const value of Object.values(binary))
    size += base64ToBytes(stringOf(value)).length;
  if (size > MAX_SECRET_BYTES) report.tooLong([], MAX_SECRET_BYTES);
}

/** What may not change between two versions of a Secret or ConfigMap. Both are in their stored form. */
export function validateDataUpdate(
  before: JsonObject,
  after: JsonObject,
  same: (a: unknown, b: unknown) => boolean,
  report: Report,
): void {
  const frozen = "field is immutable when `immutable` is set";
  if (before["type"] !== after["type"])
    report.invalid(["type"], after["type"], "field is immutable");
  if (before["immutable"] !== true) return;
  if (after["immutable"] !== true) report.forbidden(["immutable"], frozen);
  for (const member of ["data", "binaryData"])
    if (!same(objectOf(before[member]), objectOf(after[member])))
      report.forbidden([member], frozen);
}
