/**
 * `GET /secrets/{name}/versions`: all versions of a name, disabled ones too. A name that does not exist, or is deleted,
 * has none: that is no error.
 * Source: Azure Key Vault REST reference, Get Secret Versions; Key Vault reference sheet, section 1.6.
 */
import type { Outcome } from "../requests.ts";
import type { Secret, SecretVersion } from "../secret.ts";
import { nameError } from "../vault-object.ts";
import type { Vault } from "../vault.ts";
import { activeSecret } from "../vault.ts";
import type { Page, PageRequest } from "./page.ts";
import { pageOf } from "./page.ts";

/** Request null: all versions on one page. */
export function listSecretVersions(
  vault: Vault,
  name: string,
  request: PageRequest | null,
): Outcome<{
  readonly secret?: Secret;
  readonly page: Page<SecretVersion>;
}> {
  const error = nameError(name, "GET");
  if (error !== null) return { ok: false, error };
  const secret = activeSecret(vault, name);
  const page = pageOf(
    secret?.versions ?? [],
    (version) => version.version,
    request,
  );
  return secret === undefined ? { ok: true, page } : { ok: true, secret, page };
}
