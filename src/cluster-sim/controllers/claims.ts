/**
 * What belongs to a controller's object: it takes in matching objects without a controller and lets go of its own that no
 * longer match.
 * Source: kubernetes/kubernetes v1.35 pkg/controller/controller_ref_manager.go; apimachinery v0.35
 * pkg/apis/meta/v1/helpers.go (LabelSelectorAsSelector)
 *
 * Simplification: A pass that adopts or releases objects does nothing else; the watch brings the next one. Before it adopts, upstream asks the API server for its own object once more.
 */
import type { JsonObject } from "../../kernel/json.ts";
import type { LabelRequirement } from "../api-server/label-selector.ts";
import { matchesLabels } from "../api-server/selectors.ts";
import {
  listOf,
  objectOf,
  stringOf,
  stringsOf,
} from "../api-server/validation/reading.ts";
import { keyOf } from "../client/index.ts";
import type { Stored } from "../ports.ts";
import type { Caches, PassRequest } from "./controller.ts";
import { ownerReference } from "./pod-control.ts";
import { isTerminating, specOf } from "./pod-state.ts";
import { controllerOf } from "./manager/shared-caches.ts";

const OPERATORS: Readonly<Record<string, LabelRequirement["operator"]>> = {
  In: "in",
  NotIn: "notin",
  Exists: "exists",
  DoesNotExist: "!",
};

/** Stored selectors never change, and passes ask for them again and again: a pure cache. */
const read = new WeakMap<JsonObject, readonly LabelRequirement[]>();

/** Whether a LabelSelector selects these labels. An empty one selects everything. */
export function isSelected(
  selector: JsonObject,
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  let requirements = read.get(selector);
  if (requirements === undefined) {
    requirements = requirementsOf(selector);
    read.set(selector, requirements);
  }
  return matchesLabels(requirements, labels);
}

function requirementsOf(selector: JsonObject): LabelRequirement[] {
  const exact = Object.entries(objectOf(selector["matchLabels"]));
  return [
    ...exact.map(([key, value]) => ({
      key,
      operator: "=" as const,
      values: [stringOf(value)],
    })),
    ...listOf(selector["matchExpressions"]).map((expression) => ({
      key: stringOf(expression["key"]),
      operator: OPERATORS[stringOf(expression["operator"])] ?? "exists",
      values: stringsOf(expression["values"]),
    })),
  ];
}

/** Keys of the objects of a kind whose selector an ownerless object matches. */
export function selectorsOf(
  kind: string,
  { object }: Stored,
  caches: Caches,
): readonly string[] {
  const { namespace = "", labels } = object.metadata;
  return caches
    .list(kind, namespace)
    .filter((owner) =>
      isSelected(objectOf(specOf(owner.object)["selector"]), labels),
    )
    .map(keyOf);
}

/** What of the candidates (its own and ownerless ones) is the owner's, and the requests that make it so. */
export function claim(
  owner: Stored,
  of: {
    readonly candidates: readonly Stored[];
    readonly selector: JsonObject;
  },
): { readonly owned: readonly Stored[]; readonly requests: PassRequest[] } {
  const { uid, namespace } = owner.object.metadata;
  const owned: Stored[] = [];
  const requests: PassRequest[] = [];
  const mayChange = !isTerminating(owner);
  for (const candidate of of.candidates) {
    const { metadata } = candidate.object;
    if (metadata.namespace !== namespace) continue;
    const isMine = controllerOf(candidate)?.uid === uid;
    const matches = isSelected(of.selector, metadata.labels);
    if (isMine && (matches || !mayChange)) {
      if (matches) owned.push(candidate);
    } else if (isMine) requests.push(release(candidate, uid));
    else if (matches && mayChange && !isTerminating(candidate))
      requests.push(adopt(candidate, owner));
  }
  return { owned, requests };
}

function adopt(candidate: Stored, owner: Stored): PassRequest {
  const { ownerReferences = [] } = candidate.object.metadata;
  return patchOwners(candidate, [
    ...ownerReferences,
    ownerReference(owner.object),
  ]);
}

function release(candidate: Stored, uid: string): PassRequest {
  const { ownerReferences = [] } = candidate.object.metadata;
  return patchOwners(
    candidate,
    ownerReferences.filter((reference) => reference.uid !== uid),
  );
}

function patchOwners(
  { object }: Stored,
  owners: readonly object[],
): PassRequest {
  const { kind, metadata } = object;
  const { namespace = "", name, uid } = metadata;
  const ownerReferences = owners as readonly JsonObject[];
  const patch = { metadata: { uid, ownerReferences } };
  return {
    request: { verb: "patch", kind, namespace, name, patch },
    forgiven: ["NotFound"],
  };
}
