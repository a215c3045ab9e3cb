/**
 * How keys look in answers; the private part never leaves.
 * Source: Azure Key Vault REST reference, KeyBundle; Key Vault reference sheet, section 3.
 */
import type { ContentRef } from "../kernel/content.ts";
import type { Cause } from "../kernel/trace.ts";
import type { Key, KeyVersion } from "./key.ts";
import { attributesOf, contentOf, idOf, tagsOf } from "./object-bundle.ts";
import type { KeyBundle } from "./requests.ts";
import { testKeysOf } from "./test-keys/pool.ts";
import type { Vault } from "./vault.ts";

export type KeyParts = Omit<KeyBundle, "content"> & {
  readonly content: Omit<ContentRef, "from">;
};

/** Bundles without their provenance, made once for each version; versions are immutable, so the cache holds no state. */
const partsOfVersions = new WeakMap<KeyVersion, KeyParts>();

/** `from` is the audit fact of the request that this bundle answers. */
export function keyBundleOf(
  vault: Vault,
  key: Key,
  version: KeyVersion,
  from: Cause,
): KeyBundle {
  let parts = partsOfVersions.get(version);
  if (parts === undefined) {
    parts = keyPartsOf(vault, key, version);
    partsOfVersions.set(version, parts);
  }
  return { ...parts, content: { ...parts.content, from } };
}

function keyPartsOf(vault: Vault, key: Key, version: KeyVersion): KeyParts {
  const { name, managed } = key;
  return {
    key: jwkOf(vault, key, version),
    version: version.version,
    attributes: attributesOf(version),
    ...tagsOf(version),
    ...(managed ? { managed } : {}),
    content: contentOf(vault, "keys", name, version),
  };
}

export function jwkOf(
  vault: Vault,
  { name }: Key,
  version: KeyVersion,
): KeyBundle["key"] {
  const { kind, keyOps, testKey } = version;
  return {
    kid: idOf(vault, "keys", name, version),
    kty: kind.keyType,
    key_ops: keyOps,
    ...testKeysOf(kind)[testKey]!.jwk,
  };
}
