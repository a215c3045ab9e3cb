/**
 * The StatefulSet controller: pods with names that stay, made in order, updated from the highest ordinal down.
 * Source: kubernetes/kubernetes v1.35 pkg/controller/statefulset/{stateful_set,stateful_set_control,stateful_set_utils}.go;
 * reference sheet kubelet.md 9.4
 *
 * Timers   minReadySeconds   looks again so long after a pass that found fewer available pods than wanted
 *
 * From code alone: A StatefulSet with minReadySeconds looks at its pods again that long after the first pass that missed some, not after a pod became ready, and so may find a pod available up to minReadySeconds late.
 */
import type { JsonObject } from "../../../kernel/json.ts";
import { SECOND_MS } from "../../../kernel/time.ts";
import type { Stored } from "../../ports.ts";
import { claimedPods, keysOf } from "../claimed-pods.ts";
import type { Controller, Pass, PassContext } from "../controller.ts";
import type { Revision, RevisionPlan } from "../controller-revision.ts";
import { planRevision, truncateHistory } from "../controller-revision.ts";
import {
  REVISION_LABEL,
  intOf,
  isTerminating,
  labelOf,
  statusOf,
} from "../pod-state.ts";
import { withoutZeros, writeStatus } from "../status-write.ts";
import type { SetView } from "./set-pods.ts";
import {
  isRunningAndAvailable,
  isRunningAndReady,
  isUpdated,
  planSteps,
} from "./set-pods.ts";
import { currentOf, ordinalOf, setSpecOf } from "./set-spec.ts";

const KIND = "StatefulSet";
/** `history.ControllerRevisionHashLabel`. */
const HASH_LABEL = "controller.kubernetes.io/hash";

export const statefulSetController: Controller = {
  name: "statefulset-controller",
  kind: KIND,
  watches: [KIND, "Pod", "ControllerRevision"],
  expectsPods: false,
  affected: (kind, change, caches) =>
    kind === "ControllerRevision" ? [] : keysOf(KIND, kind, change, caches),
  sync,
};

function sync(set: Stored, context: PassContext): Pass {
  const { caches } = context;
  const isMember = (pod: Stored): boolean => ordinalOf(set, pod) !== null;
  const { owned: pods, requests } = claimedPods(set, caches, isMember);
  if (requests.length > 0) return { batches: [{ requests }] };
  const plan = planRevision(set, caches, HASH_LABEL);
  const view = viewOf(set, pods, plan, context);
  const going = isTerminating(set);
  const { batches, updating } = going
    ? { batches: [], updating: false }
    : planSteps(view);
  // Upstream takes the newest version and tries again when somebody wrote first.
  const before = statusOf(set.object);
  const status = statusFor(view, updating);
  const writes = writeStatus(set, status, before);
  const { spec } = view;
  const available = intOf(status["availableReplicas"], 0);
  return {
    batches: [
      { requests: plan.requests },
      ...batches,
      { requests: writes, always: true },
      { requests: truncate(view, pods, plan.revisions), always: true },
    ].filter(({ requests }) => requests.length > 0),
    ...(spec.minReadySeconds > 0 && available !== spec.replicas
      ? { againAfterMs: spec.minReadySeconds * SECOND_MS }
      : {}),
  };
}

function viewOf(
  set: Stored,
  pods: readonly Stored[],
  { revisions, update }: RevisionPlan,
  context: PassContext,
): SetView {
  const spec = setSpecOf(set);
  const replicas = Array.from<Stored | null>({ length: spec.replicas }).fill(
    null,
  );
  const condemned: (readonly [ordinal: number, pod: Stored])[] = [];
  for (const pod of pods) {
    const ordinal = ordinalOf(set, pod);
    if (ordinal === null) continue;
    const index = ordinal - spec.start;
    if (index >= 0 && index < spec.replicas) replicas[index] = pod;
    else condemned.push([ordinal, pod]);
  }
  condemned.sort(([a], [b]) => b - a);
  const current = currentOf(set, revisions, update);
  return {
    set,
    spec,
    current,
    update,
    replicas,
    context,
    condemned: condemned.map(([, pod]) => pod),
  };
}

function statusFor(view: SetView, updating: boolean): JsonObject {
  const { set, spec, current, update, replicas, condemned } = view;
  const pods = [...replicas.filter((pod) => pod !== null), ...condemned];
  const ready = pods.filter(isRunningAndReady);
  const staying = pods.filter((pod) => !isTerminating(pod));
  const counts = {
    replicas: pods.length,
    readyReplicas: ready.length,
    currentReplicas:
      staying.filter((pod) => isUpdated(pod, current)).length -
      (updating ? 1 : 0),
    updatedReplicas: staying.filter((pod) => isUpdated(pod, update)).length,
  };
  const complete =
    spec.rolls &&
    counts.updatedReplicas === spec.replicas &&
    counts.readyReplicas === spec.replicas &&
    counts.replicas === spec.replicas;
  const { metadata } = set.object;
  return {
    ...withoutZeros({
      observedGeneration: metadata.generation,
      ...counts,
      ...(complete ? { currentReplicas: counts.updatedReplicas } : {}),
      currentRevision: complete ? update.name : current.name,
      updateRevision: update.name,
    }),
    replicas: counts.replicas,
    availableReplicas: ready.filter((pod) => isRunningAndAvailable(pod, view))
      .length,
    collisionCount: intOf(statusOf(set.object)["collisionCount"], 0),
  };
}

/** Revisions of the update, the one before it and of pods that are there stay; of the others the limit. */
function truncate(
  { set, spec, current, update }: SetView,
  pods: readonly Stored[],
  revisions: readonly Revision[],
): ReturnType<typeof truncateHistory> {
  const live = new Set(pods.map((pod) => labelOf(pod, REVISION_LABEL)));
  live.add(current.name).add(update.name);
  const history = revisions.filter(({ name }) => !live.has(name));
  return truncateHistory(set, history, spec.historyLimit);
}
