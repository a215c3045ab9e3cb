/**
 * The DaemonSet controller: one pod on each node that it may run on.
 * Source: kubernetes/kubernetes v1.35 pkg/controller/daemon/{daemon_controller,update}.go; reference sheet kubelet.md 9.3
 *
 * Timers   minReadySeconds   looks again so long after a pass that found pods that are ready and not yet available
 */
import type { JsonObject } from "../../../kernel/json.ts";
import { jsonEqual } from "../../../kernel/json.ts";
import { SECOND_MS } from "../../../kernel/time.ts";
import type { InformerChange } from "../../client/index.ts";
import { keyOf } from "../../client/index.ts";
import { REVISION_HISTORY_LIMIT } from "../../defaults.ts";
import type { Stored } from "../../ports.ts";
import { claimedPods, keysOf } from "../claimed-pods.ts";
import type { Caches, Controller, Pass, PassContext } from "../controller.ts";
import type { RevisionPlan } from "../controller-revision.ts";
import { planRevision, truncateHistory } from "../controller-revision.ts";
import {
  REVISION_LABEL,
  intOf,
  isReady,
  isTerminating,
  labelOf,
  specOf,
  statusOf,
} from "../pod-state.ts";
import { withoutZeros, writeStatus } from "../status-write.ts";
import type { DaemonView } from "./daemon-pods.ts";
import { isPodAvailable, isUpdated, viewOf } from "./daemon-pods.ts";
import { planSteps } from "./daemon-steps.ts";

const KIND = "DaemonSet";

export const daemonSetController: Controller = {
  name: "daemonset-controller",
  kind: KIND,
  watches: [KIND, "Pod", "ControllerRevision", "Node", "Namespace"],
  expectsPods: true,
  passesWhileExpecting: true,
  workers: 2,
  affected,
  sync,
};

function affected(
  kind: string,
  change: InformerChange,
  caches: Caches,
): readonly string[] {
  if (kind === "Namespace") return [];
  if (kind !== "Node") return keysOf(KIND, kind, change, caches);
  const { before, after } = change;
  const [was, is] = [before, after].map((node) => node?.object.metadata.labels);
  if (jsonEqual(was, is)) return [];
  return caches
    .list("Namespace", "")
    .flatMap(({ object }) => caches.list(KIND, object.metadata.name))
    .map(keyOf);
}

function sync(set: Stored, context: PassContext): Pass {
  if (isTerminating(set)) return { batches: [] };
  const { owned, requests } = claimedPods(set, context.caches);
  if (requests.length > 0) return { batches: [{ requests }] };
  const plan = planRevision(set, context.caches, REVISION_LABEL);
  const view = viewOf(set, owned, plan.update, context);
  const waits = context.expecting === true;
  const steps = waits ? { batches: [], events: [] } : planSteps(view);
  // Upstream takes the newest version and tries again when somebody wrote first.
  const before = statusOf(set.object);
  const status = statusFor(view, waits);
  const writes = writeStatus(set, status, before);
  const batches = [
    { requests: plan.requests },
    ...steps.batches,
    { requests: waits ? [] : truncate(view, plan) },
    { requests: writes, always: true },
  ];
  const late = status["numberReady"] !== intOf(status["numberAvailable"], 0);
  return {
    batches: batches.filter(({ requests }) => requests.length > 0),
    events: steps.events,
    ...(view.minReadySeconds > 0 && late
      ? { againAfterMs: view.minReadySeconds * SECOND_MS }
      : {}),
  };
}

function statusFor(view: DaemonView, waits: boolean): JsonObject {
  const { set, nodes } = view;
  const wanted = [...nodes.values()].filter((node) => node.shouldRun);
  const first = wanted
    .map(({ pods }) => pods[0])
    .filter((pod) => pod !== undefined);
  const ready = first.filter(isReady);
  const available = ready.filter((pod) => isPodAvailable(view, pod)).length;
  const misscheduled = [...nodes.values()].filter(
    ({ shouldRun, pods }) => !shouldRun && pods.length > 0,
  );
  const before = statusOf(set.object);
  return {
    ...withoutZeros({
      updatedNumberScheduled: first.filter((pod) => isUpdated(view, pod))
        .length,
      numberAvailable: available,
      numberUnavailable: wanted.length - available,
      // A pass that only counts has not seen to this generation.
      observedGeneration: waits
        ? before["observedGeneration"]
        : set.object.metadata.generation,
      collisionCount: before["collisionCount"],
    }),
    currentNumberScheduled: first.length,
    numberMisscheduled: misscheduled.length,
    desiredNumberScheduled: wanted.length,
    numberReady: ready.length,
  };
}

/** So many of the oldest as there are too many, but for those of pods that are there. */
function truncate(
  { set, nodes }: DaemonView,
  { revisions, update }: RevisionPlan,
): ReturnType<typeof truncateHistory> {
  const limit = intOf(
    specOf(set.object)["revisionHistoryLimit"],
    REVISION_HISTORY_LIMIT,
  );
  const old = revisions.filter(({ name }) => name !== update.name);
  const pods = [...nodes.values()].flatMap((node) => node.pods);
  const live = new Set(pods.map((pod) => labelOf(pod, REVISION_LABEL)));
  const idle = old.filter(({ hash }) => !live.has(hash));
  const excess = Math.max(0, old.length - limit);
  return truncateHistory(set, idle, Math.max(0, idle.length - excess));
}
