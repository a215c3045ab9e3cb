/**
 * What a room sees of its state machines: the instances of one definition, by key, whichever back end runs them.
 *
 * Source: statelyai/xstate v5.33 packages/core/src (createActor, macrostep): both back ends do what its actor does.
 */
import type { AnyStateMachine } from "xstate";
import { InvariantViolation } from "./errors.ts";
import type { Rank, SimEvent } from "./event-queue.ts";
import type { JsonObject } from "./json.ts";
import type { MachineEvent, MachineTable } from "./machine-table.ts";
import type { Component, Simulation } from "./simulation.ts";

export type MachineBackend = "table" | "actor";

export interface EffectCall<C = JsonObject, E extends MachineEvent = never> {
  readonly key: string;
  readonly context: C;
  /** While the instance starts, `{type: "xstate.init", input}`; when a delay has passed, XState's `xstate.after` event. */
  readonly event: E;
  /** What the definition says beside the action's name: `{ type: "record", params: … }`. */
  readonly params: unknown;
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
  /**
   * Sends an event; from inside an effect of the same instance it waits until the current one is done. Unknown keys
   * are a mistake; an instance in a final state ignores every event.
   */
  send(key: string, event: E): void;
  /**
   * Drops an instance, its timers and the events that wait for it; no exit actions run. From inside one of its own
   * effects, the step that is running still performs the rest of its actions. The key is free at once.
   */
  stop(key: string): void;
  /** Whether the key was started and not stopped; an instance in a final state stays until it is stopped. */
  has(key: string): boolean;
  /** Name of the state the instance is in; throws for an unknown key. Not from inside an effect. */
  stateOf(key: string): string;
  /** Not from inside an effect, which is given its context. */
  contextOf(key: string): C;
}

/** The event that a delay's queue entry delivers to its set. */
export interface TimerEvent extends SimEvent {
  readonly type: "timer";
  readonly key: string;
  readonly timer: string;
}

/** The event of an instance's first step. */
export const INIT_EVENT_TYPE = "xstate.init";

/** More steps than this without a new event are a loop in the definition. */
export const MICROSTEP_LIMIT = 100;

/** An effect with the machine's types set aside, as the back ends call it. */
export type AnyEffect = (call: {
  readonly key: string;
  readonly context: JsonObject;
  readonly event: MachineEvent;
  readonly params: unknown;
}) => void;

/** The room's handlers by action; throws for a named action of the machine that nobody provides. */
export function effectsFor<C, E extends MachineEvent>(
  options: MachineSetOptions<C, E>,
  table: MachineTable,
): ReadonlyMap<string, AnyEffect> {
  const effects = new Map<string, AnyEffect>();
  for (const name of table.effects) {
    if (!Object.hasOwn(options.effects, name))
      throw new InvariantViolation(
        "EffectMissing",
        `Failed to make ${options.name}: nobody provides the effect ${name} of the machine ${table.id}`,
      );
    effects.set(name, options.effects[name] as unknown as AnyEffect);
  }
  return effects;
}

export function noSuchMachine(set: string, key: string): InvariantViolation {
  return new InvariantViolation(
    "NoSuchMachine",
    `Failed to find ${key} in ${set}`,
  );
}

export function machineTwice(set: string, key: string): InvariantViolation {
  return new InvariantViolation(
    "MachineTwice",
    `Failed to start ${set} for ${key}: it runs already`,
  );
}
