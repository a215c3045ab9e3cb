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

export type VolumeKind =
  "csi" | "secret" | "configMap" | "projected" | "emptyDir" | "other";

export type VolumeFact = {
  readonly name: string;
  readonly kind: VolumeKind;
  /** SecretProviderClass of a csi volume, Secret or ConfigMap of such a volume, else empty. */
  readonly source: string;
  /** Only of projected volumes: `Secret/app-secret`, `ConfigMap/settings` … in the order of the pod. */
  readonly projects?: readonly string[];
};

/** One place of a container's environment that takes its value from an object. */
export type EnvironmentFact = {
  readonly container: string;
  /** Null for `envFrom`: its names are the object's keys. */
  readonly variable: string | null;
  /** `Secret/app-secret` or `ConfigMap/settings`. */
  readonly source: string;
  /** Null for `envFrom`. */
  readonly key: string | null;
  /** Of `envFrom`; else empty. */
  readonly prefix: string;
};

/** The kubelet saw a pod bound to its node for the first time. */
export type PodAddedFact = FactOf<
  "kubelet.pod.added",
  {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly node: string;
    /** The workload whose pod it is, `default/deployment/web`; empty for a bare pod. */
    readonly workload: string;
    readonly volumes: readonly VolumeFact[];
    readonly mounts: readonly MountFact[];
    /** In the order of the pod; empty when no variable comes from an object. */
    readonly environment: readonly EnvironmentFact[];
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

/** Where some bytes come from. Secret values appear nowhere. */
export type ProvenanceFact = {
  /** Key of the vault object or literal: `kvdemo/secrets/secret1`. */
  readonly object: string;
  readonly version: string;
  readonly ordinal: number;
  readonly form: string;
  /** The API object that they were read from, `Secret/app-secret`; absent where a provider wrote them. */
  readonly source?: string;
  /** Its resourceVersion at that read. */
  readonly resourceVersion?: string;
};

/** One file of a volume; `path` is relative to the volume. */
export type FileFact = ProvenanceFact & { readonly path: string };

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

/** The driver process of a node started. `about` is the node. Times are epoch ms; null when no ticker runs: rotation is off, or the driver is of 1.6 or later. */
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
    /** Upstream's `error_type`; empty unless failed. */
    readonly errorType: string;
    /** Empty unless failed. */
    readonly error: string;
    /** From its turn to its end. */
    readonly durationMs: number;
  }
>;

type ContainerId = {
  readonly namespace: string;
  /** The pod. */
  readonly name: string;
  readonly uid: string;
  readonly container: string;
};

/** A variable of a container whose value came from an object. */
export type VariableFact = ProvenanceFact & {
  readonly variable: string;
  readonly key: string;
};

/** A file that a `subPath` mount pinned; `path` is absolute, in the container. */
export type PinnedFileFact = ProvenanceFact & {
  readonly path: string;
  readonly volume: string;
};

/**
 * A container was created: its environment and what it mounts by `subPath` are fixed until it ends.
 * Causes: [where the newest of that content came from, what made the kubelet create it]; without content the trigger.
 */
export type ContainerCreatedFact = FactOf<
  "container.created",
  ContainerId & {
    /** 0 for the first container of this name in the pod; later its restart count. */
    readonly attempt: number;
    readonly init: boolean;
    /** Sorted by variable; literals are left out. */
    readonly variables: readonly VariableFact[];
    /** Sorted by path. */
    readonly pinned: readonly PinnedFileFact[];
  }
>;

export type ContainerStartedFact = FactOf<
  "container.started",
  ContainerId & { readonly attempt: number }
>;

/** `reason` as in the status: Completed, Error … 137 and 143 are SIGKILL and SIGTERM. */
export type ContainerExitedFact = FactOf<
  "container.exited",
  ContainerId & {
    readonly attempt: number;
    readonly exitCode: number;
    readonly reason: string;
  }
>;

/** A container cannot be created or waits for its restart: CreateContainerConfigError, CrashLoopBackOff. Recorded when it changes. */
export type ContainerWaitingFact = FactOf<
  "container.waiting",
  ContainerId & { readonly reason: string; readonly message: string }
>;

/** The model of readiness turned. */
export type ContainerReadyFact = FactOf<
  "container.ready",
  ContainerId & { readonly ready: boolean }
>;

/**
 * A command runs in a container. `exec` is unique in the run. What it prints is in the value book alone, as the version
 * `<stream>-<index>` of the object `exec/<exec>`.
 */
export type ExecFact =
  | FactOf<
      "container.exec.started",
      ContainerId & {
        readonly exec: string;
        /** The command's words, known secret values among them replaced by `<secret>`. */
        readonly command: readonly string[];
      }
    >
  | FactOf<
      "container.exec.output",
      ContainerId & {
        readonly exec: string;
        readonly stream: "stdout" | "stderr";
        /** Counts the pieces of the stream from 0. */
        readonly index: number;
        readonly bytes: number;
      }
    >
  | FactOf<
      "container.exec.finished",
      ContainerId & {
        readonly exec: string;
        readonly exitCode: number;
        /** Pieces of each stream. */
        readonly stdout: number;
        readonly stderr: number;
      }
    >;

/**
 * One NodePublishVolume, of either generation (repeated). Flat. `skipped`: the mount is younger than the interval, or
 * rotation is off, or the volume is mounted already (1.5). `unchanged`: fetched, nothing new. `written`: files switched. `masked`: failed and told nobody but the
 * metrics; the old files stay. `failed`: refused before the provider was asked, or a first mount.
 */
export type PublishFact = FactOf<
  | "csi.publish.skipped"
  | "csi.publish.unchanged"
  | "csi.publish.written"
  | "csi.publish.masked"
  | "csi.publish.failed",
  {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly volume: string;
    readonly secretProviderClass: string;
    /** Whether the volume was not mounted before: the pod's start, or its first start after a reboot. */
    readonly first: boolean;
    /** Upstream's `error_type` of a failure; empty otherwise. */
    readonly errorType: string;
    readonly error: string;
    /** From the call to its answer. */
    readonly durationMs: number;
  }
>;

/**
 * SetUps of volumes that succeeded, first ones and refreshes: a tally (`Recorder.tally`), for the metrics. CSI volumes are
 * told by their publishes. `about` is the node, the plugin and the life of the kubelet, whose counts end with it.
 */
export type VolumesRefreshedFact = FactOf<
  "kubelet.volume.refreshed",
  {
    readonly node: string;
    /** `kubernetes.io/secret`, `kubernetes.io/configmap` … */
    readonly plugin: string;
    /** Added by the tally. */
    readonly count?: number;
  }
>;

/** A process of the node, or the node as a whole, went down or came up. `about` is the node. */
export type ProcessFact = FactOf<
  | "node.stopped"
  | "node.started"
  | "kubelet.stopped"
  | "kubelet.started"
  | "csi.driver.stopped"
  | "csi.provider.stopped"
  | "csi.provider.started",
  { readonly node: string }
>;

/**
 * An application of a pod (its annotation `keyturn.dev/app`): it began with its container, or ended with it. `about` is
 * `namespace/pod`.
 */
export type AppLifeFact = FactOf<
  "app.started" | "app.ended",
  ContainerId & {
    /** How it notices a new value: `reads-once`, `polls-file`, `watches-directory` … */
    readonly app: string;
    /** What it reads: an absolute path, `env NAME`, or `kvdemo/secrets/password`. */
    readonly reads: string;
    /** Null where it does not poll. */
    readonly everyMs: number | null;
  }
>;

/** An application looked and took nothing new (repeated). Flat. */
export type AppLookedFact = FactOf<
  "app.looked",
  ContainerId & {
    readonly outcome: "unchanged" | "failed";
    readonly error: string;
  }
>;

/** What the program holds in memory from now on: the sink `app:`. Causes: [provenance, what made it look]. */
export type AppHoldsFact = FactOf<
  "app.holds",
  ContainerId & ProvenanceFact & { readonly reads: string }
>;

/** `deaf`: the watch died with what it watched and nobody notices. `signalled`: a sidecar sent SIGHUP. `notified`: its change callback ran, or did not when `delivered` is false. */
export type AppEventFact = FactOf<
  "app.deaf" | "app.signalled" | "app.notified",
  ContainerId & {
    readonly delivered: boolean;
    readonly detail: string;
  }
>;

/** A request to a database with the credential in memory (repeated). Flat. */
export type AppRequestFact = FactOf<
  "app.request",
  ContainerId & {
    readonly database: string;
    readonly accepted: boolean;
    readonly object: string;
    readonly version: string;
    readonly ordinal: number;
  }
>;

export type KubeletFact =
  | AppLifeFact
  | AppLookedFact
  | AppHoldsFact
  | AppEventFact
  | AppRequestFact
  | ContainerCreatedFact
  | ContainerStartedFact
  | ContainerExitedFact
  | ContainerWaitingFact
  | ContainerReadyFact
  | ExecFact
  | PublishFact
  | VolumesRefreshedFact
  | ProcessFact
  | PodAddedFact
  | PodSyncFact
  | PodLifeFact
  | VolumeWrittenFact
  | VolumeFailedFact
  | VolumeGoneFact
  | DriverStartedFact
  | RotationTickFact
  | RotationFact;
