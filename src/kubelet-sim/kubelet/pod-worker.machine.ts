/**
 * One pod's worker in the kubelet: when it syncs the pod and what it waits for.
 *
 * States   syncing -> idle; syncing -> waitingForVolumes -> noticing -> starting -> idle for a pod that does not run;
 *          idle -> waitingForCache -> syncing on an update; any -> terminating -> terminated -> finished when killed.
 *          dormant is idle for a pod that no resync could change: its timer is left out.
 * Timers   RESYNC      from the end of a sync to the sync ticker that sees it due: Jitter(syncFrequency, 0.5), after an
 *                      error Jitter(10 s, 0.5); the room draws it
 *          CACHE       an update waits until the PLEG cache is newer than the last sync's end: at most one relist; one
 *                      that came while a sync ran goes ahead of any resync or back-off
 *          VOLUME_WAIT 123 s, then the sync fails and backs off
 *          CHECK       the wait looks at the volumes every 300 ms
 *          START, STOP time of the runtime, settings of the profile
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/pod_workers.go, pkg/kubelet/kubelet.go (SyncPod),
 *         pkg/kubelet/volumemanager/volume_manager.go (WaitForAttachAndMount); kubelet.md 1.2, 1.3, 13.1
 * Input    none
 * Emits    effects sync, startContainers, containersStarted, volumeWaitFailed, stopContainers, unmountVolumes, finish
 */
import { assign, setup } from "xstate";
import type { DurationMs } from "../../kernel/time.ts";
import { MOUNT_WAIT_TIMEOUT_MS } from "../defaults.ts";

/** What makes a kubelet sync a pod. */
export type SyncTrigger = "add" | "update" | "resync" | "backoff" | "pleg";

export interface PodWorkerContext {
  /** The delay of the state being entered. */
  readonly delayMs: DurationMs;
  /** Why the next sync runs. */
  readonly trigger: SyncTrigger;
  /** An update came while a sync was running. */
  readonly pending: boolean;
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
  | { readonly type: "containers.starting"; readonly delayMs: DurationMs }
  | { readonly type: "pod.killed"; readonly delayMs: DurationMs }
  | { readonly type: "volumes.unmounted" };

const delayed = ({ event }: { event: PodWorkerEvent }) =>
  "delayMs" in event && event.delayMs !== null ? event.delayMs : 0;

/** An update syncs the pod at once, or as soon as the cache is newer than the last sync. */
const SYNC_WHEN_CACHED = [
  { guard: "cacheIsNew", target: "syncing", actions: "rememberTrigger" },
  {
    target: "waitingForCache",
    actions: ["rememberDelay", "rememberTrigger"],
  },
] as const;

export const podWorkerMachine = setup({
  types: {
    context: {} as PodWorkerContext,
    events: {} as PodWorkerEvent,
  },
  delays: {
    RESYNC: ({ context }) => context.delayMs,
    CACHE: ({ context }) => context.delayMs,
    CHECK: ({ context }) => context.delayMs,
    START: ({ context }) => context.delayMs,
    STOP: ({ context }) => context.delayMs,
    VOLUME_WAIT: MOUNT_WAIT_TIMEOUT_MS,
  },
  guards: {
    updateIsPending: ({ context }) => context.pending,
    nothingToLookAfter: ({ event }) =>
      event.type === "sync.succeeded" && event.delayMs === null,
    cacheIsNew: ({ event }) => delayed({ event }) === 0,
  },
  actions: {
    rememberDelay: assign({ delayMs: delayed }),
    rememberUpdate: assign({ pending: true }),
    takeUpdate: assign({
      pending: false,
      trigger: "update" as const,
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
    containersStarted: () => {},
    volumeWaitFailed: () => {},
    stopContainers: () => {},
    unmountVolumes: () => {},
    finish: () => {},
  },
}).createMachine({
  id: "pod-worker",
  context: { delayMs: 0, trigger: "add", pending: false },
  initial: "syncing",
  states: {
    syncing: {
      entry: "sync",
      on: {
        "sync.succeeded": [
          {
            guard: "updateIsPending",
            target: "waitingForCache",
            actions: "takeUpdate",
          },
          { guard: "nothingToLookAfter", target: "dormant" },
          { target: "idle", actions: "rememberDelay" },
        ],
        "sync.failed": { target: "backingOff", actions: "rememberDelay" },
        "volumes.awaited": "waitingForVolumes",
        "containers.starting": { target: "starting", actions: "rememberDelay" },
        "pod.updated": { actions: "rememberUpdate" },
        "pod.killed": { target: "terminating", actions: "rememberDelay" },
      },
    },
    idle: {
      after: { RESYNC: { target: "syncing", actions: "resyncIsDue" } },
      on: {
        "pod.updated": [...SYNC_WHEN_CACHED],
        "pod.killed": { target: "terminating", actions: "rememberDelay" },
      },
    },
    dormant: {
      on: {
        "pod.updated": [...SYNC_WHEN_CACHED],
        "pod.killed": { target: "terminating", actions: "rememberDelay" },
      },
    },
    backingOff: {
      after: { RESYNC: { target: "syncing", actions: "backoffIsDue" } },
      on: {
        "pod.updated": [...SYNC_WHEN_CACHED],
        "pod.killed": { target: "terminating", actions: "rememberDelay" },
      },
    },
    waitingForCache: {
      after: { CACHE: "syncing" },
      on: {
        "pod.killed": { target: "terminating", actions: "rememberDelay" },
      },
    },
    waitingForVolumes: {
      after: { VOLUME_WAIT: { actions: "volumeWaitFailed" } },
      on: {
        "volumes.mounted": { target: "noticing", actions: "rememberDelay" },
        "sync.failed": [
          {
            guard: "updateIsPending",
            target: "waitingForCache",
            actions: "takeUpdate",
          },
          { target: "backingOff", actions: "rememberDelay" },
        ],
        "pod.updated": { actions: "rememberUpdate" },
        "pod.killed": { target: "terminating", actions: "rememberDelay" },
      },
    },
    noticing: {
      after: { CHECK: { actions: "startContainers" } },
      on: {
        "containers.starting": { target: "starting", actions: "rememberDelay" },
        "pod.updated": { actions: "rememberUpdate" },
        "pod.killed": { target: "terminating", actions: "rememberDelay" },
      },
    },
    starting: {
      after: { START: { actions: "containersStarted" } },
      on: {
        "sync.succeeded": [
          {
            guard: "updateIsPending",
            target: "waitingForCache",
            actions: "takeUpdate",
          },
          { guard: "nothingToLookAfter", target: "dormant" },
          { target: "idle", actions: "rememberDelay" },
        ],
        "pod.updated": { actions: "rememberUpdate" },
        "pod.killed": { target: "terminating", actions: "rememberDelay" },
      },
    },
    terminating: {
      entry: "stopContainers",
      after: { STOP: "terminated" },
    },
    terminated: {
      entry: "unmountVolumes",
      on: { "volumes.unmounted": "finished" },
    },
    finished: { entry: "finish", type: "final" },
  },
});
