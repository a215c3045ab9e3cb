/**
 * The Deployment controller: one pass over one Deployment.
 * Source: kubernetes/kubernetes v1.35 pkg/controller/deployment/{deployment_controller,sync}.go; kubelet.md 9.1.
 *
 * Simplification: A Deployment's `deprecated.deployment.rollback.to` annotation is not acted upon; `kubectl rollout undo` does not use it.
 */
import type { EpochMs } from "../../../kernel/time.ts";
import { SECOND_MS, parseInstant } from "../../../kernel/time.ts";
import { stringOf } from "../../api-server/validation/reading.ts";
import { itemKey } from "../../client/index.ts";
import { DEPLOYMENT_RETRIES, PROGRESS_CHECK_SLACK_MS } from "../../defaults.ts";
import type { Stored } from "../../ports.ts";
import { claim } from "../claims.ts";
import type { Controller, Pass, PassContext } from "../controller.ts";
import { isTerminating } from "../pod-state.ts";
import { affectedDeployments } from "./affected.ts";
import { conditionOf } from "./conditions.ts";
import type { DeploymentView } from "./deployment-view.ts";
import { deploymentView, replicaSetView } from "./deployment-view.ts";
import { removeHistory } from "./history.ts";
import { createNew, setProgressing, syncRevision } from "./new-replica-set.ts";
import { currentStatus, isComplete, rolloutStatus } from "./progress.ts";
import { emptyOld, isOldRunning } from "./recreate.ts";
import { findNew } from "./replica-sets.ts";
import { growNew, shrinkOld } from "./rolling.ts";
import { RolloutPlan } from "./rollout-plan.ts";
import type { DeploymentObserved, RolloutPhase } from "./rollout.machine.ts";
import { rolloutMachine } from "./rollout.machine.ts";
import { followSize, isScalingEvent, resize } from "./scaling.ts";

export const deploymentController: Controller = {
  name: "deployment-controller",
  kind: "Deployment",
  watches: ["Deployment", "ReplicaSet", "Pod"],
  expectsPods: false,
  maxRetries: DEPLOYMENT_RETRIES,
  follow: { name: "rollouts", machine: rolloutMachine, observed },
  affected: affectedDeployments,
  sync,
};

function sync(stored: Stored, context: PassContext): Pass {
  const deployment = deploymentView(stored);
  const { namespace = "" } = stored.object.metadata;
  const { owned, requests } = claim(stored, {
    candidates: [
      ...context.caches.ownedBy("ReplicaSet", stored.object.metadata.uid),
      ...context.caches.ownedBy("ReplicaSet", ""),
    ],
    selector: deployment.selector,
  });
  if (requests.length > 0) return { batches: [{ requests }] };
  const replicaSets = owned.map(replicaSetView);
  const newOne = findNew(deployment, replicaSets);
  const plan = new RolloutPlan({
    deployment,
    newOne,
    old: replicaSets.filter((replicaSet) => replicaSet !== newOne),
    now: context.now,
    minor: context.minor,
  });
  const isTaken = (name: string): boolean =>
    context.caches.get("ReplicaSet", itemKey(namespace, name)) !== null;
  fill(plan, context, isTaken);
  return { batches: plan.batches };
}

function fill(
  plan: RolloutPlan,
  { caches }: PassContext,
  isTaken: (name: string) => boolean,
): void {
  const { deployment } = plan;
  if (isTerminating(deployment.stored)) {
    if (syncRevision(plan)) plan.finish(currentStatus(plan));
    return;
  }
  if (notePause(plan)) return;
  if (!syncRevision(plan)) return;
  if (deployment.paused || isScalingEvent(plan)) {
    followSize(plan);
    if (deployment.paused) removeHistory(plan);
    return plan.finish(currentStatus(plan));
  }
  if (!deployment.isRolling) {
    if (emptyOld(plan) || isOldRunning(plan, caches))
      return plan.finish(rolloutStatus(plan));
    if (plan.newOne === null && !createNew(plan, isTaken)) return;
    resize(plan, plan.newOne!, deployment.replicas);
  } else {
    if (plan.newOne === null && !createNew(plan, isTaken)) return;
    if (growNew(plan) || shrinkOld(plan))
      return plan.finish(rolloutStatus(plan));
  }
  if (isComplete(deployment, plan.status)) removeHistory(plan);
  plan.finish(rolloutStatus(plan));
}

/**
 * Pausing and resuming stop and start the judgement of progress. True: the condition had to be written; the pass ends with
 * that.
 */
function notePause(plan: RolloutPlan): boolean {
  const { paused, progressDeadlineSeconds } = plan.deployment;
  if (progressDeadlineSeconds === null) return false;
  const reason = conditionOf(plan.status.conditions, "Progressing")?.["reason"];
  if (reason === "ProgressDeadlineExceeded") return false;
  if (paused === (reason === "DeploymentPaused")) return false;
  setProgressing(plan, {
    status: "Unknown",
    reason: paused ? "DeploymentPaused" : "DeploymentResumed",
    message: `Deployment is ${paused ? "paused" : "resumed"}`,
  });
  plan.writeStatus();
  return true;
}

/** What the rollout's machine is told. */
function observed(stored: Stored, now: EpochMs): DeploymentObserved {
  const deployment = deploymentView(stored);
  const phase = phaseOf(deployment);
  const condition = conditionOf(deployment.status.conditions, "Progressing");
  if (phase !== "progressing" || condition === null)
    return { type: "deployment.observed", phase, checkAfterMs: 0 };
  const since = parseInstant(stringOf(condition["lastUpdateTime"])) ?? now;
  const deadlineMs = deployment.progressDeadlineSeconds! * SECOND_MS;
  const checkAfterMs = Math.max(
    0,
    since + deadlineMs + PROGRESS_CHECK_SLACK_MS - now,
  );
  return { type: "deployment.observed", phase, checkAfterMs };
}

function phaseOf(deployment: DeploymentView): RolloutPhase {
  const { status, paused, progressDeadlineSeconds } = deployment;
  const condition = conditionOf(status.conditions, "Progressing");
  if (condition === null || progressDeadlineSeconds === null)
    return "untracked";
  if (paused) return "paused";
  if (condition["reason"] === "ProgressDeadlineExceeded")
    return "deadlineExceeded";
  return isComplete(deployment, status) ? "complete" : "progressing";
}
