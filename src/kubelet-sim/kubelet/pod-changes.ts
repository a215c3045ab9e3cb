/**
 * Which changes of a Pod object make its kubelet sync it at once.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/config/config.go (checkAndUpdatePod), pkg/kubelet/status/status_manager.go
 *         (NeedToReconcilePodReadiness); kubelet.md 1.4
 */
import type { ApiObject, Stored } from "../../cluster-sim/ports.ts";
import { specOf } from "../pod-spec.ts";
import type { PodCondition } from "./pod-conditions.ts";

/** Annotations that the kubelet itself would write. Source: pkg/kubelet/types/constants.go */
const LOCAL_ANNOTATIONS: ReadonlySet<string> = new Set([
  "kubernetes.io/config.source",
  "kubernetes.io/config.mirror",
  "kubernetes.io/config.seen",
]);

/** What the kubelet compares of two versions of a pod: spec, labels and annotations; of its status readiness gates alone. */
export function needsSync(before: Stored, after: Stored): boolean {
  const a = before.object;
  const b = after.object;
  return (
    a.metadata.generation !== b.metadata.generation ||
    comparedMetadata(a) !== comparedMetadata(b) ||
    gates(a) !== gates(b)
  );
}

function comparedMetadata({ metadata }: ApiObject): string {
  const { labels = {}, annotations = {} } = metadata;
  const compared = Object.entries(annotations).filter(
    ([name]) => !LOCAL_ANNOTATIONS.has(name),
  );
  return JSON.stringify([labels, compared]);
}

function gates(pod: ApiObject): string {
  const { readinessGates = [] } = specOf(pod);
  if (readinessGates.length === 0) return "";
  const { conditions = [] } = (pod["status"] ?? {}) as {
    readonly conditions?: readonly PodCondition[];
  };
  const values = readinessGates.map(
    ({ conditionType }) =>
      conditions.find(({ type }) => type === conditionType)?.status,
  );
  return JSON.stringify(values);
}
