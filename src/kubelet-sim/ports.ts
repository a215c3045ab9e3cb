/**
 * What the parts of a node ask of each other across a process boundary. The API server, the vault and Entra ID are
 * ports of the cluster (`cluster-sim/ports.ts`).
 */
import type { SimEvent } from "../kernel/event-queue.ts";
import type { ReplyTo } from "../kernel/port.ts";
import type { MachineBackend } from "../kernel/machine-runner.ts";
import type { DurationMs } from "../kernel/time.ts";

/** One NodePublishVolume: what the kubelet tells the driver about a pod's volume. */
export interface NodePublishRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly uid: string;
  readonly serviceAccount: string;
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
}

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
  readonly driverVersion: string;
  readonly enableSecretRotation: boolean;
  readonly rotationPollIntervalMs: DurationMs;
  readonly rotationOrder: "sorted" | "shuffled";
  readonly syncSecret: boolean;
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
