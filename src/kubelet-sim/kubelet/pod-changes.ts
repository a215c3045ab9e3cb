/**
 * Which changes of a Pod object make its kubelet sync it at once.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/config/config.go (checkAndUpdatePod); kubelet.md 1.4
 */
import type { Stored } from "../../cluster-sim/ports.ts";

/** What the kubelet compares of two versions of a pod: spec, labels and annotations; never its status. */
export function needsSync(before: Stored, after: Stored): boolean {
  const a = before.object;
  const b = after.object;
  const { metadata: m } = a;
  const { metadata: n } = b;
  return (
    m.generation !== n.generation ||
    JSON.stringify([m.labels, m.annotations]) !==
      JSON.stringify([n.labels, n.annotations])
  );
}
