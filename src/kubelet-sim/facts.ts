/**
 * What a node reports. `at` is the component (`node-0/kubelet`, `node-0/csi-driver`); `about` is `namespace/pod`
 * unless said otherwise. `uid` tells instances of one pod name apart.
 */
import type { FactOf } from "../kernel/trace.ts";

export type MountFact = {
  readonly container: string;
  readonly volume: string;
  readonly mountPath: string;
  readonly subPath: string | null;
};

export type VolumeKind = "csi" | "secret" | "other";

export type VolumeFact = {
  readonly name: string;
  readonly kind: VolumeKind;
  /** SecretProviderClass of a csi volume, Secret of a secret volume, else empty. */
  readonly source: string;
};

/** The kubelet saw a pod bound to its node for the first time. */
export type PodAddedFact = FactOf<
  "kubelet.pod.added",
  {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly node: string;
    readonly volumes: readonly VolumeFact[];
    readonly mounts: readonly MountFact[];
  }
>;

/** A pod sync that could matter; syncs that change nothing are not reported. */
export type PodSyncFact = FactOf<
  "kubelet.pod.sync",
  {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    /** What made the kubelet sync now: add, update, resync, backoff, pleg, kill. */
    readonly trigger: string;
  }
>;

export type PodLifeFact = FactOf<
  "kubelet.pod.running" | "kubelet.pod.terminating" | "kubelet.pod.gone",
  { readonly namespace: string; readonly name: string; readonly uid: string }
>;

/** Where the bytes of one file come from. Secret values appear nowhere. */
export type FileFact = {
  readonly path: string;
  /** Key of the vault object or literal: `kvdemo/secrets/secret1`. */
  readonly object: string;
  readonly version: string;
  readonly ordinal: number;
  readonly form: string;
};

/**
 * `volume.switched`: AtomicWriter switched `..data`; `files` is the whole new payload, sorted by path.
 * `volume.verified`: the source has newer versions of equal bytes, nothing was written.
 * Causes: for `switched` and `verified`, [where the newest content came from, what triggered the write].
 */
export type VolumeWrittenFact = FactOf<
  "volume.switched" | "volume.verified",
  {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly volume: string;
    readonly kind: VolumeKind;
    readonly files: readonly FileFact[];
  }
>;

/** A SetUp (first mount or refresh) of a volume failed; the old files stay. */
export type VolumeFailedFact = FactOf<
  "volume.failed",
  {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly volume: string;
    readonly kind: VolumeKind;
    readonly error: string;
    /** Delay before the next try. */
    readonly backoffMs: number;
  }
>;

export type VolumeGoneFact = FactOf<
  "volume.unmounted",
  {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly volume: string;
  }
>;

/** The driver process of a node started. `about` is the node. Times are epoch ms; null when rotation is off. */
export type DriverStartedFact = FactOf<
  "csi.driver.started",
  {
    readonly node: string;
    readonly version: string;
    readonly rotation: boolean;
    readonly rotationPollIntervalMs: number;
    readonly firstTickMs: number | null;
  }
>;

/** The rotation ticker of a node's driver (repeated). `about` is the node. Flat. */
export type RotationTickFact = FactOf<
  "csi.rotation.tick",
  { readonly node: string }
>;

/** One rotation reconcile of a pod's volume (repeated). Flat. `unchanged`: nothing new; `failed` keeps the old files. */
export type RotationFact = FactOf<
  "csi.rotation.unchanged" | "csi.rotation.rotated" | "csi.rotation.failed",
  {
    readonly namespace: string;
    readonly name: string;
    readonly secretProviderClass: string;
    /** Empty unless failed. */
    readonly error: string;
  }
>;

export type KubeletFact =
  | PodAddedFact
  | PodSyncFact
  | PodLifeFact
  | VolumeWrittenFact
  | VolumeFailedFact
  | VolumeGoneFact
  | DriverStartedFact
  | RotationTickFact
  | RotationFact;
