/**
 * How a Job brings its finished pods into its status: first as uncounted, then each pod is marked, then the counters rise.
 * Source: kubernetes/kubernetes v1.35 pkg/controller/job/job_controller.go (trackJobStatusAndRemoveFinalizers,
 * cleanUncountedPodsWithoutFinalizers, enactJobFinished)
 */
import type { Stored } from "../../ports.ts";
import { phaseOf } from "../pod-state.ts";
import { isPodFailed, isTracked } from "./job-pods.ts";
import type { Counters } from "./job-status.ts";

/** The counters with the pods that an earlier pass has marked but not counted: `tracked` are those still unmarked. */
export function settled(counters: Counters, pods: readonly Stored[]): Counters {
  const tracked = new Set(pods.filter(isTracked).map(uidOf));
  const keep = (uids: readonly string[]): readonly string[] =>
    uids.filter((uid) => tracked.has(uid));
  const uncountedSucceeded = keep(counters.uncountedSucceeded);
  const uncountedFailed = keep(counters.uncountedFailed);
  return {
    succeeded:
      counters.succeeded +
      (counters.uncountedSucceeded.length - uncountedSucceeded.length),
    failed:
      counters.failed +
      (counters.uncountedFailed.length - uncountedFailed.length),
    uncountedSucceeded,
    uncountedFailed,
  };
}

/** Finished pods that no status knows of yet. */
export function newlyFinished(
  counters: Counters,
  pods: readonly Stored[],
  onlyReplaceFailed: boolean,
): { readonly succeeded: number; readonly failed: number } {
  const fresh = pods.filter(isTracked);
  const { uncountedSucceeded, uncountedFailed } = counters;
  return {
    succeeded: fresh.filter(
      (pod) =>
        phaseOf(pod) === "Succeeded" &&
        !uncountedSucceeded.includes(uidOf(pod)),
    ).length,
    failed: fresh.filter(
      (pod) =>
        isPodFailed(pod, onlyReplaceFailed) &&
        !uncountedFailed.includes(uidOf(pod)),
    ).length,
  };
}

export interface Tracked {
  /** With the uids that this pass adds. */
  readonly counters: Counters;
  /** To be marked once the status has them. */
  readonly marks: readonly Stored[];
}

/** `ended`: whether the Job has come to its end, and by that counts pods that have not finished as failed. */
export function track(
  counters: Counters,
  pods: readonly Stored[],
  rules: {
    readonly ended: "no" | "succeeded" | "failed";
    readonly onlyReplaceFailed: boolean;
  },
): Tracked {
  const marks: Stored[] = [];
  const succeeded = [...counters.uncountedSucceeded];
  const failed = [...counters.uncountedFailed];
  for (const pod of pods.filter(isTracked)) {
    const isSuccess = phaseOf(pod) === "Succeeded";
    const isFailure = isPodFailed(pod, rules.onlyReplaceFailed);
    if (rules.ended === "no" && !isSuccess && !isFailure) continue;
    marks.push(pod);
    const uid = uidOf(pod);
    if (isSuccess && !failed.includes(uid)) {
      if (!succeeded.includes(uid)) succeeded.push(uid);
    } else if (isFailure || rules.ended === "failed") {
      if (!failed.includes(uid)) failed.push(uid);
    }
  }
  return {
    counters: {
      ...counters,
      uncountedSucceeded: succeeded,
      uncountedFailed: failed,
    },
    marks,
  };
}

/** The counters once all marks are made. */
export function counted(counters: Counters): Counters {
  return {
    succeeded: counters.succeeded + counters.uncountedSucceeded.length,
    failed: counters.failed + counters.uncountedFailed.length,
    uncountedSucceeded: [],
    uncountedFailed: [],
  };
}

function uidOf({ object }: Stored): string {
  return object.metadata.uid;
}
