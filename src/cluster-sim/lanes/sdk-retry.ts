/**
 * When the SDK of a lane's product sends a failed request again. Pure.
 * Source: Azure/azure-sdk-for-go sdk/azcore/runtime/policy_retry.go; Azure/go-autorest autorest/sender.go
 *         doRetryForStatusCodesImpl; key-vault.md 8.3
 */
import type { DurationMs } from "../../kernel/time.ts";
import { SECOND_MS } from "../../kernel/time.ts";
import {
  AUTOREST_RETRY_DELAY_MS,
  SDK_MAX_RETRY_DELAY_MS,
  SDK_RETRIES,
  SDK_RETRY_DELAY_MS,
  SDK_RETRY_JITTER_PERCENT,
} from "../defaults.ts";
import type { LaneProduct } from "./lane.ts";

const RETRIED = [0, 408, 429, 500, 502, 503, 504];

/**
 * The pause after a try that failed, the n-th of a request (1 and more); null: the failure stands. Status 0: no answer came.
 * `draw` is called only where the pause is jittered: an integer from the first up to, not including, the second.
 * Simplification: autorest's wait after its last try is left out: the failure stands at once.
 */
export function sdkPause(
  sdk: LaneProduct["sdk"],
  failure: { readonly status: number; readonly retryAfterSeconds?: number },
  tries: number,
  draw: (from: number, to: number) => number,
): DurationMs | null {
  const { status, retryAfterSeconds = 0 } = failure;
  if (!RETRIED.includes(status) || tries > SDK_RETRIES) return null;
  const asked = Math.round(retryAfterSeconds * SECOND_MS);
  if (sdk === "autorest")
    return asked > 0 ? asked : AUTOREST_RETRY_DELAY_MS * 2 ** (tries - 1);
  if (asked > 0) return asked > SDK_MAX_RETRY_DELAY_MS ? null : asked;
  const base = (2 ** tries - 1) * SDK_RETRY_DELAY_MS;
  const { from, to } = SDK_RETRY_JITTER_PERCENT;
  const jittered = draw((base * from) / 100, (base * to) / 100);
  return Math.min(jittered, SDK_MAX_RETRY_DELAY_MS);
}
