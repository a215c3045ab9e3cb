/**
 * A controller's queue of keys: a key waits at most once and is never worked on twice at the same time; what comes while
 * it is worked on brings it back. Functions over plain state.
 * Source: kubernetes/client-go v0.35 util/workqueue/{queue,delaying_queue,default_rate_limiters}.go
 *
 * Simplification: Of a work queue's rate limits only that of each key is modelled, not the one of the whole queue (10 a second, 100 at once).
 */
import type { DurationMs, EpochMs } from "../../../kernel/time.ts";
import type { Cause } from "../../../kernel/trace.ts";
import {
  WORK_QUEUE_BACKOFF_MAX_MS,
  WORK_QUEUE_BACKOFF_MS,
} from "../../defaults.ts";

export interface WorkQueue {
  /** Keys that wait for a worker, in order. */
  readonly ready: string[];
  /** Keys that must be looked at (also while they are worked on), each with what asked for it. */
  readonly dirty: Map<string, readonly Cause[]>;
  readonly processing: Set<string>;
  /** Failures in a row, by key. */
  readonly failures: Map<string, number>;
  /** Keys that are to be added later, each once; `handle` is that of the queued event. */
  readonly waiting: Map<
    string,
    { readonly at: EpochMs; readonly handle: number }
  >;
}

export function newWorkQueue(): WorkQueue {
  return {
    ready: [],
    dirty: new Map(),
    processing: new Set(),
    failures: new Map(),
    waiting: new Map(),
  };
}

/** What asked for a key that waits already joins those before it, up to so many. */
const CAUSES_KEPT = 4;

/** Queues a key unless it waits already; `causes` are remembered for its next pass. */
export function addKey(
  queue: WorkQueue,
  key: string,
  causes: readonly Cause[],
): void {
  const before = queue.dirty.get(key);
  if (before !== undefined) {
    const more = causes.filter((cause) => !before.includes(cause));
    if (more.length > 0)
      queue.dirty.set(key, [...before, ...more].slice(0, CAUSES_KEPT));
    return;
  }
  queue.dirty.set(key, causes);
  if (!queue.processing.has(key)) queue.ready.push(key);
}

/** The next key for a worker, or null. `doneWith` must follow. */
export function takeKey(
  queue: WorkQueue,
): { readonly key: string; readonly causes: readonly Cause[] } | null {
  const key = queue.ready.shift();
  if (key === undefined) return null;
  const causes = queue.dirty.get(key)!;
  queue.dirty.delete(key);
  queue.processing.add(key);
  return { key, causes };
}

/** A worker is done with a key; it waits again if something came meanwhile. */
export function doneWith(queue: WorkQueue, key: string): void {
  queue.processing.delete(key);
  if (queue.dirty.has(key)) queue.ready.push(key);
}

/** Counts one more failure of a key; returns the pause before it comes back: 5 ms, doubled up to 1,000 s. */
export function nextBackoff(queue: WorkQueue, key: string): DurationMs {
  const times = queue.failures.get(key) ?? 0;
  queue.failures.set(key, times + 1);
  return Math.min(
    WORK_QUEUE_BACKOFF_MS * 2 ** times,
    WORK_QUEUE_BACKOFF_MAX_MS,
  );
}

/** The key's failures are over: its next pause is the first again. */
export function forgetKey(queue: WorkQueue, key: string): void {
  queue.failures.delete(key);
}
