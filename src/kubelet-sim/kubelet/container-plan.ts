/**
 * What a pod sync has to do at the runtime: a sandbox to make, the next init container, the containers to start.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/kuberuntime/kuberuntime_manager.go (computePodActions),
 *         kuberuntime_container.go (findNextInitContainerToRun), pkg/kubelet/container/helpers.go (ShouldContainerBeRestarted)
 */
import type { ContainerSpec, PodSpec } from "../pod-spec.ts";
import type {
  ContainerInstance,
  PodRuntimeStatus,
} from "./container-status.ts";
import { currentOf } from "./container-status.ts";

export interface PodPlan {
  readonly createSandbox: boolean;
  /** Names, in the order of starting: one init container, or regular ones. */
  readonly start: readonly string[];
  /** Running containers whose image is no longer the pod's: ended first, then started. */
  readonly replace: readonly string[];
}

export const NOTHING_TO_DO: PodPlan = {
  createSandbox: false,
  start: [],
  replace: [],
};

export function restartPolicyOf(
  spec: PodSpec,
): "Always" | "OnFailure" | "Never" {
  return spec.restartPolicy ?? "Always";
}

/** Whether the next sync will start the container, as far as its own state says. */
export function shouldBeRestarted(
  spec: PodSpec,
  current: ContainerInstance | null,
): boolean {
  if (current === null || current.state === "created") return true;
  if (current.state === "running") return false;
  const policy = restartPolicyOf(spec);
  if (policy === "Never") return false;
  return policy === "Always" || current.exitCode !== 0;
}

export function planPod(spec: PodSpec, status: PodRuntimeStatus): PodPlan {
  const { initContainers = [], containers } = spec;
  if (status.sandbox?.ready !== true) return planSandbox(spec, status);
  const someMade = containers.some(({ name }) => status.containers.has(name));
  if (initContainers.length > 0 && !someMade) {
    const next = nextInit(spec, initContainers, status);
    if (next !== "done") return starting(next);
  }
  const start = containers.filter(({ name }) =>
    shouldBeRestarted(spec, currentOf(status, name)),
  );
  const replace = containers.filter(({ name, image = "" }) => {
    const current = currentOf(status, name);
    return current?.state === "running" && current.image !== image;
  });
  if (start.length === 0 && replace.length === 0) return NOTHING_TO_DO;
  return { ...starting(names(start)), replace: names(replace) };
}

/** A pod without its sandbox begins from the first init container again, unless nothing of it is to run any more. */
function planSandbox(spec: PodSpec, status: PodRuntimeStatus): PodPlan {
  const { initContainers = [], containers } = spec;
  const again = status.sandbox !== null && status.containers.size > 0;
  if (again && restartPolicyOf(spec) === "Never") return NOTHING_TO_DO;
  const start = containers.filter(({ name }) => {
    const current = currentOf(status, name);
    const succeeded = current?.state === "exited" && current.exitCode === 0;
    return restartPolicyOf(spec) !== "OnFailure" || !succeeded;
  });
  if (start.length === 0) return NOTHING_TO_DO;
  const first = initContainers[0];
  const which = first === undefined ? names(start) : [first.name];
  return { ...starting(which), createSandbox: true };
}

/** The init container to start now; none to wait, or because initialization has failed for good. */
function nextInit(
  spec: PodSpec,
  initContainers: readonly ContainerSpec[],
  status: PodRuntimeStatus,
): readonly string[] | "done" {
  const backwards = [...initContainers].reverse();
  for (const { name } of backwards) {
    const current = currentOf(status, name);
    if (current?.state === "exited" && current.exitCode !== 0)
      return restartPolicyOf(spec) === "Never" ? [] : [name];
  }
  for (const [i, { name }] of backwards.entries()) {
    const current = currentOf(status, name);
    if (current === null) continue;
    if (current.state !== "exited") return [];
    return i === 0 ? "done" : [backwards[i - 1]!.name];
  }
  return [initContainers[0]!.name];
}

function starting(start: readonly string[]): PodPlan {
  return { createSandbox: false, start, replace: [] };
}

function names(containers: readonly ContainerSpec[]): string[] {
  return containers.map(({ name }) => name);
}
