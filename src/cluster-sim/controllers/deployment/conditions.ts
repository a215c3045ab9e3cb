/**
 * Conditions as Deployments and ReplicaSets keep them: of each type one, the latest that changed at the end.
 * Source: kubernetes/kubernetes v1.35 pkg/controller/deployment/util/deployment_util.go (SetDeploymentCondition),
 * pkg/controller/replicaset/replica_set_utils.go (SetCondition); kubelet.md 9.1.
 */
import type { JsonObject } from "../../../kernel/json.ts";
import type { EpochMs } from "../../../kernel/time.ts";
import { toRfc3339 } from "../../../kernel/time.ts";

export type Conditions = readonly JsonObject[];

export interface NewCondition {
  readonly type: "Progressing" | "Available" | "ReplicaFailure";
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
}

export function conditionOf(
  conditions: Conditions,
  type: NewCondition["type"],
): JsonObject | null {
  return conditions.find((condition) => condition["type"] === type) ?? null;
}

/** A Deployment's condition of now. */
export function newCondition(
  { type, status, reason, message }: NewCondition,
  now: EpochMs,
): JsonObject {
  const at = toRfc3339(now);
  return {
    type,
    status,
    lastUpdateTime: at,
    lastTransitionTime: at,
    reason,
    message,
  };
}

/**
 * Puts a condition in. One of the same status and reason stays as it is, its message and times too; one of the same status
 * keeps the time of its transition.
 */
export function withCondition(
  conditions: Conditions,
  condition: JsonObject,
): Conditions {
  const { type, status, reason } = condition;
  const current = conditions.find((other) => other["type"] === type);
  if (current?.["status"] === status && current?.["reason"] === reason)
    return conditions;
  const kept =
    current?.["status"] === status
      ? { lastTransitionTime: current!["lastTransitionTime"]! }
      : {};
  return [
    ...conditions.filter((other) => other !== current),
    { ...condition, ...kept },
  ];
}

export function withoutCondition(
  conditions: Conditions,
  type: NewCondition["type"],
): Conditions {
  return conditionOf(conditions, type) === null
    ? conditions
    : conditions.filter((condition) => condition["type"] !== type);
}
