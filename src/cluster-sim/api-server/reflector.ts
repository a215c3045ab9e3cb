/**
 * The client's side of a watch that broke: when it tries again, and what it learns from the new list.
 * Source: kubernetes/client-go v0.32 tools/cache/reflector.go (NewReflectorWithOptions' back-off, ListAndWatch),
 * apimachinery v0.32 pkg/util/wait/backoff.go (exponentialBackoffManagerImpl); kubelet.md 2.1, 13.3.
 *
 * Timers   REFLECTOR_BACKOFF_MS  800 ms, doubled each time up to REFLECTOR_BACKOFF_MAX_MS 30 s, each times [1, 2)
 *          REFLECTOR_BACKOFF_RESET_MS  2 m after the beginning of the last pause the next one is 800 ms again
 *
 * Simplification: A broken watch comes back by a whole new list, where client-go first tries to go on from the last resourceVersion; so of several changes to one object it learns the last.
 * Simplification: An object that was deleted and made anew while a watch was broken comes as DELETED and ADDED, as a resumed watch would tell it; a new list alone would say MODIFIED.
 */
import type { Draws } from "../../kernel/draw.ts";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import {
  REFLECTOR_BACKOFF_MAX_MS,
  REFLECTOR_BACKOFF_MS,
  REFLECTOR_BACKOFF_RESET_MS,
} from "../defaults.ts";
import type { Selection, Stored, WatchType } from "../ports.ts";
import { storeKey } from "./store.ts";
import type { Watch, WatchState } from "./watches.ts";

/** The pause that begins at `at`, with its jitter: uniform over [base, 2 base). */
export function nextPause(
  state: WatchState,
  draws: Draws,
  watch: Watch,
  at: EpochMs,
): DurationMs {
  const last = watch.pause;
  const baseMs =
    last === null || at - last.at > REFLECTOR_BACKOFF_RESET_MS
      ? REFLECTOR_BACKOFF_MS
      : Math.min(2 * last.baseMs, REFLECTOR_BACKOFF_MAX_MS);
  watch.pause = { baseMs, at };
  const name = `reflector/${watch.caller}/${watch.to.target}/${watch.selection}`;
  const index = state.pauses.get(name) ?? 0;
  state.pauses.set(name, index + 1);
  return draws.between(baseMs, 2 * baseMs, name, index);
}

/** `Secret/default?fieldSelector=metadata.name=app`. */
export function selectionText(selection: Selection): string {
  const { kind, namespace, labelSelector = "", fieldSelector = "" } = selection;
  const place = namespace === undefined ? kind : `${kind}/${namespace}`;
  const selectors = [
    fieldSelector === "" ? "" : `fieldSelector=${fieldSelector}`,
    labelSelector === "" ? "" : `labelSelector=${labelSelector}`,
  ].filter((part) => part !== "");
  return selectors.length === 0 ? place : `${place}?${selectors.join("&")}`;
}

export interface Learned {
  readonly change: Exclude<WatchType, "SYNCED">;
  readonly stored: Stored;
}

/**
 * What a new list teaches somebody who was last sent `held`: in resourceVersion order, what is gone first, in its last
 * known form. What did not change is not told.
 */
export function learnedFrom(
  held: readonly Stored[],
  list: readonly Stored[],
): Learned[] {
  const known = new Map(held.map((stored) => [keyOf(stored), stored]));
  const gone = new Map(known);
  const told: Learned[] = [];
  for (const stored of list) {
    const key = keyOf(stored);
    const before = known.get(key);
    const same = before !== undefined && uidOf(before) === uidOf(stored);
    if (same) gone.delete(key);
    if (same && versionOf(before) === versionOf(stored)) continue;
    told.push({ change: same ? "MODIFIED" : "ADDED", stored });
  }
  const deleted = [...gone.values()].map((stored): Learned => ({
    change: "DELETED",
    stored,
  }));
  return [...byVersion(deleted), ...byVersion(told)];
}

function byVersion(learned: Learned[]): Learned[] {
  return learned.sort((a, b) => versionOf(a.stored) - versionOf(b.stored));
}

function keyOf({ object: { metadata } }: Stored): string {
  return storeKey(metadata.namespace, metadata.name);
}

const uidOf = ({ object }: Stored): string => object.metadata.uid;
const versionOf = ({ object }: Stored): number =>
  Number(object.metadata.resourceVersion);
