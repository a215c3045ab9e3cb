/** Names that cannot be known before the run: those that the controllers of declared workloads will give. */
import { WORKLOAD_KINDS } from "../world/pod-templates.ts";

/** Kinds whose objects controllers name themselves, and the kinds of the workloads whose names theirs begin with. */
const MADE_FOR: Readonly<Record<string, readonly string[]>> = {
  Pod: WORKLOAD_KINDS,
  SecretProviderClassPodStatus: WORKLOAD_KINDS,
  ReplicaSet: ["Deployment"],
  ControllerRevision: ["StatefulSet", "DaemonSet"],
  Job: ["CronJob"],
};

/** Whether a controller may give an object of `kind` the name that is wanted, for a workload of another. */
export function mayBeMadeFor(
  wanted: { readonly kind: string; readonly name: string },
  workload: { readonly kind: string; readonly name: string },
): boolean {
  const { kind, name } = wanted;
  return (
    (MADE_FOR[kind] ?? []).includes(workload.kind) &&
    name.startsWith(`${workload.name}-`)
  );
}
