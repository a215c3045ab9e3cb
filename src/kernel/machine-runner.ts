/**
 * Runs state machines on the virtual clock; the only place that starts one.
 *
 * A machine set holds the instances of one definition, by key. Two back ends stand behind it: the compiled table (the
 * default), and XState's own actor (the oracle: a test holds both to the same facts). An effect gets the context and
 * event of its moment; it must not ask for the instance's state, which the back ends change at different instants.
 *
 * Source: statelyai/xstate v5.33 packages/core/src/createActor.ts, Mailbox.ts, system.ts
 */
import type { AnyActorRef, AnyStateMachine } from "xstate";
import { createActor } from "xstate";
import { KeyturnError } from "./errors.ts";
import type { SimEvent } from "./event-queue.ts";
import type { JsonObject } from "./json.ts";
import { TableMachines } from "./machine-loop.ts";
import type {
  AnyEffect,
  MachineSet,
  MachineSetOptions,
  TimerEvent,
} from "./machine-set.ts";
import {
  MICROSTEP_LIMIT,
  effectsFor,
  machineTwice,
  noSuchMachine,
} from "./machine-set.ts";
import type { MachineEvent } from "./machine-table.ts";
import { compileMachine } from "./machine-table.ts";
import type { DurationMs } from "./time.ts";

export type {
  EffectCall,
  MachineBackend,
  MachineSet,
  MachineSetOptions,
} from "./machine-set.ts";

/** Makes a set and adds it to the simulation. Throws for a definition that `compileMachine` refuses. */
export function machineSet<C, E extends MachineEvent>(
  options: MachineSetOptions<C, E>,
): MachineSet<C, E> {
  const set =
    options.backend === "table"
      ? new TableMachines(options)
      : new ActorMachines(options);
  options.sim.add(set);
  return set;
}

interface RunningActor {
  readonly key: string;
  readonly ref: AnyActorRef;
  /** Queue handles of running delays, by our number for them. */
  readonly timers: Map<number, number>;
  /**
   * Events that wait for the end of the start; null once it is over. XState's own queue would not let them go when the
   * actor is stopped meanwhile.
   */
  early: MachineEvent[] | null;
  stopped: boolean;
}

interface ActionArgs {
  readonly context: JsonObject;
  readonly event: MachineEvent;
  readonly self: AnyActorRef;
}

/**
 * XState's own interpreter. Its timers are closures, and XState keeps none of them in its own snapshots: a restored
 * actor would never fire its pending delays. So reading or replacing its `state` is an error that says so.
 */
class ActorMachines<C, E extends MachineEvent> implements MachineSet<C, E> {
  readonly name: string;
  readonly #options: MachineSetOptions<C, E>;
  readonly #machine: AnyStateMachine;
  readonly #actors = new Map<string, RunningActor>();
  /** Also those that were stopped while a step of theirs runs. */
  readonly #byRef = new WeakMap<AnyActorRef, RunningActor>();
  readonly #pending = new Map<
    number,
    { readonly actor: RunningActor; readonly fire: () => void }
  >();
  #nextTimer = 1;

  constructor(options: MachineSetOptions<C, E>) {
    this.name = options.name;
    this.#options = options;
    const effects = effectsFor(options, compileMachine(options.machine));
    const actions = [...effects].map(([name, effect]) => [
      name,
      (args: ActionArgs, params: unknown) =>
        this.#perform(effect, args, params),
    ]);
    this.#machine = options.machine.provide({
      actions: Object.fromEntries(actions),
    } as never);
    // XState would follow a loop of `always` transitions for ever.
    this.#machine.options = {
      ...this.#machine.options,
      maxIterations: MICROSTEP_LIMIT,
    };
  }

  get state(): unknown {
    throw new KeyturnError(
      "SnapshotOfActors",
      `Failed to take a snapshot: ${this.name} runs on XState's actors, whose pending delays cannot be saved; use the table back end`,
    );
  }

  set state(_: unknown) {
    throw new KeyturnError(
      "SnapshotOfActors",
      `Failed to restore a snapshot: ${this.name} runs on XState's actors, whose pending delays cannot be saved; use the table back end`,
    );
  }

  start(key: string, input: unknown): void {
    if (this.#actors.has(key)) throw machineTwice(this.name, key);
    const timers = new Map<number, number>();
    const clock = {
      setTimeout: (fire: () => void, ms: DurationMs) =>
        this.#arm(actor, fire, ms),
      clearTimeout: (id: number) => this.#disarm(actor, id),
    };
    const options = { id: key, input, clock };
    const ref = createActor(this.#machine, options as never) as AnyActorRef;
    const actor: RunningActor = {
      key,
      ref,
      timers,
      early: [],
      stopped: false,
    };
    // Without an observer XState throws from a real timer, after the run has gone on.
    ref.subscribe({ error: () => {} });
    this.#actors.set(key, actor);
    this.#byRef.set(ref, actor);
    ref.start();
    throwFailure(ref);
    this.#sendEarly(actor);
  }

  send(key: string, event: E): void {
    const actor = this.#actor(key);
    if (actor.early === null) this.#deliver(actor, event);
    else actor.early.push(event);
  }

  stop(key: string): void {
    const actor = this.#actor(key);
    for (const id of actor.timers.keys()) this.#disarm(actor, id);
    actor.stopped = true;
    this.#actors.delete(key);
    actor.ref.stop();
  }

  has(key: string): boolean {
    return this.#actors.has(key);
  }

  stateOf(key: string): string {
    return (this.#actor(key).ref.getSnapshot() as { value: string }).value;
  }

  contextOf(key: string): C {
    return (this.#actor(key).ref.getSnapshot() as { context: C }).context;
  }

  handle(event: SimEvent): void {
    const id = Number((event as TimerEvent).timer);
    const { actor, fire } = this.#pending.get(id)!;
    this.#pending.delete(id);
    actor.timers.delete(id);
    fire();
    throwFailure(actor.ref);
  }

  #actor(key: string): RunningActor {
    const actor = this.#actors.get(key);
    if (actor === undefined) throw noSuchMachine(this.name, key);
    return actor;
  }

  #perform(effect: AnyEffect, args: ActionArgs, params: unknown): void {
    const { context, event, self } = args;
    const actor = this.#byRef.get(self)!;
    effect({ key: actor.key, context, event, params });
  }

  #deliver({ ref }: RunningActor, event: MachineEvent): void {
    // XState in its development build warns on the console when an actor that is done gets an event.
    if (statusOf(ref).status !== "active") return;
    ref.send(event);
    throwFailure(ref);
  }

  #sendEarly(actor: RunningActor): void {
    const early = actor.early!;
    for (let i = 0; i < early.length && !actor.stopped; i++)
      this.#deliver(actor, early[i]!);
    actor.early = null;
  }

  #arm(actor: RunningActor, fire: () => void, ms: DurationMs): number {
    const id = this.#nextTimer++;
    if (actor.stopped) return id;
    this.#pending.set(id, { actor, fire });
    const { sim, rank } = this.#options;
    const event: TimerEvent = {
      type: "timer",
      key: actor.key,
      timer: String(id),
    };
    const handle = sim.after(ms, { rank, target: this.name, event });
    actor.timers.set(id, handle);
    return id;
  }

  #disarm(actor: RunningActor, id: number): void {
    const handle = actor.timers.get(id);
    if (handle === undefined) return;
    this.#options.sim.cancel(handle);
    actor.timers.delete(id);
    this.#pending.delete(id);
  }
}

function statusOf(ref: AnyActorRef): {
  readonly status: string;
  readonly error?: unknown;
} {
  return ref.getSnapshot() as { status: string; error?: unknown };
}

/** An error inside an actor ends it silently; the run must not go on. */
function throwFailure(ref: AnyActorRef): void {
  const { status, error } = statusOf(ref);
  if (status === "error") throw error;
}
