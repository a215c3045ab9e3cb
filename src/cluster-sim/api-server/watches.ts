/**
 * Who watches what, and what a change means to each.
 * Source: kubernetes/apiserver v0.32 pkg/storage/cacher/cache_watcher.go (an object that starts or stops matching a
 * selector is ADDED or DELETED), reference sheet kubernetes-api.md, Watch semantics.
 *
 * Simplification: A watch request's own lifetime, bookmarks and "too old resource version" are not modelled: a watch that nothing breaks goes on for ever, and none of them would be visible.
 */
import type { ReplyTo } from "../../kernel/port.ts";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import type { Stored, WatchType } from "../ports.ts";
import type { Filter } from "./store.ts";
import { passes, singleKey, storeKey } from "./store.ts";

export interface Watch {
  readonly id: number;
  /** Whose connection it is. */
  readonly caller: string;
  /** What it was asked for, as text: a name for draws and facts. */
  readonly selection: string;
  readonly kind: string;
  readonly filter: Filter;
  readonly to: ReplyTo;
  /** No later delivery may come before this: a latency that shrinks must not let a change overtake. */
  lastDueAt: EpochMs;
  /** The reflector's latest pause: its length before jitter, and when it began. */
  pause: { readonly baseMs: DurationMs; readonly at: EpochMs } | null;
}

/** A watch that has lost its connection, or never had one. */
export interface BrokenWatch {
  readonly watch: Watch;
  /** What the store held for it when it broke: what it was last sent. Null: not even the first list has come. */
  readonly held: readonly Stored[] | null;
  readonly since: EpochMs;
  /** Tries to begin anew, those that failed. */
  tries: number;
  /** The queued event that tries next. */
  handle: number;
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
  /** By id. These get no deliveries. */
  readonly broken: Map<number, BrokenWatch>;
  /** How many pauses each reflector has drawn, by the name of its draw. */
  readonly pauses: Map<string, number>;
}

export function newWatchState(): WatchState {
  return {
    nextId: 1,
    byKind: new Map(),
    kindOf: new Map(),
    broken: new Map(),
    pauses: new Map(),
  };
}

export function newWatch(
  state: WatchState,
  watch: Omit<Watch, "id" | "lastDueAt" | "pause">,
): Watch {
  return { ...watch, id: state.nextId++, lastDueAt: 0, pause: null };
}

/** From now on the watch gets deliveries. */
export function addWatch(state: WatchState, watch: Watch): void {
  let watches = state.byKind.get(watch.kind);
  if (watches === undefined) {
    watches = { wide: new Map(), single: new Map() };
    state.byKind.set(watch.kind, watches);
  }
  state.kindOf.set(watch.id, watch.kind);
  const key = singleKey(watch.filter);
  if (key === null) {
    watches.wide.set(watch.id, watch);
    return;
  }
  const group = watches.single.get(key) ?? new Map<number, Watch>();
  watches.single.set(key, group);
  group.set(watch.id, watch);
}

/** Those that get deliveries, in the order in which they were made. */
export function liveWatches(state: WatchState): Watch[] {
  const found: Watch[] = [];
  for (const { wide, single } of state.byKind.values()) {
    found.push(...wide.values());
    for (const group of single.values()) found.push(...group.values());
  }
  return found.sort((a, b) => a.id - b.id);
}

/** Takes a watch out of those that get deliveries; an id that is not there is nothing. */
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
 * What each watch of the kind sees of a write, in the order in which the watches began or came back (wide ones first). `after` is
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
