/**
 * What a DaemonSet does about its pods in one pass: keep one on each node, then replace those of an old template.
 * Source: kubernetes/kubernetes v1.35 pkg/controller/daemon/{daemon_controller.go,update.go} (podsShouldBeOnNode, rollingUpdate);
 * reference sheet kubelet.md 9.3
 *
 * maxSurge 0   old pods that are unavailable are deleted freely, available ones while fewer than maxUnavailable nodes are
 *              without an available pod; a node gets its new pod when the old one is gone
 * maxSurge     new pods come beside the old ones, on so many nodes at a time; an old one goes when the new one is available
 *
 * Simplification: Failed pods of a DaemonSet are deleted at once; upstream backs off from 1 s to 15 min for each node.
 */
import type { JsonValue } from "../../../kernel/json.ts";
import { objectOf } from "../../api-server/validation/reading.ts";
import { DAEMON_SET_BURST } from "../../defaults.ts";
import type { Stored } from "../../ports.ts";
import type { Batch, PassEvent } from "../controller.ts";
import { deletePod, slowStart } from "../pod-control.ts";
import { isReady, isTerminating, phaseOf, specOf } from "../pod-state.ts";
import type { DaemonNode, DaemonView } from "./daemon-pods.ts";
import { createOn, isPodAvailable, isUpdated } from "./daemon-pods.ts";

export interface DaemonSteps {
  readonly batches: readonly Batch[];
  readonly events: readonly PassEvent[];
}

/** Names of nodes that need a pod, and pods that go. */
interface Plan {
  readonly create: string[];
  readonly remove: Stored[];
}

const NONE: DaemonSteps = { batches: [], events: [] };

export function planSteps(view: DaemonView): DaemonSteps {
  const events: PassEvent[] = [];
  const plan: Plan = { create: [], remove: [] };
  const strategy = strategyOf(view);
  for (const node of view.nodes.values())
    manageNode(view, node, { plan, events, surges: strategy.maxSurge > 0 });
  if (plan.create.length + plan.remove.length > 0)
    return { batches: batchesOf(view, plan), events };
  return {
    ...NONE,
    events,
    batches: batchesOf(view, rollingUpdate(view, strategy)),
  };
}

function batchesOf(view: DaemonView, { create, remove }: Plan): Batch[] {
  const creations = create
    .slice(0, DAEMON_SET_BURST)
    .map((node) => createOn(view, node));
  const deletions = remove.slice(0, DAEMON_SET_BURST).map(deletePod);
  return [
    ...slowStart(creations),
    ...(deletions.length > 0 ? [{ requests: deletions, always: true }] : []),
  ];
}

function manageNode(
  view: DaemonView,
  node: DaemonNode,
  into: {
    readonly plan: Plan;
    readonly events: PassEvent[];
    readonly surges: boolean;
  },
): void {
  const { plan, events, surges } = into;
  const { name, pods, shouldRun } = node;
  const staying = pods.filter((pod) => !isTerminating(pod));
  if (!shouldRun) {
    plan.remove.push(...staying);
    return;
  }
  if (pods.length === 0) {
    plan.create.push(name);
    return;
  }
  const running: Stored[] = [];
  for (const pod of staying) {
    const told = finishedEvent(pod, name);
    if (told === null) running.push(pod);
    else {
      events.push(told);
      plan.remove.push(pod);
    }
  }
  if (!surges) plan.remove.push(...running.slice(1));
  else if (running.length === 0) plan.create.push(name);
  else if (running.length > 1) plan.remove.push(...surplus(view, running));
}

function finishedEvent(pod: Stored, node: string): PassEvent | null {
  const { namespace = "", name } = pod.object.metadata;
  const where = `daemon pod ${namespace}/${name} on node ${node}`;
  switch (phaseOf(pod)) {
    case "Failed":
      return {
        type: "Warning",
        reason: "FailedDaemonPod",
        message: `Found failed ${where}, will try to kill it`,
      };
    case "Succeeded":
      return {
        type: "Normal",
        reason: "SucceededDaemonPod",
        message: `Found succeeded ${where}, will try to delete it`,
      };
    default:
      return null;
  }
}

/** With surge a node may have an old pod beside a new one, until the old one is not ready or the new one is available. */
function surplus(view: DaemonView, running: readonly Stored[]): Stored[] {
  const newest = running.find((pod) => isUpdated(view, pod));
  const old = running.find((pod) => !isUpdated(view, pod));
  const gone = running.filter((pod) => pod !== newest && pod !== old);
  if (newest === undefined || old === undefined) return gone;
  const replaced = !isReady(old) || isPodAvailable(view, newest);
  return replaced ? [...gone, old] : gone;
}

interface Strategy {
  readonly onDelete: boolean;
  readonly maxUnavailable: number;
  readonly maxSurge: number;
}

function strategyOf({ set, nodes }: DaemonView): Strategy {
  const strategy = objectOf(specOf(set.object)["updateStrategy"]);
  const { maxUnavailable, maxSurge } = objectOf(strategy["rollingUpdate"]);
  const desired = [...nodes.values()].filter((node) => node.shouldRun).length;
  const onDelete = strategy["type"] === "OnDelete";
  const surge = onDelete ? 0 : scaled(maxSurge, desired, 0);
  const unavailable = scaled(maxUnavailable, desired, 1);
  const neither = surge === 0 && unavailable === 0;
  return {
    onDelete,
    maxSurge: surge,
    maxUnavailable: neither ? 1 : unavailable,
  };
}

/** A number, or a percentage of the nodes, rounded up. */
function scaled(
  value: JsonValue | undefined,
  of: number,
  otherwise: number,
): number {
  if (typeof value === "number") return value;
  if (typeof value !== "string") return otherwise;
  return Math.ceil((Number(value.replace("%", "")) * of) / 100);
}

/** The pod of the current template and the one of an old one; null when there are several of either. */
function podsOn(
  view: DaemonView,
  { pods }: DaemonNode,
): { readonly fresh: Stored | null; readonly old: Stored | null } | null {
  const staying = pods.filter((pod) => !isTerminating(pod));
  const fresh = staying.filter((pod) => isUpdated(view, pod));
  const old = staying.filter((pod) => !isUpdated(view, pod));
  if (fresh.length > 1 || old.length > 1) return null;
  return { fresh: fresh[0] ?? null, old: old[0] ?? null };
}

function rollingUpdate(view: DaemonView, strategy: Strategy): Plan {
  if (strategy.onDelete) return { create: [], remove: [] };
  return strategy.maxSurge === 0
    ? replaceInPlace(view, strategy)
    : replaceBeside(view, strategy);
}

function replaceInPlace(view: DaemonView, { maxUnavailable }: Strategy): Plan {
  let unavailable = 0;
  const free: Stored[] = [];
  const candidates: Stored[] = [];
  for (const node of view.nodes.values()) {
    if (!node.shouldRun && node.pods.length === 0) continue;
    const pods = podsOn(view, node);
    if (pods === null || (pods.old === null) === (pods.fresh === null))
      unavailable += 1;
    else if (pods.fresh !== null)
      unavailable += isPodAvailable(view, pods.fresh) ? 0 : 1;
    else if (!isPodAvailable(view, pods.old!)) free.push(pods.old!);
    else candidates.push(pods.old!);
  }
  const budget = Math.max(0, maxUnavailable - unavailable);
  return { create: [], remove: [...free, ...candidates.slice(0, budget)] };
}

function replaceBeside(view: DaemonView, { maxSurge }: Strategy): Plan {
  let surging = 0;
  const remove: Stored[] = [];
  const free: string[] = [];
  const candidates: string[] = [];
  for (const node of view.nodes.values()) {
    const pods = podsOn(view, node);
    if (pods === null) surging += 1;
    else if (pods.old === null) continue;
    else if (pods.fresh === null)
      (isPodAvailable(view, pods.old) ? candidates : free).push(node.name);
    else if (isPodAvailable(view, pods.fresh)) remove.push(pods.old);
    else surging += 1;
  }
  const budget = Math.max(0, maxSurge - surging);
  return { create: [...free, ...candidates.slice(0, budget)], remove };
}
