/**
 * The pods of a Job: which of them are still to be counted, and how long the next one waits after failures.
 * Source: kubernetes/kubernetes v1.35 pkg/controller/job/{job_controller,backoff_utils,tracking_utils}.go
 *
 * Each pod says by an annotation how its Job has dealt with it: `tracked` from its creation, `counted` once a status has
 * it among succeeded or failed, `released` when the Job deleted it and it counts as neither.
 *
 * Differs: Where upstream gives a Job's pods the finalizer batch.kubernetes.io/job-tracking, they carry an annotation of that name, which keeps no pod from being removed.
 * Simplification: The back-off of a Job's pods is counted over the pods that are still there; upstream remembers failures whose pods are gone.
 */
import type { JsonValue } from "../../../kernel/json.ts";
import type { DurationMs, EpochMs } from "../../../kernel/time.ts";
import { SECOND_MS, parseInstant } from "../../../kernel/time.ts";
import {
  listOf,
  objectOf,
  stringOf,
} from "../../api-server/validation/reading.ts";
import { JOB_BACKOFF_MAX_MS, JOB_BACKOFF_MS } from "../../defaults.ts";
import type { Stored } from "../../ports.ts";
import type { PassRequest } from "../controller.ts";
import { intOf, isTerminating, phaseOf, statusOf } from "../pod-state.ts";

export const TRACKING = "batch.kubernetes.io/job-tracking";

type Tracking = "tracked" | "counted" | "released";

function trackingOf({ object }: Stored): Tracking | undefined {
  return object.metadata.annotations?.[TRACKING] as Tracking | undefined;
}

/** Whether a pod is still to be counted: upstream's finalizer is on it. */
export function isTracked(pod: Stored): boolean {
  return trackingOf(pod) === "tracked";
}

/** Upstream's PATCH that takes the finalizer away. */
export function markPod({ object }: Stored, as: Tracking): PassRequest {
  const { namespace = "", name } = object.metadata;
  const patch = { metadata: { annotations: { [TRACKING]: as } } };
  return {
    request: { verb: "patch", kind: "Pod", namespace, name, patch },
    forgiven: ["NotFound"],
  };
}

/** A deleted pod counts as failed at once, unless its replacement waits for its end (podReplacementPolicy Failed). */
export function isPodFailed(pod: Stored, onlyReplaceFailed: boolean): boolean {
  const phase = phaseOf(pod);
  if (phase === "Failed") return true;
  return !onlyReplaceFailed && isTerminating(pod) && phase !== "Succeeded";
}

/** What is left of the pause after the last failure: 10 s, doubled with each since the last success, up to 10 min. */
export function backoffLeft(
  pods: readonly Stored[],
  onlyReplaceFailed: boolean,
  now: EpochMs,
): DurationMs {
  const succeeded = pods.filter((pod) => phaseOf(pod) === "Succeeded");
  const lastSuccess = Math.max(
    ...succeeded.map((pod) => finishedAt(pod, now)),
    -Infinity,
  );
  const failures = pods
    .filter((pod) => isFailure(pod, onlyReplaceFailed))
    .map((pod) => finishedAt(pod, now))
    .filter((at) => at > lastSuccess);
  if (failures.length === 0) return 0;
  const pause = Math.min(
    JOB_BACKOFF_MS * 2 ** (failures.length - 1),
    JOB_BACKOFF_MAX_MS,
  );
  return Math.max(0, Math.max(...failures) + pause - now);
}

function isFailure(pod: Stored, onlyReplaceFailed: boolean): boolean {
  return trackingOf(pod) !== "released" && isPodFailed(pod, onlyReplaceFailed);
}

/** When the last container ended; of a pod that was deleted before, when it was. */
function finishedAt(pod: Stored, now: EpochMs): EpochMs {
  const statuses = listOf(statusOf(pod.object)["containerStatuses"]);
  const ends = statuses.map((status) =>
    parseInstant(endOf(status["state"]) ?? ""),
  );
  const known = ends.filter((end) => end !== null);
  if (known.length > 0 && known.length === ends.length)
    return Math.max(...known);
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } =
    pod.object.metadata;
  const deleted = parseInstant(deletionTimestamp ?? "");
  return deleted === null
    ? now
    : Math.min(now, deleted - deletionGracePeriodSeconds * SECOND_MS);
}

function endOf(state: JsonValue | undefined): string | null {
  const { terminated } = objectOf(state);
  return stringOf(objectOf(terminated)["finishedAt"]) || null;
}

/** Restarts of all containers of pods that run or are about to. */
export function restartsOf(pods: readonly Stored[]): number {
  let restarts = 0;
  for (const pod of pods) {
    const phase = phaseOf(pod);
    if (phase !== "Running" && phase !== "Pending") continue;
    const status = statusOf(pod.object);
    for (const list of ["initContainerStatuses", "containerStatuses"])
      for (const container of listOf(status[list]))
        restarts += intOf(container["restartCount"], 0);
  }
  return restarts;
}
