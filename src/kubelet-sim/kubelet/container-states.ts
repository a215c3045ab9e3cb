/**
 * `containerStatuses` and `initContainerStatuses` of a pod's status, from what the runtime and the kubelet know.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/kubelet_pods.go (convertToAPIContainerStatuses),
 *         pkg/kubelet/prober/prober_manager.go (UpdatePodStatus); kubelet.md 8.3
 */
import { byCodeUnit } from "../../kernel/json.ts";
import type { EpochMs } from "../../kernel/time.ts";
import { toRfc3339 } from "../../kernel/time.ts";
import type { ContainerSpec, PodSpec } from "../pod-spec.ts";
import { shouldBeRestarted } from "./container-plan.ts";
import type {
  ContainerInstance,
  PodRuntimeStatus,
} from "./container-status.ts";

export type ApiTerminated = {
  readonly exitCode: number;
  readonly reason: string;
  readonly message?: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly containerID?: string;
};

export type ApiContainerState = {
  readonly waiting?: { readonly reason: string; readonly message?: string };
  readonly running?: { readonly startedAt: string };
  readonly terminated?: ApiTerminated;
};

export type ApiContainerStatus = {
  readonly name: string;
  readonly state: ApiContainerState;
  readonly lastState: ApiContainerState;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly image: string;
  readonly imageID: string;
  readonly containerID?: string;
  readonly started: boolean;
};

/** Why a container could not be started at the last try (`reasonCache`). */
export interface StartFailure {
  readonly reason: string;
  readonly message: string;
}

export interface ContainerStatesInput {
  readonly spec: PodSpec;
  readonly runtime: PodRuntimeStatus;
  readonly failures: ReadonlyMap<string, StartFailure>;
  /** Names of the containers that are ready. */
  readonly ready: ReadonlySet<string>;
  /** What the last status said, this kubelet's or an earlier one's. */
  readonly before: readonly ApiContainerStatus[];
}

/** Sorted by name. */
export function containerStatuses(
  input: ContainerStatesInput,
): ApiContainerStatus[] {
  return input.spec.containers
    .map((container) => statusOf(input, container, false))
    .sort((a, b) => byCodeUnit(a.name, b.name));
}

/** In the order of the pod; empty without init containers. */
export function initContainerStatuses(
  input: ContainerStatesInput,
): ApiContainerStatus[] {
  const { initContainers = [] } = input.spec;
  return initContainers.map((container) => statusOf(input, container, true));
}

/**
 * What is said of containers that nobody can find any more when their pod ends; those whose turn never came stay as they
 * are. Source: pkg/kubelet/status/status_manager.go (TerminatePod, hasPodInitialized, initializedContainers)
 */
export function lostContainers(
  init: readonly ApiContainerStatus[],
  regular: readonly ApiContainerStatus[],
): {
  readonly init: readonly ApiContainerStatus[];
  readonly regular: readonly ApiContainerStatus[];
} {
  const initialized =
    init.length === 0 || regular.some(hasRun) || init.at(-1)!.ready;
  const reached = Math.max(init.findLastIndex(hasRun), 0);
  return {
    init: init.map((status, i) => (i <= reached ? lost(status) : status)),
    regular: initialized ? regular.map(lost) : regular,
  };
}

function hasRun({ state, lastState }: ApiContainerStatus): boolean {
  return state.waiting === undefined || lastState.terminated !== undefined;
}

function lost(status: ApiContainerStatus): ApiContainerStatus {
  if (status.state.terminated !== undefined) return status;
  return {
    ...status,
    ready: false,
    started: false,
    state: { terminated: LOST },
  };
}

const LOST: ApiTerminated = {
  exitCode: 137,
  reason: "ContainerStatusUnknown",
  message: "The container could not be located when the pod was terminated",
};

function statusOf(
  input: ContainerStatesInput,
  { name, image = "" }: ContainerSpec,
  init: boolean,
): ApiContainerStatus {
  const { spec, runtime, failures } = input;
  const { initContainers = [] } = spec;
  const reason =
    initContainers.length > 0 ? "PodInitializing" : "ContainerCreating";
  const before = input.before.find((status) => status.name === name);
  const found = runtime.containers.get(name);
  if (found === undefined && before?.state.terminated !== undefined)
    return before;
  const current = found?.current ?? null;
  const last = found?.last ?? null;
  let state: ApiContainerState =
    current === null ? { waiting: { reason } } : stateOf(current, reason);
  let lastState: ApiContainerState =
    last === null ? (before?.lastState ?? {}) : stateOf(last, reason);
  const failure = failures.get(name);
  const done = init && current?.state === "exited" && current.exitCode === 0;
  if (failure !== undefined && !done && shouldBeRestarted(spec, current)) {
    if (state.terminated !== undefined) lastState = state;
    const { reason: why, message } = failure;
    state = {
      waiting: message === "" ? { reason: why } : { reason: why, message },
    };
  }
  const running = state.running !== undefined;
  return {
    name,
    state,
    lastState,
    ready: init ? done : running && input.ready.has(name),
    restartCount: current?.attempt ?? before?.restartCount ?? 0,
    image,
    imageID: current?.imageId ?? before?.imageID ?? "",
    ...(current === null ? {} : { containerID: current.id }),
    started: running,
  };
}

function stateOf(
  container: ContainerInstance,
  waitingReason: string,
): ApiContainerState {
  const { state, startedAt, finishedAt, exitCode, reason, id } = container;
  if (state === "created") return { waiting: { reason: waitingReason } };
  if (state === "running")
    return { running: { startedAt: toRfc3339(startedAt!) } };
  return {
    terminated: {
      exitCode,
      reason,
      startedAt: instant(startedAt),
      finishedAt: instant(finishedAt),
      containerID: id,
    },
  };
}

function instant(at: EpochMs | null): string {
  return toRfc3339(at ?? 0);
}
