/**
 * How far the rollout of one Deployment is, as its own conditions tell it, and when somebody must look whether it is stuck.
 *
 * States   untracked: no deadline, or nothing has been said yet. progressing: the deadline runs. complete: the new
 *          ReplicaSet has all it should. paused. deadlineExceeded: no progress for too long; any progress leads back
 * Timers   PROGRESS_CHECK  progressDeadlineSeconds after the last progress, and PROGRESS_CHECK_SLACK_MS 1 s: the Deployment
 *          is queued for a pass, which judges
 *          Source: kubernetes/kubernetes v1.35 pkg/controller/deployment/progress.go (requeueStuckDeployment); kubelet.md 9.1
 * Input    none; `deployment.observed` follows at once
 * Emits    requeue
 */
import { assign, setup } from "xstate";
import type { DurationMs } from "../../../kernel/time.ts";

export type RolloutPhase =
  "untracked" | "progressing" | "complete" | "paused" | "deadlineExceeded";

interface RolloutContext {
  /** From now to the check; 0 outside `progressing`. */
  readonly checkAfterMs: DurationMs;
}

/** The Deployment as the cache has it now. */
export interface DeploymentObserved {
  readonly type: "deployment.observed";
  readonly phase: RolloutPhase;
  readonly checkAfterMs: DurationMs;
}

const judge = [
  { guard: "isProgressing", target: "progressing", actions: "remember" },
  { guard: "isComplete", target: "complete" },
  { guard: "isPaused", target: "paused" },
  { guard: "isExceeded", target: "deadlineExceeded" },
  { target: "untracked" },
] as const;

export const rolloutMachine = setup({
  types: {
    context: {} as RolloutContext,
    events: {} as DeploymentObserved,
  },
  delays: { PROGRESS_CHECK: ({ context }) => context.checkAfterMs },
  guards: {
    isProgressing: ({ event }) => event.phase === "progressing",
    isComplete: ({ event }) => event.phase === "complete",
    isPaused: ({ event }) => event.phase === "paused",
    isExceeded: ({ event }) => event.phase === "deadlineExceeded",
  },
  actions: {
    remember: assign({ checkAfterMs: ({ event }) => event.checkAfterMs }),
    requeue: () => {},
  },
}).createMachine({
  id: "rollout",
  context: { checkAfterMs: 0 },
  initial: "untracked",
  states: {
    untracked: { on: { "deployment.observed": [...judge] } },
    progressing: {
      after: { PROGRESS_CHECK: { actions: "requeue" } },
      on: {
        "deployment.observed": judge.map((transition) =>
          transition.target === "progressing"
            ? { ...transition, reenter: true }
            : transition,
        ),
      },
    },
    complete: { on: { "deployment.observed": [...judge] } },
    paused: { on: { "deployment.observed": [...judge] } },
    deadlineExceeded: { on: { "deployment.observed": [...judge] } },
  },
});
