/**
 * A Deployment and its ReplicaSets as the controller reads them: every default filled in, fenceposts resolved.
 * Source: kubernetes/kubernetes v1.35 staging/src/k8s.io/api/apps/v1/types.go, pkg/controller/deployment/util/deployment_util.go
 */
import type { JsonObject } from "../../../kernel/json.ts";
import {
  listOf,
  objectOf,
  stringOf,
} from "../../api-server/validation/reading.ts";
import type { Stored } from "../../ports.ts";
import { intOf, isTerminating, specOf, statusOf } from "../pod-state.ts";
import type { Conditions } from "./conditions.ts";
import type { Fenceposts } from "./fenceposts.ts";
import { fencepostsOf } from "./fenceposts.ts";

export const REVISION = "deployment.kubernetes.io/revision";
export const REVISION_HISTORY = "deployment.kubernetes.io/revision-history";
export const DESIRED_REPLICAS = "deployment.kubernetes.io/desired-replicas";
export const MAX_REPLICAS = "deployment.kubernetes.io/max-replicas";
export const TEMPLATE_HASH = "pod-template-hash";

/** Deadlines and limits of this number are none. */
const MAX_INT32 = 2 ** 31 - 1;
const DEFAULT_HISTORY = 10;
const DEFAULT_DEADLINE_SECONDS = 600;

export interface DeploymentStatus {
  readonly observedGeneration: number;
  readonly replicas: number;
  readonly updatedReplicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
  readonly unavailableReplicas: number;
  readonly conditions: Conditions;
  /** Null: there was no collision yet. */
  readonly collisionCount: number | null;
}

export interface DeploymentView {
  readonly stored: Stored;
  readonly name: string;
  readonly generation: number;
  readonly annotations: Readonly<Record<string, string>>;
  readonly replicas: number;
  readonly isRolling: boolean;
  /** Both 0 with Recreate; nothing may be unavailable of no replicas. */
  readonly fenceposts: Fenceposts;
  readonly minReadySeconds: number;
  readonly paused: boolean;
  /** Null: all are kept. */
  readonly historyLimit: number | null;
  /** Null: progress is not judged. */
  readonly progressDeadlineSeconds: number | null;
  readonly selector: JsonObject;
  readonly template: JsonObject;
  readonly status: DeploymentStatus;
}

export interface ReplicaSetView {
  /** Null: it is about to be created. */
  readonly stored: Stored | null;
  readonly uid: string;
  readonly name: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** RFC 3339. */
  readonly created: string;
  readonly isTerminating: boolean;
  /** `spec.replicas`. */
  readonly size: number;
  readonly minReadySeconds: number;
  readonly template: JsonObject;
  /** Whether its status is of this generation. */
  readonly isObserved: boolean;
  readonly pods: number;
  readonly ready: number;
  readonly available: number;
  readonly conditions: Conditions;
}

export function deploymentView(stored: Stored): DeploymentView {
  const { object } = stored;
  const spec = specOf(object);
  const strategy = objectOf(spec["strategy"]);
  const replicas = intOf(spec["replicas"], 1);
  const isRolling = stringOf(strategy["type"]) !== "Recreate";
  const { maxSurge = "25%", maxUnavailable = "25%" } = objectOf(
    strategy["rollingUpdate"],
  );
  return {
    stored,
    name: object.metadata.name,
    generation: object.metadata.generation,
    annotations: object.metadata.annotations ?? {},
    replicas,
    isRolling,
    fenceposts: isRolling
      ? fencepostsOf({ maxSurge, maxUnavailable }, replicas)
      : { surge: 0, unavailable: 0 },
    minReadySeconds: intOf(spec["minReadySeconds"], 0),
    paused: spec["paused"] === true,
    historyLimit: limited(intOf(spec["revisionHistoryLimit"], DEFAULT_HISTORY)),
    progressDeadlineSeconds: limited(
      intOf(spec["progressDeadlineSeconds"], DEFAULT_DEADLINE_SECONDS),
    ),
    selector: objectOf(spec["selector"]),
    template: objectOf(spec["template"]),
    status: deploymentStatus(statusOf(object)),
  };
}

function limited(value: number): number | null {
  return value === MAX_INT32 ? null : value;
}

function deploymentStatus(status: JsonObject): DeploymentStatus {
  const { collisionCount } = status;
  return {
    observedGeneration: intOf(status["observedGeneration"], 0),
    replicas: intOf(status["replicas"], 0),
    updatedReplicas: intOf(status["updatedReplicas"], 0),
    readyReplicas: intOf(status["readyReplicas"], 0),
    availableReplicas: intOf(status["availableReplicas"], 0),
    unavailableReplicas: intOf(status["unavailableReplicas"], 0),
    conditions: listOf(status["conditions"]),
    collisionCount: typeof collisionCount === "number" ? collisionCount : null,
  };
}

export function replicaSetView(stored: Stored): ReplicaSetView {
  const { metadata } = stored.object;
  const spec = specOf(stored.object);
  const status = statusOf(stored.object);
  return {
    stored,
    uid: metadata.uid,
    name: metadata.name,
    annotations: metadata.annotations ?? {},
    created: metadata.creationTimestamp,
    isTerminating: isTerminating(stored),
    size: intOf(spec["replicas"], 1),
    minReadySeconds: intOf(spec["minReadySeconds"], 0),
    template: objectOf(spec["template"]),
    isObserved: intOf(status["observedGeneration"], 0) >= metadata.generation,
    pods: intOf(status["replicas"], 0),
    ready: intOf(status["readyReplicas"], 0),
    available: intOf(status["availableReplicas"], 0),
    conditions: listOf(status["conditions"]),
  };
}

/** Sums `spec.replicas` up. */
export function totalSize(replicaSets: readonly ReplicaSetView[]): number {
  return replicaSets.reduce((sum, { size }) => sum + size, 0);
}

export function totalAvailable(replicaSets: readonly ReplicaSetView[]): number {
  return replicaSets.reduce((sum, { available }) => sum + available, 0);
}

export function activeOnes(
  replicaSets: readonly ReplicaSetView[],
): ReplicaSetView[] {
  return replicaSets.filter(({ size }) => size > 0);
}
