/**
 * A client's cache of what it watches: client-go's reflector and store in one.
 * Source: kubernetes/client-go v0.32 tools/cache/{reflector,store,shared_informer}.go.
 *
 * The state is plain data that the owner keeps in its own; `applyWatch` is the only writer. Two Informers with
 * different tags tell their events apart by `event.tag`.
 */
import type { Stored, WatchEvent, WatchType } from "../ports.ts";

export interface Informer {
  /** By `namespace/name` (`/name` for cluster-scoped kinds), in order of arrival. */
  readonly items: Map<string, Stored>;
  /** Whether the initial list has arrived whole (`HasSynced`). */
  synced: boolean;
}

export function newInformer(): Informer {
  return { items: new Map(), synced: false };
}

/** The key of an object in `Informer.items`. */
export function itemKey(namespace: string | undefined, name: string): string {
  return `${namespace ?? ""}/${name}`;
}

export function keyOf(stored: Stored): string {
  const { namespace, name } = stored.object.metadata;
  return itemKey(namespace, name);
}

/** What a watch event did to the cache. */
export interface InformerChange {
  /** As handlers see it: ADDED only if the object was not in the cache, DELETED only if it was; else MODIFIED. */
  readonly type: WatchType;
  /** What the cache held before; null for ADDED and SYNCED. */
  readonly before: Stored | null;
  /** What the cache holds now; null for DELETED and SYNCED. */
  readonly after: Stored | null;
}

/** Brings the cache up to date and says what changed. Null: a DELETED of something that the cache never held. */
export function applyWatch(
  state: Informer,
  event: WatchEvent,
): InformerChange | null {
  const { change, stored } = event;
  if (change === "SYNCED" || stored === null) {
    state.synced = true;
    return { type: "SYNCED", before: null, after: null };
  }
  const key = keyOf(stored);
  const before = state.items.get(key) ?? null;
  if (change === "DELETED") {
    if (before === null) return null;
    state.items.delete(key);
    return { type: "DELETED", before, after: null };
  }
  state.items.set(key, stored);
  return {
    type: before === null ? "ADDED" : "MODIFIED",
    before,
    after: stored,
  };
}
