/**
 * When a pod's worker works next: the delay after each kind of sync, carried to the sync ticker that sees it due.
 *
 * Simplification: a pod whose resyncs were left out, since none could change anything, resumes them at a moment drawn evenly over one period.
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/pod_workers.go (completeWork), pkg/kubelet/util/queue/work_queue.go; kubelet.md 1.2, 1.3
 */
import { lineageName } from "../../cluster-sim/client/index.ts";
import type { Simulation } from "../../kernel/simulation.ts";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import {
  SYNC_ERROR_BACKOFF_MS,
  SYNC_TICK_PERIOD_MS,
  SYNC_TRANSIENT_BACKOFF_MS,
  WORKER_JITTER_PERCENT,
} from "../defaults.ts";
import type { NodePhases } from "../phases.ts";
import { tickAfter } from "../phases.ts";
import type { NodeConfig } from "../ports.ts";
import type { KnownPod } from "./pod-record.ts";

/** Why a sync failed; `expiresAt`: the end of the earliest restart back-off, if that is an error among others. */
export type SyncFailure =
  | { readonly kind: "network" }
  | { readonly kind: "error"; readonly expiresAt: EpochMs | null };

/** From this minor version on a sync that failed for a restart back-off comes back when that is over. */
const CRASH_AWARE_MINOR = 35;

export interface WorkQueueOptions {
  readonly sim: Simulation;
  readonly node: string;
  readonly config: () => NodeConfig;
  readonly phases: () => NodePhases;
}

export class WorkQueue {
  readonly #options: WorkQueueOptions;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  /** From the end of a sync that succeeded to the next one. */
  resync(known: KnownPod): DurationMs {
    const { syncFrequencyMs } = this.#options.config();
    return this.#jittered(syncFrequencyMs, known, "resync", known.resyncs++);
  }

  /** From now to the resync that would be next, of a pod whose timer was left out. */
  resumed(known: KnownPod): DurationMs {
    const { sim, node, config, phases } = this.#options;
    const residual = sim.draws.between(
      0,
      config().syncFrequencyMs,
      `kubelet/${node}/${lineageName(known.stored)}/resumed`,
      known.resyncs,
    );
    const dueAt = sim.now + residual;
    const { syncTicker } = phases();
    return tickAfter(dueAt, SYNC_TICK_PERIOD_MS, syncTicker) - sim.now;
  }

  /** From the end of a sync that failed to the next try. */
  retry(known: KnownPod, failure: SyncFailure): DurationMs {
    const period = this.#period(failure);
    return this.#jittered(period, known, "backoff", known.backoffs++);
  }

  #period(failure: SyncFailure): DurationMs {
    if (failure.kind === "network") return SYNC_TRANSIENT_BACKOFF_MS;
    const { sim, config } = this.#options;
    const { kubernetesMinor, syncFrequencyMs } = config();
    const { expiresAt } = failure;
    if (expiresAt === null || kubernetesMinor < CRASH_AWARE_MINOR)
      return SYNC_ERROR_BACKOFF_MS;
    return Math.min(Math.max(expiresAt - sim.now, 0), syncFrequencyMs);
  }

  /** The due time must lie strictly before the tick that sees it. */
  #jittered(
    period: DurationMs,
    { stored }: KnownPod,
    purpose: string,
    index: number,
  ): DurationMs {
    const { sim, node, phases } = this.#options;
    const jitter = sim.draws.between(
      0,
      Math.floor((period * WORKER_JITTER_PERCENT) / 100),
      `kubelet/${node}/${lineageName(stored)}/${purpose}`,
      index,
    );
    const dueAt = sim.now + period + jitter;
    const { syncTicker } = phases();
    return tickAfter(dueAt, SYNC_TICK_PERIOD_MS, syncTicker) - sim.now;
  }
}
