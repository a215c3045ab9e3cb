/**
 * `DELETE /deletedsecrets/{name}`: begins the final removal of a deleted secret.
 * Source: Azure Key Vault REST reference, Purge Deleted Secret; Key Vault reference sheet, section 2.5.
 */
import type { Outcome } from "../requests.ts";
import type { Secret } from "../secret.ts";
import { nameError } from "../vault-object.ts";
import { retained } from "../soft-delete.ts";
import type { Vault } from "../vault.ts";
import { findSecret } from "../vault.ts";

/** The secret as it is being purged, to be put; its retention timer is to be cancelled. */
export function purgeDeletedSecret(
  vault: Vault,
  name: string,
): Outcome<{ readonly secret: Secret; readonly retentionTimer: number }> {
  const error = nameError(name, "DELETE");
  if (error !== null) return { ok: false, error };
  const found = retained(findSecret(vault, name), name);
  if (!found.ok) return found;
  const life = { phase: "beingPurged" } as const;
  return { ...found, secret: { ...found.secret, life } };
}
