/** What a Wave process remembers: lost when it ends. Plain data. */
import type { EpochMs } from "../../../kernel/time.ts";
import type { DurationMs } from "../../../kernel/time.ts";
import type { EventRecorderState, Informer } from "../../client/index.ts";

export interface WaveOptions {
  readonly syncPeriodMs: DurationMs;
  /** Updates a second; Infinity: no limit. */
  readonly updateRate: number;
  readonly updateBurst: number;
  /** What is watched; null: everything. */
  readonly namespaces: readonly string[] | null;
}

/** The queue and the worker of one kind of workload. */
export interface WaveController {
  /** `namespace/name`, each once. */
  queue: string[];
  /** What the worker is busy with: a key, or nothing. */
  busy: string | null;
  /** Failures in a row, by key. */
  readonly failed: Map<string, number>;
  /** The token bucket: tokens at an instant. */
  tokens: number;
  tokensAt: EpochMs;
}

export interface WaveMemory {
  readonly options: WaveOptions;
  /** Caches by kind, shared by all controllers. */
  readonly caches: Map<string, Informer>;
  /** Lists that have not come whole yet. */
  unsynced: number;
  /** By kind. */
  readonly controllers: Map<string, WaveController>;
  readonly events: EventRecorderState;
}
