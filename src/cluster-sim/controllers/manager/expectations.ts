/**
 * Expectations: what a controller has asked for and its cache has not shown yet, so that a pass over a stale cache does not
 * create or delete again. Functions over plain state, by key.
 * Source: kubernetes/kubernetes v1.35 pkg/controller/controller_utils.go (ControllerExpectations, UIDTrackingControllerExpectations)
 */
import type { EpochMs } from "../../../kernel/time.ts";
import { EXPECTATIONS_TIMEOUT_MS } from "../../defaults.ts";

interface Expectation {
  /** Pods still to appear. */
  creations: number;
  /** `namespace/name` of the pods still to be seen going. */
  readonly deletions: Set<string>;
  readonly at: EpochMs;
}

export type Expectations = Map<string, Expectation>;

/** Replaces what was expected of the key. */
export function expectPods(
  expectations: Expectations,
  key: string,
  wanted: {
    readonly creations: number;
    readonly deletions: readonly string[];
    readonly at: EpochMs;
  },
): void {
  const { creations, deletions, at } = wanted;
  expectations.set(key, { creations, deletions: new Set(deletions), at });
}

/** So many pods have appeared, or will not come after all. */
export function creationsObserved(
  expectations: Expectations,
  key: string,
  count = 1,
): void {
  const expectation = expectations.get(key);
  if (expectation !== undefined) expectation.creations -= count;
}

/** A pod is on its way out, or could not be deleted. */
export function deletionObserved(
  expectations: Expectations,
  key: string,
  pod: string,
): void {
  expectations.get(key)?.deletions.delete(pod);
}

/** Whether nothing is expected of the key any more, or for longer than five minutes. */
export function isSatisfied(
  expectations: Expectations,
  key: string,
  now: EpochMs,
): boolean {
  const expectation = expectations.get(key);
  if (expectation === undefined) return true;
  const { creations, deletions, at } = expectation;
  if (creations <= 0 && deletions.size === 0) return true;
  return now - at > EXPECTATIONS_TIMEOUT_MS;
}
