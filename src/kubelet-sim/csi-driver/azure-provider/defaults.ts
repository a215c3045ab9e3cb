/** The Azure provider's constants: those of its SDK's retry policy; none can be configured upstream. */
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

/** HTTP answers worth another try. Source: `policy_retry.go` setDefaults StatusCodes */
export const SDK_RETRIED_STATUSES: readonly number[] = [
  408, 429, 500, 502, 503, 504,
];
