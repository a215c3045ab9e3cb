/**
 * A pod's status as its kubelet generates it at the start of each sync.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/kubelet_pods.go (generateAPIPodStatus), pkg/kubelet/status/status_manager.go
 *         (updateStatusInternal, TerminatePod); kubelet.md 8.1-8.3
 * Simplification: A status has no resources, users or allocated resources of containers, and conditions have no observedGeneration.
 */
import type { Stored } from "../../cluster-sim/ports.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { EpochMs } from "../../kernel/time.ts";
import { toRfc3339 } from "../../kernel/time.ts";
import { specOf } from "../pod-spec.ts";
import type { ApiContainerStatus, StartFailure } from "./container-states.ts";
import {
  containerStatuses,
  initContainerStatuses,
  lostContainers,
} from "./container-states.ts";
import type { PodRuntimeStatus } from "./container-status.ts";
import type { PodCondition } from "./pod-conditions.ts";
import { isKubeletCondition, podConditions } from "./pod-conditions.ts";
import type { PodPhase } from "./pod-phase.ts";
import { isTerminalPhase, phaseOfContainers } from "./pod-phase.ts";

export type PodStatus = {
  readonly phase: PodPhase;
  readonly conditions: readonly PodCondition[];
  readonly reason?: string;
  readonly message?: string;
  readonly hostIP: string;
  readonly hostIPs?: readonly { readonly ip: string }[];
  readonly podIP?: string;
  readonly podIPs?: readonly { readonly ip: string }[];
  readonly startTime: string;
  readonly initContainerStatuses?: readonly ApiContainerStatus[];
  readonly containerStatuses: readonly ApiContainerStatus[];
};

export interface PodStatusInput {
  readonly stored: Stored;
  readonly runtime: PodRuntimeStatus;
  readonly failures: ReadonlyMap<string, StartFailure>;
  readonly ready: ReadonlySet<string>;
  /** The last status, this kubelet's or the API server's; null when nobody wrote one. */
  readonly before: Partial<PodStatus> | null;
  /**
   * `ended`: the containers were stopped for good. `lost`: the pod is over, and what was never found of it has failed.
   * `overdue`: it ran longer than its activeDeadlineSeconds.
   */
  readonly stage: "alive" | "ended" | "lost" | "overdue";
  readonly nodeIp: string;
  readonly kubernetesMinor: number;
  readonly now: EpochMs;
}

/** From this minor version on a status names the host's addresses. */
const HOST_IPS_MINOR = 29;

/** The pod ran longer than it may. Source: pkg/kubelet/active_deadline.go */
export const DEADLINE_REASON = "DeadlineExceeded";
export const DEADLINE_MESSAGE =
  "Pod was active on the node longer than the specified deadline";

export function podStatus(input: PodStatusInput): PodStatus {
  const { stored, runtime, stage, nodeIp } = input;
  const spec = specOf(stored.object);
  const before = input.before ?? {};
  const states = { spec, runtime, failures: input.failures };
  const found = containerStatuses({
    ...states,
    ready: input.ready,
    before: before.containerStatuses ?? [],
  });
  const foundInit = initContainerStatuses({
    ...states,
    ready: input.ready,
    before: before.initContainerStatuses ?? [],
  });
  const phase = lastingPhase(input, before.phase, () =>
    phaseOfContainers(spec, foundInit, found, stage !== "alive"),
  );
  const { init, regular } =
    stage === "lost"
      ? lostContainers(foundInit, found)
      : { init: foundInit, regular: found };
  const ip = spec.hostNetwork === true ? nodeIp : runtime.sandbox?.ip;
  const late = stage === "overdue" || before.reason === DEADLINE_REASON;
  return {
    phase,
    conditions: podConditions({
      spec,
      phase,
      init,
      regular,
      sandboxReady: runtime.sandbox?.ready === true,
      kubernetesMinor: input.kubernetesMinor,
      before: conditionsOf(stored, before),
      now: toRfc3339(input.now),
    }),
    ...(late ? { reason: DEADLINE_REASON, message: DEADLINE_MESSAGE } : {}),
    hostIP: nodeIp,
    ...(input.kubernetesMinor < HOST_IPS_MINOR
      ? {}
      : { hostIPs: [{ ip: nodeIp }] }),
    ...(ip === undefined ? {} : { podIP: ip, podIPs: [{ ip }] }),
    startTime: before.startTime ?? toRfc3339(input.now),
    ...(init.length === 0 ? {} : { initContainerStatuses: init }),
    containerStatuses: regular,
  };
}

/** A terminal phase stays; a pod that is over without one has failed. */
function lastingPhase(
  { stage }: PodStatusInput,
  before: PodPhase | undefined,
  compute: () => PodPhase,
): PodPhase {
  if (before !== undefined && isTerminalPhase(before)) return before;
  if (stage === "overdue") return "Failed";
  const phase = compute();
  return stage === "lost" && !isTerminalPhase(phase) ? "Failed" : phase;
}

/** The kubelet's own from its last status, those of others as the API server has them. */
function conditionsOf(
  { object }: Stored,
  before: Partial<PodStatus>,
): readonly PodCondition[] {
  const live = (object["status"] as Partial<PodStatus> | undefined)?.conditions;
  const others = (live ?? []).filter((other) => !isKubeletCondition(other));
  const own = (before.conditions ?? []).filter(isKubeletCondition);
  return [...others, ...own];
}

/** What the API server says of the pod, as a start for a kubelet that knows nothing yet. */
export function statusOfApi({ object }: Stored): Partial<PodStatus> | null {
  const { status } = object as { readonly status?: Partial<PodStatus> };
  return status ?? null;
}

/** What is sent: the status, with the pod's uid as the condition of the write. */
export function statusPatch({ object }: Stored, status: PodStatus): JsonObject {
  return { metadata: { uid: object.metadata.uid }, status };
}
