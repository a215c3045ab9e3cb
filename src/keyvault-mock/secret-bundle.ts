/**
 * How secrets look in answers. No host is stored: ids are made here, from the canonical vault address.
 * Source: Azure Key Vault REST reference, SecretBundle, DeletedSecretBundle and SecretItem; Key Vault reference sheet, section 2.2.
 * Fields that were never set are left out.
 */
import { bytesToUtf8 } from "../kernel/bytes.ts";
import type { ContentRef, ValueBook } from "../kernel/content.ts";
import { invariant } from "../kernel/errors.ts";
import type { EpochMs } from "../kernel/time.ts";
import type { Cause } from "../kernel/trace.ts";
import {
  addressOf,
  attributesOf,
  contentOf,
  idOf,
  tagsOf,
} from "./object-bundle.ts";
import type {
  DeletedSecretItem,
  SecretBundle,
  SecretItem,
  SecretProperties,
} from "./requests.ts";
import type { Secret, SecretVersion } from "./secret.ts";
import { deletionDates } from "./soft-delete.ts";
import { newestVersion } from "./vault-object.ts";
import type { Vault } from "./vault.ts";

function descriptionOf(
  { managed }: Secret,
  version: SecretVersion,
): Omit<SecretItem, "id"> {
  const { contentType } = version;
  return {
    ...(contentType === null ? {} : { contentType }),
    attributes: attributesOf(version),
    ...tagsOf(version),
    ...(managed ? { managed } : {}),
  };
}

export function propertiesOf(
  vault: Vault,
  secret: Secret,
  version: SecretVersion,
): SecretProperties {
  const { name, managed } = secret;
  return {
    id: idOf(vault, "secrets", name, version),
    version: version.version,
    ...descriptionOf(secret, version),
    ...(managed ? { kid: idOf(vault, "keys", name, version) } : {}),
  };
}

/** As the list shows a secret: by its newest version. */
export function itemOf(vault: Vault, secret: Secret): SecretItem {
  const id = `${addressOf(vault)}/secrets/${secret.name}`;
  return { id, ...descriptionOf(secret, newestVersion(secret)) };
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
    const { object, version: id, ordinal, form } = parts.content;
    const content = { object, version: id, ordinal, form, from };
    return { ...parts, content };
  }

  #make(vault: Vault, secret: Secret, version: SecretVersion): BundleParts {
    const content = contentOf(vault, "secrets", secret.name, version);
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
