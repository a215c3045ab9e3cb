/**
 * Which of a Deployment's ReplicaSets is the new one, and in which orders they are taken.
 * Source: kubernetes/kubernetes v1.35 pkg/controller/deployment/util/{deployment_util,replicaset_util}.go,
 * pkg/controller/controller_utils.go (ReplicaSetsBySizeOlder …)
 */
import type { JsonObject } from "../../../kernel/json.ts";
import { byCodeUnit, jsonEqual } from "../../../kernel/json.ts";
import { objectOf } from "../../api-server/validation/reading.ts";
import type { DeploymentView, ReplicaSetView } from "./deployment-view.ts";
import { REVISION, TEMPLATE_HASH, activeOnes } from "./deployment-view.ts";

/** Equal but for the label `pod-template-hash`. */
function isSameTemplate(a: JsonObject, b: JsonObject): boolean {
  return jsonEqual(withoutHash(a), withoutHash(b));
}

function withoutHash(template: JsonObject): JsonObject {
  const metadata = objectOf(template["metadata"]);
  const { [TEMPLATE_HASH]: _, ...labels } = objectOf(metadata["labels"]);
  return { ...template, metadata: { ...metadata, labels } };
}

/** The oldest of those with the Deployment's template. */
export function findNew(
  { template }: DeploymentView,
  replicaSets: readonly ReplicaSetView[],
): ReplicaSetView | null {
  return (
    byCreation(replicaSets).find((replicaSet) =>
      isSameTemplate(replicaSet.template, template),
    ) ?? null
  );
}

/** Of a ReplicaSet; 0 where it has none or it cannot be read. */
export function revisionOf({ annotations }: ReplicaSetView): number {
  const text = annotations[REVISION] ?? "";
  return /^-?\d+$/.test(text) ? Number(text) : 0;
}

export function maxRevision(replicaSets: readonly ReplicaSetView[]): number {
  return Math.max(0, ...replicaSets.map(revisionOf));
}

/** The oldest first, of one second by name. */
export function byCreation(
  replicaSets: readonly ReplicaSetView[],
): ReplicaSetView[] {
  return replicaSets.toSorted(olderFirst);
}

/** The lowest revision first. */
export function byRevision(
  replicaSets: readonly ReplicaSetView[],
): ReplicaSetView[] {
  return replicaSets.toSorted(
    (a, b) => revisionOf(a) - revisionOf(b) || olderFirst(a, b),
  );
}

/** The largest first; of one size the newer ones first, or the older ones. */
export function bySize(
  replicaSets: readonly ReplicaSetView[],
  tie: "newer" | "older",
): ReplicaSetView[] {
  const sign = tie === "older" ? 1 : -1;
  return replicaSets.toSorted(
    (a, b) => b.size - a.size || sign * olderFirst(a, b),
  );
}

function olderFirst(a: ReplicaSetView, b: ReplicaSetView): number {
  return byCodeUnit(a.created, b.created) || byCodeUnit(a.name, b.name);
}

/** The only active one; when none is, the new one, or else the latest. Null when several are active. */
export function activeOrLatest(
  newOne: ReplicaSetView | null,
  old: readonly ReplicaSetView[],
): ReplicaSetView | null {
  const all = newOne === null ? old : [...old, newOne];
  const active = activeOnes(all);
  if (active.length > 1) return null;
  return active[0] ?? newOne ?? byCreation(old).at(-1) ?? null;
}
