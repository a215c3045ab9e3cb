/**
 * How long a kubelet may take from one sync of a pod to the next refresh of its volumes.
 *
 * Source: kubelet.md 1.1 and 3 of the reference
 */
import type { DurationMs } from "../../kernel/time.ts";
import {
  POPULATOR_PERIOD_MS,
  RECONCILER_PERIOD_MS,
  SYNC_TICK_PERIOD_MS,
  WORKER_JITTER_PERCENT,
} from "../trace/defaults.ts";
import type { BoundPart } from "./bound.ts";

/** The longest time from one sync of a pod to the next refresh of its volumes. */
export function resyncParts(syncFrequency: DurationMs): BoundPart[] {
  const factor = (100 + WORKER_JITTER_PERCENT) / 100;
  return [
    { ms: syncFrequency * factor, what: `${factor} x syncFrequency` },
    { ms: SYNC_TICK_PERIOD_MS, what: "sync ticker" },
    { ms: POPULATOR_PERIOD_MS + RECONCILER_PERIOD_MS, what: "volume loops" },
  ];
}

/** The parts of `resyncParts` together. */
export function longestResync(syncFrequency: DurationMs): DurationMs {
  return resyncParts(syncFrequency).reduce((sum, { ms }) => sum + ms, 0);
}
