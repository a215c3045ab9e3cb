/**
 * The part of a pod's required node affinity that says which nodes it may run on.
 * Source: kubernetes/kubernetes v1.35 staging/src/k8s.io/component-helpers/scheduling/corev1/nodeaffinity/nodeaffinity.go,
 * pkg/controller/daemon/util/daemonset_util.go (ReplaceDaemonSetPodNodeNameNodeAffinity)
 */
import type { JsonObject } from "../../kernel/json.ts";
import {
  listOf,
  objectOf,
  stringOf,
  stringsOf,
} from "../api-server/validation/reading.ts";

const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const NAME_FIELD = "metadata.name";
const INTEGER = /^[+-]?\d+$/;

export interface NodeLabels {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Whether nodeSelector and required node affinity of a pod spec let it run on a node. */
export function fitsNode(spec: JsonObject, node: NodeLabels): boolean {
  const selected = Object.entries(objectOf(spec["nodeSelector"])).every(
    ([key, value]) => node.labels[key] === value,
  );
  if (!selected) return false;
  const terms = requiredTerms(spec);
  return terms === null || terms.some((term) => termHolds(term, node));
}

/** Null: nothing is required. */
function requiredTerms(spec: JsonObject): readonly JsonObject[] | null {
  const affinity = objectOf(objectOf(spec["affinity"])["nodeAffinity"]);
  if (affinity[REQUIRED] === undefined) return null;
  return listOf(objectOf(affinity[REQUIRED])["nodeSelectorTerms"]);
}

/** A term without any requirement fits no node. */
function termHolds(term: JsonObject, { name, labels }: NodeLabels): boolean {
  const expressions = listOf(term["matchExpressions"]);
  const fields = listOf(term["matchFields"]);
  if (expressions.length + fields.length === 0) return false;
  return (
    expressions.every((one) => holds(one, labels[stringOf(one["key"])])) &&
    fields.every((one) => one["key"] === NAME_FIELD && holds(one, name))
  );
}

function holds(requirement: JsonObject, value: string | undefined): boolean {
  const values = stringsOf(requirement["values"]);
  switch (requirement["operator"]) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
    case "Lt": {
      const [bound = ""] = values;
      if (value === undefined || !INTEGER.test(value) || !INTEGER.test(bound))
        return false;
      const [a, b] = [BigInt(value), BigInt(bound)];
      return requirement["operator"] === "Gt" ? a > b : a < b;
    }
    default:
      return false;
  }
}

/** The one node that a pod is meant for, as a DaemonSet says it; null when it is meant for none in particular. */
export function targetNode(spec: JsonObject): string | null {
  for (const term of requiredTerms(spec) ?? [])
    for (const { key, operator, values } of listOf(term["matchFields"])) {
      const [node, ...others] = stringsOf(values);
      if (key === NAME_FIELD && operator === "In" && others.length === 0)
        return node ?? null;
    }
  return null;
}

/** The affinity of a pod that is to run on one node: whatever the template required of nodes is replaced. */
export function onlyOn(affinity: JsonObject, node: string): JsonObject {
  const field = { key: NAME_FIELD, operator: "In", values: [node] };
  const required = { nodeSelectorTerms: [{ matchFields: [field] }] };
  const nodeAffinity = {
    ...objectOf(affinity["nodeAffinity"]),
    [REQUIRED]: required,
  };
  return { ...affinity, nodeAffinity };
}
