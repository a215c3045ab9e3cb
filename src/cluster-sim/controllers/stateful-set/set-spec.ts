/**
 * What a StatefulSet asks for, and the pods that it makes: each with a name of its own.
 * Source: kubernetes/kubernetes v1.35 pkg/controller/statefulset/stateful_set_utils.go (newStatefulSetPod, newVersionedStatefulSetPod)
 */
import type { JsonObject } from "../../../kernel/json.ts";
import {
  isSet,
  objectOf,
  stringOf,
} from "../../api-server/validation/reading.ts";
import { REVISION_HISTORY_LIMIT } from "../../defaults.ts";
import type { Stored } from "../../ports.ts";
import { itemKey } from "../../client/index.ts";
import type { PassContext, PassRequest } from "../controller.ts";
import type { Revision } from "../controller-revision.ts";
import { podOf, workloadOf } from "../pod-control.ts";
import { REVISION_LABEL, intOf, specOf, statusOf } from "../pod-state.ts";

const POD_NAME_LABEL = "statefulset.kubernetes.io/pod-name";
const POD_INDEX_LABEL = "apps.kubernetes.io/pod-index";
/** Source: kubernetes v1.35 pkg/features/kube_features.go, PodIndexLabel. */
const POD_INDEX_MINOR = 28;

export interface SetSpec {
  readonly replicas: number;
  /** The first ordinal. */
  readonly start: number;
  readonly minReadySeconds: number;
  readonly historyLimit: number;
  /** Pods are made and unmade without waiting for each other: podManagementPolicy Parallel. */
  readonly parallel: boolean;
  /** Whether pods of another revision are replaced: RollingUpdate, not OnDelete. */
  readonly rolls: boolean;
  /** So many of the lowest ordinals stay on the current revision; null where the strategy says nothing of it. */
  readonly partition: number | null;
}

export function setSpecOf({ object }: Stored): SetSpec {
  const spec = specOf(object);
  const strategy = objectOf(spec["updateStrategy"]);
  const { partition } = objectOf(strategy["rollingUpdate"]);
  const says = isSet(strategy["rollingUpdate"]);
  return {
    replicas: intOf(spec["replicas"], 1),
    start: intOf(objectOf(spec["ordinals"])["start"], 0),
    minReadySeconds: intOf(spec["minReadySeconds"], 0),
    historyLimit: intOf(spec["revisionHistoryLimit"], REVISION_HISTORY_LIMIT),
    parallel: spec["podManagementPolicy"] === "Parallel",
    rolls: strategy["type"] !== "OnDelete",
    partition: says ? intOf(partition, 0) : null,
  };
}

/** The ordinal in `<set>-<ordinal>`; null for any other name. */
export function ordinalOf(set: Stored, pod: Stored): number | null {
  const prefix = `${set.object.metadata.name}-`;
  const { name } = pod.object.metadata;
  const digits = name.slice(prefix.length);
  return name.startsWith(prefix) && /^\d+$/.test(digits)
    ? Number(digits)
    : null;
}

/** Which template a pod of this ordinal is made from when there is none: one below the partition keeps the current one. */
export function revisionFor(
  set: Stored,
  { rolls, partition, start }: SetSpec,
  ordinal: number,
  revisions: { readonly current: Revision; readonly update: Revision },
): Revision {
  const { currentReplicas } = statusOf(set.object);
  const keeping = partition ?? (rolls ? intOf(currentReplicas, 0) : 0);
  return ordinal < start + keeping ? revisions.current : revisions.update;
}

/** The request for the pod of an ordinal, with its Events about the set; a name that is taken has none. */
export function createSetPod(
  set: Stored,
  ordinal: number,
  { name: revision, template }: Revision,
  { caches, minor }: Pick<PassContext, "caches" | "minor">,
): PassRequest {
  const { name: owner, namespace } = set.object.metadata;
  const name = `${owner}-${ordinal}`;
  const index = { [POD_INDEX_LABEL]: String(ordinal) };
  const object = podOf(set, template, {
    metadata: { name },
    labels: {
      [REVISION_LABEL]: revision,
      [POD_NAME_LABEL]: name,
      ...(minor >= POD_INDEX_MINOR ? index : {}),
    },
    spec: { hostname: name, ...subdomain(set) },
  });
  const lineage = { workload: workloadOf(set), ordinal };
  const request = { verb: "create", object, lineage } as const;
  // Another's pod of this name: tried again until it is gone.
  if (caches.get("Pod", itemKey(namespace, name)) !== null) return { request };
  return {
    request,
    ...told("create", "Create", name, owner),
    forgiven: ["AlreadyExists"],
  };
}

function subdomain({ object }: Stored): JsonObject {
  const service = stringOf(specOf(object)["serviceName"]);
  return service === "" ? {} : { subdomain: service };
}

export function deleteSetPod(set: Stored, pod: Stored): PassRequest {
  const { namespace = "", name } = pod.object.metadata;
  return {
    request: { verb: "delete", kind: "Pod", namespace, name },
    ...told("delete", "Delete", name, set.object.metadata.name),
  };
}

function told(
  verb: string,
  reason: string,
  pod: string,
  set: string,
): Pick<PassRequest, "succeeded" | "failed"> {
  return {
    succeeded: {
      type: "Normal",
      reason: `Successful${reason}`,
      message: `${verb} Pod ${pod} in StatefulSet ${set} successful`,
    },
    failed: {
      type: "Warning",
      reason: `Failed${reason}`,
      message: `${verb} Pod ${pod} in StatefulSet ${set} failed error: \${error}`,
    },
  };
}

/** The revision that the status says all pods had before the update; the newest when it says none that is still there. */
export function currentOf(
  { object }: Stored,
  revisions: readonly Revision[],
  update: Revision,
): Revision {
  const name = stringOf(statusOf(object)["currentRevision"]);
  if (name === update.name) return update;
  return revisions.find((revision) => revision.name === name) ?? update;
}
