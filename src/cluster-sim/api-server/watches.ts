/**
 * Who watches what, and what a change means to each.
 * Source: kubernetes/apiserver v0.32 pkg/storage/cacher/cache_watcher.go (an object that starts or stops matching a
 * selector is ADDED or DELETED), reference sheet kubernetes-api.md, Watch semantics.
 *
 * Simplification: A watch never expires and never misses a change; there are no bookmarks and no "too old resource version".
 */
import type { ReplyTo } from "../../kernel/port.ts";
import type { EpochMs } from "../../kernel/time.ts";
import type { Stored, WatchType } from "../ports.ts";
import type { Filter } from "./store.ts";
import { passes, singleKey, storeKey } from "./store.ts";

export interface Watch {
  readonly id: number;
  readonly kind: string;
  readonly filter: Filter;
  readonly to: ReplyTo;
  /** No later delivery may come before this: a latency that shrinks must not let a change overtake. */
  lastDueAt: EpochMs;
}

/** The watches of one kind, those of one object apart so that a write need not ask them all. */
interface KindWatches {
  readonly wide: Map<number, Watch>;
  readonly single: Map<string, Map<number, Watch>>;
}

export interface WatchState {
  nextId: number;
  readonly byKind: Map<string, KindWatches>;
  readonly kindOf: Map<number, string>;
}

export function newWatchState(): WatchState {
  return { nextId: 1, byKind: new Map(), kindOf: new Map() };
}

export function addWatch(
  state: WatchState,
  watch: Omit<Watch, "id" | "lastDueAt">,
): Watch {
  const added: Watch = { ...watch, id: state.nextId++, lastDueAt: 0 };
  let watches = state.byKind.get(watch.kind);
  if (watches === undefined) {
    watches = { wide: new Map(), single: new Map() };
    state.byKind.set(watch.kind, watches);
  }
  state.kindOf.set(added.id, watch.kind);
  const key = singleKey(watch.filter);
  if (key === null) {
    watches.wide.set(added.id, added);
    return added;
  }
  const group = watches.single.get(key) ?? new Map<number, Watch>();
  watches.single.set(key, group);
  group.set(added.id, added);
  return added;
}

/** Forgets a watch; an id that is not there is nothing. */
export function removeWatch(state: WatchState, id: number): void {
  const kind = state.kindOf.get(id);
  if (kind === undefined) return;
  state.kindOf.delete(id);
  const { wide, single } = state.byKind.get(kind)!;
  if (wide.delete(id)) return;
  for (const [key, group] of single) {
    if (!group.delete(id)) continue;
    if (group.size === 0) single.delete(key);
    return;
  }
}

export interface Delivery {
  readonly watch: Watch;
  readonly change: WatchType;
  readonly stored: Stored;
}

/**
 * What each watch of the kind sees of a write, in the order in which the watches began (wide ones first). `after` is
 * null for a deletion. `last` makes what a DELETED carries: the old form with the new resourceVersion.
 */
export function deliveries(
  state: WatchState,
  write: {
    readonly before: Stored | null;
    readonly after: Stored | null;
    readonly last: () => Stored;
  },
): Delivery[] {
  const { kind, metadata } = (write.after ?? write.before!).object;
  const watches = state.byKind.get(kind);
  if (watches === undefined) return [];
  const found: Delivery[] = [];
  let last: Stored | null = null;
  const judge = (watch: Watch): void => {
    const change = seenAs(watch.filter, write.before, write.after);
    if (change === null) return;
    const stored =
      change === "DELETED" ? (last ??= write.last()) : write.after!;
    found.push({ watch, change, stored });
  };
  watches.wide.forEach(judge);
  const key = storeKey(metadata.namespace, metadata.name);
  watches.single.get(key)?.forEach(judge);
  return found;
}

function seenAs(
  filter: Filter,
  before: Stored | null,
  after: Stored | null,
): WatchType | null {
  const was = before !== null && passes(filter, before.object);
  const is = after !== null && passes(filter, after.object);
  if (was) return is ? "MODIFIED" : "DELETED";
  return is ? "ADDED" : null;
}
