/** What the control plane reports. `about` of an API object is `[namespace/]Kind/name`. */
import type { FactOf } from "../kernel/trace.ts";

/** The vault version or literal behind one key of a Secret or ConfigMap, as facts carry it. */
export type ContentFact = {
  readonly key: string;
  readonly object: string;
  readonly version: string;
  readonly ordinal: number;
  readonly form: string;
};

/** How far a workload is. Numbers are those of its status; `wanted` is `spec.replicas`, of a DaemonSet the nodes it should run on. */
export type RolloutFact = {
  readonly wanted: number;
  /** Pods of the current template; of a ReplicaSet all of them. */
  readonly updated: number;
  readonly ready: number;
  readonly available: number;
  /** All pods, those of old templates too. */
  readonly total: number;
  /** `deployment.kubernetes.io/revision`, or the hash of the current ControllerRevision; empty where there is none yet. */
  readonly revision: string;
  /** As `kubectl rollout status` would say it: the status is of this generation and nothing is left to do. */
  readonly complete: boolean;
  readonly paused: boolean;
};

/** One write that changed the store. Writes that change nothing leave no fact. Causes: provenance, trigger. */
export type ApiObjectFact = FactOf<
  "api.object.created" | "api.object.modified" | "api.object.deleted",
  {
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: number;
    readonly generation: number;
    /** Who wrote: `node-0/csi-driver`, `node-0/kubelet`, `kubectl`, `garbage-collector` … */
    readonly by: string;
    /** Secrets and ConfigMaps (`data` and `binaryData` alike): keys whose provenance is known, sorted by key. */
    readonly contents?: readonly ContentFact[];
    /** Set of a Secret or ConfigMap whose contents nobody can change any more. */
    readonly immutable?: boolean;
    /** Pods only. */
    readonly phase?: string;
    readonly ready?: boolean;
    /** Set while an object waits for its deletion. */
    readonly terminating?: boolean;
    /** Of what a controller made: the workload at the top, `default/deployment/web`. */
    readonly workload?: string;
    /** Deployments, ReplicaSets, StatefulSets and DaemonSets. */
    readonly rollout?: RolloutFact;
  }
>;

/** One emission of a Kubernetes Event, before the recorder merges or drops any. Flat; repeated ones are folded. */
export type EventEmittedFact = FactOf<
  "k8s.event",
  {
    readonly reason: string;
    readonly type: "Normal" | "Warning";
    readonly message: string;
    /** The object it is about. */
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    /** `kubelet`, `csi-secrets-store-rotation`, `default-scheduler` … */
    readonly source: string;
    /** Node of the source, or empty. */
    readonly host: string;
  }
>;

/**
 * A watch that had lost its connection has listed again, or one that began without a connection for the first time.
 * `about` is the watcher's component. Each object that it now learns of has this fact among its causes.
 */
export type WatchResumedFact = FactOf<
  "api.watch.resumed",
  {
    /** Whose connection: `node-0/kubelet` … */
    readonly by: string;
    /** `Secret/default?fieldSelector=metadata.name=app`. */
    readonly selection: string;
    /** Since the connection was lost, or wanted first. */
    readonly afterMs: number;
    /** Tries that failed. */
    readonly failed: number;
    /** Objects that were added, changed or gone meanwhile. */
    readonly learned: number;
  }
>;

type ProgramProcessData = {
  readonly namespace: string;
  readonly pod: string;
  readonly version: string;
  /** Of `leading`: whether it leads now. Of `started`: whether it works at once, without an election. */
  readonly leading: boolean;
  /** Of `stopped`: why it ended by itself, in its own words. */
  readonly error?: string;
};

/** A Reloader process: it runs, it ended, it leads or lost the lease. `about` is its pod, `namespace/name`. */
export type ReloaderProcessFact = FactOf<
  "reloader.started" | "reloader.stopped" | "reloader.leading",
  ProgramProcessData
>;

/** A Wave process: it runs, it ended. `about` is its pod, `namespace/name`. */
export type WaveProcessFact = FactOf<
  "wave.started" | "wave.stopped",
  ProgramProcessData
>;

/** A process of a program of the control plane. */
export type ProgramProcessFact = ReloaderProcessFact | WaveProcessFact;

/**
 * Reloader took a change out of its queue. `about` is the object that changed, `namespace/Kind/name`.
 * Causes: [the fact of the write that it saw].
 */
export type ReloaderEventFact = FactOf<
  "reloader.event",
  {
    readonly namespace: string;
    /** `SECRET`, `CONFIGMAP`, `SECRETPROVIDERCLASS`. */
    readonly resource: string;
    readonly name: string;
    /** What happened to the object. */
    readonly change: "create" | "update" | "delete";
    /** `no_data_change`: equal hashes, nothing was looked at. `dropped`: given up after its retries. */
    readonly outcome: "handled" | "no_data_change" | "failed" | "dropped";
    readonly scanned: number;
    readonly matched: number;
  }
>;

/** What Reloader decided about one workload that an event concerns. `about` is the workload, `namespace/Kind/name`. */
export type ReloaderDecisionFact = FactOf<
  "reloader.reloaded" | "reloader.skipped",
  {
    readonly namespace: string;
    readonly kind: string;
    readonly name: string;
    readonly resource: string;
    readonly object: string;
    readonly strategy: "env-vars" | "annotations";
    /** Container that carries the mark; empty with `annotations` and where there is none. */
    readonly container: string;
    /** Why not: `ignored_or_not_selected`, `strategy_not_updated`; empty when it was reloaded. */
    readonly reason: string;
  }
>;

/** Wave wrote a new hash of what a workload refers to. `about` is the workload, `namespace/Kind/name`. */
export type WaveUpdatedFact = FactOf<
  "wave.updated",
  { readonly namespace: string; readonly kind: string; readonly name: string }
>;

/** A lane began: another way in which a change of the vault reaches an application. `about` is its name. */
export type LaneStartedFact = FactOf<
  "lane.started",
  {
    readonly lane: string;
    /** `external-secrets`, `akv2k8s` … */
    readonly kind: string;
    readonly vault: string;
    readonly secret: string;
    /** Null: no interval, it fetches when it is used or started. */
    readonly everyMs: number | null;
    /** Where it publishes: a Secret's key, a process's environment, or memory. */
    readonly publishes: "secret" | "environment" | "memory";
    /** `default/eso-password/password` of a Secret; else empty. */
    readonly target: string;
  }
>;

/** One pass of a lane (repeated). Flat. Causes: [the newest version it read, what triggered the pass]. */
export type LanePassFact = FactOf<
  "lane.pass",
  {
    readonly lane: string;
    /** `interval`, `forced`, `start`, `use`, `retry` … */
    readonly trigger: string;
    readonly outcome: "unchanged" | "changed" | "failed" | "skipped";
    /** Requests to the vault, refused ones too. */
    readonly calls: number;
    readonly error: string;
  }
>;

/** What a lane's end holds from now on: the lane's sink. Causes: [provenance, the pass]. */
export type LaneHoldsFact = FactOf<
  "lane.holds",
  {
    readonly lane: string;
    readonly object: string;
    readonly version: string;
    readonly ordinal: number;
    readonly form: string;
  }
>;

export type ClusterFact =
  | ApiObjectFact
  | EventEmittedFact
  | WatchResumedFact
  | ReloaderProcessFact
  | ReloaderEventFact
  | ReloaderDecisionFact
  | WaveProcessFact
  | WaveUpdatedFact
  | LaneStartedFact
  | LanePassFact
  | LaneHoldsFact;
