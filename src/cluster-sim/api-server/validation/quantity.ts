/**
 * Resource quantities: `100m`, `1.5Gi`, `2e3`.
 * Source: kubernetes/apimachinery v0.32 pkg/api/resource/quantity.go.
 */
import type { JsonValue } from "../../../kernel/json.ts";
import { stringOf } from "./reading.ts";

/** What the decoder says of anything else. */
export const QUANTITY_TEXT =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

const QUANTITY =
  /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][-+]?\d+)|([KMGTPE]i|[numkMGTPE])?)$/;

const MULTIPLIERS: ReadonlyMap<string, number> = new Map([
  ["n", 1e-9],
  ["u", 1e-6],
  ["m", 1e-3],
  ["", 1],
  ["k", 1e3],
  ["M", 1e6],
  ["G", 1e9],
  ["T", 1e12],
  ["P", 1e15],
  ["E", 1e18],
  ["Ki", 1024],
  ["Mi", 1_048_576],
  ["Gi", 1_073_741_824],
  ["Ti", 1_099_511_627_776],
  ["Pi", 1_125_899_906_842_624],
  ["Ei", 1_152_921_504_606_846_976],
]);

/** Whether a manifest may say this: text of the form above, or a bare number. */
export function isQuantity(value: JsonValue | undefined): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  return typeof value === "string" && QUANTITY.test(value);
}

/** As a message shows it: a bare number reads like its text. */
export function quantityText(value: JsonValue | undefined): string {
  return typeof value === "number" ? String(value) : stringOf(value);
}

/** The amount as a floating-point number, good for comparing; NaN for what is no quantity. */
export function quantityAmount(value: JsonValue | undefined): number {
  const match = QUANTITY.exec(quantityText(value));
  if (match === null) return Number.NaN;
  const [, digits, exponent, suffix = ""] = match;
  if (exponent !== undefined) return Number(digits + exponent);
  return Number(digits) * MULTIPLIERS.get(suffix)!;
}
