/**
 * Finds the ReplicaSet of the Deployment's template, or makes it; keeps revisions and annotations in step.
 * Source: kubernetes/kubernetes v1.35 pkg/controller/deployment/sync.go (getNewReplicaSet), util/deployment_util.go
 * (SetNewReplicaSetAnnotations, NewRSNewReplicas); kubelet.md 9.1.
 */
import type { JsonObject } from "../../../kernel/json.ts";
import { isJsonObject } from "../../../kernel/json.ts";
import { LAST_APPLIED } from "../../api-server/apply.ts";
import { objectOf } from "../../api-server/validation/reading.ts";
import { ownerReference, workloadOf } from "../pod-control.ts";
import { templateHash } from "../template-hash.ts";
import type { NewCondition } from "./conditions.ts";
import { conditionOf, newCondition, withCondition } from "./conditions.ts";
import type { DeploymentView, ReplicaSetView } from "./deployment-view.ts";
import {
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  REVISION,
  REVISION_HISTORY,
  TEMPLATE_HASH,
  totalSize,
} from "./deployment-view.ts";
import { maxRevision } from "./replica-sets.ts";
import type { RolloutPlan } from "./rollout-plan.ts";
import { statusJson, statusWrite } from "./rollout-plan.ts";
import { replaced, scaledText, sizeAnnotations } from "./scaling.ts";

const NOT_COPIED = [
  LAST_APPLIED,
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  "deprecated.deployment.rollback.to",
];

/**
 * Brings the ReplicaSet that is there already, and the Deployment's revision, up to date. False: the ReplicaSet had to be
 * written, and the pass ends with that (upstream goes on to a second, conflicting write and comes back).
 */
export function syncRevision(plan: RolloutPlan): boolean {
  const { deployment, newOne } = plan;
  if (newOne === null) return true;
  const revision = maxRevision(plan.old) + 1;
  const annotations = annotationsFor(deployment, newOne.annotations, revision);
  const { minReadySeconds } = deployment;
  if (annotations !== null || newOne.minReadySeconds !== minReadySeconds) {
    const object = replaced(newOne, {
      annotations: annotations ?? newOne.annotations,
      spec: { minReadySeconds },
    });
    plan.add({ request: { verb: "update", object } });
    return false;
  }
  if (
    deployment.progressDeadlineSeconds !== null &&
    conditionOf(plan.status.conditions, "Progressing") === null
  )
    setProgressing(plan, {
      status: "True",
      reason: "FoundNewReplicaSet",
      message: `Found new replica set "${newOne.name}"`,
    });
  plan.writeStatus(newOne.annotations[REVISION]);
  return true;
}

/** The annotations of the new ReplicaSet; null when those that it has are right. */
function annotationsFor(
  { annotations: wanted }: DeploymentView,
  has: Readonly<Record<string, string>>,
  revision: number,
): Record<string, string> | null {
  const next: Record<string, string> = { ...has };
  let changed = false;
  for (const [key, value] of Object.entries(wanted))
    if (!NOT_COPIED.includes(key) && has[key] !== value) {
      next[key] = value;
      changed = true;
    }
  const before = has[REVISION];
  if (before !== undefined && before !== "" && !/^-?\d+$/.test(before))
    return null;
  if (Number(before ?? 0) < revision) {
    next[REVISION] = String(revision);
    changed = true;
  }
  if (!changed) return null;
  if (before !== undefined) {
    const history = has[REVISION_HISTORY] ?? "";
    next[REVISION_HISTORY] = history === "" ? before : `${history},${before}`;
  }
  return next;
}

/**
 * Creates the ReplicaSet of the template, as large as the surge allows at once. False: its name is taken by another
 * template's, and the Deployment counts one more collision instead.
 */
export function createNew(
  plan: RolloutPlan,
  isTaken: (name: string) => boolean,
): boolean {
  const { deployment, minor } = plan;
  const { collisionCount } = plan.status;
  const hash = templateHash(deployment.template, collisionCount ?? 0);
  const name = `${deployment.name}-${hash}`;
  if (isTaken(name)) {
    plan.status = { ...plan.status, collisionCount: (collisionCount ?? 0) + 1 };
    plan.writeStatus();
    return false;
  }
  const size = newSize(deployment, { size: 0 }, plan.old);
  const revision = String(maxRevision(plan.old) + 1);
  const annotations = {
    ...annotationsFor(deployment, {}, Number(revision))!,
    ...sizeAnnotations(deployment),
  };
  const object = newObject(deployment, { name, hash, size, annotations });
  const workload = workloadOf(deployment.stored);
  const message = scaledText(name, { from: 0, to: size }, minor);
  plan.add({
    request: { verb: "create", object, lineage: { workload, ordinal: null } },
    silent: ["AlreadyExists"],
    failed: {
      type: "Warning",
      reason: "ReplicaSetCreateError",
      message: `Failed to create new replica set "${name}": \${error}`,
    },
    ...(size === 0
      ? {}
      : {
          succeeded: { type: "Normal", reason: "ScalingReplicaSet", message },
        }),
  });
  plan.newOne = unborn(object, { name, size, annotations });
  tellCreated(plan, name, revision);
  return true;
}

/** Writes the condition of what became of the creation, and the revision. */
function tellCreated(plan: RolloutPlan, name: string, revision: string): void {
  const { deployment } = plan;
  if (deployment.progressDeadlineSeconds === null)
    return plan.writeStatus(revision);
  const { status } = plan;
  setProgressing(plan, {
    status: "False",
    reason: "ReplicaSetCreateError",
    message: `Failed to create new replica set "${name}": \${error}`,
  });
  plan.addOnFailure(statusWrite(deployment, statusJson(plan.status)));
  plan.status = status;
  setProgressing(plan, {
    status: "True",
    reason: "NewReplicaSetCreated",
    message: `Created new replica set "${name}"`,
  });
  plan.writeStatus(revision);
}

/** Puts a Progressing condition into the plan's status. */
export function setProgressing(
  plan: RolloutPlan,
  condition: Omit<NewCondition, "type">,
): void {
  const made = newCondition({ type: "Progressing", ...condition }, plan.now);
  const conditions = withCondition(plan.status.conditions, made);
  plan.status = { ...plan.status, conditions };
}

/** How large the new ReplicaSet may be now: what the surge leaves, never more than wanted. */
export function newSize(
  { isRolling, replicas, fenceposts }: DeploymentView,
  { size }: { readonly size: number },
  old: readonly ReplicaSetView[],
): number {
  if (!isRolling) return replicas;
  const room = replicas + fenceposts.surge - size - totalSize(old);
  return room <= 0 ? size : size + Math.min(room, replicas - size);
}

function newObject(
  { stored, selector, template, minReadySeconds }: DeploymentView,
  of: {
    readonly name: string;
    readonly hash: string;
    readonly size: number;
    readonly annotations: Readonly<Record<string, string>>;
  },
): JsonObject {
  const hash = { [TEMPLATE_HASH]: of.hash };
  const metadata = objectOf(template["metadata"]);
  const labels = { ...objectOf(metadata["labels"]), ...hash };
  const { matchLabels } = selector;
  const { namespace = "" } = stored.object.metadata;
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: of.name,
      namespace,
      labels,
      annotations: of.annotations,
      ownerReferences: [ownerReference(stored.object) as unknown as JsonObject],
    },
    spec: {
      replicas: of.size,
      minReadySeconds,
      selector: {
        ...selector,
        matchLabels: {
          ...(isJsonObject(matchLabels) ? matchLabels : {}),
          ...hash,
        },
      },
      template: { ...template, metadata: { ...metadata, labels } },
    },
  };
}

/** The ReplicaSet as the rest of the pass sees it. */
function unborn(
  object: JsonObject,
  of: Pick<ReplicaSetView, "name" | "size" | "annotations">,
): ReplicaSetView {
  const spec = objectOf(object["spec"]);
  return {
    ...of,
    stored: null,
    uid: "",
    created: "",
    isTerminating: false,
    minReadySeconds: 0,
    template: objectOf(spec["template"]),
    isObserved: false,
    pods: 0,
    ready: 0,
    available: 0,
    conditions: [],
  };
}
