/** The vault's room: what the world connects, what clients meet, what the trace tells. */
export type { AccessPolicy, VaultAccess } from "./access-control.ts";
export { correlationId, serviceTimeMs } from "./audit.ts";
export type { KeyVaultConfig } from "./defaults.ts";
export { DEFAULT_KEY_VAULT_CONFIG } from "./defaults.ts";
export type { Challenge, KeyVaultError } from "./errors.ts";
export { issuerOf } from "./errors.ts";
export type { KeyVaultFact, VaultRequestFact } from "./facts.ts";
export type {
  KeyVaultOptions,
  NewVersion,
  VersionUpdate,
} from "./key-vault.ts";
export { KeyVault } from "./key-vault.ts";
export type { Client, Operator, Requester } from "./requester.ts";
export { OPERATOR } from "./requester.ts";
export type {
  DeletedSecretItem,
  Outcome,
  SecretBundle,
  SecretItem,
  SecretProperties,
  SecretVersionItem,
  TokenClaims,
  VaultCaller,
  VaultReply,
  VaultRequest,
} from "./requests.ts";
