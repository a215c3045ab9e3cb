/**
 * Runs state machines on the virtual clock; the only place that starts one.
 *
 * A machine set holds the instances of one definition, by key. Two back ends stand behind it: the compiled table (the
 * default), and XState's own actor (the oracle: a test holds both to the same facts). An effect gets the context and
 * event of its moment; it must not ask for the instance's state, which the back ends change at different instants.
 */
import type { AnyActorRef, AnyStateMachine } from "xstate";
import { createActor } from "xstate";
import { InvariantViolation, invariant } from "./errors.ts";
import type { Rank, SimEvent } from "./event-queue.ts";
import type { JsonObject } from "./json.ts";
import type {
  MachineEvent,
  MachineTable,
  TableAction,
  TableState,
  TableTransition,
} from "./machine-table.ts";
import { compileMachine } from "./machine-table.ts";
import type { Component, Simulation } from "./simulation.ts";

export type MachineBackend = "table" | "actor";

export interface EffectCall<C = JsonObject, E extends MachineEvent = never> {
  readonly key: string;
  readonly context: C;
  readonly event: E;
}

export interface MachineSetOptions<C, E extends MachineEvent> {
  readonly sim: Simulation;
  /** Address of the set in the queue: `node-0/kubelet/pod-workers`. */
  readonly name: string;
  readonly machine: AnyStateMachine;
  /** Rank of the machine's timers. */
  readonly rank: Rank;
  readonly backend: MachineBackend;
  /** One handler for each named action that is not an assignment. */
  readonly effects: {
    readonly [action: string]: (call: EffectCall<C, E>) => void;
  };
}

/** Instances of one machine, addressed by key. A component: its timers come through the queue. */
export interface MachineSet<
  C = JsonObject,
  E extends MachineEvent = MachineEvent,
> extends Component {
  /** Starts an instance; its entry effects run at once. The key must be free. */
  start(key: string, input: unknown): void;
  /** Sends an event; from inside an effect it waits until the current one is done. Unknown keys are a mistake. */
  send(key: string, event: E): void;
  /** Drops an instance and its timers. */
  stop(key: string): void;
  has(key: string): boolean;
  /** Name of the state the instance is in; throws for an unknown key. */
  stateOf(key: string): string;
  contextOf(key: string): C;
}

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

interface TimerEvent extends SimEvent {
  readonly type: "timer";
  readonly key: string;
  readonly timer: string;
}

interface TableInstance {
  value: string;
  context: JsonObject;
  /** Queue handles of running delays, by the event they raise. */
  timers: Map<string, number>;
}

const INIT: MachineEvent = { type: "xstate.init" };
const ALWAYS_LIMIT = 100;

class TableMachines<C, E extends MachineEvent> implements MachineSet<C, E> {
  readonly name: string;
  state = new Map<string, TableInstance>();
  readonly #options: MachineSetOptions<C, E>;
  readonly #table: MachineTable;
  /** Keys whose transition is running, with the events that wait for its end. Empty between events. */
  readonly #busy = new Map<string, MachineEvent[]>();

  constructor(options: MachineSetOptions<C, E>) {
    this.name = options.name;
    this.#options = options;
    this.#table = compileMachine(options.machine);
  }

  start(key: string, input: unknown): void {
    this.#free(key);
    const instance: TableInstance = {
      value: this.#table.initial,
      context: this.#table.initialContext(input),
      timers: new Map(),
    };
    this.state.set(key, instance);
    this.#process(key, () => {
      const entered = this.#table.states.get(instance.value)!;
      this.#perform(key, instance, entered.entry, INIT);
      this.#settle(key, instance, INIT);
      this.#startTimers(key, instance, INIT);
    });
  }

  send(key: string, event: E): void {
    this.#send(key, event);
  }

  stop(key: string): void {
    const instance = this.#instance(key);
    this.#cancelTimers(instance);
    this.state.delete(key);
  }

  has(key: string): boolean {
    return this.state.has(key);
  }

  stateOf(key: string): string {
    return this.#instance(key).value;
  }

  contextOf(key: string): C {
    return this.#instance(key).context as C;
  }

  handle(event: SimEvent): void {
    const { key, timer } = event as TimerEvent;
    this.state.get(key)?.timers.delete(timer);
    this.#send(key, { type: timer });
  }

  #free(key: string): void {
    invariant(
      !this.state.has(key),
      "MachineTwice",
      `Failed to start ${this.name} for ${key}: it runs already`,
    );
  }

  #instance(key: string): TableInstance {
    const instance = this.state.get(key);
    if (instance === undefined)
      throw new InvariantViolation(
        "NoSuchMachine",
        `Failed to find ${key} in ${this.name}`,
      );
    return instance;
  }

  #send(key: string, event: MachineEvent): void {
    const instance = this.#instance(key);
    const waiting = this.#busy.get(key);
    if (waiting !== undefined) waiting.push(event);
    else this.#process(key, () => this.#transition(key, instance, event));
  }

  /** Runs one transition, then what its effects sent to the same instance. */
  #process(key: string, first: () => void): void {
    const waiting: MachineEvent[] = [];
    this.#busy.set(key, waiting);
    try {
      first();
      for (let event = waiting.shift(); event; event = waiting.shift()) {
        const instance = this.state.get(key);
        if (instance !== undefined) this.#transition(key, instance, event);
      }
    } finally {
      this.#busy.delete(key);
    }
  }

  #transition(key: string, instance: TableInstance, event: MachineEvent): void {
    const state = this.#table.states.get(instance.value)!;
    const chosen = choose(state.on.get(event.type), instance.context, event);
    if (chosen === null) return;
    const moved = this.#take(key, instance, chosen, event);
    const settled = this.#settle(key, instance, event);
    if (moved || settled) this.#startTimers(key, instance, event);
  }

  /** Takes one transition; says whether a state was entered. */
  #take(
    key: string,
    instance: TableInstance,
    chosen: TableTransition,
    event: MachineEvent,
  ): boolean {
    const { target, reenter, actions } = chosen;
    const moves = target !== null && (reenter || target !== instance.value);
    if (!moves) {
      this.#perform(key, instance, actions, event);
      return false;
    }
    const from = this.#table.states.get(instance.value)!;
    const to = this.#table.states.get(target)!;
    this.#cancelTimers(instance);
    this.#perform(key, instance, from.exit, event);
    this.#perform(key, instance, actions, event);
    instance.value = target;
    this.#perform(key, instance, to.entry, event);
    return true;
  }

  /** Follows `always` transitions until none applies. */
  #settle(key: string, instance: TableInstance, event: MachineEvent): boolean {
    let moved = false;
    for (let i = 0; i < ALWAYS_LIMIT; i++) {
      const { always } = this.#table.states.get(instance.value)!;
      const chosen = choose(always, instance.context, event);
      if (chosen === null) return moved;
      moved = this.#take(key, instance, chosen, event) || moved;
    }
    throw new InvariantViolation(
      "MachineNeverSettles",
      `Failed to settle ${this.name} for ${key}: ${ALWAYS_LIMIT} transitions without an event`,
    );
  }

  #perform(
    key: string,
    instance: TableInstance,
    actions: readonly TableAction[],
    event: MachineEvent,
  ): void {
    for (const action of actions) {
      const { context } = instance;
      if (action.kind === "assign")
        instance.context = action.apply({ context, event });
      else effectOf(this.#options, action.name)({ key, context, event });
    }
  }

  #startTimers(
    key: string,
    instance: TableInstance,
    event: MachineEvent,
  ): void {
    const { sim, rank } = this.#options;
    const state: TableState = this.#table.states.get(instance.value)!;
    for (const { eventType, delay } of state.timers) {
      if (instance.timers.has(eventType)) continue;
      const timer: TimerEvent = { type: "timer", key, timer: eventType };
      const handle = sim.after(delay({ context: instance.context, event }), {
        rank,
        target: this.name,
        event: timer,
      });
      instance.timers.set(eventType, handle);
    }
  }

  #cancelTimers(instance: TableInstance): void {
    for (const handle of instance.timers.values())
      this.#options.sim.cancel(handle);
    instance.timers.clear();
  }
}

function choose(
  transitions: readonly TableTransition[] | undefined,
  context: JsonObject,
  event: MachineEvent,
): TableTransition | null {
  for (const transition of transitions ?? [])
    if (transition.guard === null || transition.guard({ context, event }))
      return transition;
  return null;
}

interface AnyEffectCall {
  readonly key: string;
  readonly context: JsonObject;
  readonly event: MachineEvent;
}

function effectOf<C, E extends MachineEvent>(
  options: MachineSetOptions<C, E>,
  name: string,
): (call: AnyEffectCall) => void {
  const effect = options.effects[name];
  if (effect === undefined)
    throw new InvariantViolation(
      "EffectMissing",
      `Failed to run ${options.name}: nobody provides the effect ${name}`,
    );
  return effect as unknown as (call: AnyEffectCall) => void;
}

interface RunningActor {
  readonly ref: AnyActorRef;
  readonly timers: Map<number, number>;
}

/**
 * XState's own interpreter. Its timers are closures, so `state` holds a marker that a snapshot refuses to encode: a
 * restored actor would never fire its pending delays (XState keeps none of them in its own snapshots).
 */
class ActorMachines<C, E extends MachineEvent> implements MachineSet<C, E> {
  readonly name: string;
  state: unknown = () => "XState's actor back end cannot be snapshotted";
  readonly #options: MachineSetOptions<C, E>;
  readonly #machine: AnyStateMachine;
  readonly #actors = new Map<string, RunningActor>();
  readonly #pending = new Map<number, { key: string; fire: () => void }>();
  #nextTimer = 1;

  constructor(options: MachineSetOptions<C, E>) {
    this.name = options.name;
    this.#options = options;
    const names = Object.entries(
      options.machine.implementations.actions as Record<
        string,
        { type?: string } | undefined
      >,
    ).filter(([, action]) => action?.type !== "xstate.assign");
    this.#machine = options.machine.provide({
      actions: Object.fromEntries(
        names.map(([name]) => [
          name,
          ({ context, event, self }: Record<string, unknown>) => {
            const key = (self as AnyActorRef).id;
            const call = { key, context, event } as unknown as AnyEffectCall;
            effectOf(options, name)(call);
          },
        ]),
      ),
    } as never);
  }

  start(key: string, input: unknown): void {
    invariant(
      !this.#actors.has(key),
      "MachineTwice",
      `Failed to start ${this.name} for ${key}: it runs already`,
    );
    const ref = createActor(this.#machine, {
      id: key,
      input,
      clock: {
        setTimeout: (fire: () => void, ms: number) =>
          this.#arm(key, fire, ms),
        clearTimeout: (id: number) => this.#disarm(key, id),
      },
    } as never) as AnyActorRef;
    // Without an observer XState throws from a real timer, after the run has gone on.
    let failure: unknown;
    ref.subscribe({ error: (error: unknown) => (failure = error) });
    this.#actors.set(key, { ref, timers: new Map() });
    ref.start();
    if (failure !== undefined) throw failure;
  }

  send(key: string, event: E): void {
    const { ref } = this.#actor(key);
    ref.send(event);
    const { status, error } = ref.getSnapshot() as {
      status: string;
      error?: unknown;
    };
    if (status === "error") throw error;
  }

  stop(key: string): void {
    const { ref, timers } = this.#actor(key);
    for (const id of [...timers.keys()]) this.#disarm(key, id);
    this.#actors.delete(key);
    ref.stop();
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
    const { key, timer } = event as TimerEvent;
    const id = Number(timer);
    const pending = this.#pending.get(id)!;
    this.#pending.delete(id);
    const { ref, timers } = this.#actor(key);
    timers.delete(id);
    pending.fire();
    const { status, error } = ref.getSnapshot() as {
      status: string;
      error?: unknown;
    };
    if (status === "error") throw error;
  }

  #actor(key: string): RunningActor {
    const actor = this.#actors.get(key);
    if (actor === undefined)
      throw new InvariantViolation(
        "NoSuchMachine",
        `Failed to find ${key} in ${this.name}`,
      );
    return actor;
  }

  #arm(key: string, fire: () => void, ms: number): number {
    const id = this.#nextTimer++;
    this.#pending.set(id, { key, fire });
    const timer: TimerEvent = { type: "timer", key, timer: String(id) };
    const { sim, rank } = this.#options;
    const handle = sim.after(ms, { rank, target: this.name, event: timer });
    this.#actors.get(key)!.timers.set(id, handle);
    return id;
  }

  #disarm(key: string, id: number): void {
    const timers = this.#actors.get(key)?.timers;
    const handle = timers?.get(id);
    if (handle === undefined) return;
    this.#options.sim.cancel(handle);
    timers!.delete(id);
    this.#pending.delete(id);
  }
}
