/**
 * The ReplicaSet controller: keeps as many pods of a template as are wanted.
 * Source: kubernetes/kubernetes v1.35 pkg/controller/replicaset/{replica_set,replica_set_utils}.go; kubelet.md 9.2.
 *
 * From code alone: With minReadySeconds a ReplicaSet is looked at again at the first instant at which a pod is available, as since 1.34; before that it was up to a second later.
 */
import type { JsonObject } from "../../../kernel/json.ts";
import { objectOf } from "../../api-server/validation/reading.ts";
import type { InformerChange } from "../../client/index.ts";
import { BURST_REPLICAS } from "../../defaults.ts";
import type { Stored } from "../../ports.ts";
import { ownKeys } from "../affected-keys.ts";
import { claim, selectorsOf } from "../claims.ts";
import type {
  Batch,
  Caches,
  Controller,
  Pass,
  PassContext,
} from "../controller.ts";
import {
  createPod,
  deletePod,
  podOf,
  slowStart,
  workloadOf,
} from "../pod-control.ts";
import { intOf, isActive, isTerminating, specOf } from "../pod-state.ts";
import { controllerOf } from "../manager/shared-caches.ts";
import { inDeletionOrder } from "./deletion-order.ts";
import { availableAfterMs, statusWrites } from "./replica-set-status.ts";

export const replicaSetController: Controller = {
  name: "replicaset-controller",
  kind: "ReplicaSet",
  watches: ["ReplicaSet", "Pod"],
  expectsPods: true,
  passesWhileExpecting: true,
  affected,
  sync,
};

function affected(
  kind: string,
  change: InformerChange,
  caches: Caches,
): readonly string[] {
  const keys = ownKeys("ReplicaSet", kind, change, caches);
  const { before, after } = change;
  if (kind !== "Pod" || after === null || controllerOf(after) !== null)
    return keys;
  // An ownerless pod matters when it comes, or when its labels or its owner have changed.
  const isOld =
    before !== null &&
    controllerOf(before) === null &&
    before.object.metadata.labels === after.object.metadata.labels;
  return isOld ? keys : [...keys, ...selectorsOf("ReplicaSet", after, caches)];
}

function sync(stored: Stored, context: PassContext): Pass {
  const { caches, now } = context;
  const spec = specOf(stored.object);
  const { uid } = stored.object.metadata;
  const candidates = [
    ...caches.ownedBy("Pod", uid),
    ...caches.ownedBy("Pod", ""),
  ].filter(isActive);
  const selector = objectOf(spec["selector"]);
  const { owned, requests } = claim(stored, { candidates, selector });
  if (requests.length > 0) return { batches: [{ requests }] };
  const size = intOf(spec["replicas"], 1);
  const manages = context.expecting !== true && !isTerminating(stored);
  const managed = manages ? manage(stored, owned, context) : [];
  const missing = size - owned.length;
  const writes = statusWrites(stored, { pods: owned, missing, now });
  const againAfterMs = availableAfterMs(stored, owned, now);
  return {
    batches: [...managed, ...writes],
    ...(againAfterMs === null ? {} : { againAfterMs }),
  };
}

function manage(
  stored: Stored,
  pods: readonly Stored[],
  context: PassContext,
): Batch[] {
  const spec = specOf(stored.object);
  const missing = intOf(spec["replicas"], 1) - pods.length;
  const count = Math.min(Math.abs(missing), BURST_REPLICAS);
  if (missing < 0) {
    const related = relatedPods(stored, context.caches);
    const going = inDeletionOrder(pods, related, context.now).slice(0, count);
    return [{ requests: going.map(deletePod) }];
  }
  const workload = workloadOf(stored);
  const { name } = stored.object.metadata;
  const pod: JsonObject = podOf(stored, objectOf(spec["template"]), {
    metadata: { generateName: `${name}-` },
  });
  return slowStart(
    Array.from({ length: count }, () =>
      createPod(pod, { workload, ordinal: context.nextOrdinal(workload) }),
    ),
  );
}

/** Active pods of all ReplicaSets of the same owner. */
function relatedPods(stored: Stored, caches: Caches): Stored[] {
  const owner = controllerOf(stored);
  const siblings =
    owner === null ? [stored] : caches.ownedBy("ReplicaSet", owner.uid);
  return siblings
    .flatMap(({ object }) => caches.ownedBy("Pod", object.metadata.uid))
    .filter(isActive);
}
