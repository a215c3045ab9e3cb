/**
 * The server's watches and the reflectors at their other end: who is told of a write, what breaks a watch, how it comes back.
 * Source: kubernetes/apiserver v0.32 pkg/storage/cacher; kubernetes/client-go v0.32 tools/cache/reflector.go; kubelet.md 2.1.
 *
 * Emits    api.watch.resumed, one for each watch that comes back
 * Order    to one watcher every change once, in resourceVersion order; what is under way when a connection is lost arrives
 *
 * Simplification: A dropped connection is noticed at once, where HTTP/2's health check takes 30 to 45 s and a shorter drop is bridged by TCP.
 */
import { InvariantViolation } from "../../kernel/errors.ts";
import type { SimEvent } from "../../kernel/event-queue.ts";
import { Rank } from "../../kernel/event-queue.ts";
import type { ReplyTo } from "../../kernel/port.ts";
import type { Simulation } from "../../kernel/simulation.ts";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import type { Cause } from "../../kernel/trace.ts";
import { DIAL_TIMEOUT_MS } from "../defaults.ts";
import type { WatchResumedFact } from "../facts.ts";
import type { Selection, Stored, WatchEvent, WatchType } from "../ports.ts";
import type { FaultState } from "./faults.ts";
import { concerns, watchesFail, weatherFor } from "./faults.ts";
import type { Learned } from "./reflector.ts";
import { learnedFrom, nextPause, selectionText } from "./reflector.ts";
import { filterOf } from "./selection.ts";
import type { StoreState } from "./store.ts";
import { listStored } from "./store.ts";
import type { BrokenWatch, Watch, WatchState } from "./watches.ts";
import {
  addWatch,
  deliveries,
  liveWatches,
  newWatch,
  removeWatch,
} from "./watches.ts";

export interface WatchHubState {
  readonly store: StoreState;
  readonly watches: WatchState;
  readonly faults: FaultState;
}

export interface WatchHubOptions {
  readonly sim: Simulation;
  /** Component that gets a `RewatchEvent`, and `at` of the facts. */
  readonly owner: string;
  /** Read each time: a restore replaces it. */
  readonly state: () => WatchHubState;
  readonly watchLatencyMs: () => DurationMs;
}

/** A reflector tries to begin its watch anew. */
export interface RewatchEvent extends SimEvent {
  readonly type: "rewatch";
  readonly id: number;
}

export class WatchHub {
  readonly #options: WatchHubOptions;

  constructor(options: WatchHubOptions) {
    this.#options = options;
  }

  /** Begins a watch; without a connection its first list comes when there is one. Throws on a selector that cannot be read. */
  watch(caller: string, selection: Selection, to: ReplyTo): number {
    const filter = filterOf(selection);
    if ("ok" in filter)
      throw new InvariantViolation(
        "WatchRefused",
        `Failed to watch ${selection.kind} for ${to.target}: ${filter.error.message}`,
      );
    const { watches } = this.#options.state();
    const { kind } = selection;
    const text = selectionText(selection);
    const asked = { kind, caller, selection: text, filter, to };
    const watch = newWatch(watches, asked);
    const failsAfterMs = this.#tryFailsAfter(watch);
    if (failsAfterMs === null) {
      addWatch(watches, watch);
      this.#sendAll(watch);
    } else {
      const broken = this.#hold(watch, null);
      broken.tries = 1;
      this.#pause(broken, failsAfterMs);
    }
    return watch.id;
  }

  unwatch(id: number): void {
    const { watches } = this.#options.state();
    const broken = watches.broken.get(id);
    if (broken === undefined) return removeWatch(watches, id);
    this.#options.sim.cancel(broken.handle);
    watches.broken.delete(id);
  }

  /** Tells the watchers of a write; the deliveries inherit the ambient causes. */
  tell(write: Parameters<typeof deliveries>[1]): void {
    const { watches } = this.#options.state();
    for (const { watch, change, stored } of deliveries(watches, write))
      this.#deliver(watch, change, stored);
  }

  /** The connections of these callers' watches are lost. */
  break(callers: string | null): void {
    const { watches, store } = this.#options.state();
    for (const watch of liveWatches(watches)) {
      if (!concerns(callers, watch.caller)) continue;
      removeWatch(watches, watch.id);
      const held = listStored(store, watch.kind, watch.filter);
      this.#pause(this.#hold(watch, held), 0);
    }
  }

  /** The pause of a reflector is over. */
  rewatch({ id }: RewatchEvent): void {
    const { watches } = this.#options.state();
    const broken = watches.broken.get(id)!;
    const failsAfterMs = this.#tryFailsAfter(broken.watch);
    if (failsAfterMs !== null) {
      broken.tries += 1;
      return this.#pause(broken, failsAfterMs);
    }
    watches.broken.delete(id);
    addWatch(watches, broken.watch);
    this.#resume(broken);
  }

  /** How long a try to list and watch takes that fails now; null when it succeeds. */
  #tryFailsAfter({ caller }: Watch): DurationMs | null {
    const { faults } = this.#options.state();
    const { now } = this.#options.sim;
    const { effect } = weatherFor(faults, caller, now);
    if (effect !== null) return effect.kind === "drop" ? DIAL_TIMEOUT_MS : 0;
    return watchesFail(faults, caller, now) ? 0 : null;
  }

  #hold(watch: Watch, held: readonly Stored[] | null): BrokenWatch {
    const { now } = this.#options.sim;
    const broken: BrokenWatch = {
      watch,
      held,
      since: now,
      tries: 0,
      handle: 0,
    };
    this.#options.state().watches.broken.set(watch.id, broken);
    return broken;
  }

  #pause(broken: BrokenWatch, afterMs: DurationMs): void {
    const { sim, owner, state } = this.#options;
    const { watch } = broken;
    const from: EpochMs = sim.now + afterMs;
    const pauseMs = nextPause(state().watches, sim.draws, watch, from);
    const event: RewatchEvent = { type: "rewatch", id: watch.id };
    broken.handle = sim.schedule({
      at: from + pauseMs,
      rank: Rank.completion,
      target: owner,
      event,
    });
  }

  /** Lists anew: tells what changed, each with the write that changed it as its first cause. */
  #resume({ watch, held, since, tries }: BrokenWatch): void {
    const { sim, owner, state } = this.#options;
    const list = listStored(state().store, watch.kind, watch.filter);
    const learned: readonly Learned[] =
      held === null
        ? list.map((stored) => ({ change: "ADDED", stored }))
        : learnedFrom(held, list);
    const data: WatchResumedFact["data"] = {
      by: watch.caller,
      selection: watch.selection,
      afterMs: sim.now - since,
      failed: tries,
      learned: learned.length,
    };
    const seq = sim.trace.record({
      type: "api.watch.resumed" satisfies WatchResumedFact["type"],
      at: owner,
      about: watch.to.target,
      data,
    });
    for (const { change, stored } of learned) {
      sim.trace.causes = causesOf(change, stored, seq);
      this.#deliver(watch, change, stored);
    }
    sim.trace.causes = [seq];
    this.#deliver(watch, "SYNCED", null);
  }

  #sendAll(watch: Watch): void {
    const { store } = this.#options.state();
    for (const stored of listStored(store, watch.kind, watch.filter))
      this.#deliver(watch, "ADDED", stored);
    this.#deliver(watch, "SYNCED", null);
  }

  #deliver(watch: Watch, change: WatchType, stored: Stored | null): void {
    const { sim, state, watchLatencyMs } = this.#options;
    const { slowMs } = weatherFor(state().faults, watch.caller, sim.now);
    const at: EpochMs = Math.max(
      sim.now + watchLatencyMs() + slowMs,
      watch.lastDueAt,
    );
    watch.lastDueAt = at;
    const { target, tag } = watch.to;
    const event: WatchEvent = { type: "watch", tag, change, stored };
    sim.schedule({ at, rank: Rank.watchDelivery, target, event });
  }
}

/** Of a deletion nobody knows the write any more. */
function causesOf(
  change: WatchType,
  { fact }: Stored,
  resumed: number,
): readonly Cause[] {
  return change === "DELETED" || fact === undefined
    ? [resumed]
    : [fact, resumed];
}
