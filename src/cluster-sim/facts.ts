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

export type ClusterFact = ApiObjectFact | EventEmittedFact | WatchResumedFact;
