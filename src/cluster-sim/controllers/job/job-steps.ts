/**
 * How many pods a Job runs at once, and when the next one may start.
 * Source: kubernetes/kubernetes v1.35 pkg/controller/job/job_controller.go (manageJob)
 *
 * Timers   JOB_BACKOFF_MS  10 s, doubled up to JOB_BACKOFF_MAX_MS 10 min: from a pod's failure to its replacement
 *
 * From code alone: While a Job waits to replace a failed pod its status counts no active pods, even where some still run.
 */
import type { DurationMs } from "../../../kernel/time.ts";
import { objectOf } from "../../api-server/validation/reading.ts";
import { JOB_PODS_PER_PASS } from "../../defaults.ts";
import type { Stored } from "../../ports.ts";
import type { Batch, PassContext, PassRequest } from "../controller.ts";
import {
  createPod,
  deletePod,
  podOf,
  slowStart,
  workloadOf,
} from "../pod-control.ts";
import { inDeletionOrder } from "../replica-set/deletion-order.ts";
import { TRACKING, backoffLeft, markPod } from "./job-pods.ts";
import type { JobSpec } from "./job-status.ts";

export interface JobView {
  readonly job: Stored;
  readonly spec: JobSpec;
  readonly pods: readonly Stored[];
  /** Neither finished nor on their way out. */
  readonly active: readonly Stored[];
  /** On their way out and not finished. */
  readonly terminating: number;
  /** Pods that have succeeded, those that no status counts yet among them. */
  readonly succeeded: number;
  readonly context: PassContext;
}

export interface JobSteps {
  readonly batches: readonly Batch[];
  /** As the status will have it. */
  readonly active: number;
  /** Deleted, and how many of them were ready. */
  readonly deleted: readonly Stored[];
  readonly againAfterMs?: DurationMs;
}

export function manage(view: JobView): JobSteps {
  const { spec, active, terminating } = view;
  if (spec.suspend) return release(view, active);
  const wanted = wantedActive(view);
  if (active.length > wanted) {
    const surplus = inDeletionOrder(active, [], view.context.now);
    return release(view, surplus.slice(0, active.length - wanted));
  }
  const replaced = spec.onlyReplaceFailed ? terminating : 0;
  const missing = Math.min(
    wanted - replaced - active.length,
    JOB_PODS_PER_PASS,
  );
  const idle = { batches: [], active: active.length, deleted: [] };
  if (missing <= 0) return idle;
  const { pods, context } = view;
  const wait = backoffLeft(pods, spec.onlyReplaceFailed, context.now);
  if (wait > 0) return { ...idle, active: 0, againAfterMs: wait };
  const requests = Array.from({ length: missing }, () => creation(view));
  return {
    ...idle,
    batches: slowStart(requests),
    active: active.length + missing,
  };
}

function wantedActive({ spec, active, succeeded }: JobView): number {
  const { completions, parallelism } = spec;
  if (completions === null) return succeeded > 0 ? active.length : parallelism;
  return Math.max(0, Math.min(completions - succeeded, parallelism));
}

/** Deletes pods that count neither as succeeded nor as failed. */
function release({ active }: JobView, pods: readonly Stored[]): JobSteps {
  const going = pods.slice(0, JOB_PODS_PER_PASS);
  const batches = [
    { requests: going.map((pod) => markPod(pod, "released")) },
    { requests: going.map(deletePod) },
  ].filter(({ requests }) => requests.length > 0);
  return { batches, active: active.length - going.length, deleted: going };
}

function creation({ job, spec, context }: JobView): PassRequest {
  const { name } = job.object.metadata;
  const { annotations } = objectOf(spec.template["metadata"]);
  const object = podOf(job, spec.template, {
    metadata: {
      generateName: `${name}-`,
      annotations: { ...objectOf(annotations), [TRACKING]: "tracked" },
    },
  });
  const workload = workloadOf(job);
  const ordinal = context.nextOrdinal(workload);
  return createPod(object, { workload, ordinal });
}
