/** The Azure provider's constants: those of its SDKs and of gRPC; none can be configured upstream. */
import { MINUTE_MS, SECOND_MS } from "../../../kernel/time.ts";
import type { DurationMs } from "../../../kernel/time.ts";

/**
 * Retries of one request after its first try.
 * Source: Azure/azure-sdk-for-go `sdk/azcore/runtime/policy_retry.go` v1.20.0 defaultMaxRetries
 */
export const SDK_MAX_RETRIES = 3;

/** Delay before try n + 1 is (2^n - 1) times this, jittered. Source: `policy_retry.go` setDefaults RetryDelay */
export const SDK_RETRY_DELAY_MS: DurationMs = 800;

/** Longest delay; a longer `Retry-After` ends the retries. Source: `policy_retry.go` setDefaults MaxRetryDelay */
export const SDK_MAX_RETRY_DELAY_MS: DurationMs = 60_000;

/** Jitter in percent: uniform from 80 up to, not including, 130. Source: `policy_retry.go` calcDelay */
export const SDK_RETRY_JITTER_PERCENT = { from: 80, to: 130 } as const;

/** HTTP answers worth another try. Source: `policy_retry.go` setDefaults StatusCodes; autorest `client.go` StatusCodesForRetry */
export const SDK_RETRIED_STATUSES: readonly number[] = [
  408, 429, 500, 502, 503, 504,
];

/** Retries of autorest, before provider 1.5.0. Source: Azure/go-autorest `autorest/client.go` v0.11.28 DefaultRetryAttempts */
export const AUTOREST_MAX_RETRIES = 3;

/** Wait after the first try; it doubles with each. Source: Azure/go-autorest `autorest/client.go` v0.11.28 DefaultRetryDuration */
export const AUTOREST_RETRY_DELAY_MS: DurationMs = 30 * SECOND_MS;

/** Requests of adal to a node's metadata service. Source: Azure/go-autorest `autorest/adal/token.go` v0.9.22 defaultMaxMSIRefreshAttempts */
export const ADAL_IMDS_ATTEMPTS = 5;

/** Longest wait between them. Source: Azure/go-autorest `autorest/adal/token.go` v0.9.22 retryForIMDS maxDelay */
export const ADAL_IMDS_MAX_DELAY_MS: DurationMs = MINUTE_MS;

/** Retries of azidentity at a node's metadata service. Source: `sdk/azidentity/managed_identity_client.go` setIMDSRetryOptionDefaults */
export const IMDS_MAX_RETRIES = { "1.3": 5, "1.6": 5, "1.14": 6 } as const;

/** As SDK_RETRY_DELAY_MS. Source: `sdk/azidentity/managed_identity_client.go` setIMDSRetryOptionDefaults RetryDelay */
export const IMDS_RETRY_DELAY_MS: DurationMs = 2 * SECOND_MS;

/** Longest wait. Source: `sdk/azidentity/managed_identity_client.go` setIMDSRetryOptionDefaults MaxRetryDelay */
export const IMDS_MAX_RETRY_DELAY_MS = {
  "1.3": MINUTE_MS,
  "1.6": MINUTE_MS,
  "1.14": 25 * SECOND_MS,
} as const;

/** Patience of azidentity with one request to it. Source: `sdk/azidentity/managed_identity_client.go` setIMDSRetryOptionDefaults TryTimeout */
export const IMDS_TRY_TIMEOUT_MS: DurationMs = MINUTE_MS;

/** HTTP answers of a metadata service worth another try; 410 and 503 from azidentity 1.4.0 on. Source: setIMDSRetryOptionDefaults StatusCodes */
export const IMDS_RETRIED_STATUSES: readonly number[] = [
  404, 410, 429, 500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511,
];

/**
 * Patience of MSAL with one call, its retries included, when its caller has none of its own.
 * Source: AzureAD/microsoft-authentication-library-for-go `apps/internal/oauth/ops/internal/comm/comm.go` v1.6.0 do
 */
export const MSAL_CALL_TIMEOUT_MS: DurationMs = 30 * SECOND_MS;

/** A cached token this close to its end is asked for again. Source: MSAL `apps/internal/base/storage/items.go` v1.6.0 AccessToken.Validate */
export const TOKEN_RENEWAL_MS: DurationMs = 5 * MINUTE_MS;

/** First wait of a gRPC channel whose connection failed. Source: grpc/grpc-go `backoff/backoff.go` v1.56.3 DefaultConfig */
export const RECONNECT_DELAY_MS: DurationMs = SECOND_MS;
/** Each further wait, in percent of the one before. Source: `backoff/backoff.go` DefaultConfig Multiplier */
export const RECONNECT_GROWTH_PERCENT = 160;
/** Longest wait. Source: `backoff/backoff.go` DefaultConfig MaxDelay */
export const RECONNECT_MAX_DELAY_MS: DurationMs = 2 * MINUTE_MS;
/** Jitter either way, in percent. Source: `backoff/backoff.go` DefaultConfig Jitter */
export const RECONNECT_JITTER_PERCENT = 20;

/** Longest answer that the driver takes, in bytes. Source: secrets-store-csi-driver `cmd/…/main.go` --max-call-recv-msg-size */
export const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;
