/**
 * When the Go SDK sends a failed request again (csi-driver.md 7.2). Pure.
 *
 * Source: Azure/azure-sdk-for-go `sdk/azcore/runtime/policy_retry.go` v1.20.0.
 * Simplification: providers before 1.5.0 retry by the same schedule; their autorest client waits longer.
 */
import type { VaultError } from "../../../cluster-sim/ports.ts";
import type { DurationMs } from "../../../kernel/time.ts";
import { SECOND_MS } from "../../../kernel/time.ts";
import {
  SDK_MAX_RETRIES,
  SDK_MAX_RETRY_DELAY_MS,
  SDK_RETRIED_STATUSES,
  SDK_RETRY_DELAY_MS,
  SDK_RETRY_JITTER_PERCENT,
} from "./defaults.ts";

/** Uniform over the integers `low` to `high - 1`. */
type DrawBetween = (low: number, high: number) => number;

/**
 * The wait before the next try of a request that was tried `tries` times (1 or more), or null to give up. Status 0 is
 * a connection error. `draw` is called only where the delay is jittered.
 */
export function sdkRetryDelay(
  error: Pick<VaultError, "status" | "retryAfterSeconds">,
  tries: number,
  draw: DrawBetween,
): DurationMs | null {
  const { status, retryAfterSeconds = 0 } = error;
  if (status !== 0 && !SDK_RETRIED_STATUSES.includes(status)) return null;
  if (tries > SDK_MAX_RETRIES) return null;
  if (retryAfterSeconds > 0) {
    const delay = Math.round(retryAfterSeconds * SECOND_MS);
    return delay > SDK_MAX_RETRY_DELAY_MS ? null : delay;
  }
  const base = (2 ** tries - 1) * SDK_RETRY_DELAY_MS;
  const { from, to } = SDK_RETRY_JITTER_PERCENT;
  const delay = draw((base * from) / 100, (base * to) / 100);
  return Math.min(delay, SDK_MAX_RETRY_DELAY_MS);
}
