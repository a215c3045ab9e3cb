/**
 * One world's time: the queue, the clock that only the queue moves, the draws and the trace.
 *
 * A handler runs to completion; the core is synchronous. Everything a component needs from its world is here, and all
 * of a component's memory is its `state`, plain data, so that a snapshot is complete by construction.
 */
import { Draws } from "./draw.ts";
import { InvariantViolation, NoProgressError, invariant } from "./errors.ts";
import type { QueueEntry, Rank, SimEvent } from "./event-queue.ts";
import { EventQueue } from "./event-queue.ts";
import type { JsonValue } from "./json.ts";
import { decodeState, encodeState } from "./state-codec.ts";
import type { DurationMs, EpochMs } from "./time.ts";
import { toRfc3339Ms } from "./time.ts";
import { Recorder } from "./trace.ts";
import type { RecorderState } from "./trace.ts";

/** Something that lives in a world. Replacing `state` must be all that a restore needs. */
export interface Component {
  /** Address in the queue, unique: `node-0/kubelet`. */
  readonly name: string;
  /** Plain data (see `state-codec.ts`). Read it through the component each time: a restore replaces it. */
  state: unknown;
  handle(event: SimEvent): void;
}

export interface Scheduling {
  readonly at: EpochMs;
  readonly rank: Rank;
  readonly target: string;
  readonly event: SimEvent;
}

/** idle: nothing left to run. until: the asked instant was reached. */
export type StopReason = "idle" | "until";

/** More events than this within one millisecond are a loop of ours, not a busy world. */
export const EVENTS_PER_INSTANT_LIMIT = 1_000_000;

interface SimulationState {
  readonly now: EpochMs;
  readonly ran: boolean;
  readonly nextSeq: number;
  readonly queue: QueueEntry[];
  readonly trace: RecorderState;
  readonly components: Map<string, unknown>;
}

export class Simulation {
  readonly draws: Draws;
  readonly trace: Recorder;
  readonly #components = new Map<string, Component>();
  readonly #queue = new EventQueue();
  #now: EpochMs;
  #nextSeq = 1;
  /** Whether an event has run in the current millisecond: then a command must wait for the next one. */
  #ran = false;
  #handling = false;
  #eventsRun = 0;

  constructor(options: { readonly seed: number; readonly start: EpochMs }) {
    this.#now = options.start;
    this.draws = new Draws(options.seed);
    this.trace = new Recorder(options.start, () => this.#now);
  }

  get now(): EpochMs {
    return this.#now;
  }

  /** Events handled since the simulation was made. */
  get eventsRun(): number {
    return this.#eventsRun;
  }

  /** Adds a component; names are unique. */
  add<C extends Component>(component: C): C {
    invariant(
      !this.#components.has(component.name),
      "ComponentTwice",
      `Failed to add a component: ${component.name} is there already`,
    );
    this.#components.set(component.name, component);
    return component;
  }

  /** Queues an event, at the earliest for now; returns the handle for `cancel`. */
  schedule(scheduling: Scheduling): number {
    const { at, rank, target, event } = scheduling;
    return this.#queueAt(at, rank, target, event);
  }

  #queueAt(at: EpochMs, rank: Rank, target: string, event: SimEvent): number {
    // Not `invariant`, which would write its message for every event.
    if (!(at >= this.#now && Number.isInteger(at)))
      throw new InvariantViolation(
        "ScheduledInThePast",
        `Failed to schedule ${event.type} for ${target}: ${at} is not an instant from ${this.#now} on`,
      );
    const seq = this.#nextSeq++;
    const { causes } = this.trace;
    this.#queue.push({ dueAt: at, rank, seq, target, event, causes });
    return seq;
  }

  /** Takes a queued event back. The handle must still be queued. */
  cancel(handle: number): void {
    this.#queue.cancel(handle);
  }

  /** When the next event is due, or null when nothing is left to run. */
  get nextDueAt(): EpochMs | null {
    return this.#queue.peek()?.dueAt ?? null;
  }

  /** Runs every event due up to and including `until`, and leaves the clock there. */
  runUntil(until: EpochMs): StopReason {
    return this.#run(until, true);
  }

  /** Runs every event due before `until` and leaves the clock at `until`, where a command may then act first. */
  runBefore(until: EpochMs): StopReason {
    return this.#run(until, false);
  }

  /** Runs the next event, if there is one. */
  step(): boolean {
    const entry = this.#queue.pop();
    if (entry === null) return false;
    this.#handle(entry);
    return true;
  }

  /**
   * Runs something that comes from outside. It acts before every event of its millisecond: where an event of the
   * current one has run, the clock moves on by one.
   */
  command<T>(act: () => T): T {
    invariant(
      !this.#handling,
      "CommandInsideHandler",
      "Failed to run a command: a handler is still running",
    );
    if (this.#ran) {
      // After `step` some events of this millisecond may be left; they come before the next one.
      this.#run(this.#now, true);
      this.#moveTo(this.#now + 1);
    }
    try {
      return act();
    } finally {
      this.trace.causes = [];
    }
  }

  #run(until: EpochMs, inclusive: boolean): StopReason {
    invariant(
      !this.#handling,
      "RunInsideHandler",
      "Failed to advance time: a handler is still running",
    );
    invariant(
      until >= this.#now,
      "TimeBackwards",
      `Failed to run until ${until}: the clock stands at ${this.#now}`,
    );
    let atInstant = 0;
    for (;;) {
      const next = this.#queue.peek();
      if (next === null || next.dueAt > until) break;
      if (!inclusive && next.dueAt === until) break;
      atInstant = next.dueAt === this.#now ? atInstant + 1 : 0;
      if (atInstant > EVENTS_PER_INSTANT_LIMIT) this.#livelock(next);
      this.#queue.dropTop();
      this.#handle(next);
    }
    if (until > this.#now) this.#moveTo(until);
    return this.#queue.size === 0 ? "idle" : "until";
  }

  #handle(entry: QueueEntry): void {
    if (entry.dueAt > this.#now) this.#moveTo(entry.dueAt);
    const component = this.#components.get(entry.target);
    if (component === undefined)
      throw new InvariantViolation(
        "NoSuchComponent",
        `Failed to deliver ${entry.event.type}: there is no component ${entry.target}`,
      );
    this.#ran = true;
    this.#handling = true;
    this.#eventsRun += 1;
    this.trace.causes = entry.causes;
    try {
      component.handle(entry.event);
    } finally {
      this.#handling = false;
      this.trace.causes = [];
    }
  }

  #moveTo(at: EpochMs): void {
    this.#now = at;
    this.#ran = false;
  }

  #livelock(next: QueueEntry): never {
    throw new NoProgressError(
      `Failed to advance time: more than ${EVENTS_PER_INSTANT_LIMIT} events ran at ${toRfc3339Ms(this.#now)}; the next is ${next.event.type} for ${next.target}`,
    );
  }

  /** Everything a later `restore` needs, as JSON. Only between events. */
  snapshot(): JsonValue {
    invariant(
      !this.#handling,
      "SnapshotInsideHandler",
      "Failed to take a snapshot: a handler is still running",
    );
    const state: SimulationState = {
      now: this.#now,
      ran: this.#ran,
      nextSeq: this.#nextSeq,
      queue: this.#queue.entries(),
      trace: this.trace.state,
      components: new Map(
        [...this.#components].map(([name, { state }]) => [name, state]),
      ),
    };
    return encodeState(state);
  }

  /** Puts a simulation with the same components back to where the snapshot was taken. */
  restore(snapshot: JsonValue): void {
    const state = decodeState(snapshot) as SimulationState;
    for (const name of state.components.keys())
      invariant(
        this.#components.has(name),
        "ComponentMissing",
        `Failed to restore: this world has no component ${name}`,
      );
    for (const name of this.#components.keys())
      invariant(
        state.components.has(name),
        "ComponentMissing",
        `Failed to restore: the snapshot has no component ${name}`,
      );
    this.#now = state.now;
    this.#ran = state.ran;
    this.#nextSeq = state.nextSeq;
    this.#queue.load(state.queue);
    this.trace.state = state.trace;
    for (const [name, component] of this.#components)
      component.state = state.components.get(name);
  }

  /** Shorthand for a delay from now. */
  after(delay: DurationMs, scheduling: Omit<Scheduling, "at">): number {
    const { rank, target, event } = scheduling;
    return this.#queueAt(this.#now + delay, rank, target, event);
  }
}
