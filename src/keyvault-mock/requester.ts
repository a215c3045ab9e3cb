/**
 * Who stands behind a request: a client with its token, or the operator whose commands a scenario plays.
 * Source: Key Vault reference sheet, sections 5.1 and 7.3; user agent as Azure CLI prints it with `--debug`.
 */
import type { EpochMs } from "../kernel/time.ts";
import { HOUR_MS, toUnixSeconds } from "../kernel/time.ts";
import { OPERATOR_API_VERSION, VAULT_RESOURCE } from "./defaults.ts";
import { issuerOf } from "./errors.ts";
import type { TokenClaims, VaultCaller } from "./requests.ts";
import type { Vault } from "./vault.ts";

/** A request as it comes through a door. Token null: none was sent. */
export interface Client {
  readonly token: TokenClaims | null;
  readonly caller: VaultCaller;
  readonly apiVersion: string;
}

/** A person with a command line, signed in to the vault's tenant. */
export interface Operator {
  readonly upn: string;
  readonly oid: string;
  readonly appid: string;
  readonly ip: string;
  readonly userAgent: string;
}

export type Requester = Client | Operator;

/**
 * The default operator; `appid` is Azure CLI's own.
 * Simplification: the operator owns every vault: no access policy refuses it, and its client sends no unauthenticated first request.
 */
export const OPERATOR: Operator = {
  upn: "operator@keyturn.example",
  oid: "0b5e7a11-0000-4000-8000-000000000001",
  appid: "04b07795-8ddb-461a-bbee-02f9e1bf7b46",
  ip: "203.0.113.10",
  userAgent:
    "AZURECLI/2.60.0 (DEB) azsdk-python-keyvault-secrets/4.7.0 Python/3.11.8 (Linux-6.5.0-x86_64-with-glibc2.36)",
};

export function isOperator(from: Requester): from is Operator {
  return "upn" in from;
}

/** The operator's request as the vault gets it, with a fresh user token. */
export function operatorClient(
  vault: Vault,
  operator: Operator,
  now: EpochMs,
): Client {
  const { upn, oid, appid, ip, userAgent } = operator;
  const token: TokenClaims = {
    aud: VAULT_RESOURCE,
    iss: issuerOf(vault.tenantId),
    tid: vault.tenantId,
    oid,
    appid,
    appidacr: "0",
    idtyp: "user",
    exp: toUnixSeconds(now + HOUR_MS),
    upn,
  };
  const caller = { pod: null, node: null, ip, userAgent };
  return { token, caller, apiVersion: OPERATOR_API_VERSION };
}
