/**
 * The status of a Deployment, and whether its rollout gets on.
 * Source: kubernetes/kubernetes v1.35 pkg/controller/deployment/{progress,sync}.go, util/deployment_util.go; kubelet.md 9.1.
 *
 * Simplification: `status.terminatingReplicas` of Deployments and ReplicaSets (on by default since 1.35) is not reported.
 */
import type { EpochMs } from "../../../kernel/time.ts";
import { SECOND_MS, parseInstant } from "../../../kernel/time.ts";
import { stringOf } from "../../api-server/validation/reading.ts";
import type { Conditions, NewCondition } from "./conditions.ts";
import {
  conditionOf,
  newCondition,
  withCondition,
  withoutCondition,
} from "./conditions.ts";
import type {
  DeploymentStatus,
  DeploymentView,
  ReplicaSetView,
} from "./deployment-view.ts";
import { totalAvailable, totalSize } from "./deployment-view.ts";
import type { RolloutPlan } from "./rollout-plan.ts";

/** All pods are of the new template, as many as wanted and available, and the status is of this generation. */
export function isComplete(
  { replicas, generation }: DeploymentView,
  status: DeploymentStatus,
): boolean {
  return (
    status.updatedReplicas === replicas &&
    status.replicas === replicas &&
    status.availableReplicas === replicas &&
    status.observedGeneration >= generation
  );
}

/** Whether there are more new, ready or available pods, or fewer old ones, than before. */
function hasProgressed(
  before: DeploymentStatus,
  now: DeploymentStatus,
): boolean {
  return (
    now.updatedReplicas > before.updatedReplicas ||
    now.replicas - now.updatedReplicas <
      before.replicas - before.updatedReplicas ||
    now.readyReplicas > before.readyReplicas ||
    now.availableReplicas > before.availableReplicas
  );
}

function hasTimedOut(
  { progressDeadlineSeconds }: DeploymentView,
  { conditions }: DeploymentStatus,
  now: EpochMs,
): boolean {
  const condition = conditionOf(conditions, "Progressing");
  if (condition === null) return false;
  const { reason, lastUpdateTime } = condition;
  if (reason === "NewReplicaSetAvailable") return false;
  if (reason === "ProgressDeadlineExceeded") return true;
  const since = parseInstant(stringOf(lastUpdateTime)) ?? 0;
  return since + progressDeadlineSeconds! * SECOND_MS < now;
}

/** What the ReplicaSets come to, with the condition Available; other conditions as they were. */
export function currentStatus(plan: RolloutPlan): DeploymentStatus {
  const { deployment, all, newOne, status, now } = plan;
  const available = totalAvailable(all);
  const { replicas, fenceposts, generation } = deployment;
  const enough = available >= replicas - fenceposts.unavailable;
  const condition: NewCondition = enough
    ? {
        type: "Available",
        status: "True",
        reason: "MinimumReplicasAvailable",
        message: "Deployment has minimum availability.",
      }
    : {
        type: "Available",
        status: "False",
        reason: "MinimumReplicasUnavailable",
        message: "Deployment does not have minimum availability.",
      };
  return {
    observedGeneration: generation,
    replicas: all.reduce((sum, { pods }) => sum + pods, 0),
    updatedReplicas: newOne?.pods ?? 0,
    readyReplicas: all.reduce((sum, { ready }) => sum + ready, 0),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, totalSize(all) - available),
    conditions: withCondition(status.conditions, newCondition(condition, now)),
    collisionCount: status.collisionCount,
  };
}

/** The same with the rollout judged: complete, progressing, or without progress for too long. */
export function rolloutStatus(plan: RolloutPlan): DeploymentStatus {
  const status = currentStatus(plan);
  return {
    ...status,
    conditions: withFailure(judged(plan, status), plan),
  };
}

function judged(plan: RolloutPlan, status: DeploymentStatus): Conditions {
  const { deployment, now } = plan;
  const { conditions } = status;
  if (deployment.progressDeadlineSeconds === null)
    return withoutCondition(conditions, "Progressing");
  const current = conditionOf(plan.status.conditions, "Progressing");
  const isQuiet =
    status.replicas === status.updatedReplicas &&
    current?.["reason"] === "NewReplicaSetAvailable";
  if (isQuiet) return conditions;
  const about = aboutOf(plan);
  if (isComplete(deployment, status))
    return progressing(conditions, now, {
      status: "True",
      reason: "NewReplicaSetAvailable",
      message: `${about} has successfully progressed.`,
    });
  if (hasProgressed(plan.status, status))
    return progressed(conditions, now, `${about} is progressing.`);
  if (hasTimedOut(deployment, status, now))
    return progressing(conditions, now, {
      status: "False",
      reason: "ProgressDeadlineExceeded",
      message: `${about} has timed out progressing.`,
    });
  return conditions;
}

function aboutOf({ deployment, newOne }: RolloutPlan): string {
  return newOne === null
    ? `Deployment "${deployment.name}"`
    : `ReplicaSet "${newOne.name}"`;
}

function progressing(
  conditions: Conditions,
  now: EpochMs,
  condition: Omit<NewCondition, "type">,
): Conditions {
  const made = newCondition({ type: "Progressing", ...condition }, now);
  return withCondition(conditions, made);
}

/** Unlike any other condition, this one takes a new update time each time. */
function progressed(
  conditions: Conditions,
  now: EpochMs,
  message: string,
): Conditions {
  const current = conditionOf(conditions, "Progressing");
  const made = newCondition(
    {
      type: "Progressing",
      status: "True",
      reason: "ReplicaSetUpdated",
      message,
    },
    now,
  );
  const kept =
    current?.["status"] === "True"
      ? { lastTransitionTime: current["lastTransitionTime"]! }
      : {};
  const others = withoutCondition(conditions, "Progressing");
  return [...others, { ...made, ...kept }];
}

/** A failure of the new ReplicaSet, or else of the first that has one, is the Deployment's. */
function withFailure(conditions: Conditions, plan: RolloutPlan): Conditions {
  const failure = [plan.newOne, ...plan.all]
    .filter((replicaSet): replicaSet is ReplicaSetView => replicaSet !== null)
    .map((replicaSet) => conditionOf(replicaSet.conditions, "ReplicaFailure"))
    .find((condition) => condition !== null);
  if (failure === undefined)
    return withoutCondition(conditions, "ReplicaFailure");
  const { type, status, lastTransitionTime, reason, message } = failure;
  return withCondition(conditions, {
    type: type!,
    status: status!,
    lastUpdateTime: lastTransitionTime!,
    lastTransitionTime: lastTransitionTime!,
    reason: reason!,
    message: message!,
  });
}
