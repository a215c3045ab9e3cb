/**
 * Which keys Key Vault makes, as far as they are modelled here.
 * Source: Key Vault reference sheet, section 3.
 */
export const KEY_TYPES = ["RSA", "RSA-HSM", "EC", "EC-HSM"] as const;
/** A key in an HSM cannot leave it, so a certificate's secret would lack it: not modelled. */
export const CERTIFICATE_KEY_TYPES = ["RSA", "EC"] as const;
export const KEY_SIZES = [2048, 3072, 4096] as const;
export const CURVES = ["P-256", "P-384", "P-521"] as const;
