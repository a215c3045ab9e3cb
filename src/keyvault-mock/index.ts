/** The vault's room: what the world connects, what clients meet, what the trace tells. */
export type { AccessPolicy, VaultAccess } from "./access-control.ts";
export { correlationId, serviceTimeMs } from "./audit.ts";
export type { KeyVaultConfig } from "./defaults.ts";
export {
  DEFAULT_KEY_VAULT_CONFIG,
  DIAL_TIMEOUT_MS,
  REFUSED_MS,
} from "./defaults.ts";
export type { Challenge, KeyVaultError } from "./errors.ts";
export { issuerOf, keyVaultErrors } from "./errors.ts";
export type { KeyVaultFact, VaultRequestFact } from "./facts.ts";
export type { FaultEffect, VaultFault } from "./faults.ts";
export type {
  KeyVaultOptions,
  NewCertificate,
  NewKey,
  NewVersion,
  VersionUpdate,
} from "./key-vault.ts";
export { KeyVault } from "./key-vault.ts";
export { OBJECT_OPERATION_NAMES } from "./operations/catalogue.ts";
export type { Client, Operator, Requester } from "./requester.ts";
export { OPERATOR } from "./requester.ts";
export type { SecretSet } from "./secret-observers.ts";
export type {
  CertificateBundle,
  DeletedSecretItem,
  KeyBundle,
  Outcome,
  SecretBundle,
  SecretItem,
  SecretProperties,
  VersionItem,
  TokenClaims,
  VaultCaller,
  VaultReply,
  VaultRequest,
} from "./requests.ts";
