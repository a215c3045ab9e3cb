/**
 * One replica's part in the election of a leader: client-go's leader elector. Whoever holds the lease renews it; the
 * others look at it until it is over.
 *
 * States   looking -> waiting -> looking … until the lease is ours -> resting -> renewing -> resting …; renewing -> pausing ->
 *          renewing when a renewal fails; renewing, pausing -> lost when none has worked for the deadline
 * Timers   RETRY_PERIOD    2 s: from one look to the next, from a renewal to the next, from a failed try to the next
 *          RENEW_DEADLINE  10 s: from the beginning of a renewal; then the lease is given up, and given back if that works
 *          (LEASE_DURATION_MS 15 s, how long the others wait after the last renewal that they saw, is judged when they look)
 * Source: kubernetes/client-go v0.35 tools/leaderelection/leaderelection.go (acquire, renew); stakater/Reloader v1.4.21
 *         internal/pkg/leadership/leadership.go; reloader.md 1.10
 * Input    none
 * Emits    nothing; the effects ask, lead and lose are the room's
 * Simplification: A replica that does not lead looks at the lease every 2 s, where client-go stretches that by a drawn factor of 1 to 2.2.
 */
import { assign, setup } from "xstate";
import type { DurationMs, EpochMs } from "../../../kernel/time.ts";
import {
  LEASE_RENEW_DEADLINE_MS,
  LEASE_RETRY_PERIOD_MS,
} from "../../defaults.ts";

export interface LeaderElectionContext {
  /** When the renewal that is under way, or the next one, begins. */
  readonly renewalAt: EpochMs;
  /** What is left of its deadline. */
  readonly leftMs: DurationMs;
}

/** The answer to `ask`: whether the lease is ours. */
export type LeaderElectionEvent =
  | { readonly type: "lease.held"; readonly at: EpochMs }
  | { readonly type: "lease.refused"; readonly at: EpochMs };

export const leaderElectionMachine = setup({
  types: {
    context: {} as LeaderElectionContext,
    events: {} as LeaderElectionEvent,
  },
  delays: {
    RETRY_PERIOD: LEASE_RETRY_PERIOD_MS,
    RENEW_DEADLINE: ({ context }) => context.leftMs,
  },
  actions: {
    ask: () => {},
    lead: () => {},
    lose: () => {},
    planRenewal: assign(({ event }) => ({
      renewalAt: event.at + LEASE_RETRY_PERIOD_MS,
      leftMs: LEASE_RENEW_DEADLINE_MS,
    })),
    countDown: assign({
      leftMs: ({ context, event }) =>
        Math.max(context.renewalAt + LEASE_RENEW_DEADLINE_MS - event.at, 0),
    }),
    countPause: assign({
      leftMs: ({ context }) =>
        Math.max(context.leftMs - LEASE_RETRY_PERIOD_MS, 0),
    }),
  },
}).createMachine({
  id: "leaderElection",
  context: { renewalAt: 0, leftMs: 0 },
  initial: "looking",
  states: {
    looking: {
      entry: "ask",
      on: {
        "lease.held": { target: "resting", actions: ["planRenewal", "lead"] },
        "lease.refused": "waiting",
      },
    },
    waiting: { after: { RETRY_PERIOD: "looking" } },
    resting: { after: { RETRY_PERIOD: "renewing" } },
    renewing: {
      entry: "ask",
      after: { RENEW_DEADLINE: "lost" },
      on: {
        "lease.held": { target: "resting", actions: "planRenewal" },
        "lease.refused": { target: "pausing", actions: "countDown" },
      },
    },
    pausing: {
      after: {
        RENEW_DEADLINE: "lost",
        RETRY_PERIOD: { target: "renewing", actions: "countPause" },
      },
    },
    lost: { entry: "lose" },
  },
});
