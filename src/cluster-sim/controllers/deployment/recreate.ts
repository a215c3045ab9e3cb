/**
 * Recreate: all old pods go before a new one comes.
 * Source: kubernetes/kubernetes v1.35 pkg/controller/deployment/recreate.go; kubelet.md 9.1.
 */
import type { Caches } from "../controller.ts";
import { isFinished } from "../pod-state.ts";
import { activeOnes } from "./deployment-view.ts";
import type { RolloutPlan } from "./rollout-plan.ts";
import { resize } from "./scaling.ts";

/** Scales all old ReplicaSets to 0. False: they are already. */
export function emptyOld(plan: RolloutPlan): boolean {
  const active = activeOnes(plan.old);
  for (const replicaSet of active) resize(plan, replicaSet, 0);
  return active.length > 0;
}

/** Whether an old ReplicaSet has pods that have not finished; terminating ones count until they are gone. */
export function isOldRunning({ old }: RolloutPlan, caches: Caches): boolean {
  return old.some(
    ({ pods, uid }) =>
      pods > 0 || caches.ownedBy("Pod", uid).some((pod) => !isFinished(pod)),
  );
}
