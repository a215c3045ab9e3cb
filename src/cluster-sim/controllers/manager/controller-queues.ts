/**
 * The queues of all controllers on the virtual clock: who is called to work, what waits for its time.
 * Source: kubernetes/client-go v0.35 util/workqueue/{queue,delaying_queue}.go; kubernetes v1.35 pkg/controller (worker loops)
 *
 * Timers   WORK_QUEUE_BACKOFF_MS  5 ms, doubled up to WORK_QUEUE_BACKOFF_MAX_MS 1,000 s: to the next pass over a key that failed
 */
import type { SimEvent } from "../../../kernel/event-queue.ts";
import { Rank } from "../../../kernel/event-queue.ts";
import type { Simulation } from "../../../kernel/simulation.ts";
import type { DurationMs, EpochMs } from "../../../kernel/time.ts";
import type { Cause } from "../../../kernel/trace.ts";
import { CONTROLLER_WORKERS } from "../../defaults.ts";
import type { Controller } from "../controller.ts";
import type { ControllerState, ManagerState } from "./manager-state.ts";
import {
  addKey,
  doneWith,
  forgetKey,
  nextBackoff,
  takeKey,
} from "./work-queue.ts";

/** A controller's workers have something to do. */
export interface WorkEvent extends SimEvent {
  readonly type: "work";
  readonly controller: string;
}

/** A key's time has come. */
export interface DueEvent extends SimEvent {
  readonly type: "due";
  readonly controller: string;
  readonly key: string;
}

export class ControllerQueues {
  readonly #sim: Simulation;
  readonly #owner: string;
  readonly #state: () => ManagerState;

  constructor(options: {
    readonly sim: Simulation;
    /** Component that gets a `WorkEvent` or `DueEvent`. */
    readonly owner: string;
    /** Read each time: a restore replaces it. */
    readonly state: () => ManagerState;
  }) {
    this.#sim = options.sim;
    this.#owner = options.owner;
    this.#state = options.state;
  }

  of({ name }: Controller): ControllerState {
    return this.#state().controllers.get(name)!;
  }

  /** Queues a key; what is being handled is why. */
  add(controller: Controller, key: string): void {
    addKey(this.of(controller).queue, key, this.#sim.trace.causes);
    this.call(controller);
  }

  /** Calls the workers at this instant, if there is something to do, somebody free, and every cache filled. */
  call(controller: Controller): void {
    const own = this.of(controller);
    if (own.called || own.queue.ready.length === 0) return;
    if (!this.#hasWorker(controller) || !this.#hasSynced(controller)) return;
    own.called = true;
    const event: WorkEvent = { type: "work", controller: controller.name };
    const { controller: rank } = Rank;
    this.#sim.after(0, { rank, target: this.#owner, event });
  }

  /** The next key for a free worker; null when there is none of either. `done` must follow. */
  take(
    controller: Controller,
  ): { readonly key: string; readonly causes: readonly Cause[] } | null {
    const { queue } = this.of(controller);
    return this.#hasWorker(controller) ? takeKey(queue) : null;
  }

  /** A worker is done with a key. */
  done(controller: Controller, key: string): void {
    doneWith(this.of(controller).queue, key);
    this.call(controller);
  }

  /** Brings a key back after its failure, unless it has failed too often in a row. */
  retry(controller: Controller, key: string): void {
    const { queue } = this.of(controller);
    const { maxRetries = Infinity } = controller;
    if ((queue.failures.get(key) ?? 0) >= maxRetries) forgetKey(queue, key);
    else this.addAfter(controller, key, nextBackoff(queue, key));
  }

  /** Queues a key later. It waits once: the earlier instant counts. */
  addAfter(controller: Controller, key: string, afterMs: DurationMs): void {
    const { waiting } = this.of(controller).queue;
    const at: EpochMs = this.#sim.now + afterMs;
    const before = waiting.get(key);
    if (before !== undefined) {
      if (before.at <= at) return;
      this.#sim.cancel(before.handle);
    }
    const { name } = controller;
    const event: DueEvent = { type: "due", controller: name, key };
    const { controller: rank } = Rank;
    const target = this.#owner;
    const handle = this.#sim.schedule({ at, rank, target, event });
    waiting.set(key, { at, handle });
  }

  due(controller: Controller, { key }: DueEvent): void {
    this.of(controller).queue.waiting.delete(key);
    this.add(controller, key);
  }

  #hasWorker(controller: Controller): boolean {
    const { workers = CONTROLLER_WORKERS } = controller;
    return this.of(controller).queue.processing.size < workers;
  }

  #hasSynced({ watches }: Controller): boolean {
    const { caches } = this.#state();
    return watches.every((kind) => caches.get(kind)!.informer.synced);
  }
}
