/**
 * Every error that the vault answers: status, code, inner code and text in one registry, as the real service words them.
 * Source: Key Vault reference sheet, sections 1.2, 2.3, 2.5, 3, 4, 6.2, 6.3, 6.5 and 8.2; errors of the resource manager as quoted
 * in public deployment logs; a vault that does not exist, or does not answer, as Go's net package reports it.
 */
import {
  LOGIN_AUTHORITY,
  LONGEST_SECRET_VALUE,
  TOKEN_ISSUER,
  VAULT_ADDRESS,
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
  /** The `Retry-After` header, where one is sent. */
  readonly retryAfterSeconds?: number;
}

/** Made once for each tenant: every request asks. */
const issuers = new Map<string, string>();

/** `iss` of the tokens of a tenant. */
export function issuerOf(tenantId: string): string {
  let issuer = issuers.get(tenantId);
  if (issuer === undefined) {
    issuer = `${TOKEN_ISSUER}/${tenantId}/`;
    issuers.set(tenantId, issuer);
  }
  return issuer;
}

/** Likewise: every client of Azure's SDKs sends its first request without a token. */
const missingTokens = new Map<string, KeyVaultError>();

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

/** 404 of an object. `what` is `name`, or `name/version` for a version that is not there. */
function notFound(type: "Secret" | "Key" | "Certificate", what: string) {
  const one = type.toLowerCase();
  return {
    status: 404,
    code: `${type}NotFound`,
    message: `A ${one} with (name/id) ${what} was not found in this key vault. If you recently deleted this ${one} you may be able to recover it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182`,
  };
}

/** Who was refused, and by which vault. */
export interface Denial {
  /** `appid=…;oid=…;iss=…`, see `callerString`. */
  readonly caller: string;
  readonly collection: "secrets" | "keys" | "certificates";
  readonly permission: string;
  readonly vault: string;
  readonly region: string;
}

const SERVICE_ERRORS = new Map<number, readonly [string, string]>([
  [408, ["RequestTimeout", "The request timed out."]],
  [409, ["Conflict", "There was a conflict."]],
  [500, ["InternalServerError", "An internal server error occurred."]],
  [502, ["BadGateway", "The gateway received no valid response."]],
  [503, ["ServiceUnavailable", "The service is unavailable."]],
  [504, ["GatewayTimeout", "The gateway received no response in time."]],
]);

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

  missingToken: (tenantId: string): KeyVaultError => {
    let error = missingTokens.get(tenantId);
    if (error === undefined) {
      error = unauthorized(
        tenantId,
        "AKV10000: Request is missing a Bearer or PoP token.",
      );
      missingTokens.set(tenantId, error);
    }
    return error;
  },

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
      `The user, group or application '${denial.caller}' does not have ${denial.collection} ${denial.permission} permission on key vault '${denial.vault};location=${denial.region}'. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287`,
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

  secretNotFound: (what: string): KeyVaultError => notFound("Secret", what),
  keyNotFound: (what: string): KeyVaultError => notFound("Key", what),
  certificateNotFound: (what: string): KeyVaultError =>
    notFound("Certificate", what),

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

  /**
   * A write through `/secrets` or `/keys` to what a certificate keeps.
   * Simplification: the text of the 409 for writing the secret or key behind a certificate was not seen; only that it is refused.
   */
  objectIsManaged: (type: "secret" | "key", name: string): KeyVaultError => ({
    status: 409,
    code: "Conflict",
    message: `The ${type} ${name} belongs to the certificate of the same name and cannot be changed by itself.`,
  }),

  /** Simplification: the text of the 409 for a certificate under the name of a plain secret or key was not seen; only its status is known. */
  nameIsTaken: (type: "secret" | "key", name: string): KeyVaultError => ({
    status: 409,
    code: "Conflict",
    message: `A ${type} with the name ${name} already exists in this key vault; a certificate cannot take its name.`,
  }),

  /** The firewall's 403. */
  forbiddenByFirewall: (
    ip: string,
    denial: Pick<Denial, "caller" | "vault" | "region">,
  ): KeyVaultError =>
    forbidden(
      `Client address is not authorized and caller is not a trusted service.\r\nClient address: ${ip}\r\nCaller: ${denial.caller}\r\nVault: ${denial.vault};location=${denial.region}`,
      "ForbiddenByFirewall",
    ),

  /**
   * `retryAfterSeconds` 0: without the header, as recorded.
   * Simplification: a request over the limit of the subscription is refused in the words of a vault's own limit; its text was not seen.
   */
  throttled: (retryAfterSeconds: number): KeyVaultError => ({
    status: 429,
    code: "Throttled",
    message:
      "Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached",
    ...(retryAfterSeconds === 0 ? {} : { retryAfterSeconds }),
  }),

  /** Simplification: texts of the vault's 5xx and other rare answers are stand-ins; none was seen. */
  serviceError: (status: number): KeyVaultError => {
    const [code, message] = SERVICE_ERRORS.get(status) ?? [
      "",
      `HTTP ${status}`,
    ];
    return { status, code, message };
  },

  /** What Go's dialer says when nothing answers. */
  connectionTimedOut: (): KeyVaultError => ({
    status: 0,
    code: "ConnectionTimedOut",
    message: `dial tcp ${VAULT_ADDRESS}: i/o timeout`,
  }),

  connectionRefused: (): KeyVaultError => ({
    status: 0,
    code: "ConnectionRefused",
    message: `dial tcp ${VAULT_ADDRESS}: connect: connection refused`,
  }),

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
