/**
 * Graceful deletion of pods: how long, and what the object says meanwhile.
 * Source: kubernetes/kubernetes v1.32 pkg/registry/core/pod/strategy.go (CheckGracefulDelete); kubernetes/apiserver
 * v0.32 pkg/registry/rest/delete.go (BeforeDelete); kubelet.md 8.7.
 */
import type { JsonValue } from "../../kernel/json.ts";
import type { EpochMs } from "../../kernel/time.ts";
import { SECOND_MS, parseInstant, toRfc3339 } from "../../kernel/time.ts";
import { POD_GRACE_PERIOD_SECONDS } from "../defaults.ts";
import type { ApiObject, ObjectMeta } from "../ports.ts";
import { orderedMeta } from "./assemble.ts";
import { objectOf } from "./validation/reading.ts";

/** Seconds that a pod gets; 0 removes it at once. */
export function podGrace(pod: ApiObject, asked: number | undefined): number {
  const spec = objectOf(pod["spec"] as JsonValue);
  const { phase } = objectOf(pod["status"] as JsonValue);
  if (!spec["nodeName"] || phase === "Succeeded" || phase === "Failed")
    return 0;
  const own = spec["terminationGracePeriodSeconds"];
  const fallback = typeof own === "number" ? own : POD_GRACE_PERIOD_SECONDS;
  const seconds = asked ?? fallback;
  return seconds < 0 ? 1 : seconds;
}

/** A grace period may only shrink, counted from the first deletion. */
export function terminating(
  pod: ApiObject,
  grace: number,
  now: EpochMs,
): ApiObject {
  const { deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata;
  let from = now;
  if (deletionTimestamp !== undefined) {
    const current = deletionGracePeriodSeconds!;
    if (grace >= current) return pod;
    from = parseInstant(deletionTimestamp)! - current * SECOND_MS;
  }
  const metadata: ObjectMeta = orderedMeta({
    ...pod.metadata,
    deletionTimestamp: toRfc3339(from + grace * SECOND_MS),
    deletionGracePeriodSeconds: grace,
  });
  return { ...pod, metadata };
}
