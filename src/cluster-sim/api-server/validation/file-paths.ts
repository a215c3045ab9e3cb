/**
 * Rules for paths and modes of files in volumes.
 * Source: kubernetes/kubernetes v1.32 pkg/apis/core/validation/validation.go (ValidateLocalNonReservedPath).
 */
import type { JsonValue } from "../../../kernel/json.ts";
import type { FieldPath, Report } from "./report.ts";

export function validateMode(
  mode: JsonValue | undefined,
  path: FieldPath,
  report: Report,
): void {
  if (typeof mode === "number" && (mode < 0 || mode > 0o777))
    report.invalid(
      path,
      mode,
      "must be a number between 0 and 0777 (octal), both inclusive",
    );
}

export function noBacksteps(
  value: string,
  path: FieldPath,
  report: Report,
): void {
  if (value.split("/").includes(".."))
    report.invalid(path, value, "must not contain '..'");
}

export function descendingPath(
  value: string,
  path: FieldPath,
  report: Report,
): void {
  if (value.startsWith("/"))
    report.invalid(path, value, "must be a relative path");
  noBacksteps(value, path, report);
}

/** A file inside a volume: relative, no step back, no name that AtomicWriter keeps for itself. */
export function localPath(
  value: string,
  path: FieldPath,
  report: Report,
): void {
  descendingPath(value, path, report);
  if (
    value.startsWith("..") &&
    !value.startsWith("../") &&
    !value.split("/").includes("..")
  )
    report.invalid(path, value, "must not start with '..'");
}
