/** Small machines that use what the rooms' machines use, for both back ends to agree on. */
import type { AnyStateMachine } from "xstate";
import { assign, setup } from "xstate";

type Event = { readonly type: string; readonly n?: number };

const base = setup({
  types: {
    context: {} as { readonly count: number; readonly last: string },
    events: {} as Event,
    input: {} as { readonly count: number },
  },
  delays: {
    SHORT: 10,
    LONG: 100,
    BACKOFF: ({ context }) => 5 * 2 ** Math.min(context.count, 6),
  },
  guards: {
    tired: ({ context }) => context.count >= 3,
    hasN: ({ event }) => event.n !== undefined,
    moreThan: ({ context }, params: { readonly least: number }) =>
      context.count > params.least,
  },
  actions: {
    increase: assign({ count: ({ context }) => context.count + 1 }),
    reset: assign({ count: 0 }),
    remember: assign(({ event }) => ({ last: event.type })),
    enter: () => {},
    leave: () => {},
    noteA: (_, _params?: unknown) => {},
    noteB: () => {},
    sendX: () => {},
    sendTwice: () => {},
    sendOther: () => {},
    stopSelf: () => {},
    restartSelf: () => {},
    askProbe: () => {},
  },
});

/** A fetch that is tried again with growing delays. */
const backingOff = base.createMachine({
  id: "backingOff",
  context: ({ input }) => ({ count: input.count, last: "" }),
  initial: "idle",
  states: {
    idle: { on: { x: "fetching", y: { actions: ["remember", "noteA"] } } },
    fetching: {
      entry: ["enter", "askProbe"],
      exit: "leave",
      after: { LONG: { target: "waiting", actions: "noteB" } },
      on: {
        y: { target: "idle", actions: "reset" },
        z: { target: "waiting", actions: ["increase", "sendOther"] },
      },
    },
    waiting: {
      entry: "remember",
      always: { guard: "tired", target: "givenUp" },
      after: { BACKOFF: "fetching" },
    },
    givenUp: { type: "final", entry: "noteA", exit: "leave" },
  },
});

/** Transitions to itself, with and without leaving the state. */
const returning = base.createMachine({
  id: "returning",
  context: { count: 0, last: "" },
  initial: "here",
  states: {
    here: {
      entry: ["enter", "increase"],
      exit: "leave",
      after: {
        SHORT: { actions: "noteA" },
        BACKOFF: { target: "here", reenter: true, actions: "noteB" },
        LONG: { target: "there" },
      },
      on: {
        x: { target: "here", actions: "noteA" },
        y: { target: "here", reenter: true, actions: "noteB" },
        z: "there",
      },
    },
    there: { entry: "sendX", on: { x: "here", y: undefined } },
  },
});

/** Transitions of the machine itself leave the state they are in, even for that state. */
const fromTheMachine = base.createMachine({
  id: "fromTheMachine",
  context: { count: 0, last: "" },
  initial: "one",
  on: {
    x: { target: ".one", actions: "noteA" },
    y: [
      { guard: "hasN", target: ".two" },
      { guard: { type: "moreThan", params: { least: 2 } }, target: ".done" },
      { actions: { type: "noteA", params: { why: "neither" } } },
    ],
  },
  states: {
    one: {
      entry: ["enter", "increase"],
      exit: "leave",
      after: { LONG: "two" },
    },
    two: {
      entry: ["enter", "sendTwice"],
      exit: "leave",
      on: { x: { guard: "tired", target: "one" }, z: undefined },
    },
    done: { type: "final", entry: "noteB" },
  },
});

/** States that are only passed through, delays that never start, `always` without a target. */
const passingThrough = base.createMachine({
  id: "passingThrough",
  context: { count: 0, last: "" },
  initial: "gate",
  states: {
    gate: {
      entry: "enter",
      exit: "leave",
      after: { SHORT: { actions: "noteA" } },
      always: [
        { guard: "tired", target: "long", actions: "reset" },
        { guard: "hasN", actions: "noteB" },
      ],
      on: { x: { actions: "increase" }, y: "short" },
    },
    short: {
      entry: "increase",
      exit: "leave",
      after: { SHORT: "gate" },
      always: { target: "gate" },
    },
    long: {
      entry: ["askProbe", "sendX"],
      after: { BACKOFF: "gate", LONG: "long" },
      on: { x: { actions: "noteA" }, z: { target: "gate", actions: "noteA" } },
    },
  },
});

/** An instance that ends itself, or begins again, from inside its own effects. */
const endingItself = base.createMachine({
  id: "endingItself",
  context: ({ input }) => ({ count: input.count, last: "" }),
  initial: "alive",
  states: {
    alive: {
      entry: "enter",
      exit: "leave",
      after: { LONG: { target: "alive", reenter: true } },
      on: {
        x: { target: "next", actions: ["sendTwice", "stopSelf", "noteA"] },
        y: { target: "next", actions: ["restartSelf", "noteB"] },
        z: { target: "over" },
      },
    },
    next: { entry: ["noteA", "sendX"], after: { SHORT: "alive" } },
    over: { type: "final", entry: ["sendX", "stopSelf"], exit: "noteB" },
  },
});

export const handWritten: Readonly<Record<string, AnyStateMachine>> = {
  backingOff,
  returning,
  fromTheMachine,
  passingThrough,
  endingItself,
};
