/**
 * What a kubelet remembers of one Secret or ConfigMap that its pods refer to, and how that changes.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/util/manager/{watch_based,cache_based}_manager.go; kubelet.md 2, 13.3, 13.4
 */
import type { ApiClient, Stored } from "../../cluster-sim/ports.ts";
import type { JsonObject } from "../../kernel/json.ts";
import { jsonEqual } from "../../kernel/json.ts";
import type { Simulation } from "../../kernel/simulation.ts";
import type { EpochMs } from "../../kernel/time.ts";
import type { Cause } from "../../kernel/trace.ts";
import type { NodeConfig } from "../ports.ts";
import type { ObjectKind } from "./object-data.ts";

export type ObjectRead =
  | {
      readonly ok: true;
      readonly stored: Stored;
      /** The write that made this version, as far as the kubelet knows. */
      readonly causes: readonly Cause[];
    }
  | {
      readonly ok: false;
      readonly notFound: boolean;
      readonly message: string;
    };

/** A read that waits for the first list: since when, and the queue handle of what comes next. */
export interface WaitingRead {
  readonly since: EpochMs;
  handle: number;
}

/** What the cache strategy holds of an object; a registration puts a new one in its place. */
export interface CacheLine {
  readonly id: number;
  stored: Stored | null;
  /** The text of the NotFound that was the last answer; null after an object. */
  missing: string | null;
  /** The last answer that was kept; null before. */
  fetchedAt: EpochMs | null;
  /** Whether a GET is on its way. Reads that come meanwhile wait in line for the lock. */
  fetching: boolean;
  waiting: string[];
}

export interface ObjectEntry {
  readonly namespace: string;
  readonly name: string;
  /** Uids of the pods that refer to it. */
  refs: Set<string>;
  /** Watch: null while the reflector is stopped. */
  watchId: number | null;
  /** Counts the reflector's starts: deliveries of an earlier one are nobody's. */
  watch: number;
  synced: boolean;
  /** Whether the list that is under way has brought the object. */
  listed: boolean;
  lastAccess: EpochMs;
  /** Read once as immutable: the reflector is gone for good. */
  immutable: boolean;
  waiting: Map<string, WaitingRead>;
  /** Cache: the current line, and earlier ones whose GET has not been answered. */
  line: CacheLine | null;
  orphans: CacheLine[];
  /** The newest state known. */
  stored: Stored | null;
  /** Resource version of the write that last changed the data; the writes after it touched metadata only. */
  dataVersion: string | null;
  causes: readonly Cause[];
}

export interface ObjectManagerState {
  /** As the configuration said when the process started. */
  strategy: NodeConfig["changeDetection"];
  /** By `namespace/name`. */
  readonly entries: Map<string, ObjectEntry>;
  /** Keys of `entries` by the uid of a pod that refers to them. */
  readonly pods: Map<string, readonly string[]>;
  /** Counts the process's starts: answers to an earlier one are nobody's. */
  epoch: number;
  /** Watch: the queue handle of the next sweep for idle reflectors. */
  sweep: number | null;
  /** Cache: the node as its informer has it, and the informer's watch. */
  node: Stored | null;
  nodeWatch: number | null;
  /** Cache: counts the lines. */
  lines: number;
}

export interface ObjectManagerOptions {
  readonly sim: Simulation;
  readonly node: string;
  readonly api: ApiClient;
  readonly config: () => NodeConfig;
  readonly kind: ObjectKind;
}

/** What the strategies use of their manager. */
export interface ObjectManagerParts extends ObjectManagerOptions {
  /** The component that events are for. */
  readonly name: string;
  readonly state: () => ObjectManagerState;
  readonly answer: (requester: string, read: ObjectRead) => void;
  readonly ask: (entry: ObjectEntry, tag: JsonObject) => void;
}

export function newEntry(
  namespace: string,
  name: string,
  now: EpochMs,
): ObjectEntry {
  return {
    namespace,
    name,
    refs: new Set(),
    watchId: null,
    watch: 0,
    synced: false,
    listed: false,
    lastAccess: now,
    immutable: false,
    waiting: new Map(),
    line: null,
    orphans: [],
    stored: null,
    dataVersion: null,
    causes: [],
  };
}

export function newLine(id: number): CacheLine {
  const empty = { stored: null, missing: null, fetchedAt: null };
  return { id, ...empty, fetching: false, waiting: [] };
}

/** Takes in another state of the object; causes stay those of the data. */
export function learn(
  entry: ObjectEntry,
  stored: Stored | null,
  causes: readonly Cause[],
): void {
  const same =
    stored !== null &&
    entry.stored !== null &&
    stored.object.metadata.uid === entry.stored.object.metadata.uid &&
    ["data", "binaryData"].every((member) =>
      jsonEqual(entry.stored!.object[member], stored.object[member]),
    );
  entry.stored = stored;
  if (same) return;
  entry.dataVersion = stored?.object.metadata.resourceVersion ?? null;
  entry.causes = causes;
}

/** Whether an answer is older than what is known: the API server's own cache may lag. */
export function isOlder(stored: Stored, known: Stored | null): boolean {
  if (known === null) return false;
  const version = ({ object }: Stored) =>
    Number(object.metadata.resourceVersion);
  return version(stored) < version(known);
}

/** A plain read does not say which write made the object; the newest provenance of its keys does. */
export function causesOf({ contents = {} }: Stored): readonly Cause[] {
  const froms = Object.values(contents).map(({ from }) => from);
  const seq = (cause: Cause) => (typeof cause === "number" ? cause : cause[0]);
  froms.sort((a, b) => seq(b) - seq(a));
  return froms.slice(0, 1);
}

export function failure(message: string): ObjectRead {
  return { ok: false, notFound: false, message };
}

export function notFound(message: string): ObjectRead {
  return { ok: false, notFound: true, message };
}
