/**
 * A key: its versions, each with its kind, what may be done with it, and which test key it is.
 * Source: MicrosoftDocs/azure-security-docs articles/key-vault/keys/about-keys-details.md; Key Vault reference sheet, section 3.
 * Simplification: keys and certificates cannot be deleted, updated or used for cryptography; they are made, read and listed.
 */
import type { KeyKind } from "./key-kind.ts";
import type { ObjectVersion, VaultObject } from "./vault-object.ts";

export interface KeyVersion extends ObjectVersion {
  readonly kind: KeyKind;
  readonly keyOps: readonly string[];
  /** Index into the test keys of the kind. */
  readonly testKey: number;
}

export interface Key extends VaultObject<KeyVersion> {
  /** Behind a certificate of the same name, which alone writes it. */
  readonly managed: boolean;
}

const RSA_OPERATIONS = [
  "encrypt",
  "decrypt",
  "sign",
  "verify",
  "wrapKey",
  "unwrapKey",
] as const;
const EC_OPERATIONS = ["sign", "verify"] as const;

/** `key_ops` of a key for which nobody chose any. */
export function defaultKeyOps(kind: KeyKind): readonly string[] {
  return "curve" in kind ? EC_OPERATIONS : RSA_OPERATIONS;
}
