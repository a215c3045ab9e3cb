/**
 * What the audit log tells of one request: the flat `vault.request` fact, and what is drawn for each of its instances.
 * Source: MicrosoftDocs/azure-security-docs articles/key-vault/general/logging.md; Key Vault reference sheet, section 7.
 */
import type { DrawRef, Draws } from "../kernel/draw.ts";
import type { DurationMs } from "../kernel/time.ts";
import { SERVICE_TIME_QUANTILES_MS } from "./defaults.ts";
import type { KeyVaultError } from "./errors.ts";
import type { VaultRequestFact } from "./facts.ts";
import type { TokenClaims, VaultCaller } from "./requests.ts";
import type { ObjectVersion } from "./vault-object.ts";

export type VaultRequestData = VaultRequestFact["data"];

/** What stays the same from one fact of a stream to the next: who asks for what. */
export interface AuditedRequest {
  readonly vault: string;
  /** As logged: `Authentication` for a request without a valid token. */
  readonly operation: string;
  readonly method: string;
  readonly uri: string;
  readonly collection: string | null;
  readonly name: string | null;
  readonly apiVersion: string;
}

/** What may differ from one fact of a stream to the next. */
export interface AuditedOutcome {
  readonly caller: VaultCaller;
  /** Null on Authentication: who it was is not known. */
  readonly token: TokenClaims | null;
  /** HTTP status of a success; of a refusal, the error has it. */
  readonly status: number;
  readonly error: KeyVaultError | null;
  /** The version read or written. */
  readonly version: ObjectVersion | null;
}

export function requestData(
  request: AuditedRequest,
  outcome: AuditedOutcome,
): VaultRequestData {
  const { caller, token, status, error, version } = outcome;
  return {
    vault: request.vault,
    operation: request.operation,
    status: error?.status ?? status,
    code: error?.code ?? null,
    innerCode: error?.innerCode ?? null,
    message: error?.message ?? null,
    method: request.method,
    uri: request.uri,
    collection: request.collection,
    name: request.name,
    version: version?.version ?? null,
    ordinal: version?.ordinal ?? null,
    apiVersion: request.apiVersion,
    pod: caller.pod,
    node: caller.node,
    ip: caller.ip,
    userAgent: caller.userAgent,
    oid: token?.oid ?? null,
    appid: token?.appid ?? null,
    appidacr: token?.appidacr ?? null,
    idtyp: token?.idtyp ?? null,
    upn: token?.upn ?? null,
    tid: token?.tid ?? null,
  };
}

/** Whether `requestData` of this outcome, in the stream that `data` came from, would be equal to `data`. */
export function tells(
  data: VaultRequestData,
  outcome: AuditedOutcome,
): boolean {
  const { caller, token, status, error, version } = outcome;
  return (
    data.status === (error?.status ?? status) &&
    data.message === (error?.message ?? null) &&
    data.code === (error?.code ?? null) &&
    data.innerCode === (error?.innerCode ?? null) &&
    data.version === (version?.version ?? null) &&
    data.node === caller.node &&
    data.ip === caller.ip &&
    data.userAgent === caller.userAgent &&
    sameIdentity(data, token)
  );
}

function sameIdentity(
  data: VaultRequestData,
  token: TokenClaims | null,
): boolean {
  if (token === null) return data.oid === null;
  return (
    data.oid === token.oid &&
    data.appid === token.appid &&
    data.appidacr === token.appidacr &&
    data.idtyp === token.idtyp &&
    data.upn === (token.upn ?? null) &&
    data.tid === token.tid
  );
}

/** `correlationId` of the request that used this draw: a UUID. */
export function correlationId(draws: Draws, ref: DrawRef): string {
  return draws.uuid(ref.name, ref.index);
}

/** The UUID takes lanes 0 to 3 of the draw. */
const LANE_OF_QUANTILE = 4;
const LANE_WITHIN_QUANTILE = 5;

/** `durationMs` of the request that used this draw: whole milliseconds. */
export function serviceTimeMs(draws: Draws, ref: DrawRef): DurationMs {
  const { name, index } = ref;
  const quantiles = SERVICE_TIME_QUANTILES_MS;
  const i = draws.between(
    0,
    quantiles.length - 1,
    name,
    index,
    LANE_OF_QUANTILE,
  );
  return draws.between(
    quantiles[i]!,
    quantiles[i + 1]! + 1,
    name,
    index,
    LANE_WITHIN_QUANTILE,
  );
}
