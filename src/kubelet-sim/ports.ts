/**
 * What the parts of a node ask of each other across a process boundary. The API server, the vault and Entra ID are
 * ports of the cluster (`cluster-sim/ports.ts`).
 */
import type { Stored } from "../cluster-sim/ports.ts";
import type { ContentRef } from "../kernel/content.ts";
import type { SimEvent } from "../kernel/event-queue.ts";
import type { MachineBackend } from "../kernel/machine-runner.ts";
import type { ReplyTo } from "../kernel/port.ts";
import type { DurationMs, EpochMs } from "../kernel/time.ts";
import type { PodFile } from "./node-volumes.ts";
import type { ContainerSpec } from "./pod-spec.ts";

/** One NodePublishVolume: what the kubelet tells the driver about a pod's volume. */
export interface NodePublishRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly uid: string;
  readonly serviceAccount: string;
  /** What the pod's draws are named by (`draw-name.ts`), which no real driver is told; absent: `namespace/pod`. */
  readonly lineage?: string;
  readonly volume: string;
  readonly readOnly: boolean;
  /** `volumeAttributes` of the pod's volume. */
  readonly attributes: Readonly<Record<string, string>>;
  /** The Secret named by `nodePublishSecretRef`, read by the kubelet; null without one. */
  readonly secrets: Readonly<Record<string, string>> | null;
}

export type NodePublishReply =
  | { readonly ok: true }
  /** `code` and `desc` of the gRPC status: `rpc error: code = Unknown desc = …`. */
  | { readonly ok: false; readonly code: string; readonly desc: string };

/** The CSI driver's Node service as the kubelet of its node sees it. */
export interface CsiNode {
  /** Whether the driver is registered with the kubelet now. */
  readonly registered: boolean;
  nodePublishVolume(request: NodePublishRequest, replyTo: ReplyTo): void;
  /** Unmounts; repeating it is no error. */
  nodeUnpublishVolume(uid: string, volume: string, replyTo: ReplyTo): void;
  /** The kubelet's process has ended and its connection with it: calls in flight are cancelled, and nobody hears of them. */
  hangUp(): void;
}

/** What a container runs with, fixed when it was created. */
export interface ContainerConfig {
  readonly env: readonly EnvironmentVariable[];
  readonly pinned: readonly PinnedFile[];
}

export interface EnvironmentVariable {
  readonly name: string;
  readonly value: string;
  /** Null for a literal and for what the kubelet itself knows (fieldRef, resourceFieldRef). */
  readonly origin: ObjectOrigin | null;
}

/** Which API object some bytes were read from, and which vault version is behind them. */
export interface ObjectOrigin {
  /** `Secret/app-secret`, `ConfigMap/settings` */
  readonly source: string;
  readonly key: string;
  readonly resourceVersion: string;
  readonly content: ContentRef;
}

/** A file that a `subPath` mount pinned when the container was created: the inode, whatever the volume does later. */
export interface PinnedFile {
  readonly mountPath: string;
  readonly volume: string;
  readonly subPath: string;
  /** Null where subPath names no file: a directory then, which the kubelet makes where there is nothing. */
  readonly file: PodFile | null;
  /**
   * Set where subPath names a directory of the payload: it holds what is below `path` in the volume as long as the volume's
   * image is of this generation, and nothing afterwards, since the AtomicWriter empties what it replaces.
   */
  readonly directory?: { readonly generation: number; readonly path: string };
}

/** An Event about a pod or one of its containers, which the kubelet emits for whoever found the reason. */
export interface ContainerEvent {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}

/** What came of working out a container's configuration. `events`, about the pod, are told either way. */
export type PreparedContainer =
  | {
      readonly ok: true;
      readonly config: ContainerConfig;
      readonly events?: readonly ContainerEvent[];
    }
  | {
      readonly ok: false;
      /** Upstream's text, as the status and the Event `Failed` have it. */
      readonly message: string;
      readonly events?: readonly ContainerEvent[];
    };

export interface PrepareContainer {
  /** Whose answer it is: `<pod uid>/<container>`. A later request of the same key replaces an earlier one. */
  readonly key: string;
  readonly pod: Stored;
  readonly container: ContainerSpec;
  /** Of the sandbox, for `status.podIP`; absent: what the pod's status says. */
  readonly podIp?: string;
}

/**
 * What the kubelet reads for a pod's containers: the Secrets and ConfigMaps behind environment and subPath mounts.
 * `onPrepared` is set when the node is put together; the answer comes within `prepareContainer` itself or later, once
 * for each request, and never after `unregister` or `stop`.
 */
export interface PodSources {
  /** `RegisterPod`: what the pod refers to is watched or cached from now on; repeating it is as upstream. */
  register(pod: Stored): void;
  unregister(uid: string): void;
  prepareContainer(request: PrepareContainer): void;
  onPrepared: (key: string, outcome: PreparedContainer) => void;
  /** The kubelet's process ended: everything in memory is lost, its watches end, no answer comes any more. */
  stop(): void;
  /** It runs again. */
  start(): void;
}

/** A container that runs now, for whoever looks into it (exec, inspect). */
export interface RunningContainer {
  readonly pod: Stored;
  readonly spec: ContainerSpec;
  readonly attempt: number;
  readonly startedAt: EpochMs;
  readonly config: ContainerConfig;
}

/** The kubelet as those see it who look into containers. */
export interface ContainerLookup {
  /** Null when the pod is not this node's or the container does not run. */
  runningContainer(uid: string, container: string): RunningContainer | null;
}

/**
 * Whose federated identity the pods of a ServiceAccount are: its annotation `azure.workload.identity/client-id`, as the
 * workload identity webhook reads it. Empty without one; null where there is no such ServiceAccount.
 */
export type ClientIdLookup = (
  namespace: string,
  serviceAccount: string,
) => string | null;

/** Settings of a node, read at each use: a restart may have changed them. */
export interface NodeConfig {
  readonly kubernetesMinor: number;
  readonly syncFrequencyMs: DurationMs;
  readonly changeDetection: "Watch" | "Cache" | "Get";
  /** What the node's `node.alpha.kubernetes.io/ttl` annotation says; see `secretCacheTtl`. */
  readonly secretCacheTtlMs: DurationMs;
  readonly sandboxMs: DurationMs;
  readonly containerStartMs: DurationMs;
  readonly containerStopMs: DurationMs;
  /** From what an application hears to its look. */
  readonly appMs: DurationMs;
  /** From a rebooted node's kubelet to its network plugin: until then pods off the host network fail to sync. */
  readonly networkReadyMs: DurationMs;
  readonly driverVersion: string;
  readonly enableSecretRotation: boolean;
  readonly rotationPollIntervalMs: DurationMs;
  readonly rotationOrder: "sorted" | "shuffled";
  readonly syncSecret: boolean;
  /** What `CSIDriver.spec.requiresRepublish` says. */
  readonly requiresRepublish: boolean;
  /** Longest restart back-off of a crashing container (`crashLoopBackOff.maxContainerRestartPeriod`, from 1.35). */
  readonly maxContainerRestartMs: DurationMs;
  readonly constructPemChain: boolean;
  readonly writeCertAndKeyInSeparateFiles: boolean;
  /** The hazard of csi-driver.md 2.3: a failed first mount's young directory counts as mounted. */
  readonly emptyVolumeHazard: boolean;
  /** Audiences of the service account tokens that the CSIDriver object asks the kubelet for. */
  readonly tokenAudiences: readonly string[];
}

export interface NodeOptions {
  readonly node: string;
  readonly ip: string;
  readonly backend: MachineBackend;
  readonly config: () => NodeConfig;
}

/** An event of this node's own, from a timer. */
export interface TimerEvent extends SimEvent {
  readonly type: "timer";
  readonly timer: string;
  readonly key: string;
}
