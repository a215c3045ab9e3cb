/** What a Reloader process remembers: lost when it ends. Plain data. */
import type { Cause } from "../../../kernel/trace.ts";
import type { EventRecorderState, Informer } from "../../client/index.ts";
import type { ApiRequest, Stored } from "../../ports.ts";
import type { ReloaderOptions, ResourceType } from "./options.ts";

/** A resource that has an informer and a worker. */
export type WatchedResource =
  "secrets" | "configmaps" | "secretproviderclasspodstatuses";

/** One change in a queue: never merged with another. */
export interface Item {
  readonly change: "create" | "update" | "delete";
  /** The form before an update; null otherwise. */
  readonly before: Stored | null;
  readonly stored: Stored;
  /** The fact of the write that was seen. */
  readonly causes: readonly Cause[];
  requeues: number;
}

/** An item that the worker is busy with. */
export interface Handling {
  readonly item: Item;
  readonly type: ResourceType;
  readonly namespace: string;
  /** The object's name; of a status that of its class. */
  readonly name: string;
  readonly hash: string;
  /** Index of the kind whose workloads are looked at. */
  kind: number;
  workloads: readonly Stored[];
  /** Index of the workload that is looked at, and the tries to write it. */
  at: number;
  tries: number;
  /** As it was listed, or fetched again after a conflict. */
  workload: Stored | null;
  scanned: number;
  matched: number;
  /** What is still to be sent. */
  requests: readonly ApiRequest[];
  container: string;
}

/** The informer and the worker of one resource, in one namespace or in all. */
export interface ControllerMemory {
  readonly resource: WatchedResource;
  readonly informer: Informer;
  /** Whether the worker runs: the first list is in. */
  started: boolean;
  queue: Item[];
  handling: Handling | null;
}

export interface LeaseMemory {
  /** The Lease as it was last seen to differ, and when. */
  seen: Stored | null;
  seenAt: number;
  leads: boolean;
}

export interface ReloaderMemory {
  readonly options: ReloaderOptions;
  /** By resource, with the namespace behind it where only some are watched. */
  readonly controllers: Map<string, ControllerMemory>;
  /** Whose labels match --namespace-selector. */
  readonly selectedNamespaces: Set<string>;
  /** Resources whose worker has run once. */
  readonly initialized: Set<string>;
  /** Paused Deployments that have a timer, `namespace/name`. */
  readonly pauses: Set<string>;
  /** By resource. */
  readonly events: Map<WatchedResource, EventRecorderState>;
  readonly lease: LeaseMemory;
}

/** Nothing has been seen yet. */
export function newReloaderMemory(options: ReloaderOptions): ReloaderMemory {
  return {
    options,
    controllers: new Map(),
    selectedNamespaces: new Set(),
    initialized: new Set(
      options.syncAfterRestart ? ["secrets", "configmaps"] : [],
    ),
    pauses: new Set(),
    events: new Map(),
    lease: { seen: null, seenAt: 0, leads: false },
  };
}
