/**
 * One volume of one pod, as the kubelet's volume manager mounts and refreshes it.
 *
 * States   attaching -> mounting -> mounted -> dirty -> refreshing -> mounted; a failed SetUp backs off and is tried
 *          again by the reconciler, first mount and refresh alike; unmounting -> absent when the pod has ended, with the same
 *          back-off while the driver does not answer; what was never mounted needs no unmount.
 *          uncertain: it may be mounted and is no use to the pod until a SetUp has succeeded. There a first mount ends
 *          whose CSI call may still be running, and a volume begins that a starting kubelet finds on its node.
 *          refreshing ignores a flag that is set meanwhile: it is cleared with its own when the SetUp succeeds.
 * Timers   RECONCILE  to the reconciler pass that acts: the populator's next pass, then the reconciler's (a new volume:
 *                     one pass more, which "verifies attach"; one found on the node is taken for attached)
 *          BACKOFF    0.5 s doubling to 122 s after each failure, then the first reconciler pass strictly after it
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/volumemanager/**, pkg/util/goroutinemap/exponentialbackoff;
 *         kubelet.md 1.2, 6.3, 13.2
 * Input    { delayMs: until the first SetUp, reconcilerPhaseMs, onNode: found there by a starting kubelet }
 * Emits    effects setUp, mounted, failed, tearDown, gone
 * Differs: A pod's end waits for the unmount of a volume of which the first SetUp still runs or may have mounted it; upstream waits for confirmed mounts alone and unmounts such a volume after the pod is gone.
 * Simplification: SetUp of a volume that the kubelet fills takes no time once its sources are read.
 */
import { assign, setup } from "xstate";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import {
  MOUNT_BACKOFF_INITIAL_MS,
  MOUNT_BACKOFF_MAX_MS,
  RECONCILER_PERIOD_MS,
} from "../defaults.ts";
import { tickAfter } from "../phases.ts";

export interface VolumeContext {
  readonly delayMs: DurationMs;
  readonly reconcilerPhaseMs: DurationMs;
  /** The last back-off; 0 after a success. */
  readonly backoffMs: DurationMs;
  /** The pod ended while a SetUp was running. */
  readonly ended: boolean;
  /** A starting kubelet found it on its node: whatever fails, it may be mounted. */
  readonly onNode: boolean;
}

export type VolumeEvent =
  /** A pod sync wants the volume set up again; `delayMs` until the reconciler pass that will do it. */
  | { readonly type: "refresh.flagged"; readonly delayMs: DurationMs }
  | { readonly type: "setUp.succeeded" }
  | {
      readonly type: "setUp.failed";
      readonly at: EpochMs;
      readonly error: string;
      /** The call may still be running at the CSI driver. */
      readonly uncertain: boolean;
    }
  | { readonly type: "pod.ended" }
  | { readonly type: "tearDown.succeeded" }
  | { readonly type: "tearDown.failed"; readonly at: EpochMs };

export interface VolumeInput {
  readonly delayMs: DurationMs;
  readonly reconcilerPhaseMs: DurationMs;
  readonly onNode: boolean;
}

/** The delay after a failure that followed a back-off of `previousMs` (0: none). */
export function nextBackoff(previousMs: DurationMs): DurationMs {
  if (previousMs === 0) return MOUNT_BACKOFF_INITIAL_MS;
  return Math.min(previousMs * 2, MOUNT_BACKOFF_MAX_MS);
}

function mayBeMounted(context: VolumeContext, event: VolumeEvent): boolean {
  return context.onNode || (event.type === "setUp.failed" && event.uncertain);
}

export const volumeMachine = setup({
  types: {
    context: {} as VolumeContext,
    events: {} as VolumeEvent,
    input: {} as VolumeInput,
  },
  delays: {
    RECONCILE: ({ context }) => context.delayMs,
    BACKOFF: ({ context }) => context.delayMs,
  },
  guards: {
    podEnded: ({ context }) => context.ended,
    foundOnNode: ({ context }) => context.onNode,
    mayBeMounted: ({ context, event }) => mayBeMounted(context, event),
    endedUnmounted: ({ context, event }) =>
      context.ended && !mayBeMounted(context, event),
  },
  actions: {
    rememberDelay: assign({
      delayMs: ({ event, context }) =>
        event.type === "refresh.flagged" ? event.delayMs : context.delayMs,
    }),
    rememberEnd: assign({ ended: true }),
    clearBackoff: assign({ backoffMs: 0 }),
    confirm: assign({ onNode: false }),
    backOff: assign(({ context, event }) => {
      const backoffMs = nextBackoff(context.backoffMs);
      const at = "at" in event ? event.at : 0;
      const retryAt = tickAfter(
        at + backoffMs,
        RECONCILER_PERIOD_MS,
        context.reconcilerPhaseMs,
      );
      return { backoffMs, delayMs: retryAt - at };
    }),
    setUp: () => {},
    mounted: () => {},
    failed: () => {},
    tearDown: () => {},
    gone: () => {},
  },
}).createMachine({
  id: "volume",
  context: ({ input }) => ({
    delayMs: input.delayMs,
    reconcilerPhaseMs: input.reconcilerPhaseMs,
    backoffMs: 0,
    ended: false,
    onNode: input.onNode,
  }),
  initial: "attaching",
  states: {
    attaching: {
      always: { guard: "foundOnNode", target: "uncertain" },
      after: { RECONCILE: "mounting" },
      on: { "pod.ended": "absent" },
    },
    mounting: {
      entry: "setUp",
      on: {
        "setUp.succeeded": [
          { guard: "podEnded", target: "unmounting" },
          {
            target: "mounted",
            actions: ["clearBackoff", "confirm", "mounted"],
          },
        ],
        "setUp.failed": [
          { guard: "endedUnmounted", target: "absent" },
          { guard: "podEnded", target: "unmounting" },
          {
            guard: "mayBeMounted",
            target: "uncertain",
            actions: ["backOff", "failed"],
          },
          { target: "backingOff", actions: ["backOff", "failed"] },
        ],
        "pod.ended": { actions: "rememberEnd" },
      },
    },
    backingOff: {
      after: { BACKOFF: "mounting" },
      on: { "pod.ended": "absent" },
    },
    uncertain: {
      after: { BACKOFF: "mounting" },
      on: { "pod.ended": "unmounting" },
    },
    mounted: {
      on: {
        "refresh.flagged": { target: "dirty", actions: "rememberDelay" },
        "pod.ended": "unmounting",
      },
    },
    dirty: {
      after: { RECONCILE: "refreshing" },
      on: { "pod.ended": "unmounting" },
    },
    refreshing: {
      entry: "setUp",
      on: {
        "setUp.succeeded": [
          { guard: "podEnded", target: "unmounting" },
          { target: "mounted", actions: "clearBackoff" },
        ],
        "setUp.failed": [
          { guard: "podEnded", target: "unmounting" },
          { target: "backingOffRefresh", actions: ["backOff", "failed"] },
        ],
        "pod.ended": { actions: "rememberEnd" },
      },
    },
    backingOffRefresh: {
      after: { BACKOFF: "refreshing" },
      on: { "pod.ended": "unmounting" },
    },
    unmounting: {
      entry: "tearDown",
      on: {
        "tearDown.succeeded": "absent",
        "tearDown.failed": { target: "backingOffUnmount", actions: "backOff" },
      },
    },
    backingOffUnmount: { after: { BACKOFF: "unmounting" } },
    absent: { entry: "gone", type: "final" },
  },
});
