/**
 * The status of a ReplicaSet, and when its pods will be available.
 * Source: kubernetes/kubernetes v1.35 pkg/controller/replicaset/replica_set_utils.go, pkg/api/v1/pod/util.go; kubelet.md 9.2.
 */
import type { JsonObject } from "../../../kernel/json.ts";
import type { DurationMs, EpochMs } from "../../../kernel/time.ts";
import { SECOND_MS, toRfc3339 } from "../../../kernel/time.ts";
import { listOf, objectOf } from "../../api-server/validation/reading.ts";
import { isSelected } from "../claims.ts";
import type { Stored } from "../../ports.ts";
import type { Batch, PassRequest } from "../controller.ts";
import type { Conditions } from "../deployment/conditions.ts";
import {
  conditionOf,
  withCondition,
  withoutCondition,
} from "../deployment/conditions.ts";
import {
  intOf,
  isAvailable,
  isReady,
  readySinceOf,
  specOf,
  statusOf,
} from "../pod-state.ts";
import { withoutZeros, writeStatus } from "../status-write.ts";

interface Seen {
  /** Active pods. */
  readonly pods: readonly Stored[];
  /** Pods that were too few, or too many if negative. */
  readonly missing: number;
  readonly now: EpochMs;
}

/** The status after a pass that went well, and the one after a pass that did not. */
export function statusWrites(stored: Stored, seen: Seen): Batch[] {
  const { conditions } = statusOf(stored.object);
  const before = listOf(conditions);
  const good = withoutCondition(before, "ReplicaFailure");
  const bad =
    conditionOf(before, "ReplicaFailure") === null
      ? withCondition(before, failure(seen))
      : before;
  return [
    { requests: write(stored, seen, good) },
    { requests: write(stored, seen, bad), onFailure: true },
  ];
}

function failure({ missing, now }: Seen): JsonObject {
  return {
    type: "ReplicaFailure",
    status: "True",
    lastTransitionTime: toRfc3339(now),
    ...(missing === 0
      ? {}
      : { reason: missing > 0 ? "FailedCreate" : "FailedDelete" }),
    message: missing < 0 ? "unable to delete pods: ${error}" : "${error}",
  };
}

function write(
  stored: Stored,
  { pods, now }: Seen,
  conditions: Conditions,
): PassRequest[] {
  const { object } = stored;
  const spec = specOf(object);
  const minReadySeconds = intOf(spec["minReadySeconds"], 0);
  const template = objectOf(objectOf(spec["template"])["metadata"]);
  const labelled = { matchLabels: objectOf(template["labels"]) };
  const status = {
    replicas: pods.length,
    ...withoutZeros({
      fullyLabeledReplicas: pods.filter((pod) =>
        isSelected(labelled, pod.object.metadata.labels),
      ).length,
      readyReplicas: pods.filter(isReady).length,
      availableReplicas: pods.filter((pod) =>
        isAvailable(pod, minReadySeconds, now),
      ).length,
      observedGeneration: object.metadata.generation,
    }),
    ...(conditions.length === 0 ? {} : { conditions }),
  };
  // Upstream takes the newest version and tries again when somebody wrote first; nobody else writes this status.
  const before = statusOf(object);
  return writeStatus(stored, status, before);
}

/** The next instant at which a pod that is ready will have been so for long enough; null: there is none. */
export function availableAfterMs(
  { object }: Stored,
  pods: readonly Stored[],
  now: EpochMs,
): DurationMs | null {
  const minReadyMs = intOf(specOf(object)["minReadySeconds"], 0) * SECOND_MS;
  if (minReadyMs === 0) return null;
  let least: DurationMs | null = null;
  for (const pod of pods) {
    const since = readySinceOf(pod);
    if (since === null || since + minReadyMs < now) continue;
    // Upstream asks for more than the seconds: the first millisecond after them.
    const left = since + minReadyMs - now + 1;
    least = least === null ? left : Math.min(least, left);
  }
  return least;
}
