/**
 * How secrets look in answers. No host is stored: ids are made here, from the canonical vault address.
 * Source: Azure Key Vault REST reference, SecretBundle, DeletedSecretBundle and SecretItem; Key Vault reference sheet, section 2.2.
 * Fields that were never set are left out.
 */
import { bytesToUtf8 } from "../kernel/bytes.ts";
import type { ContentRef, ValueBook } from "../kernel/content.ts";
import { invariant } from "../kernel/errors.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { EpochMs } from "../kernel/time.ts";
import { toUnixSeconds } from "../kernel/time.ts";
import type { Cause } from "../kernel/trace.ts";
import {
  RECOVERABLE_DAYS,
  RECOVERY_LEVEL,
  VAULT_DNS_SUFFIX,
} from "./defaults.ts";
import type {
  DeletedSecretItem,
  SecretBundle,
  SecretItem,
  SecretProperties,
  SecretVersionItem,
} from "./requests.ts";
import type { Secret, SecretVersion } from "./secret.ts";
import { newestVersion } from "./secret.ts";
import { deletionDates } from "./soft-delete.ts";
import type { Vault } from "./vault.ts";
import { objectName } from "./vault.ts";

function addressOf(vault: Vault): string {
  return `https://${vault.name}.${VAULT_DNS_SUFFIX}`;
}

function attributesOf(version: SecretVersion): JsonObject {
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

function descriptionOf(version: SecretVersion): Omit<SecretItem, "id"> {
  const { contentType, tags } = version;
  return {
    ...(contentType === null ? {} : { contentType }),
    attributes: attributesOf(version),
    ...(tags === null ? {} : { tags }),
  };
}

export function propertiesOf(
  vault: Vault,
  secret: Secret,
  version: SecretVersion,
): SecretProperties {
  return {
    id: `${addressOf(vault)}/secrets/${secret.name}/${version.version}`,
    version: version.version,
    ...descriptionOf(version),
  };
}

/** As the list shows a secret: by its newest version. */
export function itemOf(vault: Vault, secret: Secret): SecretItem {
  const id = `${addressOf(vault)}/secrets/${secret.name}`;
  return { id, ...descriptionOf(newestVersion(secret)) };
}

export function versionItemOf(version: SecretVersion): SecretVersionItem {
  const { enabled, createdMs } = version;
  return {
    version: version.version,
    enabled,
    created: toUnixSeconds(createdMs),
  };
}

export function deletedItemOf(
  vault: Vault,
  secret: Secret,
  deletedAtMs: EpochMs,
): DeletedSecretItem {
  return {
    recoveryId: `${addressOf(vault)}/deletedsecrets/${secret.name}`,
    ...deletionDates(deletedAtMs),
    ...itemOf(vault, secret),
  };
}

/** What the value book calls the value of a version. */
export function contentOf(
  vault: Vault,
  secret: Secret,
  { version, ordinal }: SecretVersion,
): Omit<ContentRef, "from"> {
  const object = objectName(vault, secret.name);
  return { object, version, ordinal, form: "as-is" };
}

type BundleParts = Omit<SecretBundle, "content"> & {
  readonly content: Omit<ContentRef, "from">;
};

/** Bundles with values. The parts of a version are made once and shared; versions are immutable, so the cache holds no state. */
export class Bundles {
  readonly #values: ValueBook;
  readonly #parts = new WeakMap<SecretVersion, BundleParts>();

  constructor(values: ValueBook) {
    this.#values = values;
  }

  /** `from` is the audit fact of the request that this bundle answers. */
  of(
    vault: Vault,
    secret: Secret,
    version: SecretVersion,
    from: Cause,
  ): SecretBundle {
    let parts = this.#parts.get(version);
    if (parts === undefined) {
      parts = this.#make(vault, secret, version);
      this.#parts.set(version, parts);
    }
    return { ...parts, content: { ...parts.content, from } };
  }

  #make(vault: Vault, secret: Secret, version: SecretVersion): BundleParts {
    const content = contentOf(vault, secret, version);
    const bytes = this.#values.get(content);
    invariant(
      bytes !== null,
      "ValueMissing",
      `Failed to read ${content.object}: the value book has no version ${version.version}`,
    );
    return {
      value: bytesToUtf8(bytes),
      ...propertiesOf(vault, secret, version),
      content,
    };
  }
}
