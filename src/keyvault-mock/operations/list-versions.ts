/**
 * `GET /keys/{name}/versions` and `GET /certificates/{name}/versions`: all versions of a name, disabled ones too. A name
 * that does not exist has none: that is no error.
 * Source: Azure Key Vault REST reference, Get Key Versions and Get Certificate Versions; Key Vault reference sheet, section 1.6.
 */
import type { Outcome } from "../requests.ts";
import type { Collection, ObjectVersion } from "../vault-object.ts";
import { nameError } from "../vault-object.ts";
import type { Vault } from "../vault.ts";
import { findObject } from "../vault.ts";
import type { Page, PageRequest } from "./page.ts";
import { pageOf } from "./page.ts";

/** Request null: all versions on one page. */
export function listVersions(
  vault: Vault,
  collection: Exclude<Collection, "secrets">,
  name: string,
  request: PageRequest | null,
): Outcome<{ readonly page: Page<ObjectVersion> }> {
  const error = nameError(name, "GET");
  if (error !== null) return { ok: false, error };
  const versions = findObject(vault, collection, name)?.versions ?? [];
  const page = pageOf(versions, ({ version }) => version, request);
  return { ok: true, page };
}
