/**
 * `POST /deletedsecrets/{name}/recover`: begins the return of a deleted secret with all its versions.
 * Source: Azure Key Vault REST reference, Recover Deleted Secret; Key Vault reference sheet, section 2.5.
 */
import type { Outcome } from "../requests.ts";
import type { Secret } from "../secret.ts";
import { nameError } from "../vault-object.ts";
import { retained } from "../soft-delete.ts";
import type { Vault } from "../vault.ts";
import { findSecret } from "../vault.ts";

/** The secret as it is being recovered, to be put; its retention timer is to be cancelled. */
export function recoverDeletedSecret(
  vault: Vault,
  name: string,
): Outcome<{ readonly secret: Secret; readonly retentionTimer: number }> {
  const error = nameError(name, "POST");
  if (error !== null) return { ok: false, error };
  const found = retained(findSecret(vault, name), name);
  if (!found.ok) return found;
  const life = { phase: "beingRecovered" } as const;
  return { ...found, secret: { ...found.secret, life } };
}
