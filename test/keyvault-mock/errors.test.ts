import { expect, test } from "vitest";
import type { KeyVaultError } from "../../src/keyvault-mock/index.ts";
import type { Denial } from "../../src/keyvault-mock/errors.ts";
import { keyVaultErrors } from "../../src/keyvault-mock/errors.ts";

const TENANT = "8d1f0000-0000-4000-8000-000000000001";
const DENIAL: Denial = {
  caller: "appid=a;oid=o;iss=https://sts.windows.net/t/",
  collection: "keys",
  permission: "get",
  vault: "kvdemo",
  region: "westeurope",
};
const CHALLENGE = {
  authorization: `https://login.microsoftonline.com/${TENANT}`,
  resource: "https://vault.azure.net",
};

const bad = (message: string): KeyVaultError => ({
  status: 400,
  code: "BadParameter",
  message,
});
const unauthorized = (message: string): KeyVaultError => ({
  status: 401,
  code: "Unauthorized",
  message,
  challenge: CHALLENGE,
});
const forbidden = (message: string, innerCode: string): KeyVaultError => ({
  status: 403,
  code: "Forbidden",
  message,
  innerCode,
});
const conflict = (message: string, innerCode: string): KeyVaultError => ({
  status: 409,
  code: "Conflict",
  message,
  innerCode,
});
const notFound = (message: string, code = "SecretNotFound"): KeyVaultError => ({
  status: 404,
  code,
  message,
});

const EXPECTED: Record<
  keyof typeof keyVaultErrors,
  readonly [actual: KeyVaultError, expected: KeyVaultError]
> = {
  invalidName: [
    keyVaultErrors.invalidName("My_Azure_Secret"),
    bad("The request URI contains an invalid name: My_Azure_Secret"),
  ],
  secretTooLarge: [
    keyVaultErrors.secretTooLarge(),
    {
      ...bad(
        "Secret is beyond the maximum permitted length of 25600 characters.",
      ),
      innerCode: "SecretTooLarge",
    },
  ],
  invalidProperty: [
    keyVaultErrors.invalidProperty(),
    bad("Property  has invalid value"),
  ],
  methodNotAllowed: [
    keyVaultErrors.methodNotAllowed("PUT"),
    {
      status: 405,
      code: "MethodNotAllowed",
      message: "HTTP PUT not allowed",
    },
  ],
  missingToken: [
    keyVaultErrors.missingToken(TENANT),
    unauthorized("AKV10000: Request is missing a Bearer or PoP token."),
  ],
  invalidAudience: [
    keyVaultErrors.invalidAudience(TENANT, "https://graph.microsoft.com"),
    unauthorized(
      "AKV10022: Invalid audience. Expected https://vault.azure.net, found: https://graph.microsoft.com.",
    ),
  ],
  invalidIssuer: [
    keyVaultErrors.invalidIssuer(TENANT, "https://sts.windows.net/x/"),
    unauthorized(
      `AKV10032: Invalid issuer. Expected one of https://sts.windows.net/${TENANT}/, found https://sts.windows.net/x/.`,
    ),
  ],
  tokenExpired: [
    keyVaultErrors.tokenExpired(TENANT),
    unauthorized("[TokenExpired] Error validating token: 'S2S12086'."),
  ],
  accessDenied: [
    keyVaultErrors.accessDenied(DENIAL),
    forbidden(
      "The user, group or application 'appid=a;oid=o;iss=https://sts.windows.net/t/' does not have keys get permission on key vault 'kvdemo;location=westeurope'. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287",
      "AccessDenied",
    ),
  ],
  purgeDenied: [
    keyVaultErrors.purgeDenied(DENIAL),
    forbidden(
      'Operation is not allowed.\r\nOperation: "purge"\r\nCaller: appid=a;oid=o;iss=https://sts.windows.net/t/\r\nVault: kvdemo;location=westeurope',
      "AccessDenied",
    ),
  ],
  secretDisabled: [
    keyVaultErrors.secretDisabled(),
    forbidden(
      "Operation get is not allowed on a disabled secret.",
      "SecretDisabled",
    ),
  ],
  secretNotFound: [
    keyVaultErrors.secretNotFound("secret1/0123"),
    notFound(
      "A secret with (name/id) secret1/0123 was not found in this key vault. If you recently deleted this secret you may be able to recover it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182",
    ),
  ],
  keyNotFound: [
    keyVaultErrors.keyNotFound("key1"),
    notFound(
      "A key with (name/id) key1 was not found in this key vault. If you recently deleted this key you may be able to recover it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182",
      "KeyNotFound",
    ),
  ],
  certificateNotFound: [
    keyVaultErrors.certificateNotFound("cert1/0123"),
    notFound(
      "A certificate with (name/id) cert1/0123 was not found in this key vault. If you recently deleted this certificate you may be able to recover it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182",
      "CertificateNotFound",
    ),
  ],
  objectIsManaged: [
    keyVaultErrors.objectIsManaged("key", "cert1"),
    {
      status: 409,
      code: "Conflict",
      message:
        "The key cert1 belongs to the certificate of the same name and cannot be changed by itself.",
    },
  ],
  nameIsTaken: [
    keyVaultErrors.nameIsTaken("secret", "cert1"),
    {
      status: 409,
      code: "Conflict",
      message:
        "A secret with the name cert1 already exists in this key vault; a certificate cannot take its name.",
    },
  ],
  forbiddenByFirewall: [
    keyVaultErrors.forbiddenByFirewall("10.224.0.4", DENIAL),
    forbidden(
      "Client address is not authorized and caller is not a trusted service.\r\nClient address: 10.224.0.4\r\nCaller: appid=a;oid=o;iss=https://sts.windows.net/t/\r\nVault: kvdemo;location=westeurope",
      "ForbiddenByFirewall",
    ),
  ],
  throttled: [
    keyVaultErrors.throttled(7),
    {
      status: 429,
      code: "Throttled",
      message:
        "Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached",
      retryAfterSeconds: 7,
    },
  ],
  serviceError: [
    keyVaultErrors.serviceError(503),
    {
      status: 503,
      code: "ServiceUnavailable",
      message: "The service is unavailable.",
    },
  ],
  connectionTimedOut: [
    keyVaultErrors.connectionTimedOut(),
    {
      status: 0,
      code: "ConnectionTimedOut",
      message: "dial tcp 198.51.100.20:443: i/o timeout",
    },
  ],
  connectionRefused: [
    keyVaultErrors.connectionRefused(),
    {
      status: 0,
      code: "ConnectionRefused",
      message: "dial tcp 198.51.100.20:443: connect: connection refused",
    },
  ],
  deletedSecretNotFound: [
    keyVaultErrors.deletedSecretNotFound("secret1"),
    notFound("Deleted Secret not found: secret1"),
  ],
  objectIsDeletedButRecoverable: [
    keyVaultErrors.objectIsDeletedButRecoverable("secret1"),
    conflict(
      "Secret secret1 is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the secret can only be recovered or purged.",
      "ObjectIsDeletedButRecoverable",
    ),
  ],
  objectIsBeingDeleted: [
    keyVaultErrors.objectIsBeingDeleted(),
    conflict("Secret is currently being deleted.", "ObjectIsBeingDeleted"),
  ],
  objectIsBeingRecovered: [
    keyVaultErrors.objectIsBeingRecovered(),
    conflict("Secret is currently being recovered.", "ObjectIsBeingRecovered"),
  ],
  objectIsBeingPurged: [
    keyVaultErrors.objectIsBeingPurged(),
    conflict("Secret is currently being purged.", "ObjectIsBeingPurged"),
  ],
  vaultNameNotValid: [
    keyVaultErrors.vaultNameNotValid("kv"),
    {
      status: 400,
      code: "VaultNameNotValid",
      message:
        "The vault name 'kv' is invalid. A vault's name must be between 3-24 alphanumeric characters. The name must begin with a letter, end with a letter or digit, and not contain consecutive hyphens. Follow this link for more information: https://go.microsoft.com/fwlink/?linkid=2147742",
    },
  ],
  vaultAlreadyExists: [
    keyVaultErrors.vaultAlreadyExists("kvdemo"),
    {
      status: 409,
      code: "VaultAlreadyExists",
      message:
        "The vault name 'kvdemo' is already in use. Vault names are globally unique so it is possible that the name is already taken.",
    },
  ],
  dnsNotFound: [
    keyVaultErrors.dnsNotFound("nowhere"),
    {
      status: 0,
      code: "DnsNotFound",
      message: "dial tcp: lookup nowhere.vault.azure.net: no such host",
    },
  ],
};

test.each(Object.keys(keyVaultErrors))(
  "%s has the status, code, text and inner code of the reference",
  (name) => {
    const [actual, expected] = EXPECTED[name as keyof typeof keyVaultErrors];
    expect(actual).toEqual(expected);
  },
);
