/** What the control plane reports. `about` of an API object is `[namespace/]Kind/name`. */
import type { FactOf } from "../kernel/trace.ts";

/** The vault version behind one key of a Secret, as facts carry it. */
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
    /** Secrets only: keys whose provenance is known, sorted by key. */
    readonly contents?: readonly ContentFact[];
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

export type ClusterFact = ApiObjectFact | EventEmittedFact;
