/**
 * Changes the size of ReplicaSets, alone or in proportion, with the Event that says so.
 * Source: kubernetes/kubernetes v1.35 pkg/controller/deployment/sync.go (scale, scaleReplicaSet), util/deployment_util.go
 * (GetProportion, IsSaturated); kubelet.md 9.1.
 *
 * Simplification: A ReplicaSet that one pass of the Deployment controller scales twice is written without a check of its version the second time.
 */
import type { JsonObject } from "../../../kernel/json.ts";
import { SCALED_FROM_MINOR } from "../../defaults.ts";
import type { PassRequest } from "../controller.ts";
import { specOf } from "../pod-state.ts";
import type { DeploymentView, ReplicaSetView } from "./deployment-view.ts";
import {
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  activeOnes,
  totalSize,
} from "./deployment-view.ts";
import { activeOrLatest, bySize } from "./replica-sets.ts";
import type { RolloutPlan } from "./rollout-plan.ts";

/** What a ReplicaSet remembers of the size that its Deployment had. */
export function sizeAnnotations({
  replicas,
  fenceposts,
}: DeploymentView): Record<string, string> {
  return {
    [DESIRED_REPLICAS]: String(replicas),
    [MAX_REPLICAS]: String(replicas + fenceposts.surge),
  };
}

/** The words of a `ScalingReplicaSet` Event. */
export function scaledText(
  name: string,
  size: { readonly from: number; readonly to: number },
  minor: number,
): string {
  const { from, to } = size;
  const verb = from < to ? "up" : "down";
  if (minor >= SCALED_FROM_MINOR)
    return `Scaled ${verb} replica set ${name} from ${from} to ${to}`;
  return verb === "up"
    ? `Scaled up replica set ${name} to ${to}`
    : `Scaled down replica set ${name} to ${to} from ${from}`;
}

/** Writes a new size and the annotations, where either differs. False: the size is the same. */
function scaleTo(
  plan: RolloutPlan,
  replicaSet: ReplicaSetView,
  to: number,
  options: { readonly again?: boolean } = {},
): boolean {
  const { size: from, name, annotations } = replicaSet;
  const wanted = sizeAnnotations(plan.deployment);
  const isAnnotated = Object.entries(wanted).every(
    ([key, value]) => annotations[key] === value,
  );
  if (from === to && isAnnotated) return false;
  const message = scaledText(name, { from, to }, plan.minor);
  const changes = { annotations: { ...annotations, ...wanted } };
  plan.add({
    request: {
      verb: "update",
      object: replaced(
        replicaSet,
        { ...changes, spec: { replicas: to } },
        options,
      ),
    },
    ...(from === to
      ? {}
      : {
          succeeded: { type: "Normal", reason: "ScalingReplicaSet", message },
        }),
  } satisfies PassRequest);
  return from !== to;
}

/** As `scaleTo`, and nothing at all is written when the size is the same. */
export function resize(
  plan: RolloutPlan,
  replicaSet: ReplicaSetView,
  to: number,
  options: { readonly again?: boolean } = {},
): boolean {
  return replicaSet.size !== to && scaleTo(plan, replicaSet, to, options);
}

/** The ReplicaSet's object with other annotations and members of its spec; refused when it has changed since, unless `again`. */
export function replaced(
  { stored }: ReplicaSetView,
  changes: {
    readonly annotations: Readonly<Record<string, string>>;
    readonly spec: JsonObject;
  },
  { again = false }: { readonly again?: boolean } = {},
): JsonObject {
  const { object } = stored!;
  const { resourceVersion, ...metadata } = object.metadata;
  return {
    ...object,
    metadata: {
      ...metadata,
      ...(again ? {} : { resourceVersion }),
      annotations: changes.annotations,
    },
    spec: { ...specOf(object), ...changes.spec },
  } as unknown as JsonObject;
}

/**
 * Follows a change of the Deployment's size: the only active ReplicaSet takes it; when the new one has all it should, the
 * old ones go; in the middle of a rolling update it is shared out in proportion, what is left over to the largest.
 */
export function followSize(plan: RolloutPlan): void {
  const { deployment, newOne, old } = plan;
  const only = activeOrLatest(newOne, old);
  if (only !== null) {
    resize(plan, only, deployment.replicas);
    return;
  }
  if (newOne !== null && isSaturated(deployment, newOne)) {
    for (const replicaSet of activeOnes(old)) resize(plan, replicaSet, 0);
    return;
  }
  if (deployment.isRolling) shareOut(plan);
}

function isSaturated(
  { replicas }: DeploymentView,
  { annotations, size, available }: ReplicaSetView,
): boolean {
  return (
    annotations[DESIRED_REPLICAS] === String(replicas) &&
    size === replicas &&
    available === replicas
  );
}

function shareOut(plan: RolloutPlan): void {
  const { deployment } = plan;
  const { replicas, fenceposts } = deployment;
  const allowed = replicas > 0 ? replicas + fenceposts.surge : 0;
  const active = activeOnes(plan.all);
  const toAdd = allowed - totalSize(active);
  const sorted = bySize(active, toAdd > 0 ? "newer" : "older");
  let added = 0;
  const sizes = sorted.map((replicaSet) => {
    const share = proportion(plan, replicaSet, { toAdd, added });
    added += share;
    return replicaSet.size + share;
  });
  if (toAdd !== 0) sizes[0] = Math.max(0, sizes[0]! + toAdd - added);
  sorted.forEach((replicaSet, i) => scaleTo(plan, replicaSet, sizes[i]!));
}

function proportion(
  plan: RolloutPlan,
  replicaSet: ReplicaSetView,
  { toAdd, added }: { readonly toAdd: number; readonly added: number },
): number {
  if (toAdd === 0 || toAdd === added) return 0;
  const fraction = fractionOf(plan, replicaSet);
  const allowed = toAdd - added;
  return toAdd > 0 ? Math.min(fraction, allowed) : Math.max(fraction, allowed);
}

/** By how much a ReplicaSet must change to keep its share of the size that it remembers. */
function fractionOf(
  { deployment, status }: RolloutPlan,
  { size, annotations }: ReplicaSetView,
): number {
  const { replicas, fenceposts } = deployment;
  if (replicas === 0) return -size;
  const remembered = annotations[MAX_REPLICAS] ?? "";
  const before = /^\d+$/.test(remembered) ? Number(remembered) : 0;
  const base = before === 0 ? status.replicas : before;
  if (base === 0) return 0;
  return Math.round((size * (replicas + fenceposts.surge)) / base) - size;
}

/** Whether some active ReplicaSet remembers another size than the Deployment has. */
export function isScalingEvent({ deployment, all }: RolloutPlan): boolean {
  return activeOnes(all).some(({ annotations }) => {
    const desired = annotations[DESIRED_REPLICAS] ?? "";
    return /^\d+$/.test(desired) && Number(desired) !== deployment.replicas;
  });
}
