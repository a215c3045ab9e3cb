/**
 * client-go's default rate limiter of a work queue: an item's own exponential delay, and one bucket for all items.
 *
 * Source: kubernetes/client-go util/workqueue/default_rate_limiters.go DefaultControllerRateLimiter; csi-driver.md 12.0
 */
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import {
  REQUEUE_BACKOFF_INITIAL_MS,
  REQUEUE_BACKOFF_MAX_MS,
  REQUEUE_BURST,
  REQUEUE_PERIOD_MS,
} from "../defaults.ts";

/** The bucket: when it would be full again. Kept in its owner's state. */
export interface Bucket {
  fullAt: EpochMs;
}

export function newBucket(): Bucket {
  return { fullAt: 0 };
}

/** Takes one token; the wait until there is one. */
export function takeToken(bucket: Bucket, now: EpochMs): DurationMs {
  bucket.fullAt = Math.max(now, bucket.fullAt) + REQUEUE_PERIOD_MS;
  return Math.max(0, bucket.fullAt - now - REQUEUE_BURST * REQUEUE_PERIOD_MS);
}

/** The delay of an item that was requeued `times` before. */
export function itemBackoff(times: number): DurationMs {
  return Math.min(
    REQUEUE_BACKOFF_INITIAL_MS * 2 ** times,
    REQUEUE_BACKOFF_MAX_MS,
  );
}
