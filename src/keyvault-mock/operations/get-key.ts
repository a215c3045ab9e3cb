/**
 * `GET /keys/{name}[/{version}]`: the public part and the attributes of a key. Neither its dates nor a disabled version
 * hinder a read; they block cryptography.
 * Source: Azure Key Vault REST reference, Get Key; Key Vault reference sheet, section 3.
 * Simplification: a disabled key is returned with its attributes, as a disabled certificate is; no recorded answer was seen.
 */
import { keyVaultErrors } from "../errors.ts";
import type { Key, KeyVersion } from "../key.ts";
import type { Outcome } from "../requests.ts";
import { findVersion, nameError } from "../vault-object.ts";
import type { Vault } from "../vault.ts";
import { findKey } from "../vault.ts";

export function getKey(
  vault: Vault,
  name: string,
  wanted: string | null,
): Outcome<{ readonly key: Key; readonly version: KeyVersion }> {
  const key = findKey(vault, name);
  const version = key && findVersion(key, wanted);
  if (version !== undefined) return { ok: true, key: key!, version };
  const what = wanted === null ? name : `${name}/${wanted}`;
  const error = nameError(name, "GET") ?? keyVaultErrors.keyNotFound(what);
  return { ok: false, error };
}
