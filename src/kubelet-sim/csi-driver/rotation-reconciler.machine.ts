/**
 * Rotation in the driver up to 1.5: one ticker and one worker per driver process, hence per node.
 *
 * States   stopped: rotation is off, or the process is down. idle and working: the ticker runs; working has a key in hand.
 * Timers   TICK  ROTATION_POLL_INTERVAL after the process started, then exactly every interval: no poll at start, no jitter
 * Source: kubernetes-sigs/secrets-store-csi-driver v1.5.6 pkg/rotation/reconciler.go (Run, runWorker, processNextItem),
 *         the same since v0.0.15; csi-driver.md 2.1, 12.2
 * Input    none
 * Emits    effects listPodStatuses (answered by keys.added), reconcile (answered by reconcile.finished)
 *
 * The queue is client-go's: a key that waits is not added twice; one that is being worked on may be added again and is
 * taken after it. A retry of a failed key is a later keys.added from the room.
 */
import { assign, setup } from "xstate";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";

export interface RotationContext {
  readonly intervalMs: DurationMs;
  readonly nextTickAt: EpochMs;
  /** The instant of the last event: what TICK counts from. */
  readonly at: EpochMs;
  readonly queue: readonly string[];
  /** The key in hand; empty for none. */
  readonly current: string;
}

export type RotationEvent =
  | {
      readonly type: "started";
      readonly at: EpochMs;
      readonly intervalMs: DurationMs;
      readonly firstTickAt: EpochMs;
    }
  | { readonly type: "stopped" }
  | {
      readonly type: "keys.added";
      readonly at: EpochMs;
      readonly keys: readonly string[];
    }
  | { readonly type: "reconcile.finished"; readonly at: EpochMs };

export const rotationReconcilerMachine = setup({
  types: { context: {} as RotationContext, events: {} as RotationEvent },
  delays: {
    TICK: ({ context }) => context.nextTickAt - context.at,
  },
  guards: {
    queueIsEmpty: ({ context }) => context.queue.length === 0,
    bringsNothing: ({ event }) =>
      event.type === "keys.added" && event.keys.length === 0,
  },
  actions: {
    begin: assign(({ event, context }) =>
      event.type === "started"
        ? {
            intervalMs: event.intervalMs,
            nextTickAt: event.firstTickAt,
            at: event.at,
          }
        : context,
    ),
    forgetQueue: assign({ queue: [], current: "" }),
    rememberTime: assign({
      at: ({ event, context }) => ("at" in event ? event.at : context.at),
    }),
    turnTicker: assign({
      at: ({ context }) => context.nextTickAt,
      nextTickAt: ({ context }) => context.nextTickAt + context.intervalMs,
    }),
    enqueue: assign({
      queue: ({ context, event }) => {
        if (event.type !== "keys.added") return context.queue;
        const waiting = new Set(context.queue);
        const fresh = event.keys.filter((key) => !waiting.has(key));
        return [...context.queue, ...fresh];
      },
    }),
    take: assign({
      current: ({ context }) => context.queue[0] ?? "",
      queue: ({ context }) => context.queue.slice(1),
    }),
    putDown: assign({ current: "" }),
    listPodStatuses: () => {},
    reconcile: () => {},
  },
}).createMachine({
  id: "rotation-reconciler",
  context: { intervalMs: 0, nextTickAt: 0, at: 0, queue: [], current: "" },
  initial: "stopped",
  states: {
    stopped: {
      entry: "forgetQueue",
      on: { started: { target: "idle", actions: "begin" } },
    },
    idle: {
      after: {
        TICK: {
          target: "idle",
          reenter: true,
          actions: ["turnTicker", "listPodStatuses"],
        },
      },
      on: {
        "keys.added": [
          { guard: "bringsNothing" },
          {
            target: "working",
            actions: ["rememberTime", "enqueue", "take", "reconcile"],
          },
        ],
        stopped: "stopped",
      },
    },
    working: {
      after: {
        TICK: {
          target: "working",
          reenter: true,
          actions: ["turnTicker", "listPodStatuses"],
        },
      },
      on: {
        "keys.added": { actions: ["rememberTime", "enqueue"] },
        "reconcile.finished": [
          {
            guard: "queueIsEmpty",
            target: "idle",
            actions: ["rememberTime", "putDown"],
          },
          { actions: ["rememberTime", "take", "reconcile"] },
        ],
        stopped: "stopped",
      },
    },
  },
});
