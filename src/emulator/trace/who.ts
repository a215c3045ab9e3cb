/**
 * Which pods a WHO of the scenario format names. A pod is named by itself; the pods of a workload are told by the names
 * that its controller gives them.
 *
 * Source: kubernetes/kubernetes v1.35 staging/src/k8s.io/apimachinery/pkg/util/rand/rand.go (alphabet of suffixes),
 * pkg/controller/deployment/sync.go, pkg/controller/daemon/daemon_controller.go, pkg/controller/statefulset/stateful_set_utils.go
 * Simplification: Views tell the pods of a workload by their generated names, since a pod's facts do not carry its owner.
 */
import type { Who } from "./names.ts";

const DEPLOYMENT_SUFFIX =
  /^[bcdfghjklmnpqrstvwxz2456789]{1,10}-[bcdfghjklmnpqrstvwxz2456789]{5}$/;
const DAEMONSET_SUFFIX = /^[bcdfghjklmnpqrstvwxz2456789]{5}$/;
const STATEFULSET_SUFFIX = /^\d+$/;

/** Whether `who` names the pod `namespace/name`. */
export function whoMatches(who: Who, namespace: string, name: string): boolean {
  if (who.namespace !== namespace) return false;
  if (who.kind === "pod") return who.name === name;
  if (!name.startsWith(`${who.name}-`)) return false;
  const suffix = name.slice(who.name.length + 1);
  switch (who.kind) {
    case "deployment":
      return DEPLOYMENT_SUFFIX.test(suffix);
    case "daemonset":
      return DAEMONSET_SUFFIX.test(suffix);
    case "statefulset":
      return STATEFULSET_SUFFIX.test(suffix);
  }
}

/** `default/busybox`, `default/deployment/web`: for messages. */
export function formatWho(who: Who): string {
  return who.kind === "pod"
    ? `${who.namespace}/${who.name}`
    : `${who.namespace}/${who.kind}/${who.name}`;
}
