import { describe, expect, test } from "vitest";
import type { AnyStateMachine } from "xstate";
import { assign, fromPromise, not, raise, setup } from "xstate";
import { compileMachine } from "../../src/kernel/machine-table.ts";
import { stageFor } from "./machine-support.ts";

const base = setup({
  types: { context: {} as { n: number }, events: {} as { type: string } },
  delays: { SOON: 10 },
  guards: { always: () => true, never: not("always") },
  actions: {
    note: () => {},
    count: assign({ n: ({ context }) => context.n + 1 }),
    again: raise({ type: "x" }),
  },
  actors: { load: fromPromise(() => Promise.resolve(1)) },
});

/** A definition as it may come from outside the types: what the compiler must refuse. */
function define(config: object): AnyStateMachine {
  return base.createMachine({
    id: "m",
    context: { n: 0 },
    initial: "a",
    ...config,
  } as never) as never;
}
const inState = (state: object) => define({ states: { a: state, b: {} } });

describe("compileMachine refuses", () => {
  test.each<[why: string, machine: AnyStateMachine]>([
    [
      "state a is compound; one level of states is understood",
      inState({ initial: "inner", states: { inner: {} } }),
    ],
    [
      "state a is parallel; one level of states is understood",
      inState({ type: "parallel", states: { left: {}, right: {} } }),
    ],
    [
      "state h is history; one level of states is understood",
      define({ states: { a: {}, h: { type: "history" } } }),
    ],
    ["it is parallel", define({ type: "parallel", states: { a: {}, b: {} } })],
    ["it has no states", define({ initial: undefined })],
    ["state a invokes an actor", inState({ invoke: { src: "load" } })],
    [
      "it invokes an actor",
      define({ invoke: { src: "load" }, states: { a: {} } }),
    ],
    ["an action that is not named in setup", inState({ entry: () => {} })],
    [
      "an action that is not named in setup",
      inState({ on: { x: { actions: assign({ n: 1 }) } } }),
    ],
    [
      "an action that is not named in setup",
      inState({ entry: raise({ type: "x" }) }),
    ],
    ["an action that is not named in setup", inState({ exit: "toString" })],
    ["the action again is xstate.raise", inState({ entry: "again" })],
    [
      "a guard that is not named in setup",
      inState({ on: { x: { guard: () => true } } }),
    ],
    [
      "a guard that is not named in setup",
      inState({ always: { guard: not("always"), target: "b" } }),
    ],
    [
      "the guard never is not a function of context and event (write and, or, not inside one)",
      inState({ on: { x: { guard: "never" } } }),
    ],
    [
      "state a has a delay that is not named in setup",
      inState({ after: { 1000: "b" } }),
    ],
    [
      "state a has a delay that is not named in setup",
      inState({ after: { LATER: "b" } }),
    ],
    ["a wildcard event (*)", inState({ on: { "*": "b" } })],
    ["a wildcard event (vault.*)", inState({ on: { "vault.*": "b" } })],
    ["a wildcard event (*)", define({ on: { "*": ".a" }, states: { a: {} } })],
    [
      "actions or delays outside a state",
      define({ entry: "note", states: { a: {} } }),
    ],
    [
      "actions or delays outside a state",
      define({ after: { SOON: ".a" }, states: { a: {} } }),
    ],
    [
      "an always transition outside a state",
      define({ always: { guard: "always", target: ".a" }, states: { a: {} } }),
    ],
    [
      "actions of the initial transition",
      define({ initial: { target: "a", actions: "note" }, states: { a: {} } }),
    ],
    [
      "an output or onDone, which nobody would read",
      define({ output: 1, states: { a: {} } }),
    ],
    [
      "state a has an output, which nobody would read",
      inState({ type: "final", output: 1 }),
    ],
    [
      "a transition with several targets",
      inState({ on: { x: { target: ["a", "b"] } } }),
    ],
    [
      "a transition to m, which is not one of its states",
      inState({ on: { x: "#m" } }),
    ],
  ])("%s", (why, machine) => {
    expect(() => compileMachine(machine)).toThrow(
      `Failed to compile the machine m: ${why}`,
    );
  });
});

test("a definition is refused for the actor back end, too", () => {
  const machine = inState({ on: { "*": "b" } });
  expect(() => stageFor(machine, "actor")).toThrow("a wildcard event (*)");
});

test("the table names every effect of the definition, and no assignment", () => {
  const machine = inState({ entry: ["note", "count"] });
  expect([...compileMachine(machine).effects]).toEqual(["note"]);
});
