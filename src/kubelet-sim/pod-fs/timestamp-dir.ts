/**
 * The name of the hidden directory that holds one generation of a volume's files.
 *
 * Source: kubernetes/kubernetes pkg/volume/util/atomic_writer.go (newTimestampDir: UTC time, then what os.MkdirTemp appends),
 *         Go os/tempfile.go (nextRandom: a 32-bit number in decimal, 1 to 10 digits, no padding)
 */
import { invariant } from "../../kernel/errors.ts";
import { utcParts } from "../../kernel/time.ts";

/**
 * `..2026_11_21_23_40_05.1234567890`. `randomUint32` is a draw.
 * `fractionalDigits`, when given, pads or cuts the number to that many digits, which no real writer does: for tables that must line up.
 */
export function timestampDirName(
  nowMs: number,
  randomUint32: number,
  fractionalDigits?: number,
): string {
  invariant(
    Number.isInteger(randomUint32) &&
      randomUint32 >= 0 &&
      randomUint32 < 2 ** 32,
    "TimestampDirDraw",
    `Failed to name a timestamp directory: ${randomUint32} is not a 32-bit number`,
  );
  const at = utcParts(nowMs);
  const date = [at.month, at.day, at.hour, at.minute, at.second]
    .map((part) => String(part).padStart(2, "0"))
    .join("_");
  const digits = String(randomUint32);
  const suffix =
    fractionalDigits === undefined
      ? digits
      : digits.padStart(fractionalDigits, "0").slice(-fractionalDigits);
  return `..${String(at.year).padStart(4, "0")}_${date}.${suffix}`;
}
