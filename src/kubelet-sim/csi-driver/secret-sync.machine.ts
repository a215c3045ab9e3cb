/**
 * Sync of one SecretProviderClassPodStatus to Kubernetes Secrets by the controller of its node.
 *
 * States   reconciling -> waiting -> reconciling; reconciling -> idle when there is nothing to come back for
 * Timers   RETRY  5 s when the pod or its class is not in the cache, 5 min after success, 5 ms doubling to 1000 s after
 *                 an error; the room names it, the machine counts the errors
 * Source: kubernetes-sigs/secrets-store-csi-driver v1.5.6 controllers/secretproviderclasspodstatus_controller.go,
 *         controller-runtime's default rate limiter; csi-driver.md 5.2, 12.4
 * Input    none
 * Emits    effects reconcile (answered by reconcile.finished)
 * Simplification: reconciles of different pods of a node may overlap; upstream runs one at a time, each for milliseconds.
 */
import { assign, setup } from "xstate";
import type { DurationMs } from "../../kernel/time.ts";
import {
  SECRET_SYNC_BACKOFF_INITIAL_MS,
  SECRET_SYNC_BACKOFF_MAX_MS,
} from "../defaults.ts";

export interface SecretSyncContext {
  readonly retryMs: DurationMs;
  /** Errors in a row. */
  readonly failures: number;
  /** The status changed while a reconcile ran. */
  readonly again: boolean;
}

export type SecretSyncEvent =
  | { readonly type: "status.changed" }
  | {
      readonly type: "reconcile.finished";
      /** done: nothing to come back for. retry: after `afterMs`. failed: after the next back-off. */
      readonly outcome: "done" | "retry" | "failed";
      readonly afterMs: DurationMs;
    };

export const secretSyncMachine = setup({
  types: { context: {} as SecretSyncContext, events: {} as SecretSyncEvent },
  delays: { RETRY: ({ context }) => context.retryMs },
  guards: {
    changedMeanwhile: ({ context }) => context.again,
    isDone: ({ event }) =>
      event.type === "reconcile.finished" && event.outcome === "done",
    hasFailed: ({ event }) =>
      event.type === "reconcile.finished" && event.outcome === "failed",
  },
  actions: {
    rememberChange: assign({ again: true }),
    forgetChange: assign({ again: false }),
    waitAsTold: assign({
      failures: 0,
      retryMs: ({ event }) =>
        event.type === "reconcile.finished" ? event.afterMs : 0,
    }),
    backOff: assign(({ context }) => ({
      failures: context.failures + 1,
      retryMs: Math.min(
        SECRET_SYNC_BACKOFF_INITIAL_MS * 2 ** context.failures,
        SECRET_SYNC_BACKOFF_MAX_MS,
      ),
    })),
    reconcile: () => {},
  },
}).createMachine({
  id: "secret-sync",
  context: { retryMs: 0, failures: 0, again: false },
  initial: "reconciling",
  states: {
    reconciling: {
      entry: ["forgetChange", "reconcile"],
      on: {
        "status.changed": { actions: "rememberChange" },
        "reconcile.finished": [
          { guard: "changedMeanwhile", target: "reconciling", reenter: true },
          { guard: "isDone", target: "idle" },
          { guard: "hasFailed", target: "waiting", actions: "backOff" },
          { target: "waiting", actions: "waitAsTold" },
        ],
      },
    },
    waiting: {
      after: { RETRY: "reconciling" },
      on: { "status.changed": "reconciling" },
    },
    idle: { on: { "status.changed": "reconciling" } },
  },
});
