/**
 * Kinds of keys: RSA by size, elliptic by curve, each in software or in an HSM.
 * Source: Azure Key Vault REST reference, JsonWebKeyType and JsonWebKeyCurveName; Key Vault reference sheet, section 3.
 * Simplification: symmetric keys (oct) and the curve P-256K are not modelled.
 */
export const RSA_SIZES = [2048, 3072, 4096] as const;
export const CURVES = ["P-256", "P-384", "P-521"] as const;

export type RsaSize = (typeof RSA_SIZES)[number];
export type Curve = (typeof CURVES)[number];

export type KeyKind =
  | { readonly keyType: "RSA" | "RSA-HSM"; readonly keySize: RsaSize }
  | { readonly keyType: "EC" | "EC-HSM"; readonly curve: Curve };

/** As a caller asks for it: RSA keys have a size (default 2048), elliptic ones a curve (default P-256). Default RSA. */
export interface KeyKindRequest {
  readonly keyType?: "RSA" | "RSA-HSM" | "EC" | "EC-HSM";
  readonly keySize?: RsaSize;
  readonly curve?: Curve;
}

/** Null for a kind that does not exist: an RSA key with a curve, an elliptic one with a size, an unknown size … */
export function keyKindOf(request: KeyKindRequest): KeyKind | null {
  const { keyType = "RSA", keySize, curve } = request;
  if (keyType === "RSA" || keyType === "RSA-HSM") {
    const size = keySize ?? 2048;
    if (curve !== undefined || !RSA_SIZES.includes(size)) return null;
    return { keyType, keySize: size };
  }
  const named = curve ?? "P-256";
  if (keySize !== undefined || !CURVES.includes(named)) return null;
  if (keyType !== "EC" && keyType !== "EC-HSM") return null;
  return { keyType, curve: named };
}

export function isHsm({ keyType }: KeyKind): boolean {
  return keyType === "RSA-HSM" || keyType === "EC-HSM";
}

/** `RSA 2048`, `EC-HSM P-384` */
export function keyKindText(kind: KeyKind): string {
  return `${kind.keyType} ${"curve" in kind ? kind.curve : kind.keySize}`;
}

/** Whether test keys of one serve the other: software and HSM keys are the same numbers. */
export function alike(one: KeyKind, other: KeyKind): boolean {
  if ("curve" in one) return "curve" in other && one.curve === other.curve;
  return "keySize" in other && one.keySize === other.keySize;
}
