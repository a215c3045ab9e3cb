/**
 * Every error that the vault answers: status, code, inner code and text in one registry, as the real service words them.
 * Source: Key Vault reference sheet, sections 1.2, 2.3, 2.5, 6.2, 6.3 and 6.5; errors of the resource manager as quoted
 * in public deployment logs; a vault that does not exist as Go's resolver reports it.
 */
import {
  LOGIN_AUTHORITY,
  LONGEST_SECRET_VALUE,
  TOKEN_ISSUER,
  VAULT_DNS_SUFFIX,
  VAULT_RESOURCE,
} from "./defaults.ts";

/** Where a 401 sends a client for a token: the pairs of its `WWW-Authenticate: Bearer` header. */
export interface Challenge {
  readonly authorization: string;
  readonly resource: string;
}

export interface KeyVaultError {
  /** HTTP status; 0 when no server answered. */
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly innerCode?: string;
  /** Set on 401. */
  readonly challenge?: Challenge;
}

/** `iss` of the tokens of a tenant. */
export function issuerOf(tenantId: string): string {
  return `${TOKEN_ISSUER}/${tenantId}/`;
}

function unauthorized(tenantId: string, message: string): KeyVaultError {
  const authorization = `${LOGIN_AUTHORITY}/${tenantId}`;
  const challenge = { authorization, resource: VAULT_RESOURCE };
  return { status: 401, code: "Unauthorized", message, challenge };
}

function forbidden(message: string, innerCode: string): KeyVaultError {
  return { status: 403, code: "Forbidden", message, innerCode };
}

function conflict(message: string, innerCode: string): KeyVaultError {
  return { status: 409, code: "Conflict", message, innerCode };
}

/** Who was refused, and by which vault. */
export interface Denial {
  /** `appid=…;oid=…;iss=…`, see `callerString`. */
  readonly caller: string;
  readonly permission: string;
  readonly vault: string;
  readonly region: string;
}

export const keyVaultErrors = {
  invalidName: (name: string): KeyVaultError => ({
    status: 400,
    code: "BadParameter",
    message: `The request URI contains an invalid name: ${name}`,
  }),

  secretTooLarge: (): KeyVaultError => ({
    status: 400,
    code: "BadParameter",
    message: `Secret is beyond the maximum permitted length of ${LONGEST_SECRET_VALUE} characters.`,
    innerCode: "SecretTooLarge",
  }),

  /**
   * A missing value, or tags beyond their limits. The service names no property, hence two blanks.
   * Simplification: a content type over 255 characters is refused with the text known for missing values and too many tags; its own was not seen.
   */
  invalidProperty: (): KeyVaultError => ({
    status: 400,
    code: "BadParameter",
    message: "Property  has invalid value",
  }),

  methodNotAllowed: (method: string): KeyVaultError => ({
    status: 405,
    code: "MethodNotAllowed",
    message: `HTTP ${method} not allowed`,
  }),

  missingToken: (tenantId: string): KeyVaultError =>
    unauthorized(
      tenantId,
      "AKV10000: Request is missing a Bearer or PoP token.",
    ),

  invalidAudience: (tenantId: string, found: string): KeyVaultError =>
    unauthorized(
      tenantId,
      `AKV10022: Invalid audience. Expected ${VAULT_RESOURCE}, found: ${found}.`,
    ),

  invalidIssuer: (tenantId: string, found: string): KeyVaultError =>
    unauthorized(
      tenantId,
      `AKV10032: Invalid issuer. Expected one of ${issuerOf(tenantId)}, found ${found}.`,
    ),

  tokenExpired: (tenantId: string): KeyVaultError =>
    unauthorized(
      tenantId,
      "[TokenExpired] Error validating token: 'S2S12086'.",
    ),

  accessDenied: (denial: Denial): KeyVaultError =>
    forbidden(
      `The user, group or application '${denial.caller}' does not have secrets ${denial.permission} permission on key vault '${denial.vault};location=${denial.region}'. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287`,
      "AccessDenied",
    ),

  /** The older shape that a refused purge still has. */
  purgeDenied: (denial: Denial): KeyVaultError =>
    forbidden(
      `Operation is not allowed.\r\nOperation: "purge"\r\nCaller: ${denial.caller}\r\nVault: ${denial.vault};location=${denial.region}`,
      "AccessDenied",
    ),

  secretDisabled: (): KeyVaultError =>
    forbidden(
      "Operation get is not allowed on a disabled secret.",
      "SecretDisabled",
    ),

  /** `what` is `name`, or `name/version` for a version that is not there. */
  secretNotFound: (what: string): KeyVaultError => ({
    status: 404,
    code: "SecretNotFound",
    message: `A secret with (name/id) ${what} was not found in this key vault. If you recently deleted this secret you may be able to recover it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182`,
  }),

  deletedSecretNotFound: (name: string): KeyVaultError => ({
    status: 404,
    code: "SecretNotFound",
    message: `Deleted Secret not found: ${name}`,
  }),

  objectIsDeletedButRecoverable: (name: string): KeyVaultError =>
    conflict(
      `Secret ${name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the secret can only be recovered or purged.`,
      "ObjectIsDeletedButRecoverable",
    ),

  objectIsBeingDeleted: (): KeyVaultError =>
    conflict("Secret is currently being deleted.", "ObjectIsBeingDeleted"),

  objectIsBeingRecovered: (): KeyVaultError =>
    conflict("Secret is currently being recovered.", "ObjectIsBeingRecovered"),

  /** Simplification: the text and inner code of the 409 while a secret is being purged follow those of its neighbours; only the status is known. */
  objectIsBeingPurged: (): KeyVaultError =>
    conflict("Secret is currently being purged.", "ObjectIsBeingPurged"),

  vaultNameNotValid: (name: string): KeyVaultError => ({
    status: 400,
    code: "VaultNameNotValid",
    message: `The vault name '${name}' is invalid. A vault's name must be between 3-24 alphanumeric characters. The name must begin with a letter, end with a letter or digit, and not contain consecutive hyphens. Follow this link for more information: https://go.microsoft.com/fwlink/?linkid=2147742`,
  }),

  vaultAlreadyExists: (name: string): KeyVaultError => ({
    status: 409,
    code: "VaultAlreadyExists",
    message: `The vault name '${name}' is already in use. Vault names are globally unique so it is possible that the name is already taken.`,
  }),

  /** No server answers for a vault that does not exist: its name does not resolve. */
  dnsNotFound: (vault: string): KeyVaultError => ({
    status: 0,
    code: "DnsNotFound",
    message: `dial tcp: lookup ${vault}.${VAULT_DNS_SUFFIX}: no such host`,
  }),
} as const;
