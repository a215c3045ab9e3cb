/**
 * The conditions of a pod's status that its kubelet writes.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/status/generate.go; kubelet.md 8.2
 */
import type { PodSpec } from "../pod-spec.ts";
import type { ApiContainerStatus } from "./container-states.ts";
import type { PodPhase } from "./pod-phase.ts";

export type PodCondition = {
  readonly type: string;
  readonly status: string;
  readonly lastTransitionTime?: string;
  readonly reason?: string;
  readonly message?: string;
};

export interface ConditionsInput {
  readonly spec: PodSpec;
  readonly phase: PodPhase;
  readonly init: readonly ApiContainerStatus[];
  readonly regular: readonly ApiContainerStatus[];
  readonly sandboxReady: boolean;
  readonly kubernetesMinor: number;
  /** All conditions of the last status, those of others among them. */
  readonly before: readonly PodCondition[];
  /** RFC 3339, for those that change. */
  readonly now: string;
}

/** From this minor version on the sandbox has a condition of its own. */
const SANDBOX_CONDITION_MINOR = 29;

const OWN = new Set([
  "PodReadyToStartContainers",
  "Initialized",
  "Ready",
  "ContainersReady",
  "PodScheduled",
]);

/** Whether the kubelet is the one who writes this condition. */
export function isKubeletCondition({ type }: PodCondition): boolean {
  return OWN.has(type);
}

type Verdict = Omit<PodCondition, "type" | "lastTransitionTime">;

const TRUE: Verdict = { status: "True" };

/** Conditions of others first, as they are, then the kubelet's; a time of transition changes with the status alone. */
export function podConditions(input: ConditionsInput): PodCondition[] {
  const { before, now, kubernetesMinor, sandboxReady } = input;
  const containers = containersReady(input);
  const verdicts: [string, Verdict][] = [
    ["Initialized", initialized(input)],
    ["Ready", ready(input, containers)],
    ["ContainersReady", containers],
    ["PodScheduled", TRUE],
  ];
  if (kubernetesMinor >= SANDBOX_CONDITION_MINOR) {
    const status = sandboxReady ? "True" : "False";
    verdicts.unshift(["PodReadyToStartContainers", { status }]);
  }
  const own = verdicts.map(([type, verdict]) => {
    const old = before.find((condition) => condition.type === type);
    const kept = old?.status === verdict.status && old.lastTransitionTime;
    const { status, ...why } = verdict;
    return { type, status, lastTransitionTime: kept || now, ...why };
  });
  const others = before.filter((condition) => !isKubeletCondition(condition));
  return [...others, ...own];
}

function initialized({ spec, phase, init }: ConditionsInput): Verdict {
  if ((spec.initContainers ?? []).length === 0) return TRUE;
  if (phase === "Succeeded") return { ...TRUE, reason: "PodCompleted" };
  const open = init.filter(({ ready }) => !ready).map(({ name }) => name);
  if (open.length === 0 || phase === "Running") return TRUE;
  return {
    status: "False",
    reason: "ContainersNotInitialized",
    message: `containers with incomplete status: [${open.join(" ")}]`,
  };
}

function containersReady({ spec, phase, regular }: ConditionsInput): Verdict {
  if (phase === "Succeeded") return { status: "False", reason: "PodCompleted" };
  if (phase === "Failed") return { status: "False", reason: "PodFailed" };
  const unready = spec.containers
    .map(({ name }) => name)
    .filter((name) => !regular.some((s) => s.name === name && s.ready));
  if (unready.length === 0) return TRUE;
  return {
    status: "False",
    reason: "ContainersNotReady",
    message: `containers with unready status: [${unready.join(" ")}]`,
  };
}

function ready(
  { spec, before }: ConditionsInput,
  containers: Verdict,
): Verdict {
  if (containers.status !== "True") return containers;
  const problems = (spec.readinessGates ?? []).flatMap(({ conditionType }) => {
    const gate = before.find(({ type }) => type === conditionType);
    if (gate === undefined)
      return [
        `corresponding condition of pod readiness gate "${conditionType}" does not exist.`,
      ];
    if (gate.status === "True") return [];
    return [
      `the status of pod readiness gate "${conditionType}" is not "True", but ${gate.status}`,
    ];
  });
  if (problems.length === 0) return TRUE;
  return {
    status: "False",
    reason: "ReadinessGatesNotReady",
    message: problems.join(", "),
  };
}
