/**
 * A consuming application: how the program of a container gets to know a new value of its secret, and when it looks.
 *
 * States   starting -> looking, where its program reads at its start, else what it does between looks.
 *          Between looks: waiting (it polls) -> looking; listening (it watches) -> reacting -> looking, or
 *          lastReaction -> lastLook -> deaf, where the watch died with what it watched; resting, when nothing but a wish of its own makes it look; gaveUp, when
 *          what looks has died of an error.
 * Timers   INTERVAL  from the end of a look to the next: the room works it out for a fixed delay and for a fixed rate
 *          REACTION  from what it hears to its look: the profile's `latency.app`, or until its next use of the value
 * Source: reloader.md 3.1, 3.2 (what watches hear), alternatives.md 2 (polling with the SDK), 7.1 (fixed delay and fixed rate)
 * Input    whether it looks when it starts, and what it hears: nothing, one change or each
 * Emits    effects look (answered by `look.ended`, at once or later), deafened
 * Simplification: What an application hears while it still reacts to an earlier change is taken together with it.
 */
import { assign, setup } from "xstate";
import type { DurationMs } from "../../kernel/time.ts";

/** What changes of the file it is told: none, the first one, each. */
export type Hearing = "nothing" | "one" | "each";

export interface ApplicationContext {
  readonly looksFirst: boolean;
  readonly hears: Hearing;
  /** The delay of the state being entered. */
  readonly delayMs: DurationMs;
}

export interface ApplicationInput {
  readonly looksFirst: boolean;
  readonly hears: Hearing;
}

export type ApplicationEvent =
  | {
      readonly type: "look.ended";
      /** Until the next look; null: it does not poll. */
      readonly nextMs: DurationMs | null;
    }
  /** The error of a look ended what looks. */
  | { readonly type: "look.died" }
  /** Its watch tells it, or a signal does. */
  | { readonly type: "change.heard"; readonly delayMs: DurationMs }
  /** The program itself wants to look now. */
  | { readonly type: "value.wanted" };

export const applicationMachine = setup({
  types: {
    context: {} as ApplicationContext,
    events: {} as ApplicationEvent,
    input: {} as ApplicationInput,
  },
  delays: {
    INTERVAL: ({ context }) => context.delayMs,
    REACTION: ({ context }) => context.delayMs,
  },
  guards: {
    looksFirst: ({ context }) => context.looksFirst,
    polls: ({ event }) => event.type === "look.ended" && event.nextMs !== null,
    hears: ({ context }) => context.hears !== "nothing",
    hearsOne: ({ context }) => context.hears === "one",
  },
  actions: {
    rememberInterval: assign(({ context, event }) =>
      event.type === "look.ended"
        ? { ...context, delayMs: event.nextMs ?? 0 }
        : context,
    ),
    rememberReaction: assign(({ context, event }) =>
      event.type === "change.heard"
        ? { ...context, delayMs: event.delayMs }
        : context,
    ),
    look: () => {},
    deafened: () => {},
  },
}).createMachine({
  id: "application",
  context: ({ input }) => ({
    looksFirst: input.looksFirst,
    hears: input.hears,
    delayMs: 0,
  }),
  initial: "starting",
  states: {
    starting: {
      always: [
        { guard: "looksFirst", target: "looking" },
        { guard: "hears", target: "listening" },
        { target: "resting" },
      ],
    },
    looking: {
      entry: "look",
      on: {
        "look.ended": [
          { guard: "polls", target: "waiting", actions: "rememberInterval" },
          { guard: "hears", target: "listening" },
          { target: "resting" },
        ],
        "look.died": "gaveUp",
      },
    },
    waiting: { after: { INTERVAL: "looking" } },
    listening: {
      on: {
        "change.heard": [
          {
            guard: "hearsOne",
            target: "lastReaction",
            actions: ["deafened", "rememberReaction"],
          },
          { target: "reacting", actions: "rememberReaction" },
        ],
      },
    },
    reacting: { after: { REACTION: "looking" } },
    lastReaction: { after: { REACTION: "lastLook" } },
    lastLook: { entry: "look", on: { "look.ended": "deaf" } },
    deaf: {},
    resting: { on: { "value.wanted": "looking" } },
    gaveUp: {},
  },
});
