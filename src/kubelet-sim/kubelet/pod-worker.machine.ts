/**
 * One pod's worker in the kubelet: when it syncs the pod and what it waits for.
 *
 * States   added -> syncing; syncing -> waitingForVolumes -> noticing -> starting -> idle for a pod that is to be started;
 *          idle -> waitingForCache -> syncing on an update; any -> waitingToTerminate -> terminating -> stopped ->
 *          terminated -> released -> finished when the pod is deleted, or over by itself. dormant is idle for a pod that no
 *          resync could change: its timer is left out.
 * Timers   RESYNC      from the end of a sync to the sync ticker that sees it due; how the sync ended decides
 *                      (`work-queue.ts`), the room draws it
 *          CACHE       work waits until the PLEG cache is newer than the end of the work before: at most one relist; an
 *                      update that came while a sync ran goes ahead of any resync or back-off
 *          VOLUME_WAIT 123 s, then the sync fails and backs off; the same for the unmount at the end
 *          CHECK       both waits look at the volumes every 300 ms
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/pod_workers.go, pkg/kubelet/kubelet.go (SyncPod, SyncTerminatingPod,
 *         SyncTerminatedPod), pkg/kubelet/volumemanager/volume_manager.go (WaitForAttachAndMount); kubelet.md 1.2, 1.3, 13.1
 * Input    { terminating: the pod is on its way out already }
 * Emits    effects sync, startContainers, volumeWaitFailed, stopContainers, unmountVolumes, unmountFailed, finish
 */
import { assign, setup } from "xstate";
import type { DurationMs } from "../../kernel/time.ts";
import { MOUNT_WAIT_TIMEOUT_MS } from "../defaults.ts";

/** What makes a kubelet sync a pod. */
export type SyncTrigger =
  "add" | "update" | "resync" | "backoff" | "pleg" | "probe" | "deadline";

export interface PodWorkerContext {
  /** The delay of the state being entered. */
  readonly delayMs: DurationMs;
  /** Why the next sync runs. */
  readonly trigger: SyncTrigger;
  /** The newest update that came while the worker was busy. */
  readonly pending: SyncTrigger | null;
  readonly terminating: boolean;
}

export type PodWorkerEvent =
  | {
      readonly type: "pod.updated";
      readonly trigger: SyncTrigger;
      /** Until the PLEG cache is new enough; 0 when it is. */
      readonly delayMs: DurationMs;
    }
  | {
      readonly type: "sync.succeeded";
      /** Null: no timer, nothing to look after until the pod changes. */
      readonly delayMs: DurationMs | null;
      /** Until the PLEG cache is newer than this sync's end. */
      readonly cacheMs: DurationMs;
    }
  | {
      readonly type: "sync.failed";
      readonly delayMs: DurationMs;
      readonly cacheMs: DurationMs;
    }
  | { readonly type: "volumes.awaited" }
  | { readonly type: "volumes.mounted"; readonly delayMs: DurationMs }
  | { readonly type: "containers.starting" }
  /** The pod is to end: it was deleted, or a sync found it over. Again: its grace period has shrunk. */
  /** From now on a resync matters: the timer that was left out takes up where it would be. */
  | { readonly type: "resync.scheduled"; readonly delayMs: DurationMs }
  | { readonly type: "pod.killed"; readonly delayMs: DurationMs }
  | { readonly type: "containers.stopped"; readonly delayMs: DurationMs }
  | { readonly type: "volumes.unmounted"; readonly delayMs: DurationMs };

export interface PodWorkerInput {
  readonly terminating: boolean;
}

const delayed = ({ event }: { event: PodWorkerEvent }) =>
  "delayMs" in event && event.delayMs !== null ? event.delayMs : 0;

/** The kill is kept whatever else comes; it begins as soon as the cache is newer than what ended last. */
const KILLED = {
  "pod.killed": [
    { guard: "cacheIsNew", target: "terminating" },
    { target: "waitingToTerminate", actions: "rememberDelay" },
  ],
} as const;

/** While it works: the newest update stays, a kill ends the work. */
const WORKING = {
  ...KILLED,
  "pod.updated": { actions: "rememberUpdate" },
} as const;

/** While it waits: an update syncs the pod at once, or as soon as the cache is newer than the last sync. */
const WAITING = {
  ...KILLED,
  "pod.updated": [
    { guard: "cacheIsNew", target: "syncing", actions: "rememberTrigger" },
    {
      target: "waitingForCache",
      actions: ["rememberDelay", "rememberTrigger"],
    },
  ],
} as const;

const ENDED = {
  "sync.succeeded": [
    {
      guard: "updateIsPending",
      target: "waitingForCache",
      actions: "takeUpdate",
    },
    { guard: "nothingToLookAfter", target: "dormant" },
    { target: "idle", actions: "rememberDelay" },
  ],
  "sync.failed": [
    {
      guard: "updateIsPending",
      target: "waitingForCache",
      actions: "takeUpdate",
    },
    { target: "backingOff", actions: "rememberDelay" },
  ],
} as const;

export const podWorkerMachine = setup({
  types: {
    context: {} as PodWorkerContext,
    events: {} as PodWorkerEvent,
    input: {} as PodWorkerInput,
  },
  delays: {
    RESYNC: ({ context }) => context.delayMs,
    CACHE: ({ context }) => context.delayMs,
    CHECK: ({ context }) => context.delayMs,
    VOLUME_WAIT: MOUNT_WAIT_TIMEOUT_MS,
  },
  guards: {
    isTerminating: ({ context }) => context.terminating,
    updateIsPending: ({ context }) => context.pending !== null,
    nothingToLookAfter: ({ event }) =>
      event.type === "sync.succeeded" && event.delayMs === null,
    cacheIsNew: ({ event }) => delayed({ event }) === 0,
  },
  actions: {
    rememberDelay: assign({ delayMs: delayed }),
    rememberUpdate: assign({
      pending: ({ event, context }) =>
        event.type === "pod.updated" ? event.trigger : context.pending,
    }),
    takeUpdate: assign({
      pending: null,
      trigger: ({ context }) => context.pending ?? "update",
      delayMs: ({ event }) => ("cacheMs" in event ? event.cacheMs : 0),
    }),
    rememberTrigger: assign({
      trigger: ({ event, context }) =>
        event.type === "pod.updated" ? event.trigger : context.trigger,
    }),
    resyncIsDue: assign({ trigger: "resync" as const }),
    backoffIsDue: assign({ trigger: "backoff" as const }),
    sync: () => {},
    startContainers: () => {},
    volumeWaitFailed: () => {},
    stopContainers: () => {},
    unmountVolumes: () => {},
    unmountFailed: () => {},
    finish: () => {},
  },
}).createMachine({
  id: "pod-worker",
  context: ({ input }) => ({
    delayMs: 0,
    trigger: "add",
    pending: null,
    terminating: input.terminating,
  }),
  initial: "added",
  states: {
    added: {
      always: [
        { guard: "isTerminating", target: "terminating" },
        { target: "syncing" },
      ],
    },
    syncing: {
      entry: "sync",
      on: {
        ...WORKING,
        ...ENDED,
        "volumes.awaited": "waitingForVolumes",
        "containers.starting": "starting",
      },
    },
    idle: {
      after: { RESYNC: { target: "syncing", actions: "resyncIsDue" } },
      on: WAITING,
    },
    dormant: {
      on: {
        ...WAITING,
        "resync.scheduled": { target: "idle", actions: "rememberDelay" },
      },
    },
    backingOff: {
      after: { RESYNC: { target: "syncing", actions: "backoffIsDue" } },
      on: WAITING,
    },
    waitingForCache: { after: { CACHE: "syncing" }, on: WORKING },
    waitingForVolumes: {
      after: { VOLUME_WAIT: { actions: "volumeWaitFailed" } },
      on: {
        ...WORKING,
        "volumes.mounted": { target: "noticing", actions: "rememberDelay" },
        "sync.failed": ENDED["sync.failed"],
      },
    },
    noticing: {
      after: { CHECK: { actions: "startContainers" } },
      on: { ...WORKING, ...ENDED, "containers.starting": "starting" },
    },
    starting: { on: { ...WORKING, ...ENDED } },
    waitingToTerminate: { after: { CACHE: "terminating" } },
    terminating: {
      entry: "stopContainers",
      on: {
        "pod.killed": { actions: "stopContainers" },
        "containers.stopped": { target: "stopped", actions: "rememberDelay" },
      },
    },
    stopped: { after: { CACHE: "terminated" } },
    terminated: {
      entry: "unmountVolumes",
      after: { VOLUME_WAIT: { actions: "unmountFailed" } },
      on: {
        "volumes.unmounted": { target: "released", actions: "rememberDelay" },
        "sync.failed": {
          target: "backingOffUnmount",
          actions: "rememberDelay",
        },
      },
    },
    backingOffUnmount: { after: { RESYNC: "terminated" } },
    released: { after: { CHECK: "finished" } },
    finished: { entry: "finish", type: "final" },
  },
});
