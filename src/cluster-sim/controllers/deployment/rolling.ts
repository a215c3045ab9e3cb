/**
 * RollingUpdate: the new ReplicaSet grows as far as the surge allows, the old ones shrink as far as availability allows.
 * Source: kubernetes/kubernetes v1.35 pkg/controller/deployment/rolling.go; kubelet.md 9.1.
 */
import { activeOnes, totalAvailable, totalSize } from "./deployment-view.ts";
import type { ReplicaSetView } from "./deployment-view.ts";
import { newSize } from "./new-replica-set.ts";
import { byCreation } from "./replica-sets.ts";
import type { RolloutPlan } from "./rollout-plan.ts";
import { resize } from "./scaling.ts";

/** Brings the new ReplicaSet nearer to its size. False: it stays. */
export function growNew(plan: RolloutPlan): boolean {
  const { deployment, old } = plan;
  const newOne = plan.newOne!;
  if (newOne.size > deployment.replicas)
    return resize(plan, newOne, deployment.replicas);
  return resize(plan, newOne, newSize(deployment, newOne, old));
}

/** Takes away from the old ones: first what is unhealthy, then what can be spared. False: nothing can go yet. */
export function shrinkOld(plan: RolloutPlan): boolean {
  const { deployment, all } = plan;
  const newOne = plan.newOne!;
  const old = byCreation(activeOnes(plan.old));
  if (old.length === 0) return false;
  const minAvailable = deployment.replicas - deployment.fenceposts.unavailable;
  const newUnavailable = newOne.size - newOne.available;
  const budget = totalSize(all) - minAvailable - newUnavailable;
  if (budget <= 0) return false;
  const cleaned = removeUnhealthy(plan, old, budget);
  const available = totalAvailable(cleaned) + newOne.available;
  const spared = removeHealthy(plan, {
    before: old,
    now: cleaned,
    count: available - minAvailable,
  });
  return spared || cleaned.some(({ size }, i) => size !== old[i]!.size);
}

/** Shrinks those with pods that are not available, the oldest first; returns what is left of each. */
function removeUnhealthy(
  plan: RolloutPlan,
  old: readonly ReplicaSetView[],
  budget: number,
): ReplicaSetView[] {
  let removed = 0;
  return old.map((replicaSet) => {
    const { size, available } = replicaSet;
    const count = Math.min(budget - removed, size - available);
    if (count <= 0) return replicaSet;
    removed += count;
    resize(plan, replicaSet, size - count);
    return { ...replicaSet, size: size - count };
  });
}

function removeHealthy(
  plan: RolloutPlan,
  of: {
    readonly before: readonly ReplicaSetView[];
    /** The same, after the unhealthy ones have gone. */
    readonly now: readonly ReplicaSetView[];
    readonly count: number;
  },
): boolean {
  let left = of.count;
  let isScaled = false;
  of.now.forEach((replicaSet, i) => {
    const count = Math.min(left, replicaSet.size);
    if (count <= 0) return;
    left -= count;
    const again = replicaSet.size !== of.before[i]!.size;
    resize(plan, replicaSet, replicaSet.size - count, { again });
    isScaled = true;
  });
  return isScaled;
}
