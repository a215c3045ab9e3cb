import fc from "fast-check";
import { beforeAll, describe, expect, test, vi } from "vitest";
import type { AnyStateMachine } from "xstate";
import { assign, setup } from "xstate";
import type { Act, Doings } from "./machine-support.ts";
import { KEYS, play, stageFor } from "./machine-support.ts";
import { handWritten } from "./hand-written-machines.ts";

const STATES = ["s0", "s1", "s2", "s3"];
const EVENTS = ["x", "y", "z"];
const DELAYS = ["SHORT", "LONG", "BY_CONTEXT", "BY_EVENT"];
const GUARDS = ["even", "below5", "eventIsX", "hasN", "atMost"];

/** Effects that only show themselves, and those that do something: see `doings`. */
const EFFECTS = [
  "noteA",
  "noteB",
  "sendX",
  "sendY",
  "sendTwice",
  "sendOther",
  "stopSelf",
  "restartSelf",
  "askProbe",
  "fail",
];
const ASSIGNMENTS = ["increase", "takeN", "remember", "add"];

/** The vocabulary; definitions are drawn from it. */
function vocabulary() {
  type Args = {
    context: { count: number; last: string };
    event: { type: string; n?: number };
  };
  return setup({
    types: {
      context: {} as { count: number; last: string },
      events: {} as { type: string; n?: number },
    },
    delays: {
      SHORT: 10,
      LONG: 100,
      BY_CONTEXT: ({ context }: Args) => 5 + 10 * context.count,
      BY_EVENT: ({ event }: Args) => 20 + (event.n ?? 0),
    },
    guards: {
      even: ({ context }: Args) => context.count % 2 === 0,
      below5: ({ context }: Args) => context.count < 5,
      eventIsX: ({ event }: Args) => event.type === "x",
      hasN: ({ event }: Args) => event.n !== undefined,
      atMost: ({ context }: Args, params: { most: number }) =>
        context.count <= params.most,
    },
    actions: {
      increase: assign({ count: ({ context }: Args) => context.count + 1 }),
      takeN: assign(({ event, context }: Args) => ({
        count: event.n ?? context.count,
      })),
      remember: assign({ last: ({ event }: Args) => event.type, count: 3 }),
      add: assign(({ context }: Args, params: { by: number }) => ({
        count: context.count + params.by,
      })),
      ...Object.fromEntries(
        EFFECTS.map((name) => [name, (_: unknown, _params: unknown) => {}]),
      ),
    },
  });
}

const doings: Doings = ({ sim, set, log }, { key, effect }) => {
  // Machines that feed themselves for ever prove nothing; the log is the same on both sides, so its length may judge.
  if (log.length > 150) return;
  const other = key === "a" ? "b" : "a";
  if (effect === "sendX") set.send(key, { type: "x", n: 1 });
  if (effect === "sendY") set.send(key, { type: "y" });
  if (effect === "sendTwice") {
    set.send(key, { type: "z", n: 2 });
    set.send(key, { type: "x" });
  }
  if (effect === "sendOther" && set.has(other))
    set.send(other, { type: "y", n: 7 });
  if (effect === "stopSelf" && set.has(key)) set.stop(key);
  if (effect === "restartSelf" && set.has(key)) {
    set.stop(key);
    set.start(key, { count: 2 });
  }
  if (effect === "askProbe")
    sim.after(10, { rank: 10, target: "probe", event: { type: "asked" } });
  if (effect === "fail") throw new RangeError("an effect failed");
};

const action = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...ASSIGNMENTS.slice(0, 3)) },
  { weight: 3, arbitrary: fc.constantFrom("noteA", "noteB", "askProbe") },
  { weight: 2, arbitrary: fc.constantFrom(...EFFECTS.slice(2, 6)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<unknown>(
      { type: "add", params: { by: 2 } },
      {
        type: "add",
        params: ({ context }: { context: { count: number } }) => ({
          by: context.count,
        }),
      },
      { type: "noteA", params: { of: "params" } },
      {
        type: "noteB",
        params: ({ event }: { event: { type: string } }) => event.type,
      },
      "stopSelf",
      "restartSelf",
      "fail",
    ),
  },
);
const actions = fc.array(action, { maxLength: 3 });

const guard = fc.option(
  fc.oneof(
    fc.constantFrom<unknown>(...GUARDS.slice(0, 4)),
    fc
      .integer({ min: 0, max: 9 })
      .map((most) => ({ type: "atMost", params: { most } })),
  ),
  { nil: undefined },
);

function transition(targets: readonly string[], targetless: boolean) {
  const target = fc.constantFrom<string | undefined>(...targets);
  return fc.record(
    {
      guard,
      target: targetless ? fc.option(target, { nil: undefined }) : target,
      reenter: fc.boolean(),
      actions,
    },
    { requiredKeys: ["actions"] },
  );
}
const transitions = (targets: readonly string[]) =>
  fc.oneof(
    fc.array(transition(targets, true), { maxLength: 3 }),
    fc.constant(undefined),
  );
const table = (keys: readonly string[], targets: readonly string[]) =>
  fc.dictionary(fc.constantFrom(...keys), transitions(targets), {
    maxKeys: 3,
    noNullPrototype: true,
  });

const state = fc.record(
  {
    entry: actions,
    exit: actions,
    on: table(EVENTS, STATES),
    after: table(DELAYS, STATES).map((after) =>
      Object.fromEntries(
        Object.entries(after).filter(
          ([, list]) => list !== undefined && list.length > 0,
        ),
      ),
    ),
    always: fc.array(transition(STATES, true), { maxLength: 2 }),
    type: fc.constantFrom("atomic", "atomic", "atomic", "final"),
  },
  { requiredKeys: [] },
);

/** Any machine that the compiler understands. */
const drawnConfig = fc.record({
  states: fc.tuple(state, state, state, state),
  // From the machine itself a state is addressed with a dot.
  on: table(
    EVENTS,
    STATES.map((s) => `.${s}`),
  ),
  fromInput: fc.boolean(),
});
type DrawnConfig = typeof drawnConfig extends fc.Arbitrary<infer T> ? T : never;

function drawnMachine({ states, on, fromInput }: DrawnConfig): AnyStateMachine {
  const config = {
    id: "drawn",
    context: fromInput
      ? ({ input }: { input: { count: number } }) => ({ ...input, last: "" })
      : { count: 0, last: "" },
    initial: "s0",
    on,
    states: Object.fromEntries(STATES.map((s, i) => [s, states[i]])),
  };
  return vocabulary().createMachine(config as never) as never;
}

const key = fc.constantFrom(...KEYS);
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("send" as const),
      key,
      event: fc.record(
        { type: fc.constantFrom(...EVENTS), n: fc.integer({ min: 0, max: 9 }) },
        { requiredKeys: ["type"] },
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("advance" as const),
      ms: fc.constantFrom(0, 1, 9, 10, 25, 100, 1000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("stop" as const), key }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("start" as const),
      key,
      input: fc.record({ count: fc.integer({ min: 0, max: 6 }) }),
    }),
  },
);
const script = fc
  .array(act, { minLength: 1, maxLength: 25 })
  .map((acts): Act[] => [
    { do: "start", key: "a", input: { count: 0 } },
    { do: "start", key: "b", input: { count: 1 } },
    ...acts,
  ]);

function expectAgreement(machine: AnyStateMachine, acts: readonly Act[]): void {
  const byTable = play(stageFor(machine, "table", doings), acts, 2000);
  const byActor = play(stageFor(machine, "actor", doings), acts, 2000);
  expect(byTable).toEqual(byActor);
}

// XState's development build warns when an actor is started from inside another's action.
beforeAll(() => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

describe("the table and XState's actor", () => {
  test.each(Object.keys(handWritten))(
    "show the same effects, contexts and times: %s",
    (name) => {
      fc.assert(
        fc.property(script, (acts) =>
          expectAgreement(handWritten[name]!, acts),
        ),
        { seed: 20240429, numRuns: 40 },
      );
    },
  );

  test("show the same effects, contexts and times on machines drawn at random", () => {
    fc.assert(
      fc.property(drawnConfig, script, (config, acts) =>
        expectAgreement(drawnMachine(config), acts),
      ),
      {
        seed: 20240429,
        numRuns: 500,
      },
    );
  });
});
