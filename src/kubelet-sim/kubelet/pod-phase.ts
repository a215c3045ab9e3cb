/**
 * A pod's phase from the states of its containers.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/kubelet_pods.go (getPhase); kubelet.md 8.1
 */
import type { PodSpec } from "../pod-spec.ts";
import { restartPolicyOf } from "./container-plan.ts";
import type { ApiContainerStatus } from "./container-states.ts";

export type PodPhase = "Pending" | "Running" | "Succeeded" | "Failed";

export function isTerminalPhase(phase: string | undefined): boolean {
  return phase === "Succeeded" || phase === "Failed";
}

/** `ended`: the kubelet has stopped the pod's containers for good. */
export function phaseOfContainers(
  spec: PodSpec,
  init: readonly ApiContainerStatus[],
  regular: readonly ApiContainerStatus[],
  ended: boolean,
): PodPhase {
  const policy = restartPolicyOf(spec);
  const initialization = init.map(initState);
  if (policy === "Never" && initialization.includes("failed")) return "Failed";
  if (initialization.some((state) => state !== "done")) {
    // Only a pod that was never initialized is held back by this.
    if (!regular.some(wasMade)) return "Pending";
  }
  const running = regular.filter(({ state }) => "running" in state).length;
  const stopped = regular.filter(hasStopped).length;
  if (running + stopped < regular.length) return "Pending";
  if (running > 0) return "Running";
  const succeeded = regular.every(
    ({ state }) =>
      state.terminated !== undefined && state.terminated.exitCode === 0,
  );
  if (ended) return succeeded ? "Succeeded" : "Failed";
  if (policy === "Always") return "Running";
  if (succeeded) return "Succeeded";
  return policy === "Never" ? "Failed" : "Running";
}

function initState({
  state,
  lastState,
}: ApiContainerStatus): "done" | "failed" | "pending" {
  if (state.terminated !== undefined)
    return state.terminated.exitCode === 0 ? "done" : "failed";
  if (state.waiting === undefined) return "pending";
  const { terminated } = lastState;
  return terminated !== undefined && terminated.exitCode !== 0
    ? "failed"
    : "pending";
}

function hasStopped({ state, lastState }: ApiContainerStatus): boolean {
  if (state.terminated !== undefined) return true;
  return state.waiting !== undefined && lastState.terminated !== undefined;
}

function wasMade(status: ApiContainerStatus): boolean {
  return "running" in status.state || hasStopped(status);
}
