/**
 * A secret: its versions and where it stands between creation and purge. Plain immutable data and its rules; a change
 * makes a new object.
 * Source: Azure Key Vault "About secrets" and REST reference; Key Vault reference sheet, sections 1.1, 2.2, 2.3 and 2.4.
 */
import {
  LONGEST_CONTENT_TYPE,
  LONGEST_SECRET_TAG_PART,
  LONGEST_SECRET_VALUE,
} from "./defaults.ts";
import { keyVaultErrors } from "./errors.ts";
import type { KeyVaultError } from "./errors.ts";
import type { EpochMs } from "../kernel/time.ts";
import type {
  ObjectAttributes,
  ObjectVersion,
  VaultObject,
} from "./vault-object.ts";
import { tagsError } from "./vault-object.ts";

/** One version; its value is in the value book. */
export interface SecretVersion extends ObjectVersion {
  readonly contentType: string | null;
}

/** Where all versions of a name stand together. */
export type SecretLife =
  | { readonly phase: "active" }
  | { readonly phase: "beingDeleted"; readonly deletedAtMs: EpochMs }
  | {
      readonly phase: "deleted";
      readonly deletedAtMs: EpochMs;
      /** Queue handle of the end of its retention. */
      readonly retentionTimer: number;
    }
  | { readonly phase: "beingRecovered" | "beingPurged" };

export interface Secret extends VaultObject<SecretVersion> {
  readonly life: SecretLife;
  /** Behind a certificate of the same name, which alone writes it; each version has the id of its key's. */
  readonly managed: boolean;
}

/** What a caller may say about a version. Left out: the default on a set, unchanged on an update. */
export interface SecretAttributes extends ObjectAttributes {
  readonly contentType?: string;
}

/** Why a value cannot be stored, or null. Null is a body without one; empty text is a value. */
export function valueError(value: string | null): KeyVaultError | null {
  if (value === null) return keyVaultErrors.invalidProperty();
  return value.length > LONGEST_SECRET_VALUE
    ? keyVaultErrors.secretTooLarge()
    : null;
}

/** Why attributes cannot be stored, or null. An expiry in the past is accepted. */
export function attributesError(
  attributes: SecretAttributes,
): KeyVaultError | null {
  const { contentType = "", tags } = attributes;
  return contentType.length > LONGEST_CONTENT_TYPE
    ? keyVaultErrors.invalidProperty()
    : tagsError(tags, LONGEST_SECRET_TAG_PART);
}
