/**
 * The loops of a kubelet as phases: a loop that finds nothing to do costs nothing, because only the tick that matters
 * is ever worked out. The phases of a node are drawn once, when its kubelet starts.
 *
 * Source: kubelet.md 1.1 and 13 of the reference (one phase per loop and node)
 * Simplification: a loop's true period is its sleep plus its run time; the run time is taken as nothing.
 */
import type { Draws } from "../kernel/draw.ts";
import type { DurationMs, EpochMs } from "../kernel/time.ts";
import {
  HOUSEKEEPING_PERIOD_MS,
  PLEG_RELIST_PERIOD_MS,
  POPULATOR_PERIOD_MS,
  RECONCILER_PERIOD_MS,
  STATUS_PASS_PERIOD_MS,
  SYNC_TICK_PERIOD_MS,
} from "./defaults.ts";

/** Offsets of a node's loops within their periods, in ms. */
export interface NodePhases {
  readonly syncTicker: DurationMs;
  readonly pleg: DurationMs;
  readonly populator: DurationMs;
  readonly reconciler: DurationMs;
  readonly housekeeping: DurationMs;
  readonly statusPass: DurationMs;
}

/** `starts` counts the starts of this node's kubelet from 0. */
export function drawPhases(
  draws: Draws,
  node: string,
  starts: number,
): NodePhases {
  const phase = (loop: string, period: DurationMs) =>
    draws.between(0, period, `kubelet/${node}/phase/${loop}`, starts);
  return {
    syncTicker: phase("sync-ticker", SYNC_TICK_PERIOD_MS),
    pleg: phase("pleg", PLEG_RELIST_PERIOD_MS),
    populator: phase("populator", POPULATOR_PERIOD_MS),
    reconciler: phase("reconciler", RECONCILER_PERIOD_MS),
    housekeeping: phase("housekeeping", HOUSEKEEPING_PERIOD_MS),
    statusPass: phase("status-pass", STATUS_PASS_PERIOD_MS),
  };
}

/** The first tick at or after `at`. */
export function tickFrom(
  at: EpochMs,
  period: DurationMs,
  phase: DurationMs,
): EpochMs {
  return at + ((((phase - at) % period) + period) % period);
}

/** The first tick strictly after `at`. */
export function tickAfter(
  at: EpochMs,
  period: DurationMs,
  phase: DurationMs,
): EpochMs {
  return tickFrom(at + 1, period, phase);
}
