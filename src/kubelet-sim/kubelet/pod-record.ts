/** What a kubelet remembers of a pod: the worker's own memory, which ends with the process, and what outlives it. */
import type { Stored } from "../../cluster-sim/ports.ts";
import type { EpochMs } from "../../kernel/time.ts";
import type { PodRuntimeStatus } from "./container-status.ts";
import { NO_RUNTIME_STATUS } from "./container-status.ts";

export const NEVER = -1;

/** The memory of one process. */
export interface PodRecord {
  stored: Stored;
  lastSyncEnd: EpochMs;
  /** Whether a sync runs. */
  syncing: boolean;
  /** What the PLEG cache said of it when its sync began. */
  seen: PodRuntimeStatus;
  /** When the sync that waits for volumes looked first; of a pod that ends, when its unmount began. */
  waitingSince: EpochMs;
  /** Everything runs as it should and the status says so: nothing but its volumes to look after. */
  settled: boolean;
  /** Seconds that its containers get to stop; 0 while nobody has asked. */
  grace: number;
  /** Nobody may start anything of it any more. */
  ending: boolean;
  /** Whether somebody watches over its activeDeadlineSeconds. */
  deadline: boolean;
  /** Its worker has finished, the object is still there. */
  finished: boolean;
}

/** What outlives the process: how far the pod's draws are, and what the trace has been told. */
export interface KnownPod {
  readonly stored: Stored;
  /** How many resync delays and error back-offs this pod has drawn. */
  resyncs: number;
  backoffs: number;
  running: boolean;
  terminating: boolean;
  gone: boolean;
}

export function newPodRecord(stored: Stored): PodRecord {
  return {
    stored,
    lastSyncEnd: NEVER,
    syncing: false,
    seen: NO_RUNTIME_STATUS,
    waitingSince: NEVER,
    settled: false,
    grace: 0,
    ending: false,
    deadline: false,
    finished: false,
  };
}

export function newKnownPod(stored: Stored): KnownPod {
  const told = { running: false, terminating: false, gone: false };
  return { stored, resyncs: 0, backoffs: 0, ...told };
}
