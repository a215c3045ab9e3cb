/**
 * How far a workload is, for the facts about it.
 * Source: kubernetes/kubectl v0.35 pkg/polymorphichelpers/rollout_status.go (when a rollout is complete).
 */
import type { JsonObject, JsonValue } from "../../kernel/json.ts";
import type { RolloutFact } from "../facts.ts";
import type { ApiObject } from "../ports.ts";
import type { StoreState } from "./store.ts";
import { isSet, objectOf, stringOf } from "./validation/reading.ts";

const REVISION = "deployment.kubernetes.io/revision";
const REVISION_HASH = "controller-revision-hash";

type Numbers = Omit<RolloutFact, "revision" | "complete" | "paused"> & {
  /** Whether nothing is left to do, once the status is of this generation. */
  readonly done: boolean;
};

/** Of a Deployment, ReplicaSet, StatefulSet or DaemonSet; null for other kinds. */
export function rolloutFact(
  object: ApiObject,
  state: StoreState,
): RolloutFact | null {
  const numbers = numbersOf(object);
  if (numbers === null) return null;
  const { done, ...counts } = numbers;
  const { generation } = object.metadata;
  const observed = intOf(statusOf(object)["observedGeneration"]);
  return {
    ...counts,
    revision: revisionOf(object, state),
    complete: observed >= generation && done,
    paused: specOf(object)["paused"] === true,
  };
}

function numbersOf(object: ApiObject): Numbers | null {
  switch (object.kind) {
    case "Deployment":
      return ofDeployment(specOf(object), statusOf(object));
    case "ReplicaSet":
      return ofReplicaSet(specOf(object), statusOf(object));
    case "StatefulSet":
      return ofStatefulSet(specOf(object), statusOf(object));
    case "DaemonSet":
      return ofDaemonSet(statusOf(object));
    default:
      return null;
  }
}

function ofDeployment(spec: JsonObject, status: JsonObject): Numbers {
  const wanted = intOf(spec["replicas"]);
  const total = intOf(status["replicas"]);
  const updated = intOf(status["updatedReplicas"]);
  const available = intOf(status["availableReplicas"]);
  const ready = intOf(status["readyReplicas"]);
  const done = updated >= wanted && total <= updated && available >= updated;
  return { wanted, updated, ready, available, total, done };
}

/** kubectl has no `rollout status` of a ReplicaSet: it is complete when it has as many pods as it wants, all available. */
function ofReplicaSet(spec: JsonObject, status: JsonObject): Numbers {
  const wanted = intOf(spec["replicas"]);
  const total = intOf(status["replicas"]);
  const available = intOf(status["availableReplicas"]);
  const ready = intOf(status["readyReplicas"]);
  const done = total === wanted && available >= wanted;
  return { wanted, updated: total, ready, available, total, done };
}

function ofStatefulSet(spec: JsonObject, status: JsonObject): Numbers {
  const wanted = intOf(spec["replicas"]);
  const total = intOf(status["replicas"]);
  const updated = intOf(status["updatedReplicas"]);
  const available = intOf(status["availableReplicas"]);
  const ready = intOf(status["readyReplicas"]);
  const { partition } = objectOf(
    objectOf(spec["updateStrategy"])["rollingUpdate"],
  );
  const rolled = isSet(partition)
    ? updated >= wanted - intOf(partition)
    : status["updateRevision"] === status["currentRevision"];
  const done = ready >= wanted && rolled;
  return { wanted, updated, ready, available, total, done };
}

function ofDaemonSet(status: JsonObject): Numbers {
  const wanted = intOf(status["desiredNumberScheduled"]);
  const total = intOf(status["currentNumberScheduled"]);
  const updated = intOf(status["updatedNumberScheduled"]);
  const available = intOf(status["numberAvailable"]);
  const ready = intOf(status["numberReady"]);
  const done = updated >= wanted && available >= wanted;
  return { wanted, updated, ready, available, total, done };
}

function revisionOf(object: ApiObject, state: StoreState): string {
  const { name, annotations = {} } = object.metadata;
  if (object.kind === "Deployment" || object.kind === "ReplicaSet")
    return annotations[REVISION] ?? "";
  if (object.kind === "DaemonSet") return newestRevision(object, state);
  const revision = stringOf(statusOf(object)["updateRevision"]);
  return revision.startsWith(`${name}-`)
    ? revision.slice(name.length + 1)
    : revision;
}

/** The status of a DaemonSet does not name it. */
function newestRevision({ metadata }: ApiObject, state: StoreState): string {
  let newest: ApiObject | null = null;
  for (const { object } of state.objects.get("ControllerRevision")?.values() ??
    []) {
    const { ownerReferences = [] } = object.metadata;
    if (!ownerReferences.some(({ uid }) => uid === metadata.uid)) continue;
    if (newest === null || numberOf(object) > numberOf(newest)) newest = object;
  }
  return newest?.metadata.labels?.[REVISION_HASH] ?? "";
}

const numberOf = (revision: ApiObject): number =>
  intOf(revision["revision"] as JsonValue | undefined);

const specOf = (object: ApiObject): JsonObject =>
  objectOf(object["spec"] as JsonValue | undefined);

const statusOf = (object: ApiObject): JsonObject =>
  objectOf(object["status"] as JsonValue | undefined);

const intOf = (value: JsonValue | undefined): number =>
  typeof value === "number" ? value : 0;
