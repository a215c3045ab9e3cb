/**
 * Sync of one SecretProviderClassPodStatus to Kubernetes Secrets by the controller of its node: an item of the
 * controller's work queue.
 *
 * States   queued -> reconciling -> waiting -> queued; reconciling -> idle when there is nothing to come back for
 * Timers   RETRY  5 s when the pod or its class is not in the cache, 5 min after success, 5 ms doubling to 1000 s after
 *                 an error; the room names it, the machine counts the errors
 * Source: kubernetes-sigs/secrets-store-csi-driver v1.5.6 and v1.6.0 controllers/secretproviderclasspodstatus_controller.go,
 *         sigs.k8s.io/controller-runtime pkg/internal/controller/controller.go, kubernetes/client-go util/workqueue; csi-driver.md 5.2, 12.4
 * Input    none
 * Emits    effects enqueue (answered by taken), reconcile (answered by reconcile.finished)
 *
 * The queue is client-go's: an item that is queued is not queued twice; one that changes while it is worked on is queued
 * again after it; one that waits for a timer keeps the earlier of two.
 */
import { assign, setup } from "xstate";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import { itemBackoff } from "./rate-limiter.ts";

export interface SecretSyncContext {
  /** When the item comes back by itself; 0: never. */
  readonly dueAt: EpochMs;
  /** The instant of the last event with one: what RETRY counts from. */
  readonly at: EpochMs;
  /** Errors in a row. */
  readonly failures: number;
  /** The status changed while a reconcile ran. */
  readonly again: boolean;
}

export type SecretSyncEvent =
  | { readonly type: "status.changed"; readonly at: EpochMs }
  /** The controller's one worker turns to it. */
  | { readonly type: "taken"; readonly at: EpochMs }
  | {
      readonly type: "reconcile.finished";
      readonly at: EpochMs;
      /** done: nothing to come back for. retry: after `afterMs`. failed: after the next back-off, `afterMs` at the least. */
      readonly outcome: "done" | "retry" | "failed";
      readonly afterMs: DurationMs;
    };

export const secretSyncMachine = setup({
  types: { context: {} as SecretSyncContext, events: {} as SecretSyncEvent },
  delays: { RETRY: ({ context }) => context.dueAt - context.at },
  guards: {
    isQueuedAgain: ({ context }) => context.again,
    comesBack: ({ context }) => context.dueAt !== 0,
  },
  actions: {
    rememberTime: assign({ at: ({ event }) => event.at }),
    rememberChange: assign({ again: true }),
    forgetTimer: assign({ dueAt: 0 }),
    /** A timer that ran out while the item was queued has done its work. */
    take: assign(({ context, event }) => ({
      at: event.at,
      again: false,
      dueAt: context.dueAt <= event.at ? 0 : context.dueAt,
    })),
    settle: assign(({ context, event }) =>
      event.type === "reconcile.finished" ? settled(context, event) : context,
    ),
    enqueue: () => {},
    reconcile: () => {},
  },
}).createMachine({
  id: "secret-sync",
  context: { dueAt: 0, at: 0, failures: 0, again: false },
  initial: "queued",
  states: {
    queued: {
      entry: "enqueue",
      on: { taken: { target: "reconciling", actions: "take" } },
    },
    reconciling: {
      entry: "reconcile",
      on: {
        "status.changed": { actions: "rememberChange" },
        "reconcile.finished": { target: "settling", actions: "settle" },
      },
    },
    settling: {
      always: [
        { guard: "isQueuedAgain", target: "queued" },
        { guard: "comesBack", target: "waiting" },
        { target: "idle" },
      ],
    },
    waiting: {
      after: { RETRY: { target: "queued", actions: "forgetTimer" } },
      on: { "status.changed": { target: "queued", actions: "rememberTime" } },
    },
    idle: {
      on: { "status.changed": { target: "queued", actions: "rememberTime" } },
    },
  },
});

function settled(
  context: SecretSyncContext,
  event: Extract<SecretSyncEvent, { readonly type: "reconcile.finished" }>,
): SecretSyncContext {
  const { at, outcome, afterMs } = event;
  const failed = outcome === "failed";
  const delay = failed
    ? Math.max(itemBackoff(context.failures), afterMs)
    : afterMs;
  const wanted = outcome === "done" ? 0 : at + delay;
  // A timer that ran out meanwhile has queued the item again.
  const ranOut = context.dueAt !== 0 && context.dueAt <= at;
  const pending = ranOut ? 0 : context.dueAt;
  return {
    at,
    failures: failed ? context.failures + 1 : 0,
    again: context.again || ranOut,
    dueAt:
      pending === 0 || wanted === 0
        ? pending + wanted
        : Math.min(pending, wanted),
  };
}
