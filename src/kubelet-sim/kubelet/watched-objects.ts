/**
 * The Watch strategy: one reflector per object, started by the first pod that refers to it. A reflector that nobody has
 * read for five sync periods is stopped and started again by the next read; one of an immutable object is stopped for
 * good at its first read.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/util/manager/watch_based_manager.go; kubelet.md 2.1, 13.3
 * Simplification: A watch request has no lifetime of its own; the reconnect after 30 to 60 minutes changes nothing that can be seen.
 */
import type { WatchEvent } from "../../cluster-sim/ports.ts";
import type { SimEvent } from "../../kernel/event-queue.ts";
import { Rank } from "../../kernel/event-queue.ts";
import type { DurationMs } from "../../kernel/time.ts";
import {
  OBJECT_IDLE_SWEEP_PERIOD_MS,
  OBJECT_IDLE_SYNC_PERIODS,
  OBJECT_MIN_IDLE_MS,
  OBJECT_SYNC_POLL_MS,
  OBJECT_SYNC_TIMEOUT_MS,
} from "../defaults.ts";
import { tickAfter } from "../phases.ts";
import type {
  ObjectEntry,
  ObjectManagerParts,
  ObjectRead,
} from "./object-entry.ts";
import { failure, learn, notFound } from "./object-entry.ts";

/** The end of a read's patience, the poll that finds the list, or the sweep. */
interface WaitEvent extends SimEvent {
  readonly type: "timeout" | "poll";
  readonly key: string;
  readonly requester: string;
}

export class WatchedObjects {
  readonly #parts: ObjectManagerParts;
  /** `secret` or `configmap`, as errors have it. */
  readonly #resource: string;

  constructor(parts: ObjectManagerParts) {
    this.#parts = parts;
    this.#resource = parts.kind.toLowerCase();
  }

  /** A pod refers to it: the first one starts the reflector. */
  referenced(entry: ObjectEntry): void {
    if (entry.watch === 0) this.#start(entry);
  }

  /** The last reference has gone. */
  forget(entry: ObjectEntry): void {
    const { sim } = this.#parts;
    this.#stop(entry);
    for (const { handle } of entry.waiting.values()) sim.cancel(handle);
  }

  read(entry: ObjectEntry, requester: string): ObjectRead | null {
    entry.lastAccess = this.#parts.sim.now;
    if (entry.watchId === null && !entry.immutable) this.#start(entry);
    if (entry.synced) return this.#answer(entry);
    this.#wait(entry, requester);
    return null;
  }

  delivered({ tag, change, stored }: WatchEvent): void {
    const { state, sim } = this.#parts;
    const entry = state().entries.get(tag["key"] as string);
    if (entry === undefined || entry.watch !== tag["watch"]) return;
    if (entry.watchId === null) return;
    const { causes } = sim.trace;
    if (change !== "SYNCED") {
      entry.listed = true;
      learn(entry, change === "DELETED" ? null : stored, causes);
    } else if (!entry.synced) {
      // The list replaces what an earlier reflector left in the store.
      if (!entry.listed) learn(entry, null, causes);
      entry.synced = true;
      this.#pollWaiting(entry);
    }
  }

  timer(event: SimEvent): void {
    if (event.type === "sweep") return this.#sweep();
    const { key, requester, type } = event as WaitEvent;
    const { state, answer } = this.#parts;
    const entry = state().entries.get(key)!;
    entry.waiting.delete(requester);
    const read =
      type === "poll"
        ? this.#answer(entry)
        : failure(
            `failed to sync ${this.#resource} cache: timed out waiting for the condition`,
          );
    answer(requester, read);
  }

  #start(entry: ObjectEntry): void {
    const { api, kind, name: target, state } = this.#parts;
    const { namespace, name } = entry;
    const { epoch } = state();
    entry.synced = false;
    entry.listed = false;
    entry.watch += 1;
    const key = `${namespace}/${name}`;
    entry.watchId = api.watch(
      { kind, namespace, fieldSelector: `metadata.name=${name}` },
      { target, tag: { key, watch: entry.watch, epoch } },
    );
    this.#armSweep();
  }

  #stop(entry: ObjectEntry): void {
    if (entry.watchId === null) return;
    this.#parts.api.unwatch(entry.watchId);
    entry.watchId = null;
  }

  #answer(entry: ObjectEntry): ObjectRead {
    const { stored, name, causes } = entry;
    if (stored === null)
      return notFound(`${this.#resource} "${name}" not found`);
    if (stored.object["immutable"] === true && entry.watchId !== null) {
      this.#stop(entry);
      entry.immutable = true;
    }
    return { ok: true, stored, causes };
  }

  #wait(entry: ObjectEntry, requester: string): void {
    const handle = this.#later(OBJECT_SYNC_TIMEOUT_MS, {
      type: "timeout",
      key: `${entry.namespace}/${entry.name}`,
      requester,
    });
    entry.waiting.set(requester, { since: this.#parts.sim.now, handle });
  }

  /** The list is there: each read that waits sees it at its next poll. */
  #pollWaiting(entry: ObjectEntry): void {
    const { sim } = this.#parts;
    for (const [requester, waiting] of entry.waiting) {
      sim.cancel(waiting.handle);
      const waited = sim.now - waiting.since;
      const poll = Math.ceil(waited / OBJECT_SYNC_POLL_MS);
      waiting.handle = this.#later(poll * OBJECT_SYNC_POLL_MS - waited, {
        type: "poll",
        key: `${entry.namespace}/${entry.name}`,
        requester,
      });
    }
  }

  #later(delay: DurationMs, event: WaitEvent): number {
    const { sim, name: target } = this.#parts;
    return sim.after(delay, { rank: Rank.completion, target, event });
  }

  get #maxIdleMs(): DurationMs {
    const { syncFrequencyMs } = this.#parts.config();
    const idle = OBJECT_IDLE_SYNC_PERIODS * syncFrequencyMs;
    return Math.max(idle, OBJECT_MIN_IDLE_MS);
  }

  /** Schedules the first sweep that could find an idle reflector; those before it would find none. */
  #armSweep(): void {
    const { sim, name: target, state: stateOf, node, kind } = this.#parts;
    const state = stateOf();
    if (state.sweep !== null) return;
    let oldest: number | null = null;
    for (const { watchId, lastAccess } of state.entries.values())
      if (watchId !== null && (oldest === null || lastAccess < oldest))
        oldest = lastAccess;
    if (oldest === null) return;
    const phase = sim.draws.between(
      0,
      OBJECT_IDLE_SWEEP_PERIOD_MS,
      `kubelet/${node}/phase/${kind}-sweep`,
      state.epoch,
    );
    const idle = Math.max(oldest + this.#maxIdleMs, sim.now);
    const at = tickAfter(idle, OBJECT_IDLE_SWEEP_PERIOD_MS, phase);
    const event = { type: "sweep" };
    state.sweep = sim.schedule({ at, rank: Rank.completion, target, event });
  }

  #sweep(): void {
    const { sim, state: stateOf } = this.#parts;
    const state = stateOf();
    const maxIdle = this.#maxIdleMs;
    for (const entry of state.entries.values())
      if (entry.synced && sim.now > entry.lastAccess + maxIdle) {
        this.#stop(entry);
        entry.synced = entry.immutable;
      }
    state.sweep = null;
    this.#armSweep();
  }
}
