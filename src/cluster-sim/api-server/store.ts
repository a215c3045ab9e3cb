/**
 * What etcd and the registry hold: objects by kind and key, one resourceVersion for all.
 * Source: kubernetes/apiserver v0.32 pkg/storage/etcd3/store.go (keys, order of lists), api_object_versioner.go.
 *
 * Functions over plain state. Objects are immutable: a write puts a new one in the place of the old.
 */
import { byCodeUnit } from "../../kernel/json.ts";
import type { ApiObject, Stored } from "../ports.ts";
import type { LabelRequirement } from "./label-selector.ts";
import type { FieldRequirement } from "./selectors.ts";
import { matchesFields, matchesLabels } from "./selectors.ts";

export interface StoreState {
  /** By kind, then by `namespace/name` (`/name` for cluster-scoped kinds). */
  readonly objects: Map<string, Map<string, Stored>>;
  /** Of the latest write; 0 before the first. */
  resourceVersion: number;
  /** How many times an object of this `kind/namespace/name` was created: the index of its uid's draw. */
  readonly created: Map<string, number>;
  /** How many contents each literal (`namespace/secret/name/key`, `namespace/configmap/name/key`) has had: the ordinal of the latest. */
  readonly literals: Map<string, number>;
}

export function newStoreState(): StoreState {
  return {
    objects: new Map(),
    resourceVersion: 0,
    created: new Map(),
    literals: new Map(),
  };
}

export function storeKey(namespace: string | undefined, name: string): string {
  return `${namespace ?? ""}/${name}`;
}

export function getStored(
  state: StoreState,
  kind: string,
  key: string,
): Stored | null {
  return state.objects.get(kind)?.get(key) ?? null;
}

/** Which objects of a kind a list or watch is about; selectors are parsed. */
export interface Filter {
  readonly namespace: string | null;
  readonly labels: readonly LabelRequirement[];
  readonly fields: readonly FieldRequirement[];
}

export function passes(filter: Filter, object: ApiObject): boolean {
  const { namespace, labels } = object.metadata;
  if (filter.namespace !== null && filter.namespace !== namespace) return false;
  return (
    matchesLabels(filter.labels, labels) && matchesFields(filter.fields, object)
  );
}

/** In etcd's order: by `namespace/name`. */
export function listStored(
  state: StoreState,
  kind: string,
  filter: Filter,
): Stored[] {
  const items = state.objects.get(kind);
  if (items === undefined) return [];
  const only = singleKey(filter);
  if (only !== null) {
    const stored = items.get(only);
    return stored !== undefined && passes(filter, stored.object)
      ? [stored]
      : [];
  }
  return [...items.keys()]
    .sort(byCodeUnit)
    .map((key) => items.get(key)!)
    .filter((stored) => passes(filter, stored.object));
}

/** The key of the one object that a filter can select, or null when it may select more. */
export function singleKey(filter: Filter): string | null {
  if (filter.namespace === null) return null;
  const name = filter.fields.find(
    ({ field, negated }) => field === "metadata.name" && !negated,
  );
  return name === undefined ? null : storeKey(filter.namespace, name.value);
}

export function putStored(state: StoreState, stored: Stored): void {
  const { kind, metadata } = stored.object;
  let items = state.objects.get(kind);
  if (items === undefined) {
    items = new Map();
    state.objects.set(kind, items);
  }
  items.set(storeKey(metadata.namespace, metadata.name), stored);
}

export function dropStored(state: StoreState, object: ApiObject): void {
  const { namespace, name } = object.metadata;
  state.objects.get(object.kind)?.delete(storeKey(namespace, name));
}

/** The same object with another resourceVersion. */
export function withVersion(object: ApiObject, version: number): ApiObject {
  const metadata = { ...object.metadata, resourceVersion: String(version) };
  return { ...object, metadata };
}
