/**
 * A secret: its versions and where it stands between creation and purge. Plain immutable data and its rules; a change
 * makes a new object.
 * Source: Azure Key Vault "About secrets" and REST reference; Key Vault reference sheet, sections 1.1, 2.2, 2.3 and 2.4.
 */
import {
  LONGEST_CONTENT_TYPE,
  LONGEST_SECRET_VALUE,
  LONGEST_TAG_PART,
  MOST_TAGS,
} from "./defaults.ts";
import { keyVaultErrors } from "./errors.ts";
import type { KeyVaultError } from "./errors.ts";
import type { EpochMs } from "../kernel/time.ts";

/** One version; its value is in the value book. Null: never set. */
export interface SecretVersion {
  /** 32 lower-case hexadecimal digits. */
  readonly version: string;
  /** 1 for the first version that the name ever had in this vault. */
  readonly ordinal: number;
  readonly enabled: boolean;
  /** Informs clients; never blocks a read. */
  readonly notBefore: EpochMs | null;
  readonly expires: EpochMs | null;
  readonly contentType: string | null;
  readonly tags: Readonly<Record<string, string>> | null;
  readonly createdMs: EpochMs;
  readonly updatedMs: EpochMs;
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

export interface Secret {
  /** As first spelled; names compare without case. */
  readonly name: string;
  /** Oldest first, never empty. */
  readonly versions: readonly SecretVersion[];
  readonly life: SecretLife;
}

/** What a caller may say about a version. Left out: the default on a set, unchanged on an update. */
export interface SecretAttributes {
  readonly enabled?: boolean;
  readonly notBefore?: EpochMs;
  readonly expires?: EpochMs;
  readonly contentType?: string;
  /** Replaces all tags. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** The newest version by creation, also when it is disabled: the service does not fall back to an older one. */
export function newestVersion(secret: Secret): SecretVersion {
  return secret.versions[secret.versions.length - 1]!;
}

/** The version asked for; null: the newest. Undefined when there is none of that id. */
export function findVersion(
  secret: Secret,
  version: string | null,
): SecretVersion | undefined {
  if (version === null) return newestVersion(secret);
  const wanted = version.toLowerCase();
  return secret.versions.find((one) => one.version === wanted);
}

const OBJECT_NAME = /^[0-9a-zA-Z-]{1,127}$/;

/** Why a name cannot be an object's, or null. A request without a name meets no route that takes its method. */
export function nameError(name: string, method: string): KeyVaultError | null {
  if (OBJECT_NAME.test(name)) return null;
  return name === "" && method !== "GET"
    ? keyVaultErrors.methodNotAllowed(method)
    : keyVaultErrors.invalidName(name);
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
  const { contentType = "", tags = {} } = attributes;
  const entries = Object.entries(tags);
  const fits =
    contentType.length <= LONGEST_CONTENT_TYPE &&
    entries.length <= MOST_TAGS &&
    entries.every((entry) =>
      entry.every((part) => part.length <= LONGEST_TAG_PART),
    );
  return fits ? null : keyVaultErrors.invalidProperty();
}
