/**
 * What the container runtime says of a pod: its sandbox and, by name, the newest container and the one before it. Values
 * are replaced, never changed, so that the PLEG's view of an instant can share them.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/container/runtime.go (PodStatus, Status)
 */
import type { EpochMs } from "../../kernel/time.ts";

export interface ContainerInstance {
  /** `containerd://` and 64 hex digits. */
  readonly id: string;
  readonly imageId: string;
  /** 0 for the first of its name in the pod: its restart count. */
  readonly attempt: number;
  /** `image` of the spec when it was made. */
  readonly image: string;
  readonly state: "created" | "running" | "exited";
  /** Null until it runs. */
  readonly startedAt: EpochMs | null;
  /** Null until it has exited; so the next two mean nothing. */
  readonly finishedAt: EpochMs | null;
  readonly exitCode: number;
  /** `Completed`, `Error`; `Unknown` after the node went down. */
  readonly reason: string;
}

export interface ContainerHistory {
  readonly current: ContainerInstance;
  readonly last: ContainerInstance | null;
}

export interface SandboxStatus {
  readonly ready: boolean;
  readonly attempt: number;
  readonly ip: string;
}

export interface PodRuntimeStatus {
  readonly sandbox: SandboxStatus | null;
  readonly containers: ReadonlyMap<string, ContainerHistory>;
}

export const NO_RUNTIME_STATUS: PodRuntimeStatus = {
  sandbox: null,
  containers: new Map(),
};

export function currentOf(
  status: PodRuntimeStatus,
  container: string,
): ContainerInstance | null {
  return status.containers.get(container)?.current ?? null;
}
