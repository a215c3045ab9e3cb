/**
 * Numbers that may be shares: `1`, `25%`.
 * Source: kubernetes/kubernetes v1.35 pkg/apis/apps/validation/validation.go (ValidatePositiveIntOrPercent,
 * IsNotMoreThan100Percent, getIntOrPercentValue); apimachinery v0.35 pkg/util/validation/validation.go (IsValidPercent).
 */
import type { JsonValue } from "../../../kernel/json.ts";
import { NOT_NEGATIVE } from "./probes.ts";
import type { FieldPath, Report } from "./report.ts";

const PERCENT = /^[0-9]+%$/;
const PERCENT_TEXT =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
const WHOLE = 100;

export function validateIntOrPercent(
  value: JsonValue | undefined,
  path: FieldPath,
  report: Report,
): void {
  if (typeof value === "string") {
    if (!PERCENT.test(value)) report.invalid(path, value, PERCENT_TEXT);
  } else validateNotNegative(value, path, report);
}

export function notMoreThanWhole(
  value: JsonValue | undefined,
  path: FieldPath,
  report: Report,
): void {
  if (typeof value === "string" && intOrPercent(value) > WHOLE)
    report.invalid(path, value, "must not be greater than 100%");
}

/** The number of a share or of itself; 0 for text that is neither. */
export function intOrPercent(value: JsonValue | undefined): number {
  if (typeof value === "number") return value;
  if (typeof value !== "string") return 0;
  const digits = PERCENT.test(value) ? value.slice(0, -1) : value;
  return /^[+-]?\d+$/.test(digits) ? Number(digits) : 0;
}

/** A whole number that, when it is set, is at least 0. */
export function validateNotNegative(
  value: JsonValue | undefined,
  path: FieldPath,
  report: Report,
): void {
  if (typeof value === "number" && value < 0)
    report.invalid(path, value, NOT_NEGATIVE);
}
