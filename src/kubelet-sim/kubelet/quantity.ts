/**
 * Kubernetes quantities as exact numbers: `250m`, `1.5Gi`, `2e3`.
 *
 * Source: kubernetes/apimachinery v0.32 pkg/api/resource/{quantity,suffix}.go
 */

const NANO = 1_000_000_000n;

/** As fractions of integers: value = digits * factor / divisor. */
const FACTORS: ReadonlyMap<string, readonly [bigint, bigint]> = new Map([
  ["n", [1n, 1_000_000_000n]],
  ["u", [1n, 1_000_000n]],
  ["m", [1n, 1000n]],
  ["", [1n, 1n]],
  ["k", [1000n, 1n]],
  ["M", [1000n ** 2n, 1n]],
  ["G", [1000n ** 3n, 1n]],
  ["T", [1000n ** 4n, 1n]],
  ["P", [1000n ** 5n, 1n]],
  ["E", [1000n ** 6n, 1n]],
  ["Ki", [1024n, 1n]],
  ["Mi", [1024n ** 2n, 1n]],
  ["Gi", [1024n ** 3n, 1n]],
  ["Ti", [1024n ** 4n, 1n]],
  ["Pi", [1024n ** 5n, 1n]],
  ["Ei", [1024n ** 6n, 1n]],
]);

const QUANTITY = /^([+-]?)(\d*)\.?(\d*)([a-zA-Z]*|[eE][+-]?\d+)$/;

/** In billionths, rounded up, as upstream rounds what is finer; null for what is no quantity. */
export function quantityNanos(text: string | number): bigint | null {
  const match = QUANTITY.exec(String(text));
  if (match === null) return null;
  const [, sign, whole = "", fraction = "", suffix = ""] = match;
  if (whole === "" && fraction === "") return null;
  const scale = /^[eE]([+-]?\d+)$/.exec(suffix);
  const factor =
    scale === null ? FACTORS.get(suffix) : powerOfTen(Number(scale[1]));
  if (factor === undefined) return null;
  const digits = BigInt(whole + fraction);
  const value = ceilDivide(
    digits * factor[0] * NANO,
    factor[1] * 10n ** BigInt(fraction.length),
  );
  return sign === "-" ? -value : value;
}

/** How many `unit` are in `value`, rounded up. */
export function ceilDivide(value: bigint, unit: bigint): bigint {
  const quotient = value / unit;
  return value % unit > 0n ? quotient + 1n : quotient;
}

function powerOfTen(exponent: number): readonly [bigint, bigint] {
  return exponent < 0
    ? [1n, 10n ** BigInt(-exponent)]
    : [10n ** BigInt(exponent), 1n];
}
