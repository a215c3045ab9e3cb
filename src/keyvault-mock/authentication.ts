/**
 * The token check that comes before everything else: audience, issuer, lifetime, each with the real service's text.
 * Source: MicrosoftDocs/azure-security-docs articles/key-vault/general/authentication-requests-and-responses.md; Key Vault
 * reference sheet, sections 5.1, 6.1 and 6.2.
 */
import type { EpochMs } from "../kernel/time.ts";
import { SECOND_MS } from "../kernel/time.ts";
import { VAULT_RESOURCE, VAULT_RESOURCE_ID } from "./defaults.ts";
import { issuerOf, keyVaultErrors } from "./errors.ts";
import type { KeyVaultError } from "./errors.ts";
import type { TokenClaims } from "./requests.ts";
import type { Vault } from "./vault.ts";

/** Null for a valid token, else the 401 with its challenge. A token is valid before its `exp`, not at it. */
export function authenticate(
  vault: Vault,
  token: TokenClaims | null,
  now: EpochMs,
): KeyVaultError | null {
  const { tenantId } = vault;
  if (token === null) return keyVaultErrors.missingToken(tenantId);
  const { aud, iss, tid, exp } = token;
  if (aud !== VAULT_RESOURCE && aud !== VAULT_RESOURCE_ID)
    return keyVaultErrors.invalidAudience(tenantId, aud);
  if (iss !== issuerOf(vault.anyTenant ? tid : tenantId))
    return keyVaultErrors.invalidIssuer(tenantId, iss);
  if (tid !== tenantId && !vault.anyTenant)
    return keyVaultErrors.invalidIssuer(tenantId, issuerOf(tid));
  if (exp * SECOND_MS <= now) return keyVaultErrors.tokenExpired(tenantId);
  return null;
}
