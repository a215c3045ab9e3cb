/**
 * How the program of a container uses its credential: again and again it takes the value, which it may have to fetch first,
 * and makes a request with it; one kind of program fetches anew when it is refused, and tries once more.
 *
 * States   preparing -> asking -> resting -> preparing …; asking -> refetching -> asking, once for each use
 * Timers   NEXT_USE  until the next use: uses are at fixed times from the start, those that a slow one missed are left out
 * Source: alternatives.md 2.1 (TTL cache, refetch on auth failure)
 * Input    none
 * Emits    effects prepare and refetch (answered by `value.ready`), ask (answered by `use.ended`), at once or later
 */
import { assign, setup } from "xstate";
import type { DurationMs } from "../../kernel/time.ts";

export interface UsageContext {
  /** Whether this use was refused before. */
  readonly again: boolean;
  readonly delayMs: DurationMs;
}

export type UsageEvent =
  | { readonly type: "value.ready" }
  | {
      readonly type: "use.ended";
      /** Whether it was refused and its program then fetches the newest value. */
      readonly refetches: boolean;
      /** Until the next use. */
      readonly nextMs: DurationMs;
    };

export const usageMachine = setup({
  types: { context: {} as UsageContext, events: {} as UsageEvent },
  delays: { NEXT_USE: ({ context }) => context.delayMs },
  guards: {
    triesAgain: ({ context, event }) =>
      event.type === "use.ended" && event.refetches && !context.again,
  },
  actions: {
    rememberRefusal: assign({ again: true }),
    rememberEnd: assign(({ context, event }) =>
      event.type === "use.ended"
        ? { again: false, delayMs: event.nextMs }
        : context,
    ),
    prepare: () => {},
    ask: () => {},
    refetch: () => {},
  },
}).createMachine({
  id: "usage",
  context: { again: false, delayMs: 0 },
  initial: "preparing",
  states: {
    preparing: { entry: "prepare", on: { "value.ready": "asking" } },
    asking: {
      entry: "ask",
      on: {
        "use.ended": [
          {
            guard: "triesAgain",
            target: "refetching",
            actions: "rememberRefusal",
          },
          { target: "resting", actions: "rememberEnd" },
        ],
      },
    },
    refetching: { entry: "refetch", on: { "value.ready": "asking" } },
    resting: { after: { NEXT_USE: "preparing" } },
  },
});
