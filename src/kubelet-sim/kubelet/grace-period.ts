/**
 * How long the containers of a pod get to stop.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/pod_workers.go (calculateEffectiveGracePeriod),
 *         pkg/kubelet/kuberuntime/kuberuntime_container.go (killContainer); kubelet.md 8.7
 */
import type { Stored } from "../../cluster-sim/ports.ts";
import type { DurationMs } from "../../kernel/time.ts";
import { SECOND_MS } from "../../kernel/time.ts";
import { MINIMUM_GRACE_SECONDS } from "../defaults.ts";
import { specOf } from "../pod-spec.ts";

/** Seconds, at least 1. `before`: what the pod was given earlier, 0 for nothing yet; it may only shrink. */
export function gracePeriod(before: number, { object }: Stored): number {
  let grace = before;
  const { deletionGracePeriodSeconds: asked } = object.metadata;
  if (asked !== undefined && (grace === 0 || asked < grace)) grace = asked;
  if (grace === 0) grace = specOf(object).terminationGracePeriodSeconds ?? 0;
  return Math.max(grace, 1);
}

/** What the runtime is told, which gives every container a least time. */
export function runtimeGraceMs(seconds: number): DurationMs {
  return Math.max(seconds, MINIMUM_GRACE_SECONDS) * SECOND_MS;
}
