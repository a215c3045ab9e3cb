/**
 * `GET /secrets/{name}[/{version}]`: one version with its value. `nbf` and `exp` never refuse it, `enabled: false` does.
 * Source: Azure Key Vault REST reference, Get Secret; MicrosoftDocs "About secrets"; Key Vault reference sheet, sections 2.4 and 2.5.
 */
import { keyVaultErrors } from "../errors.ts";
import type { Outcome } from "../requests.ts";
import type { Secret, SecretVersion } from "../secret.ts";
import { findVersion, nameError } from "../vault-object.ts";
import type { Vault } from "../vault.ts";
import { activeSecret } from "../vault.ts";

export interface GetSecretRequest {
  readonly name: string;
  /** Null: the newest, enabled or not. */
  readonly version: string | null;
}

export function getSecret(
  vault: Vault,
  { name, version: wanted }: GetSecretRequest,
): Outcome<{ readonly secret: Secret; readonly version: SecretVersion }> {
  const secret = activeSecret(vault, name);
  const version = secret && findVersion(secret, wanted);
  if (version === undefined) {
    const what = wanted === null ? name : `${name}/${wanted}`;
    const error = nameError(name, "GET") ?? keyVaultErrors.secretNotFound(what);
    return { ok: false, error };
  }
  return version.enabled
    ? { ok: true, secret: secret!, version }
    : { ok: false, error: keyVaultErrors.secretDisabled() };
}
