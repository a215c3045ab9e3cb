/**
 * What secrets, keys and certificates have in common: a name, versions, and the attributes of a version. Plain immutable
 * data and its rules; a change makes a new object.
 * Source: MicrosoftDocs/azure-security-docs articles/key-vault/general/about-keys-secrets-certificates.md; Key Vault
 * reference sheet, sections 1.1, 2.2 and 2.3.
 */
import type { EpochMs } from "../kernel/time.ts";
import { MOST_TAGS } from "./defaults.ts";
import { keyVaultErrors } from "./errors.ts";
import type { KeyVaultError } from "./errors.ts";

/** The three name spaces of a vault. */
export type Collection = "secrets" | "keys" | "certificates";

/** One version. Null: never set. */
export interface ObjectVersion {
  /** 32 lower-case hexadecimal digits. */
  readonly version: string;
  /** 1 for the first version that the name ever had in this vault. */
  readonly ordinal: number;
  readonly enabled: boolean;
  /** Informs clients; never blocks a read. */
  readonly notBefore: EpochMs | null;
  readonly expires: EpochMs | null;
  readonly tags: Readonly<Record<string, string>> | null;
  readonly createdMs: EpochMs;
  readonly updatedMs: EpochMs;
}

export interface VaultObject<Version extends ObjectVersion = ObjectVersion> {
  /** As first spelled; names compare without case. */
  readonly name: string;
  /** Oldest first, never empty. */
  readonly versions: readonly Version[];
}

/** What a caller may say about a version. Left out: the default on a new one, unchanged on an update. */
export interface ObjectAttributes {
  readonly enabled?: boolean;
  readonly notBefore?: EpochMs;
  readonly expires?: EpochMs;
  /** Replaces all tags. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** The newest version by creation, also when it is disabled: the service does not fall back to an older one. */
export function newestVersion<Version extends ObjectVersion>(
  object: VaultObject<Version>,
): Version {
  return object.versions[object.versions.length - 1]!;
}

/** The version asked for; null: the newest. Undefined when there is none of that id. */
export function findVersion<Version extends ObjectVersion>(
  object: VaultObject<Version>,
  version: string | null,
): Version | undefined {
  if (version === null) return newestVersion(object);
  const wanted = version.toLowerCase();
  return object.versions.find((one) => one.version === wanted);
}

/** A version made now. */
export function newVersion(
  id: { readonly version: string; readonly ordinal: number },
  { enabled, notBefore, expires, tags }: ObjectAttributes,
  now: EpochMs,
): ObjectVersion {
  return {
    ...id,
    enabled: enabled ?? true,
    notBefore: notBefore ?? null,
    expires: expires ?? null,
    tags: tags === undefined ? null : { ...tags },
    createdMs: now,
    updatedMs: now,
  };
}

const OBJECT_NAME = /^[0-9a-zA-Z-]{1,127}$/;

/** Why a name cannot be an object's, or null. A request without a name meets no route that takes its method. */
export function nameError(name: string, method: string): KeyVaultError | null {
  if (OBJECT_NAME.test(name)) return null;
  return name === "" && method !== "GET"
    ? keyVaultErrors.methodNotAllowed(method)
    : keyVaultErrors.invalidName(name);
}

/** Why tags cannot be stored, or null. `longestPart`: of a name, and of a value. */
export function tagsError(
  tags: Readonly<Record<string, string>> | undefined,
  longestPart: number,
): KeyVaultError | null {
  const entries = Object.entries(tags ?? {});
  const fits =
    entries.length <= MOST_TAGS &&
    entries.every((entry) => entry.every((part) => part.length <= longestPart));
  return fits ? null : keyVaultErrors.invalidProperty();
}
