/**
 * `GET /secrets`: the active secrets, without values; attributes are those of each newest version.
 * Source: Azure Key Vault REST reference, Get Secrets; Key Vault reference sheet, sections 1.6 and 2.2.
 */
import type { Outcome } from "../requests.ts";
import type { Secret } from "../secret.ts";
import type { Vault } from "../vault.ts";
import { keyOf } from "../vault.ts";
import type { Page, PageRequest } from "./page.ts";
import { pageOf } from "./page.ts";

export function listSecrets(
  vault: Vault,
  request: PageRequest,
): Outcome<{ readonly page: Page<Secret> }> {
  const active = [...vault.secrets.values()].filter(
    (secret) => secret.life.phase === "active",
  );
  const page = pageOf(active, (secret) => keyOf(secret.name), request);
  return { ok: true, page };
}
