/**
 * Compiles an XState v5 definition to a table that a loop can run without an actor: state x event -> transitions.
 *
 * Understood: one level of states, `entry`, `exit`, `on`, `after` with delays named in `setup`, `always`, `final`,
 * named guards, named actions. Anything else is refused when the world is made, so that both back ends always mean
 * the same machine.
 */
import type { AnyStateMachine, AnyTransitionDefinition } from "xstate";
import { InvariantViolation } from "./errors.ts";
import type { JsonObject } from "./json.ts";
import type { DurationMs } from "./time.ts";

export interface MachineEvent {
  readonly type: string;
}

interface Args {
  readonly context: JsonObject;
  readonly event: MachineEvent;
}

/** A named action: an assignment computes the next context, an effect is the room's. */
export type TableAction =
  | {
      readonly kind: "assign";
      readonly apply: (args: Args) => JsonObject;
    }
  | { readonly kind: "effect"; readonly name: string };

export interface TableTransition {
  readonly guard: ((args: Args) => boolean) | null;
  /** Null: no state change, only actions. */
  readonly target: string | null;
  readonly reenter: boolean;
  readonly actions: readonly TableAction[];
}

export interface TableTimer {
  /** The event that XState raises when the delay has passed. */
  readonly eventType: string;
  readonly delay: (args: Args) => DurationMs;
}

export interface TableState {
  readonly entry: readonly TableAction[];
  readonly exit: readonly TableAction[];
  readonly on: ReadonlyMap<string, readonly TableTransition[]>;
  readonly always: readonly TableTransition[];
  readonly timers: readonly TableTimer[];
  readonly final: boolean;
}

export interface MachineTable {
  readonly id: string;
  readonly initial: string;
  readonly initialContext: (input: unknown) => JsonObject;
  readonly states: ReadonlyMap<string, TableState>;
}

type Implementation = ((args: Args, params: unknown) => unknown) & {
  readonly type?: string;
  readonly assignment?: unknown;
};

interface Implementations {
  readonly actions: Readonly<Record<string, Implementation>>;
  readonly guards: Readonly<Record<string, Implementation>>;
  readonly delays: Readonly<Record<string, Implementation | number>>;
}

export function compileMachine(machine: AnyStateMachine): MachineTable {
  const refuse = (why: string): never => {
    throw new InvariantViolation(
      "MachineNotCompilable",
      `Failed to compile the machine ${machine.id}: ${why}`,
    );
  };
  const root = machine.root;
  const implementations = machine.implementations as unknown as Implementations;
  if (root.type !== "compound") refuse("it has no states");
  if (root.entry.length + root.exit.length + root.after.length > 0)
    refuse("actions or delays outside a state");
  const initial = root.initial.target[0]?.key ?? refuse("no initial state");
  const shared = transitionsOf(root.transitions, implementations, refuse);
  const states = new Map<string, TableState>();
  for (const [key, node] of Object.entries(root.states)) {
    if (node.type !== "atomic" && node.type !== "final")
      refuse(`state ${key} is ${node.type}; one level of states is understood`);
    if (node.invoke.length > 0) refuse(`state ${key} invokes an actor`);
    const timers = timersOf(machine, key, implementations, refuse);
    const own = transitionsOf(node.transitions, implementations, refuse);
    const on = new Map(shared);
    for (const [type, list] of own)
      on.set(type, [...list, ...(shared.get(type) ?? [])]);
    states.set(key, {
      entry: plain(node.entry).map((a) => actionOf(a, implementations, refuse)),
      exit: plain(node.exit).map((a) => actionOf(a, implementations, refuse)),
      on,
      always: (node.always ?? []).map((t) =>
        transitionOf(t, implementations, refuse),
      ),
      timers,
      final: node.type === "final",
    });
  }
  const { context } = machine.config as { context?: unknown };
  return {
    id: machine.id,
    initial,
    initialContext: (input) =>
      (typeof context === "function"
        ? (context as (args: { input: unknown }) => JsonObject)({ input })
        : ((context ?? {}) as JsonObject)) as JsonObject,
    states,
  };
}

type Refuse = (why: string) => never;

/** `after` adds its own raise and cancel actions; the table has timers for them. */
function plain(actions: readonly unknown[]): unknown[] {
  return actions.filter((action) => {
    const type = (action as { type?: string }).type;
    return type !== "xstate.raise" && type !== "xstate.cancel";
  });
}

function timersOf(
  machine: AnyStateMachine,
  key: string,
  implementations: Implementations,
  refuse: Refuse,
): TableTimer[] {
  const seen = new Map<string, TableTimer>();
  for (const { delay, eventType } of machine.root.states[key]!.after) {
    if (typeof delay !== "string" || !(delay in implementations.delays))
      refuse(`state ${key} has a delay that is not named in setup`);
    const value = implementations.delays[delay as string]!;
    seen.set(eventType, {
      eventType,
      delay:
        typeof value === "number"
          ? () => value
          : (args) => value(args, undefined) as DurationMs,
    });
  }
  return [...seen.values()];
}

function transitionsOf(
  transitions: ReadonlyMap<string, readonly AnyTransitionDefinition[]>,
  implementations: Implementations,
  refuse: Refuse,
): Map<string, TableTransition[]> {
  const out = new Map<string, TableTransition[]>();
  for (const [type, list] of transitions) {
    if (type.includes("*")) refuse(`a wildcard event (${type})`);
    out.set(
      type,
      list.map((t) => transitionOf(t, implementations, refuse)),
    );
  }
  return out;
}

function transitionOf(
  definition: AnyTransitionDefinition,
  implementations: Implementations,
  refuse: Refuse,
): TableTransition {
  const { target, guard, actions, reenter } = definition;
  if ((target?.length ?? 0) > 1) refuse("a transition with several targets");
  return {
    guard: guard === undefined ? null : guardOf(guard, implementations, refuse),
    target: target?.[0]?.key ?? null,
    reenter,
    actions: actions.map((a: unknown) => actionOf(a, implementations, refuse)),
  };
}

function named(reference: unknown): { name: string; params: unknown } | null {
  if (typeof reference === "string")
    return { name: reference, params: undefined };
  const { type, params } = reference as { type?: unknown; params?: unknown };
  return typeof reference === "object" && typeof type === "string"
    ? { name: type, params }
    : null;
}

function guardOf(
  reference: unknown,
  implementations: Implementations,
  refuse: Refuse,
): (args: Args) => boolean {
  const name = named(reference);
  const test = name === null ? undefined : implementations.guards[name.name];
  if (name === null || test === undefined)
    return refuse("a guard that is not named in setup");
  return (args) => Boolean(test(args, name.params));
}

function actionOf(
  reference: unknown,
  implementations: Implementations,
  refuse: Refuse,
): TableAction {
  const name = named(reference);
  if (name === null || !(name.name in implementations.actions))
    return refuse("an action that is not named in setup");
  const action = implementations.actions[name.name]!;
  if (action.type === "xstate.assign")
    return { kind: "assign", apply: assignment(action.assignment, name.params) };
  if (action.type !== undefined && action.type.startsWith("xstate."))
    return refuse(`the action ${name.name} is ${action.type}`);
  return { kind: "effect", name: name.name };
}

/** XState's two spellings of assign: one function for the whole, or one per member. */
function assignment(
  spec: unknown,
  params: unknown,
): (args: Args) => JsonObject {
  if (typeof spec === "function")
    return (args) => ({
      ...args.context,
      ...(spec as (args: Args, params: unknown) => JsonObject)(args, params),
    });
  const members = Object.entries(spec as Record<string, unknown>);
  return (args) => {
    const next: Record<string, unknown> = { ...args.context };
    for (const [key, value] of members)
      next[key] =
        typeof value === "function" ? value(args, params) : value;
    return next as JsonObject;
  };
}
