/**
 * A pod's status as its kubelet reports it: phase, conditions and container states.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/kubelet_pods.go, pkg/kubelet/status/generate.go; kubelet.md 8.1-8.3
 * Simplification: every container of a pod is in the same state; pod IPs are those of a fixed range by uid.
 */
import { NO_REPLY } from "../../cluster-sim/client/index.ts";
import type { ApiClient, Stored } from "../../cluster-sim/ports.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { EpochMs } from "../../kernel/time.ts";
import { toRfc3339 } from "../../kernel/time.ts";
import type { PodSpec } from "../pod-spec.ts";
import { specOf } from "../pod-spec.ts";

export interface StatusReport {
  readonly api: ApiClient;
  readonly now: EpochMs;
  readonly nodeIp: string;
  readonly stored: Stored;
  /** When the containers started; null before. */
  readonly startedAt: EpochMs | null;
  /** What the last report said; empty at first. */
  readonly reported: string;
}

/** Sends the status if it differs from the last report; returns what is reported now. */
export function reportStatus(report: StatusReport): string {
  const { api, stored, startedAt, nodeIp, now } = report;
  const kind = startedAt === null ? "Pending" : "Running";
  if (report.reported === kind) return kind;
  const { name, namespace = "" } = stored.object.metadata;
  const spec = specOf(stored.object);
  const running = startedAt !== null;
  const patch: JsonObject = {
    status: {
      phase: kind,
      hostIP: nodeIp,
      ...(running ? { startTime: toRfc3339(startedAt) } : {}),
      conditions: conditions(spec, running, now),
      containerStatuses: spec.containers.map((container) => ({
        name: container.name,
        image: container.image ?? "",
        imageID: "",
        ready: running,
        restartCount: 0,
        state: running
          ? { running: { startedAt: toRfc3339(startedAt) } }
          : { waiting: { reason: "ContainerCreating" } },
      })),
    },
  };
  api.call(
    { verb: "patchStatus", kind: "Pod", namespace, name, patch },
    NO_REPLY,
  );
  return kind;
}

function conditions(spec: PodSpec, running: boolean, now: EpochMs) {
  const names = spec.containers.map(({ name }) => name).join(" ");
  const waiting = {
    reason: "ContainersNotReady",
    message: `containers with unready status: [${names}]`,
  };
  const condition = (type: string, status: boolean) => ({
    type,
    status: status ? "True" : "False",
    lastTransitionTime: toRfc3339(now),
    ...(status || type === "PodReadyToStartContainers" ? {} : waiting),
  });
  return [
    condition("PodReadyToStartContainers", running),
    condition("Initialized", true),
    condition("Ready", running),
    condition("ContainersReady", running),
    condition("PodScheduled", true),
  ];
}
