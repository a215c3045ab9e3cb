/**
 * The order in which a StatefulSet makes, unmakes and updates its pods.
 * Source: kubernetes/kubernetes v1.35 pkg/controller/statefulset/stateful_set_control.go (updateStatefulSet, processReplica,
 * processCondemned); reference sheet kubelet.md 9.4
 *
 * OrderedReady   one step a pass, and only when every pod before it is running, ready and available: a pod that is missing
 *                is made, one that is too many is deleted from the highest ordinal down, then one of another revision is
 * Parallel       pods are made and unmade at once; the update goes one by one all the same
 */
import type { Stored } from "../../ports.ts";
import type { Batch, PassContext, PassRequest } from "../controller.ts";
import type { Revision } from "../controller-revision.ts";
import {
  REVISION_LABEL,
  isAvailable,
  isFinished,
  isReady,
  isTerminating,
  labelOf,
  phaseOf,
} from "../pod-state.ts";
import { slowStart } from "../pod-control.ts";
import type { SetSpec } from "./set-spec.ts";
import { createSetPod, deleteSetPod, revisionFor } from "./set-spec.ts";

export interface SetView {
  readonly set: Stored;
  readonly spec: SetSpec;
  readonly current: Revision;
  readonly update: Revision;
  /** By ordinal from the start; null: there is none. */
  readonly replicas: readonly (Stored | null)[];
  /** Beyond the replicas, the highest ordinal first. */
  readonly condemned: readonly Stored[];
  readonly context: PassContext;
}

export interface SetSteps {
  readonly batches: readonly Batch[];
  /** A pod of the current revision is deleted for the update: the status leaves it out at once. */
  readonly updating: boolean;
}

export function isRunningAndReady(pod: Stored): boolean {
  return phaseOf(pod) === "Running" && isReady(pod);
}

export function isRunningAndAvailable(
  pod: Stored,
  { spec, context }: SetView,
): boolean {
  return (
    phaseOf(pod) === "Running" &&
    isAvailable(pod, spec.minReadySeconds, context.now)
  );
}

function isUnavailable(pod: Stored | null, view: SetView): boolean {
  return (
    pod === null || isTerminating(pod) || !isRunningAndAvailable(pod, view)
  );
}

export function planSteps(view: SetView): SetSteps {
  return view.spec.parallel ? parallelSteps(view) : orderedSteps(view);
}

const one = (request: PassRequest): readonly Batch[] => [
  { requests: [request] },
];
const WAIT: SetSteps = { batches: [], updating: false };

function orderedSteps(view: SetView): SetSteps {
  const { set, replicas, condemned } = view;
  for (const [index, pod] of replicas.entries()) {
    if (pod === null) return { ...WAIT, batches: one(creation(view, index)) };
    if (isFinished(pod))
      return isTerminating(pod)
        ? WAIT
        : { ...WAIT, batches: one(deleteSetPod(set, pod)) };
    if (isUnavailable(pod, view)) return WAIT;
  }
  // The lowest ordinal that is unavailable may go before those above it are well again.
  const first = condemned.findLast((pod) => isUnavailable(pod, view));
  const [highest] = condemned;
  if (highest === undefined) return updateSteps(view);
  if (isTerminating(highest)) return WAIT;
  if (!isRunningAndAvailable(highest, view) && highest !== first) return WAIT;
  return { ...WAIT, batches: one(deleteSetPod(set, highest)) };
}

function parallelSteps(view: SetView): SetSteps {
  const { set, replicas, condemned } = view;
  const requests: PassRequest[] = [];
  for (const [index, pod] of replicas.entries())
    if (pod === null) requests.push(creation(view, index));
    else if (isFinished(pod) && !isTerminating(pod))
      requests.push(deleteSetPod(set, pod));
  const surplus = condemned
    .filter((pod) => !isTerminating(pod))
    .map((pod) => deleteSetPod(set, pod));
  const { batches, updating } = updateSteps(view);
  return {
    batches: [...slowStart(requests), ...slowStart(surplus), ...batches],
    updating,
  };
}

function creation(view: SetView, index: number): PassRequest {
  const { set, spec, context } = view;
  const ordinal = spec.start + index;
  const revision = revisionFor(set, spec, ordinal, view);
  return createSetPod(set, ordinal, revision, context);
}

/** From the highest ordinal down to the partition: delete one of another revision, or wait for the one that is not there yet. */
function updateSteps(view: SetView): SetSteps {
  const { set, spec, replicas, update } = view;
  if (!spec.rolls) return WAIT;
  const lowest = spec.partition ?? 0;
  for (let index = replicas.length - 1; index >= lowest; index--) {
    const pod = replicas[index]!;
    if (pod !== null && !isUpdated(pod, update) && !isTerminating(pod))
      return { batches: one(deleteSetPod(set, pod)), updating: true };
    if (isUnavailable(pod, view)) return WAIT;
  }
  return WAIT;
}

export function isUpdated(pod: Stored, { name }: Revision): boolean {
  return labelOf(pod, REVISION_LABEL) === name;
}
