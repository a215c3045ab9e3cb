/**
 * Removes old ReplicaSets beyond the revision history limit.
 * Source: kubernetes/kubernetes v1.35 pkg/controller/deployment/sync.go (cleanupDeployment); kubelet.md 9.1.
 */
import { byRevision } from "./replica-sets.ts";
import type { RolloutPlan } from "./rollout-plan.ts";

/** Deletes the lowest revisions beyond the limit, those that have no pods and are up to date. */
export function removeHistory(plan: RolloutPlan): void {
  const { historyLimit, stored } = plan.deployment;
  if (historyLimit === null) return;
  const kept = plan.old.filter(({ isTerminating }) => !isTerminating);
  const surplus = kept.length - historyLimit;
  if (surplus <= 0) return;
  const { namespace = "" } = stored.object.metadata;
  for (const { pods, size, isObserved, name } of byRevision(kept).slice(
    0,
    surplus,
  ))
    if (pods === 0 && size === 0 && isObserved)
      plan.add({
        request: { verb: "delete", kind: "ReplicaSet", namespace, name },
        forgiven: ["NotFound"],
      });
}
