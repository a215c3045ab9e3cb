/**
 * One lane's passes: what its process does with a request to fetch, from the client's first request to the value's new place.
 *
 * States   stopped <-> idle; idle -> jittering -> asking; asking <-> signingIn; asking, signingIn -> pausing -> asking: the
 *          SDK's own retries; asking -> publishing -> asking for a second GET; then settling -> idle, backingOff or the next pass
 * Timers   WAIT      what the room says: jitter, an SDK's pause, the product's own pause after a failed pass
 *          PATIENCE  SIGN_IN_PATIENCE_MS 30 s: with a token endpoint that does not answer
 * Source: kubernetes/client-go util/workqueue (a key that is worked on and asked for is taken again after it);
 *         alternatives.md 4, 7.1; key-vault.md 5.2, 8.3
 * Input    none
 * Emits    effects begin, ask, signIn, publish, giveUpSignIn
 */
import { assign, setup } from "xstate";
import type { DurationMs } from "../../kernel/time.ts";
import { SIGN_IN_PATIENCE_MS } from "../defaults.ts";

export interface LanePassContext {
  /** Of the pass under way. */
  readonly trigger: string;
  readonly waitMs: DurationMs;
  /** What was asked for while a pass ran; empty: nothing. */
  readonly again: string;
  readonly againWaitMs: DurationMs;
}

export type LanePassEvent =
  | {
      readonly type: "requested";
      readonly trigger: string;
      /** Before the first request. */
      readonly waitMs: DurationMs;
    }
  | { readonly type: "token.missing" | "signed.in" | "fetched" | "continued" }
  | { readonly type: "paused"; readonly waitMs: DurationMs }
  /** `retryMs`: until the pass is repeated by itself; 0: not. */
  | { readonly type: "finished"; readonly retryMs: DurationMs }
  | { readonly type: "started" | "stopped" };

const stop = { stopped: { target: "stopped", actions: "forget" } } as const;
const busy = { ...stop, requested: { actions: "remember" } } as const;
const finish = { target: "settling", actions: "keepRetry" } as const;

export const lanePassMachine = setup({
  types: { context: {} as LanePassContext, events: {} as LanePassEvent },
  delays: {
    WAIT: ({ context }) => context.waitMs,
    PATIENCE: SIGN_IN_PATIENCE_MS,
  },
  guards: {
    waitsFirst: ({ event }) => event.type === "requested" && event.waitMs > 0,
    isWantedAgain: ({ context }) => context.again !== "",
    isWantedAgainLater: ({ context }) =>
      context.again !== "" && context.againWaitMs > 0,
    comesBack: ({ context }) => context.waitMs > 0,
  },
  actions: {
    take: assign(({ context, event }) =>
      event.type === "requested"
        ? { trigger: event.trigger, waitMs: event.waitMs }
        : context,
    ),
    takeAgain: assign(({ context }) => ({
      trigger: context.again,
      waitMs: context.againWaitMs,
      again: "",
      againWaitMs: 0,
    })),
    takeRetry: assign({ trigger: "retry" }),
    remember: assign(({ context, event }) =>
      event.type === "requested"
        ? { again: event.trigger, againWaitMs: event.waitMs }
        : context,
    ),
    keepWait: assign(({ context, event }) =>
      event.type === "paused" ? { waitMs: event.waitMs } : context,
    ),
    keepRetry: assign(({ context, event }) =>
      event.type === "finished" ? { waitMs: event.retryMs } : context,
    ),
    forget: assign({ trigger: "", waitMs: 0, again: "", againWaitMs: 0 }),
    begin: () => {},
    ask: () => {},
    signIn: () => {},
    publish: () => {},
    giveUpSignIn: () => {},
  },
}).createMachine({
  id: "lane-pass",
  context: { trigger: "", waitMs: 0, again: "", againWaitMs: 0 },
  initial: "idle",
  states: {
    stopped: { on: { started: "idle" } },
    idle: {
      on: {
        ...stop,
        requested: [
          { guard: "waitsFirst", target: "jittering", actions: "take" },
          { target: "asking", actions: ["take", "begin"] },
        ],
      },
    },
    jittering: {
      after: { WAIT: { target: "asking", actions: "begin" } },
      on: stop,
    },
    asking: {
      entry: "ask",
      on: {
        ...busy,
        "token.missing": "signingIn",
        paused: { target: "pausing", actions: "keepWait" },
        fetched: "publishing",
        finished: finish,
      },
    },
    signingIn: {
      entry: "signIn",
      after: { PATIENCE: { actions: "giveUpSignIn" } },
      on: {
        ...busy,
        "signed.in": "asking",
        paused: { target: "pausing", actions: "keepWait" },
        finished: finish,
      },
    },
    pausing: {
      after: { WAIT: "asking" },
      on: { ...busy, finished: finish },
    },
    publishing: {
      entry: "publish",
      on: { ...busy, continued: "asking", finished: finish },
    },
    settling: {
      always: [
        {
          guard: "isWantedAgainLater",
          target: "jittering",
          actions: "takeAgain",
        },
        {
          guard: "isWantedAgain",
          target: "asking",
          actions: ["takeAgain", "begin"],
        },
        { guard: "comesBack", target: "backingOff" },
        { target: "idle" },
      ],
    },
    backingOff: {
      after: { WAIT: { target: "asking", actions: ["takeRetry", "begin"] } },
      on: {
        ...stop,
        requested: [
          { guard: "waitsFirst", target: "jittering", actions: "take" },
          { target: "asking", actions: ["take", "begin"] },
        ],
      },
    },
  },
});
