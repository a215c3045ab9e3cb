/**
 * The status that a Job's pass writes: what it counts, whether it is suspended, and how it came to its end.
 * Source: kubernetes/kubernetes v1.35 pkg/controller/job/job_controller.go (syncJob, trackJobStatusAndRemoveFinalizers,
 * enactJobFinished, recordJobFinished)
 */
import type { JsonObject } from "../../../kernel/json.ts";
import { toRfc3339 } from "../../../kernel/time.ts";
import type { Stored } from "../../ports.ts";
import type { PassContext, PassEvent, PassRequest } from "../controller.ts";
import { withoutZeros, writeStatus } from "../status-write.ts";
import type { Condition, Counters } from "./job-status.ts";
import {
  TERMINATING_MINOR,
  TWO_STEP_MINOR,
  conditionsOf,
  uncountedPods,
  withCondition,
} from "./job-status.ts";
import type { JobView } from "./job-steps.ts";
import { counted } from "./job-tracking.ts";

/** The status as a pass goes on; written up to twice. */
export interface Draft {
  readonly conditions: readonly JsonObject[];
  readonly startTime: string;
  readonly active: number;
  readonly ready: number;
  readonly terminating: number;
}

export const endedBy = (
  ending: Condition | null,
): "no" | "succeeded" | "failed" => {
  if (ending === null) return "no";
  return isSuccess(ending) ? "succeeded" : "failed";
};

const isSuccess = ({ type }: Condition): boolean =>
  type === "SuccessCriteriaMet" || type === "Complete";

export function interim(
  conditions: readonly JsonObject[],
  ending: Condition | null,
  { now }: PassContext,
): readonly JsonObject[] {
  const { type } = ending ?? { type: "" };
  const isInterim = type === "FailureTarget" || type === "SuccessCriteriaMet";
  return ending !== null && isInterim
    ? withCondition(conditions, ending, { now })
    : conditions;
}

export function statusFor(
  view: JobView,
  draft: Draft,
  {
    counters,
    conditions,
  }: {
    readonly counters: Counters;
    readonly conditions: readonly JsonObject[];
  },
): JsonObject {
  const { startTime, active, ready, terminating } = draft;
  const { succeeded, failed } = counters;
  const counts = view.context.minor >= TERMINATING_MINOR;
  return {
    ...(conditions.length > 0 ? { conditions } : {}),
    ...withoutZeros({ startTime, active, succeeded, failed }),
    ...(counts ? { terminating } : {}),
    uncountedTerminatedPods: uncountedPods(counters),
    ready,
  };
}

interface Final {
  readonly status: JsonObject;
  readonly told?: PassEvent;
}

/** The status once all pods are marked; with the last condition when the Job has come to its end and nothing holds it up. */
export function finish(
  view: JobView,
  draft: Draft,
  at: {
    readonly ending: Condition | null;
    readonly first: JsonObject;
    readonly counters: Counters;
  },
): Final {
  const { now, minor } = view.context;
  const { ending } = at;
  const counters = counted(at.counters);
  const conditions = interim(draft.conditions, ending, view.context);
  const waits = minor >= TWO_STEP_MINOR && draft.terminating > 0;
  if (ending === null || waits)
    return { status: statusFor(view, draft, { counters, conditions }) };
  const complete = isSuccess(ending);
  const { reason, message } = ending;
  const last = { type: complete ? "Complete" : "Failed", reason, message };
  const status = statusFor(view, draft, {
    counters,
    conditions: withCondition(conditions, last, { now }),
  });
  return complete
    ? {
        status: { ...status, completionTime: toRfc3339(now) },
        told: { type: "Normal", reason: "Completed", message: "Job completed" },
      }
    : { status, told: { type: "Warning", reason, message } };
}

export function lastWrite(
  job: Stored,
  { status, told }: Final,
  first: JsonObject | undefined,
): PassRequest[] {
  const requests = writeStatus(job, status, first);
  if (told === undefined) return requests;
  return requests.map((request) => ({ ...request, succeeded: told }));
}

/** What a pass says about being suspended: nothing new, or a condition and its Event. */
export function suspended({ job, spec, context }: JobView): {
  readonly conditions?: readonly JsonObject[];
  readonly told: Pick<PassRequest, "succeeded">;
  readonly resumed: boolean;
} {
  const before = conditionsOf(job);
  const condition = spec.suspend
    ? { reason: "JobSuspended", message: "Job suspended" }
    : { reason: "JobResumed", message: "Job resumed" };
  const conditions = withCondition(
    before,
    { type: "Suspended", ...condition },
    { now: context.now, status: spec.suspend ? "True" : "False" },
  );
  if (conditions === before) return { told: {}, resumed: false };
  const reason = spec.suspend ? "Suspended" : "Resumed";
  const { message } = condition;
  return {
    conditions,
    told: { succeeded: { type: "Normal", reason, message } },
    resumed: !spec.suspend,
  };
}
