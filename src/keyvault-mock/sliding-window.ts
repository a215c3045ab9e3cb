/**
 * How much happened within the last `THROTTLE_WINDOW_MS`: entries of (instant, weight), those of one instant as one,
 * dropped as they age. Plain data; times must not go back.
 */
import type { EpochMs } from "../kernel/time.ts";
import { THROTTLE_WINDOW_MS } from "./defaults.ts";

export interface SlidingWindow {
  readonly times: EpochMs[];
  readonly weights: number[];
  /** Index of the oldest entry that counts. */
  first: number;
  /** Of the weights that count. */
  sum: number;
}

/** Entries that no longer count are cut off when they are this many, and more than the others. */
const MOST_DEAD_ENTRIES = 512;

export function emptyWindow(): SlidingWindow {
  return { times: [], weights: [], first: 0, sum: 0 };
}

/** The weights of the 10 s that end now: what happened exactly 10 s ago no longer counts. */
export function weightWithin(window: SlidingWindow, now: EpochMs): number {
  const { times, weights } = window;
  const oldest = now - THROTTLE_WINDOW_MS;
  while (window.first < times.length && times[window.first]! <= oldest) {
    window.sum -= weights[window.first]!;
    window.first += 1;
  }
  if (
    window.first > MOST_DEAD_ENTRIES &&
    window.first > times.length - window.first
  ) {
    times.splice(0, window.first);
    weights.splice(0, window.first);
    window.first = 0;
  }
  return window.sum;
}

export function addWeight(
  window: SlidingWindow,
  now: EpochMs,
  weight: number,
): void {
  const { times, weights } = window;
  const last = times.length - 1;
  if (last >= window.first && times[last] === now) weights[last]! += weight;
  else {
    times.push(now);
    weights.push(weight);
  }
  window.sum += weight;
}
