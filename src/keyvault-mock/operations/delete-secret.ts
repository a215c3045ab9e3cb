/**
 * `DELETE /secrets/{name}`: begins the deletion of all versions of a name, unless they belong to a certificate.
 * Source: Azure Key Vault REST reference, Delete Secret; Key Vault reference sheet, section 2.5.
 */
import { keyVaultErrors } from "../errors.ts";
import type { Outcome } from "../requests.ts";
import type { Secret } from "../secret.ts";
import { nameError } from "../vault-object.ts";
import type { Vault } from "../vault.ts";
import { activeSecret } from "../vault.ts";
import type { OperationContext } from "./context.ts";

/** The secret as it is being deleted, to be put. */
export function deleteSecret(
  vault: Vault,
  name: string,
  { now }: OperationContext,
): Outcome<{ readonly secret: Secret; readonly deletedAtMs: number }> {
  const found = activeSecret(vault, name);
  if (found === undefined) {
    const error =
      nameError(name, "DELETE") ?? keyVaultErrors.secretNotFound(name);
    return { ok: false, error };
  }
  if (found.managed) {
    const error = keyVaultErrors.objectIsManaged("secret", found.name);
    return { ok: false, error };
  }
  const life = { phase: "beingDeleted", deletedAtMs: now } as const;
  return { ok: true, secret: { ...found, life }, deletedAtMs: now };
}
