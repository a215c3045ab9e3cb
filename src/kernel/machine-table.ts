/**
 * Compiles an XState v5 definition to a table that a loop can run without an actor: state x event -> transitions.
 *
 * Understood: one level of states, `entry`, `exit`, `on` (the machine's own too), `after` with delays named in
 * `setup`, `always`, `final`, named guards, named actions, params. Anything else is refused when the world is made, so
 * that both back ends always mean the same machine.
 *
 * Source: statelyai/xstate v5.33 packages/core/src/stateUtils.ts, StateNode.ts, assign.ts
 */
import type {
  AnyStateMachine,
  AnyStateNode,
  AnyTransitionDefinition,
} from "xstate";
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
  | { readonly kind: "assign"; readonly apply: (args: Args) => JsonObject }
  | {
      readonly kind: "effect";
      readonly name: string;
      /** Null: the definition says none. */
      readonly params: ((args: Args) => unknown) | null;
    };

export interface TableTransition {
  readonly guard: ((args: Args) => boolean) | null;
  /** The state to enter, after leaving the current one; null: only actions. */
  readonly target: string | null;
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
  /** By event type, in order of trying: the state's own transitions, then the machine's. */
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
  /** Every effect that some action names. */
  readonly effects: ReadonlySet<string>;
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

/** Throws an `InvariantViolation` that says what the table does not understand. */
export function compileMachine(machine: AnyStateMachine): MachineTable {
  return new Compiler(machine).compile();
}

class Compiler {
  readonly #machine: AnyStateMachine;
  readonly #implementations: Implementations;
  readonly #effects = new Set<string>();

  constructor(machine: AnyStateMachine) {
    this.#machine = machine;
    this.#implementations =
      machine.implementations as unknown as Implementations;
  }

  compile(): MachineTable {
    const { root } = this.#machine;
    this.#checkRoot(root);
    const states = new Map<string, TableState>();
    for (const [key, node] of Object.entries(root.states))
      states.set(key, this.#state(key, node, root));
    const { context } = this.#machine.config as { context?: unknown };
    return {
      id: this.#machine.id,
      initial: root.initial.target[0]!.key,
      initialContext: (input) =>
        typeof context === "function"
          ? (context as (args: { input: unknown }) => JsonObject)({ input })
          : ((context ?? {}) as JsonObject),
      states,
      effects: this.#effects,
    };
  }

  #refuse(why: string): never {
    throw new InvariantViolation(
      "MachineNotCompilable",
      `Failed to compile the machine ${this.#machine.id}: ${why}`,
    );
  }

  #checkRoot(root: AnyStateNode): void {
    if (root.type === "parallel") this.#refuse("it is parallel");
    if (root.type !== "compound") this.#refuse("it has no states");
    if (root.entry.length + root.exit.length + root.after.length > 0)
      this.#refuse("actions or delays outside a state");
    if ((root.always ?? []).length > 0)
      this.#refuse("an always transition outside a state");
    if (root.invoke.length > 0) this.#refuse("it invokes an actor");
    if (root.initial.actions.length > 0)
      this.#refuse("actions of the initial transition");
    if (root.output !== undefined || root.config.onDone !== undefined)
      this.#refuse("an output or onDone, which nobody would read");
  }

  #state(key: string, node: AnyStateNode, root: AnyStateNode): TableState {
    if (node.type !== "atomic" && node.type !== "final")
      this.#refuse(
        `state ${key} is ${node.type}; one level of states is understood`,
      );
    if (node.invoke.length > 0) this.#refuse(`state ${key} invokes an actor`);
    if (node.output !== undefined)
      this.#refuse(`state ${key} has an output, which nobody would read`);
    return {
      entry: this.#entryOrExit(node, node.entry),
      exit: this.#entryOrExit(node, node.exit),
      on: this.#on(key, node, root),
      always: (node.always ?? []).map((t) => this.#transition(t, key)),
      timers: this.#timers(key, node),
      final: node.type === "final",
    };
  }

  #on(
    key: string,
    node: AnyStateNode,
    root: AnyStateNode,
  ): Map<string, TableTransition[]> {
    const on = new Map<string, TableTransition[]>();
    for (const transitions of [node.transitions, root.transitions])
      for (const [type, list] of transitions) {
        if (type.includes("*")) this.#refuse(`a wildcard event (${type})`);
        const compiled = list.map((t) => this.#transition(t, key));
        on.set(type, [...(on.get(type) ?? []), ...compiled]);
      }
    return on;
  }

  /** `after` adds its own raise and cancel actions, for which the table has timers. */
  #entryOrExit(node: AnyStateNode, actions: readonly unknown[]): TableAction[] {
    const delays = new Set<unknown>(node.after.map((t) => t.eventType));
    const ofDelay = (action: unknown) => {
      const { type, id, sendId } = action as Record<string, unknown>;
      return (
        (type === "xstate.raise" && delays.has(id)) ||
        (type === "xstate.cancel" && delays.has(sendId))
      );
    };
    return actions.filter((a) => !ofDelay(a)).map((a) => this.#action(a));
  }

  #timers(key: string, node: AnyStateNode): TableTimer[] {
    const timers = new Map<string, TableTimer>();
    const { delays } = this.#implementations;
    for (const { delay, eventType } of node.after) {
      if (typeof delay !== "string" || !Object.hasOwn(delays, delay))
        return this.#refuse(
          `state ${key} has a delay that is not named in setup`,
        );
      const value = delays[delay]!;
      timers.set(eventType, {
        eventType,
        delay:
          typeof value === "number"
            ? () => value
            : (args) => value(args, undefined) as DurationMs,
      });
    }
    return [...timers.values()];
  }

  /**
   * A transition as state `key` takes it. One that belongs to the state leaves it only for another, or with `reenter`;
   * one that belongs to the machine leaves whatever state it is in, the target itself too.
   */
  #transition(
    definition: AnyTransitionDefinition,
    key: string,
  ): TableTransition {
    const { target, guard, actions, reenter, source } = definition;
    const [node] = target ?? [];
    if ((target?.length ?? 0) > 1)
      this.#refuse("a transition with several targets");
    if (node !== undefined && node.parent !== this.#machine.root)
      this.#refuse(
        `a transition to ${node.id}, which is not one of its states`,
      );
    const moves =
      node !== undefined &&
      (reenter || source === this.#machine.root || node.key !== key);
    return {
      guard: guard === undefined ? null : this.#guard(guard),
      target: moves ? node.key : null,
      actions: actions.map((a: unknown) => this.#action(a)),
    };
  }

  #guard(reference: unknown): (args: Args) => boolean {
    const named = nameOf(reference);
    const { guards } = this.#implementations;
    if (named === null || !Object.hasOwn(guards, named.name))
      return this.#refuse("a guard that is not named in setup");
    const test = guards[named.name]!;
    if (typeof test !== "function" || "check" in test)
      return this.#refuse(
        `the guard ${named.name} is not a function of context and event (write and, or, not inside one)`,
      );
    const { params } = named;
    return (args) => Boolean(test(args, params(args)));
  }

  #action(reference: unknown): TableAction {
    const named = nameOf(reference);
    const { actions } = this.#implementations;
    if (named === null || !Object.hasOwn(actions, named.name))
      return this.#refuse("an action that is not named in setup");
    const { name, params } = named;
    const action = actions[name]!;
    if (action.type === "xstate.assign")
      return { kind: "assign", apply: assignment(action.assignment, params) };
    if (action.type?.startsWith("xstate.") === true)
      return this.#refuse(`the action ${name} is ${action.type}`);
    this.#effects.add(name);
    return {
      kind: "effect",
      name,
      params: params === NO_PARAMS ? null : params,
    };
  }
}

interface Named {
  readonly name: string;
  readonly params: (args: Args) => unknown;
}

const NO_PARAMS = () => undefined;

/** Null for an action or guard written in place, which has no name. */
function nameOf(reference: unknown): Named | null {
  if (typeof reference === "string")
    return { name: reference, params: NO_PARAMS };
  if (typeof reference !== "object" || reference === null) return null;
  const { type, params } = reference as { type?: unknown; params?: unknown };
  if (typeof type !== "string") return null;
  return {
    name: type,
    params:
      typeof params === "function"
        ? (params as (args: Args) => unknown)
        : () => params,
  };
}

/** XState's two spellings of assign: one function for the whole, or one per member. */
function assignment(
  spec: unknown,
  params: (args: Args) => unknown,
): (args: Args) => JsonObject {
  if (typeof spec === "function")
    return (args) => ({
      ...args.context,
      ...(spec as (args: Args, params: unknown) => JsonObject)(
        args,
        params(args),
      ),
    });
  const members = Object.entries(spec as Record<string, unknown>);
  return (args) => {
    const given = params(args);
    const next: Record<string, unknown> = { ...args.context };
    for (const [key, value] of members)
      next[key] =
        typeof value === "function"
          ? (value as Implementation)(args, given)
          : value;
    return next as JsonObject;
  };
}
