/**
 * The default back end of the machine runner: a loop over the compiled table. It does what XState's actor does, event
 * for event, and its state is plain data, so that a snapshot holds every running delay.
 *
 * Source: statelyai/xstate v5.33 packages/core/src/stateUtils.ts (macrostep, microstep, enterStates, exitStates)
 */
import { InvariantViolation } from "./errors.ts";
import type { SimEvent } from "./event-queue.ts";
import type { JsonObject } from "./json.ts";
import type {
  AnyEffect,
  MachineSet,
  MachineSetOptions,
  TimerEvent,
} from "./machine-set.ts";
import {
  INIT_EVENT_TYPE,
  MICROSTEP_LIMIT,
  effectsFor,
  machineTwice,
  noSuchMachine,
} from "./machine-set.ts";
import type {
  MachineEvent,
  MachineTable,
  TableAction,
  TableState,
  TableTransition,
} from "./machine-table.ts";
import { compileMachine } from "./machine-table.ts";
import type { DurationMs } from "./time.ts";

interface RunningDelay {
  /** The event that it raises. */
  readonly timer: string;
  /** Of the queue. */
  readonly handle: number;
}

interface Instance {
  value: string;
  context: JsonObject;
  /** Running delays: few. A map that is filled and emptied all the time would make a new table every few entries. */
  timers: RunningDelay[];
  /** In a final state, or stopped: takes no event. */
  ended: boolean;
}

/** An instance with a step running, and the events that wait for its end. */
interface Busy {
  readonly instance: Instance;
  waiting: MachineEvent[] | null;
}

/** One event on its way through an instance, until no `always` transition is left. */
interface Step {
  readonly key: string;
  readonly instance: Instance;
  readonly event: MachineEvent;
  /** The one that `instance` is in. */
  state: TableState;
  /** Delays of the state that was entered last, measured on entry; they start when the step is over. */
  delays: DurationMs[] | null;
  /** While an instance starts its effects wait here: XState finds the first state before it performs any. */
  readonly effects: (() => void)[] | null;
}

export class TableMachines<C, E extends MachineEvent> implements MachineSet<
  C,
  E
> {
  readonly name: string;
  state = new Map<string, Instance>();
  readonly #options: MachineSetOptions<C, E>;
  readonly #table: MachineTable;
  readonly #effects: ReadonlyMap<string, AnyEffect>;
  /** Instances with a step running, innermost last. Empty between events. */
  readonly #busy: Busy[] = [];

  constructor(options: MachineSetOptions<C, E>) {
    this.name = options.name;
    this.#options = options;
    this.#table = compileMachine(options.machine);
    this.#effects = effectsFor(options, this.#table);
  }

  start(key: string, input: unknown): void {
    if (this.state.has(key)) throw machineTwice(this.name, key);
    const instance: Instance = {
      value: this.#table.initial,
      context: this.#table.initialContext(input),
      timers: [],
      ended: false,
    };
    this.state.set(key, instance);
    const event = { type: INIT_EVENT_TYPE, input };
    this.#process(key, instance, event, true);
  }

  send(key: string, event: E): void {
    this.#send(key, event);
  }

  stop(key: string): void {
    const instance = this.#instance(key);
    this.#cancelTimers(instance);
    instance.ended = true;
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
    const { timers } = this.#instance(key);
    const at = timers.findIndex((delay) => delay.timer === timer);
    if (at >= 0) timers.splice(at, 1);
    this.#send(key, { type: timer });
  }

  #instance(key: string): Instance {
    const instance = this.state.get(key);
    if (instance === undefined) throw noSuchMachine(this.name, key);
    return instance;
  }

  #send(key: string, event: MachineEvent): void {
    const instance = this.#instance(key);
    if (instance.ended) return;
    for (const busy of this.#busy)
      if (busy.instance === instance) {
        busy.waiting ??= [];
        busy.waiting.push(event);
        return;
      }
    this.#process(key, instance, event, false);
  }

  /** Runs one step, then one for each event that its effects sent to the same instance. */
  #process(
    key: string,
    instance: Instance,
    first: MachineEvent,
    starts: boolean,
  ): void {
    const busy: Busy = { instance, waiting: null };
    this.#busy.push(busy);
    try {
      if (starts) this.#begin(key, instance, first);
      else this.#transition(key, instance, first);
      this.#takeWaiting(key, busy);
    } finally {
      this.#busy.pop();
    }
  }

  #takeWaiting(key: string, busy: Busy): void {
    const { instance } = busy;
    for (let i = 0; i < (busy.waiting?.length ?? 0) && !instance.ended; i++)
      this.#transition(key, instance, busy.waiting![i]!);
  }

  #begin(key: string, instance: Instance, event: MachineEvent): void {
    const effects: (() => void)[] = [];
    const state = this.#stateOf(instance);
    const step: Step = { key, instance, event, state, delays: null, effects };
    this.#enter(step, state);
    this.#settle(step);
    for (const effect of effects) effect();
    this.#end(step);
  }

  #transition(key: string, instance: Instance, event: MachineEvent): void {
    const state = this.#stateOf(instance);
    const step: Step = {
      key,
      instance,
      event,
      state,
      delays: null,
      effects: null,
    };
    const chosen = choose(state.on.get(event.type), step);
    if (chosen !== null) this.#take(step, state, chosen);
    // XState looks at `always` after every event, one that nothing handled too.
    this.#settle(step);
    this.#end(step);
  }

  #end(step: Step): void {
    const { instance, delays, state } = step;
    if (state.final) instance.ended = true;
    else if (delays !== null && !instance.ended) this.#startTimers(step);
  }

  #stateOf(instance: Instance): TableState {
    return this.#table.states.get(instance.value)!;
  }

  #take(step: Step, from: TableState, chosen: TableTransition): void {
    const { target, actions } = chosen;
    if (target === null) {
      this.#perform(step, actions);
      return;
    }
    this.#perform(step, from.exit);
    this.#cancelTimers(step.instance);
    this.#perform(step, actions);
    step.instance.value = target;
    step.state = this.#table.states.get(target)!;
    this.#enter(step, step.state);
  }

  #enter(step: Step, state: TableState): void {
    this.#perform(step, state.entry);
    const { event, instance } = step;
    step.delays =
      state.timers.length === 0
        ? null
        : state.timers.map(({ delay }) =>
            delay({ context: instance.context, event }),
          );
    // A machine that is done leaves its final state at once.
    if (state.final) this.#perform(step, state.exit);
  }

  /** Follows `always` transitions until none applies, or one changes neither state nor context. */
  #settle(step: Step): void {
    const { instance } = step;
    for (let i = 0; ; i++) {
      const { state } = step;
      if (state.final) return;
      if (i >= MICROSTEP_LIMIT) this.#neverSettles(step);
      if (state.always.length === 0) return;
      const chosen = choose(state.always, step);
      if (chosen === null) return;
      const { value, context } = instance;
      this.#take(step, state, chosen);
      if (instance.value === value && instance.context === context) return;
    }
  }

  #neverSettles({ key, instance }: Step): never {
    throw new InvariantViolation(
      "MachineNeverSettles",
      `Failed to settle ${this.name} for ${key} in state ${instance.value}: ${MICROSTEP_LIMIT} steps without an event`,
    );
  }

  #perform(step: Step, actions: readonly TableAction[]): void {
    const { key, instance, event } = step;
    for (const action of actions) {
      const { context } = instance;
      if (action.kind === "assign") {
        instance.context = action.apply({ context, event });
        continue;
      }
      const params =
        action.params === null ? undefined : action.params({ context, event });
      const effect = this.#effects.get(action.name)!;
      if (step.effects === null) effect({ key, context, event, params });
      else step.effects.push(() => effect({ key, context, event, params }));
    }
  }

  #startTimers({ key, instance, state, delays }: Step): void {
    const { sim, rank } = this.#options;
    state.timers.forEach(({ eventType }, i) => {
      const event: TimerEvent = { type: "timer", key, timer: eventType };
      const scheduling = { rank, target: this.name, event };
      const handle = sim.after(delays![i]!, scheduling);
      instance.timers.push({ timer: eventType, handle });
    });
  }

  #cancelTimers(instance: Instance): void {
    if (instance.timers.length === 0) return;
    for (const { handle } of instance.timers) this.#options.sim.cancel(handle);
    instance.timers = [];
  }
}

function choose(
  transitions: readonly TableTransition[] | undefined,
  step: Step,
): TableTransition | null {
  if (transitions === undefined) return null;
  const { context } = step.instance;
  const { event } = step;
  for (const transition of transitions)
    if (transition.guard === null || transition.guard({ context, event }))
      return transition;
  return null;
}
