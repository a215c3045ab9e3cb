/**
 * `GET /deletedsecrets`: the secrets whose deletion is complete and which can be recovered or purged.
 * Source: Azure Key Vault REST reference, Get Deleted Secrets; Key Vault reference sheet, sections 1.6 and 2.5.
 */
import type { EpochMs } from "../../kernel/time.ts";
import type { Outcome } from "../requests.ts";
import type { Secret } from "../secret.ts";
import type { Vault } from "../vault.ts";
import { keyOf } from "../vault.ts";
import type { Page, PageRequest } from "./page.ts";
import { pageOf } from "./page.ts";

interface DeletedSecret {
  readonly secret: Secret;
  readonly deletedAtMs: EpochMs;
}

export function listDeletedSecrets(
  vault: Vault,
  request: PageRequest,
): Outcome<{ readonly page: Page<DeletedSecret> }> {
  const deleted: DeletedSecret[] = [];
  for (const secret of vault.secrets.values())
    if (secret.life.phase === "deleted")
      deleted.push({ secret, deletedAtMs: secret.life.deletedAtMs });
  const page = pageOf(deleted, ({ secret }) => keyOf(secret.name), request);
  return { ok: true, page };
}
