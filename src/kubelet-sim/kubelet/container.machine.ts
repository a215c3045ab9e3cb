/**
 * One container of a pod through all its lives: what the kubelet waits for, and what the runtime runs.
 *
 * States   waiting -> preparing -> starting -> running -> terminated -> preparing …; configError and crashLoopBackOff are
 *          why a pod sync did not start it: the next one asks again. ending is running with a program that ends by itself;
 *          stopping has been told to stop.
 * Timers   START     creating and starting take a fixed time of the profile
 *          LIFETIME  the modelled run time of a program that ends by itself (`container-exit.ts`)
 *          STOP      from SIGTERM to the end: the profile's stopping time, at most the grace period
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/kuberuntime/{kuberuntime_manager,kuberuntime_container}.go; kubelet.md 8.3, 8.4, 13.6
 * Input    none
 * Emits    effects prepare, created, started, exited, dropped
 * Simplification: A container has no time between its creation and its start in which anything could go wrong.
 */
import { assign, setup } from "xstate";
import type { DurationMs } from "../../kernel/time.ts";

export interface ContainerContext {
  /** The delay of the state being entered. */
  readonly delayMs: DurationMs;
  /** How long the program runs; null until it is told to stop. */
  readonly lifetimeMs: DurationMs | null;
  /** With what it ends then, or when it is stopped. */
  readonly exitCode: number;
  /** `Completed`, `Error` … */
  readonly reason: string;
}

export type ContainerMachineEvent =
  /** A pod sync wants it to run. */
  | { readonly type: "start.requested" }
  | {
      readonly type: "config.resolved";
      readonly delayMs: DurationMs;
      readonly lifetimeMs: DurationMs | null;
      readonly exitCode: number;
    }
  | { readonly type: "config.failed" }
  /** A pod sync left it in its back-off. */
  | { readonly type: "restart.refused" }
  | {
      readonly type: "process.exited";
      readonly exitCode: number;
      readonly reason: string;
    }
  | {
      readonly type: "stop.requested";
      readonly delayMs: DurationMs;
      readonly exitCode: number;
    }
  /** Nobody waits for its configuration any more. */
  | { readonly type: "start.abandoned" };

/** The reason that a runtime gives an exit code. */
export function exitReason(exitCode: number): string {
  return exitCode === 0 ? "Completed" : "Error";
}

const STARTS = { "start.requested": "preparing" } as const;

const WAITS = {
  ...STARTS,
  "restart.refused": "crashLoopBackOff",
} as const;

const RUNS = {
  "process.exited": {
    target: "terminated",
    actions: ["rememberExit", "exited"],
  },
  "stop.requested": { target: "stopping", actions: "rememberStop" },
} as const;

const NEVER_RAN = {
  "process.exited": { target: "waiting", actions: "dropped" },
  "stop.requested": { target: "waiting", actions: "dropped" },
} as const;

export const containerMachine = setup({
  types: {
    context: {} as ContainerContext,
    events: {} as ContainerMachineEvent,
  },
  delays: {
    START: ({ context }) => context.delayMs,
    LIFETIME: ({ context }) => context.lifetimeMs ?? 0,
    STOP: ({ context }) => context.delayMs,
  },
  guards: {
    endsByItself: ({ context }) => context.lifetimeMs !== null,
  },
  actions: {
    rememberProgram: assign(({ context, event }) =>
      event.type === "config.resolved"
        ? {
            delayMs: event.delayMs,
            lifetimeMs: event.lifetimeMs,
            exitCode: event.exitCode,
            reason: exitReason(event.exitCode),
          }
        : context,
    ),
    rememberExit: assign(({ context, event }) =>
      event.type === "process.exited"
        ? { exitCode: event.exitCode, reason: event.reason }
        : context,
    ),
    rememberStop: assign(({ context, event }) =>
      event.type === "stop.requested"
        ? {
            delayMs: event.delayMs,
            exitCode: event.exitCode,
            reason: exitReason(event.exitCode),
          }
        : context,
    ),
    prepare: () => {},
    created: () => {},
    started: () => {},
    exited: () => {},
    dropped: () => {},
  },
}).createMachine({
  id: "container",
  context: { delayMs: 0, lifetimeMs: null, exitCode: 0, reason: "" },
  initial: "waiting",
  states: {
    waiting: { on: WAITS },
    preparing: {
      entry: "prepare",
      on: {
        "config.resolved": {
          target: "starting",
          actions: ["rememberProgram", "created"],
        },
        "config.failed": "configError",
        "start.abandoned": "waiting",
        "process.exited": "waiting",
        "stop.requested": "waiting",
      },
    },
    configError: { on: WAITS },
    starting: {
      after: {
        START: [
          { guard: "endsByItself", target: "ending", actions: "started" },
          { target: "running", actions: "started" },
        ],
      },
      on: NEVER_RAN,
    },
    running: { on: RUNS },
    ending: {
      after: { LIFETIME: { target: "terminated", actions: "exited" } },
      on: RUNS,
    },
    stopping: {
      after: { STOP: { target: "terminated", actions: "exited" } },
      on: {
        ...RUNS,
        "stop.requested": {
          target: "stopping",
          reenter: true,
          actions: "rememberStop",
        },
      },
    },
    terminated: { on: WAITS },
    crashLoopBackOff: { on: WAITS },
  },
});
