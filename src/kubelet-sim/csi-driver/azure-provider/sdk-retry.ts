/**
 * When a Go SDK sends a failed request again (csi-driver.md 7.2). Pure.
 *
 * Source: Azure/azure-sdk-for-go `sdk/azcore/runtime/policy_retry.go` v1.20.0, `sdk/azidentity/managed_identity_client.go`;
 * Azure/go-autorest `autorest/sender.go` doRetryForStatusCodesImpl, DelayForBackoffWithCap v0.11.28,
 * `autorest/adal/token.go` retryForIMDS v0.9.22.
 */
import type { DurationMs } from "../../../kernel/time.ts";
import { SECOND_MS } from "../../../kernel/time.ts";
import {
  ADAL_IMDS_ATTEMPTS,
  ADAL_IMDS_MAX_DELAY_MS,
  AUTOREST_MAX_RETRIES,
  AUTOREST_RETRY_DELAY_MS,
  IMDS_MAX_RETRIES,
  IMDS_MAX_RETRY_DELAY_MS,
  IMDS_RETRIED_STATUSES,
  IMDS_RETRY_DELAY_MS,
  SDK_MAX_RETRIES,
  SDK_MAX_RETRY_DELAY_MS,
  SDK_RETRIED_STATUSES,
  SDK_RETRY_DELAY_MS,
  SDK_RETRY_JITTER_PERCENT,
} from "./defaults.ts";

/** Uniform over the integers `low` to `high - 1`. */
type DrawBetween = (low: number, high: number) => number;

export interface Failure {
  /** HTTP status; 0: no answer came. */
  readonly status: number;
  readonly retryAfterSeconds?: number;
}

export interface RetryPolicy {
  readonly maxRetries: number;
  readonly statuses: readonly number[];
  /** Whether a connection that failed is tried again. */
  readonly connections: boolean;
  /** autorest and adal tell the last failure, too, only after its wait. */
  readonly waitsAtTheEnd: boolean;
  /** Null: a `Retry-After` beyond what the policy takes. */
  readonly wait: (
    failure: Failure,
    tries: number,
    draw: DrawBetween,
  ) => DurationMs | null;
}

export interface RetryDecision {
  readonly waitMs: DurationMs;
  /** False: the failure stands after the wait. */
  readonly again: boolean;
}

/**
 * What follows a failed try of a request that was tried `tries` times (1 or more); null: the failure stands now. `draw`
 * is called only where the wait is jittered.
 */
export function afterFailure(
  policy: RetryPolicy,
  failure: Failure,
  tries: number,
  draw: DrawBetween,
): RetryDecision | null {
  const { status } = failure;
  const worthIt =
    status === 0 ? policy.connections : policy.statuses.includes(status);
  if (!worthIt) return null;
  const again = tries <= policy.maxRetries;
  if (!again && !policy.waitsAtTheEnd) return null;
  const waitMs = policy.wait(failure, tries, draw);
  return waitMs === null ? null : { waitMs, again };
}

/** No second try. */
export const NO_RETRY: RetryPolicy = {
  maxRetries: 0,
  statuses: [],
  connections: false,
  waitsAtTheEnd: false,
  wait: () => null,
};

/** The vault from provider 1.5.0 on, and Entra ID through azidentity. */
export const AZCORE_RETRY: RetryPolicy = azcore({
  maxRetries: SDK_MAX_RETRIES,
  statuses: SDK_RETRIED_STATUSES,
  delayMs: SDK_RETRY_DELAY_MS,
  maxDelayMs: SDK_MAX_RETRY_DELAY_MS,
});

/** The vault before provider 1.5.0. */
export const AUTOREST_RETRY: RetryPolicy = {
  maxRetries: AUTOREST_MAX_RETRIES,
  statuses: SDK_RETRIED_STATUSES,
  connections: true,
  waitsAtTheEnd: true,
  wait: ({ retryAfterSeconds = 0 }, tries) =>
    retryAfterSeconds > 0
      ? Math.floor(retryAfterSeconds) * SECOND_MS
      : AUTOREST_RETRY_DELAY_MS * 2 ** (tries - 1),
};

/** A node's metadata service before provider 1.5.0: 2, 6, 14, 30, 60 s. */
export const ADAL_IMDS_RETRY: RetryPolicy = {
  maxRetries: ADAL_IMDS_ATTEMPTS - 1,
  statuses: [408, ...IMDS_RETRIED_STATUSES],
  connections: false,
  waitsAtTheEnd: true,
  wait: (_, tries) =>
    Math.min((2 ** (tries + 1) - 2) * SECOND_MS, ADAL_IMDS_MAX_DELAY_MS),
};

/** A node's metadata service from provider 1.5.0 on. */
export const IMDS_RETRY = {
  "1.3": imds("1.3", [410, 503]),
  "1.6": imds("1.6", []),
  "1.14": imds("1.14", []),
} as const;

function imds(
  sdk: keyof typeof IMDS_MAX_RETRIES,
  notYet: readonly number[],
): RetryPolicy {
  return azcore({
    maxRetries: IMDS_MAX_RETRIES[sdk],
    statuses: IMDS_RETRIED_STATUSES.filter((code) => !notYet.includes(code)),
    delayMs: IMDS_RETRY_DELAY_MS,
    maxDelayMs: IMDS_MAX_RETRY_DELAY_MS[sdk],
  });
}

function azcore(options: {
  readonly maxRetries: number;
  readonly statuses: readonly number[];
  readonly delayMs: DurationMs;
  readonly maxDelayMs: DurationMs;
}): RetryPolicy {
  const { maxRetries, statuses, delayMs, maxDelayMs } = options;
  return {
    maxRetries,
    statuses,
    connections: true,
    waitsAtTheEnd: false,
    wait: ({ retryAfterSeconds = 0 }, tries, draw) => {
      if (retryAfterSeconds > 0) {
        const delay = Math.round(retryAfterSeconds * SECOND_MS);
        return delay > maxDelayMs ? null : delay;
      }
      const base = (2 ** tries - 1) * delayMs;
      const { from, to } = SDK_RETRY_JITTER_PERCENT;
      const delay = draw((base * from) / 100, (base * to) / 100);
      return Math.min(delay, maxDelayMs);
    },
  };
}
