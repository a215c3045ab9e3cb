/**
 * `GET /deletedsecrets/{name}`: a deleted secret without its value; pollers ask it until a deletion is complete.
 * Source: Azure Key Vault REST reference, Get Deleted Secret; Key Vault reference sheet, section 2.5.
 * Simplification: a secret that is being recovered is no longer found among the deleted ones; the service may still show it.
 */
import { keyVaultErrors } from "../errors.ts";
import type { Outcome } from "../requests.ts";
import type { Secret } from "../secret.ts";
import { nameError } from "../vault-object.ts";
import type { Vault } from "../vault.ts";
import { findSecret } from "../vault.ts";

export function getDeletedSecret(
  vault: Vault,
  name: string,
): Outcome<{ readonly secret: Secret; readonly deletedAtMs: number }> {
  const secret = findSecret(vault, name);
  if (secret?.life.phase !== "deleted") {
    const error =
      nameError(name, "GET") ?? keyVaultErrors.deletedSecretNotFound(name);
    return { ok: false, error };
  }
  return { ok: true, secret, deletedAtMs: secret.life.deletedAtMs };
}
