/**
 * What answers about secrets, keys and certificates have in common. No host is stored: ids are made here, from the
 * canonical vault address. Fields that were never set are left out.
 * Source: Azure Key Vault REST reference, SecretAttributes, KeyAttributes, CertificateAttributes; Key Vault reference sheet, sections 1.1 and 2.2.
 */
import type { ContentRef } from "../kernel/content.ts";
import type { JsonObject } from "../kernel/json.ts";
import { toUnixSeconds } from "../kernel/time.ts";
import {
  RECOVERABLE_DAYS,
  RECOVERY_LEVEL,
  VAULT_DNS_SUFFIX,
} from "./defaults.ts";
import type { VersionItem } from "./requests.ts";
import type { Collection, ObjectVersion } from "./vault-object.ts";
import type { Vault } from "./vault.ts";
import { objectName } from "./vault.ts";

export function addressOf(vault: Vault): string {
  return `https://${vault.name}.${VAULT_DNS_SUFFIX}`;
}

/** `https://kvdemo.vault.azure.net/keys/key1/<version>` */
export function idOf(
  vault: Vault,
  collection: Collection,
  name: string,
  { version }: ObjectVersion,
): string {
  return `${addressOf(vault)}/${collection}/${name}/${version}`;
}

export function attributesOf(version: ObjectVersion): JsonObject {
  const { enabled, notBefore, expires, createdMs, updatedMs } = version;
  return {
    enabled,
    ...(notBefore === null ? {} : { nbf: toUnixSeconds(notBefore) }),
    ...(expires === null ? {} : { exp: toUnixSeconds(expires) }),
    created: toUnixSeconds(createdMs),
    updated: toUnixSeconds(updatedMs),
    recoveryLevel: RECOVERY_LEVEL,
    recoverableDays: RECOVERABLE_DAYS,
  };
}

export function tagsOf({ tags }: ObjectVersion): {
  readonly tags?: Readonly<Record<string, string>>;
} {
  return tags === null ? {} : { tags };
}

export function versionItemOf(version: ObjectVersion): VersionItem {
  const { enabled, createdMs } = version;
  return {
    version: version.version,
    enabled,
    created: toUnixSeconds(createdMs),
  };
}

/** What the value book calls a version, in a form. */
export function contentOf(
  vault: Vault,
  collection: Collection,
  name: string,
  { version, ordinal }: ObjectVersion,
  form = "as-is",
): Omit<ContentRef, "from"> {
  const object = objectName(vault, collection, name);
  return { object, version, ordinal, form };
}
