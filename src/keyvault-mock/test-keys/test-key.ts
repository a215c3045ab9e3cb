/**
 * Keys and certificates for simulated vaults: committed test material, so that a run needs no cryptography and is the
 * same everywhere. Never use it for anything real: the private keys are public.
 *
 * Written by scripts/test-keys.ts. Validity of every certificate: `TEST_CERTIFICATES_FROM` to `TEST_CERTIFICATES_UNTIL`.
 */
import type { EpochMs } from "../../kernel/time.ts";
import { SECOND_MS } from "../../kernel/time.ts";

/** Members of the public JWK; byte fields base64url without padding. */
export type PublicJwk =
  | { readonly n: string; readonly e: string }
  | { readonly crv: string; readonly x: string; readonly y: string };

/** A leaf certificate of a key, and both together as the linked secret holds them. */
export interface TestCertificate {
  /** DER, base64. */
  readonly cer: string;
  /** SHA-1 of the DER, base64url. */
  readonly x5t: string;
  /** Key and certificates under an empty password, base64: PBE-SHA1-3DES with a SHA-1 MAC, as Go's pkcs12 reads it. */
  readonly pfx: string;
}

export interface TestKey {
  /** Also the subject of its certificates: `CN=keyturn-test-rsa-2048-1`. */
  readonly name: string;
  readonly jwk: PublicJwk;
  /** PKCS#8 DER, base64. */
  readonly pkcs8: string;
  readonly selfSigned: TestCertificate;
  /** Signed by the intermediate of `TEST_AUTHORITIES`. */
  readonly chained: TestCertificate;
}

/** 2020-01-01T00:00:00Z */
export const TEST_CERTIFICATES_FROM: EpochMs = 1_577_836_800 * SECOND_MS;
/** 2049-12-31T23:59:59Z */
export const TEST_CERTIFICATES_UNTIL: EpochMs = 2_524_607_999 * SECOND_MS;
