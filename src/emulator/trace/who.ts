/** Which pods a WHO of the scenario format names: a pod by its own name, or those of a workload as their facts say it. */
import type { Who } from "./names.ts";

/** What of a pod its WHO goes by. */
export interface PodName {
  readonly namespace: string;
  readonly name: string;
  /** `default/deployment/web`; empty for a bare pod. */
  readonly workload: string;
}

/** Whether `who` names the pod. */
export function whoMatches(who: Who, pod: PodName): boolean {
  if (who.namespace !== pod.namespace) return false;
  return who.kind === "pod"
    ? who.name === pod.name
    : pod.workload === formatWho(who);
}

/** `default/busybox`, `default/deployment/web`: for messages, and as facts name workloads. */
export function formatWho(who: Who): string {
  return who.kind === "pod"
    ? `${who.namespace}/${who.name}`
    : `${who.namespace}/${who.kind}/${who.name}`;
}

const KINDS: readonly string[] = ["deployment", "daemonset", "statefulset"];

/** How a scenario names a pod's sinks: by its workload where a WHO can, since its own name goes with it. */
export function whoIs({ namespace, name, workload }: PodName): Who {
  const [, kind = "", owner = ""] = workload.split("/");
  return KINDS.includes(kind)
    ? { kind: kind as Who["kind"], namespace, name: owner }
    : { kind: "pod", namespace, name };
}
