/**
 * The vault's numbers and fixed names: durations, limits, and who the in-process operator is.
 * Source: Key Vault reference sheet, sections 1.1, 2.3, 2.5, 5.1, 7.3, 8.1, 10.5 and 15.
 */
import { DAY_MS, SECOND_MS } from "../kernel/time.ts";
import type { DurationMs } from "../kernel/time.ts";

/** What a profile or a scenario may choose about all vaults of a world. Durations take effect at their next use. */
export interface KeyVaultConfig {
  /** From a request to its answer, both ways. */
  readonly latencyMs: DurationMs;
  /** How long a secret stays "being deleted"; 0: the deletion is complete at once. */
  readonly deleteTimeMs: DurationMs;
  /** How long a secret stays "being recovered"; 0: at once. */
  readonly recoverTimeMs: DurationMs;
  /** How long a purged name stays taken; 0: free at once. */
  readonly purgeTimeMs: DurationMs;
  /** Of vaults created from now on: tokens of another tenant are refused. */
  readonly tenantId: string;
  /** Of vaults created from now on: tokens of every tenant are taken, as if each were the vault's own. Default false. */
  readonly anyTenant: boolean;
  /** Of vaults created from now on. */
  readonly region: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  /** Whether the limits below hold, for each vault and any 10 s. */
  readonly throttling: boolean;
  /** Of secrets, certificates and vaults; the same figure again of keys, by weight. */
  readonly transactionsPer10s: number;
  /** SecretSet, and imports of certificates. */
  readonly secretSetsPer10s: number;
  /** By weight: a key in an HSM counts twice. */
  readonly keyCreatesPer10s: number;
  /** Limit of all vaults of a subscription and region together, as a multiple of one vault's. */
  readonly subscriptionFactor: number;
  /** Whether refused requests count, too. */
  readonly throttledCount: boolean;
  /** `Retry-After` of a 429, in whole seconds, rounded up; 0: none is sent. */
  readonly retryAfterMs: DurationMs;
}

/** Setting: the vault answers a request after 20 ms unless told otherwise; Azure publishes no figure, logged service times lie in this range. */
const VAULT_LATENCY_MS: DurationMs = 20;
/** Setting: deleting a secret takes 4 s, as measured once on the real service between DELETE and the first 200 of the deleted secret. */
const DELETE_TIME_MS: DurationMs = 4 * SECOND_MS;
/** Setting: recovering a deleted secret takes 4 s; the real service was seen to need a few seconds. */
const RECOVER_TIME_MS: DurationMs = 4 * SECOND_MS;
/** Setting: a purged name becomes free after 10 s; the real delay is unknown, Microsoft's own tests poll for it. */
const PURGE_TIME_MS: DurationMs = 10 * SECOND_MS;

export const DEFAULT_KEY_VAULT_CONFIG: KeyVaultConfig = {
  latencyMs: VAULT_LATENCY_MS,
  deleteTimeMs: DELETE_TIME_MS,
  recoverTimeMs: RECOVER_TIME_MS,
  purgeTimeMs: PURGE_TIME_MS,
  tenantId: "8d1f0000-0000-4000-8000-000000000001",
  anyTenant: false,
  region: "westeurope",
  subscriptionId: "00000000-0000-0000-0000-000000000000",
  resourceGroup: "keyturn",
  throttling: true,
  transactionsPer10s: 4000,
  secretSetsPer10s: 300,
  keyCreatesPer10s: 20,
  subscriptionFactor: 5,
  throttledCount: false,
  retryAfterMs: 0,
};

/** Limits are counted over 10 s. Source: learn.microsoft.com key-vault/general/service-limits. */
export const THROTTLE_WINDOW_MS: DurationMs = 10 * SECOND_MS;

/**
 * How long a caller waits for a connection that nothing answers: the dialer of the Azure SDK for Go. Source:
 * Azure/azure-sdk-for-go sdk/azcore/runtime/transport_default_http_client.go (net.Dialer Timeout).
 * Simplification: a request that began while the vault was unreachable fails after 30 s even if the vault comes back before; a kernel would repeat its SYN.
 */
export const DIAL_TIMEOUT_MS: DurationMs = 30 * SECOND_MS;
/** A refused connection comes back within the round trip of the network alone: a millisecond or so in a region. */
export const REFUSED_MS: DurationMs = 1;
/** Where vaults listen, in texts of failed connections: an address of RFC 5737, kept for documentation. */
export const VAULT_ADDRESS = "198.51.100.20:443";

/** Simplification: every vault keeps deleted secrets for 90 days without purge protection; neither can be chosen. */
export const RECOVERABLE_DAYS = 90;
export const RETENTION_MS: DurationMs = RECOVERABLE_DAYS * DAY_MS;
export const RECOVERY_LEVEL = "Recoverable+Purgeable";

/** In characters. */
export const LONGEST_SECRET_VALUE = 25_600;
export const LONGEST_CONTENT_TYPE = 255;
export const MOST_TAGS = 15;
/** Of a tag's name, and of its value: on secrets, and on keys and certificates. */
export const LONGEST_SECRET_TAG_PART = 512;
export const LONGEST_KEY_TAG_PART = 256;
export const MOST_ACCESS_POLICIES = 1024;
/** Most items on one page of a list, and the default. */
export const LARGEST_PAGE = 25;

export const VAULT_DNS_SUFFIX = "vault.azure.net";
/** What tokens for a vault are made out to; the challenge names it. */
export const VAULT_RESOURCE = "https://vault.azure.net";
/** The same audience by the application id of Key Vault itself. */
export const VAULT_RESOURCE_ID = "cfa8b339-82a2-471a-a3c9-0fc0be7a4093";
export const LOGIN_AUTHORITY = "https://login.microsoftonline.com";
export const TOKEN_ISSUER = "https://sts.windows.net";

/** Azure CLI 2.60 speaks these to the data plane and to the resource manager. */
export const OPERATOR_API_VERSION = "7.4";
export const MANAGEMENT_API_VERSION = "2023-07-01";

/**
 * 5 %-quantiles of the service time in milliseconds, smallest to greatest.
 * Simplification: the log's durationMs is drawn from an assumed distribution that knows neither the operation nor the configured latency.
 */
export const SERVICE_TIME_QUANTILES_MS = [
  6, 8, 9, 10, 10, 11, 12, 12, 13, 14, 15, 16, 17, 18, 20, 22, 25, 29, 36, 58,
  180,
] as const;
