/**
 * One request to a vault as Azure's diagnostic logs tell it: category `AuditEvent`, as a storage account receives it.
 *
 * Source: MicrosoftDocs/azure-security-docs articles/key-vault/general/logging.md and monitor-key-vault-reference.md;
 * order of members and the fields that documentation leaves out: public exports of real logs.
 *
 * Simplification: audit records have no xms_mirid, secretProperties, subnetId or private endpoint: nothing that reads the log here needs them.
 * Simplification: every caller's address counts as authorized and every connection uses TLS 1.3 in the audit log, since vault firewalls are not modelled.
 * Differs: audit records carry whole milliseconds; the last four of the seven fractional digits of their time are zeros.
 * Differs: a vault with open access, which Azure does not have, logs neither isAccessPolicyMatch nor isRbacAuthorized.
 * Simplification: the audit records of VaultPut and VaultPatch name management.azure.com in requestUri and carry no properties of the vault.
 * Simplification: audit records give the base id of an unversioned SecretGet in properties.id, although some real logs name the version there.
 */
import type { DrawRef } from "../../kernel/draw.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import { toRfc3339Ms } from "../../kernel/time.ts";
import type { Fact } from "../../kernel/trace.ts";
import { instances } from "../../kernel/trace.ts";
import type { AnyFact } from "../trace/facts.ts";

export type VaultRequestFact = Extract<AnyFact, { type: "vault.request" }>;

/** What a log says of a vault that the vault itself does not know. */
export interface AuditConfig {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  /** What follows the vault's name in its host: `vault.azure.net`. */
  readonly dnsSuffix: string;
  /** Adds a member `x-sim` with pod, node, version and ordinal; the Azure shape stays pure without it. */
  readonly simulation?: boolean;
}

/** The parts of a record that vary within a run of alike requests, from the request's draw. */
export type RequestIds = (ref: DrawRef) => {
  readonly correlationId: string;
  readonly durationMs: DurationMs;
};

/** How a vault decides at an instant: `open`, `accessPolicy` or `rbac`. */
export type AccessMode = string;

export interface AuditRecord {
  /** ISO 8601, UTC, seven fractional digits. */
  readonly time: string;
  readonly category: "AuditEvent";
  readonly operationName: string;
  /** `Success` for every status, as real logs have it. */
  readonly resultType: "Success";
  readonly resultSignature: string;
  /** Absent on success. */
  readonly resultDescription?: string;
  readonly operationVersion: string;
  /** Milliseconds, as text. */
  readonly durationMs: string;
  readonly callerIpAddress: string;
  readonly correlationId: string;
  /** Upper case. */
  readonly resourceId: string;
  /** Absent on `Authentication`. */
  readonly identity?: { readonly claim: Readonly<Record<string, string>> };
  readonly properties: JsonObject;
  readonly "x-sim"?: JsonObject;
}

/** Status phrases of the log, which are HTTP's. */
const SIGNATURES = new Map([
  [200, "OK"],
  [202, "Accepted"],
  [204, "No Content"],
  [400, "Bad Request"],
  [401, "Unauthorized"],
  [403, "Forbidden"],
  [404, "Not Found"],
  [405, "Method Not Allowed"],
  [408, "Request Timeout"],
  [409, "Conflict"],
  [429, "Too Many Requests"],
  [500, "Internal Server Error"],
  [502, "Bad Gateway"],
  [503, "Service Unavailable"],
  [504, "Gateway Timeout"],
]);

export function resultSignature(status: number): string {
  return SIGNATURES.get(status) ?? `Http ${status}`;
}

/** The constant members of a run's records, in the three stretches between the varying ones. */
export interface RecordParts {
  readonly beforeDuration: JsonObject;
  readonly beforeCorrelation: JsonObject;
  readonly rest: JsonObject;
}

export function recordParts(
  data: VaultRequestFact["data"],
  config: AuditConfig,
  mode: AccessMode,
): RecordParts {
  return {
    beforeDuration: {
      category: "AuditEvent",
      operationName: data.operation,
      resultType: "Success",
      resultSignature: resultSignature(data.status),
      ...(data.message === null ? {} : { resultDescription: data.message }),
      operationVersion: data.apiVersion,
    },
    beforeCorrelation: { callerIpAddress: data.ip },
    rest: {
      resourceId: resourceId(data.vault, config),
      ...identity(data),
      properties: properties(data, config, mode),
      ...(config.simulation === true ? { "x-sim": simulation(data) } : {}),
    },
  };
}

function resourceId(vault: string, config: AuditConfig): string {
  const { subscriptionId, resourceGroup } = config;
  return `/SUBSCRIPTIONS/${subscriptionId}/RESOURCEGROUPS/${resourceGroup}/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/${vault}`.toUpperCase();
}

function identity(data: VaultRequestFact["data"]): JsonObject {
  const claims = [
    ["oid", data.oid],
    ["appid", data.appid],
    ["appidacr", data.appidacr],
    ["idtyp", data.idtyp],
    ["upn", data.upn],
  ].filter(([, value]) => value !== null);
  return claims.length === 0
    ? {}
    : { identity: { claim: Object.fromEntries(claims) as JsonObject } };
}

function properties(
  data: VaultRequestFact["data"],
  config: AuditConfig,
  mode: AccessMode,
): JsonObject {
  const vault = `https://${data.vault}.${config.dnsSuffix}`;
  const ofVault = data.collection === null;
  const path = ofVault ? "/" : objectPath(data);
  return {
    ...(path === null ? {} : { id: vault + path }),
    clientInfo: data.userAgent,
    requestUri: (ofVault ? MANAGEMENT : vault) + data.uri,
    httpStatusCode: data.status,
    ...authorization(data, mode),
    isAddressAuthorized: true,
    tlsVersion: "TLS1_3",
  };
}

/** Where requests about a vault itself go; real logs name the service behind it, by region. */
const MANAGEMENT = "https://management.azure.com";
const VERSION = /^[0-9a-f]{32}$/;

/** `/secrets/NAME`, with the version where the request names one; null where it names no object or lists. */
function objectPath(data: VaultRequestFact["data"]): string | null {
  if (data.name === null || /List/.test(data.operation)) return null;
  const [, collection, name, version] = data.uri
    .replace(/\?.*$/s, "")
    .split("/");
  if (collection === undefined || name === undefined || name === "")
    return null;
  const base = `/${collection}/${name}`;
  return version !== undefined && VERSION.test(version)
    ? `${base}/${version}`
    : base;
}

function authorization(
  data: VaultRequestFact["data"],
  mode: AccessMode,
): JsonObject {
  if (data.status === 401 || data.collection === null) return {};
  const allowed = data.status !== 403 || data.innerCode === "SecretDisabled";
  if (mode === "accessPolicy") return { isAccessPolicyMatch: allowed };
  return mode === "rbac" ? { isRbacAuthorized: allowed } : {};
}

function simulation(data: VaultRequestFact["data"]): JsonObject {
  const { pod, node, version, ordinal } = data;
  return { pod, node, version, ordinal };
}

/** ISO 8601 with the seven fractional digits of Azure's logs. */
export function auditTime(at: EpochMs): string {
  return `${toRfc3339Ms(at).slice(0, -1)}0000Z`;
}

/** The draw of an instance; a request that was recorded without one gets one by its place in the trace. */
export function requestRef(fact: Fact, n: number): DrawRef {
  const draw = fact.run?.draw;
  return draw === undefined
    ? { name: `audit/${fact.at}/${fact.seq}`, index: n }
    : { name: draw.name, index: draw.index + n * draw.stride };
}

/** The records of one `vault.request` fact, one per instance of its run, in order of time. */
export function* auditRecords(
  fact: VaultRequestFact,
  config: AuditConfig,
  requestIds: RequestIds,
  mode: AccessMode = "open",
): Generator<AuditRecord> {
  const parts = recordParts(fact.data, config, mode);
  for (const { t, n } of instances(fact)) {
    const { correlationId, durationMs } = requestIds(requestRef(fact, n ?? 0));
    yield {
      time: auditTime(t),
      ...parts.beforeDuration,
      durationMs: String(durationMs),
      ...parts.beforeCorrelation,
      correlationId,
      ...parts.rest,
    } as AuditRecord & JsonObject;
  }
}
