/** What kube-controller-manager remembers: plain data. */
import type { EventRecorderState } from "../../client/index.ts";
import { newEventRecorderState } from "../../client/index.ts";
import type { Controller } from "../controller.ts";
import type { Expectations } from "./expectations.ts";
import type { RunningPass } from "./running-pass.ts";
import type { CacheState } from "./shared-caches.ts";
import { newCachedKind } from "./shared-caches.ts";
import type { WorkQueue } from "./work-queue.ts";
import { newWorkQueue } from "./work-queue.ts";

export interface ControllerState {
  readonly queue: WorkQueue;
  readonly expectations: Expectations;
  /** By key. */
  readonly running: Map<string, RunningPass>;
  /** By key: what ended the last pass over it. */
  readonly lastErrors: Map<string, string>;
  readonly recorder: EventRecorderState;
  /** Passes that have begun. */
  passes: number;
  /** Whether a worker has been told that there is something to do. */
  called: boolean;
}

export interface ManagerState {
  readonly caches: CacheState;
  /** By name. */
  readonly controllers: Map<string, ControllerState>;
  /** How many ordinals each workload has given to its pods. */
  readonly ordinals: Map<string, number>;
  /** Ordinals that were given and not used, since the pod could not be created: rising, by workload. */
  readonly freeOrdinals: Map<string, number[]>;
}

export function newManagerState(
  controllers: readonly Controller[],
): ManagerState {
  const kinds = new Set(controllers.flatMap(({ watches }) => watches));
  return {
    caches: new Map([...kinds].map((kind) => [kind, newCachedKind()])),
    controllers: new Map(
      controllers.map(({ name }) => [name, newControllerState()]),
    ),
    ordinals: new Map(),
    freeOrdinals: new Map(),
  };
}

function newControllerState(): ControllerState {
  return {
    queue: newWorkQueue(),
    expectations: new Map(),
    running: new Map(),
    lastErrors: new Map(),
    recorder: newEventRecorderState(),
    passes: 0,
    called: false,
  };
}

/** The ordinal of a workload's next pod; `taken` remembers it until the pod is there. */
export function takeOrdinal(
  { ordinals, freeOrdinals: free }: ManagerState,
  workload: string,
  taken: Map<string, number[]>,
): number {
  const unused = free.get(workload);
  let ordinal = unused?.shift();
  if (unused?.length === 0) free.delete(workload);
  if (ordinal === undefined) {
    ordinal = ordinals.get(workload) ?? 0;
    ordinals.set(workload, ordinal + 1);
  }
  const own = taken.get(workload);
  if (own === undefined) taken.set(workload, [ordinal]);
  else own.push(ordinal);
  return ordinal;
}

/** Ordinals of pods that did not come to be are given again: a pod's draws must not depend on an outage. */
export function freeOrdinals(
  state: ManagerState,
  unused: ReadonlyMap<string, readonly number[]>,
): void {
  for (const [workload, ordinals] of unused) {
    if (ordinals.length === 0) continue;
    const free = state.freeOrdinals.get(workload) ?? [];
    const all = [...free, ...ordinals].sort((a, b) => a - b);
    state.freeOrdinals.set(workload, all);
  }
}
