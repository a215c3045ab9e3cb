/**
 * The pods of a DaemonSet: on which nodes they should run, and what they are made of.
 * Source: kubernetes/kubernetes v1.35 pkg/controller/daemon/{daemon_controller.go,util/daemonset_util.go} (NodeShouldRunDaemonPod,
 * CreatePodTemplate, AddOrUpdateDaemonPodTolerations)
 *
 * Simplification: A DaemonSet looks at no taints of nodes: its pods run wherever nodeSelector and required node affinity let them.
 */
import type { JsonObject } from "../../../kernel/json.ts";
import { byCodeUnit } from "../../../kernel/json.ts";
import {
  listOf,
  objectOf,
  stringOf,
} from "../../api-server/validation/reading.ts";
import type { Stored } from "../../ports.ts";
import type { PassContext, PassRequest } from "../controller.ts";
import type { Revision } from "../controller-revision.ts";
import { fitsNode, onlyOn, targetNode } from "../node-affinity.ts";
import { createPod, podOf, workloadOf } from "../pod-control.ts";
import {
  REVISION_LABEL,
  intOf,
  isAvailable,
  isFinished,
  isTerminating,
  labelOf,
  nodeOf,
  specOf,
} from "../pod-state.ts";

const GENERATION_ANNOTATION = "deprecated.daemonset.template.generation";
const GENERATION_LABEL = "pod-template-generation";

/** Taints of nodes that pods of DaemonSets put up with. */
const TOLERATED = [
  { key: "node.kubernetes.io/not-ready", effect: "NoExecute" },
  { key: "node.kubernetes.io/unreachable", effect: "NoExecute" },
  { key: "node.kubernetes.io/disk-pressure", effect: "NoSchedule" },
  { key: "node.kubernetes.io/memory-pressure", effect: "NoSchedule" },
  { key: "node.kubernetes.io/pid-pressure", effect: "NoSchedule" },
  { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" },
].map((taint) => ({ ...taint, operator: "Exists" }));
const ON_HOST_NETWORK = {
  key: "node.kubernetes.io/network-unavailable",
  effect: "NoSchedule",
  operator: "Exists",
};

export interface DaemonView {
  readonly set: Stored;
  readonly template: JsonObject;
  readonly minReadySeconds: number;
  readonly update: Revision;
  readonly context: PassContext;
  /** Pods by the node that they are on or meant for; each node that should have one is there. */
  readonly nodes: ReadonlyMap<string, DaemonNode>;
}

export interface DaemonNode {
  readonly name: string;
  readonly shouldRun: boolean;
  /** Those on their way out too, but for finished ones. The oldest scheduled one first. */
  readonly pods: readonly Stored[];
}

export function viewOf(
  set: Stored,
  owned: readonly Stored[],
  update: Revision,
  context: PassContext,
): DaemonView {
  const spec = specOf(set.object);
  const template = objectOf(spec["template"]);
  const byNode = new Map<string, Stored[]>(
    context.nodes.map((name) => [name, []]),
  );
  for (const pod of owned) {
    if (isTerminating(pod) && isFinished(pod)) continue;
    const node = nodeOf(pod) || targetNode(specOf(pod.object));
    if (node !== null) byNode.get(node)?.push(pod);
  }
  const nodes = [...byNode].map(([name, pods]): [string, DaemonNode] => [
    name,
    {
      name,
      shouldRun: shouldRun(template, name, context),
      pods: pods.sort(byAge),
    },
  ]);
  return {
    set,
    template,
    update,
    context,
    minReadySeconds: intOf(spec["minReadySeconds"], 0),
    nodes: new Map(nodes),
  };
}

function shouldRun(
  template: JsonObject,
  name: string,
  { caches }: PassContext,
): boolean {
  const spec = objectOf(template["spec"]);
  const wanted = stringOf(spec["nodeName"]);
  if (wanted !== "" && wanted !== name) return false;
  const labels = caches.get("Node", `/${name}`)?.object.metadata.labels ?? {};
  return fitsNode(spec, { name, labels });
}

/** Pods that have a node first, then the oldest. */
function byAge(a: Stored, b: Stored): number {
  const [scheduledA, scheduledB] = [nodeOf(a) !== "", nodeOf(b) !== ""];
  if (scheduledA !== scheduledB) return scheduledA ? -1 : 1;
  const { creationTimestamp: bornA, name: nameA } = a.object.metadata;
  const { creationTimestamp: bornB, name: nameB } = b.object.metadata;
  return byCodeUnit(bornA, bornB) || byCodeUnit(nameA, nameB);
}

export function isUpdated({ set, update }: DaemonView, pod: Stored): boolean {
  const generation = set.object.metadata.annotations?.[GENERATION_ANNOTATION];
  return (
    labelOf(pod, REVISION_LABEL) === update.hash ||
    (generation !== undefined && labelOf(pod, GENERATION_LABEL) === generation)
  );
}

export function isPodAvailable(
  { minReadySeconds, context }: DaemonView,
  pod: Stored,
): boolean {
  return isAvailable(pod, minReadySeconds, context.now);
}

/** The request for a pod on a node. */
export function createOn(view: DaemonView, node: string): PassRequest {
  const { set, template, update, context } = view;
  const { name, annotations } = set.object.metadata;
  const generation = annotations?.[GENERATION_ANNOTATION];
  const spec = objectOf(template["spec"]);
  const object = podOf(set, template, {
    metadata: { generateName: `${name}-` },
    labels: {
      [REVISION_LABEL]: update.hash,
      ...(generation === undefined ? {} : { [GENERATION_LABEL]: generation }),
    },
    spec: {
      affinity: onlyOn(objectOf(spec["affinity"]), node),
      tolerations: tolerations(spec),
    },
  });
  const workload = workloadOf(set);
  return createPod(object, {
    workload,
    ordinal: context.nextOrdinal(workload),
  });
}

function tolerations(spec: JsonObject): readonly JsonObject[] {
  const own = listOf(spec["tolerations"]);
  const added: readonly JsonObject[] =
    spec["hostNetwork"] === true ? [...TOLERATED, ON_HOST_NETWORK] : TOLERATED;
  return [
    ...own,
    ...added.filter(
      ({ key, effect, operator }) =>
        !own.some(
          (one) =>
            one["key"] === key &&
            one["effect"] === effect &&
            one["operator"] === operator,
        ),
    ),
  ];
}
