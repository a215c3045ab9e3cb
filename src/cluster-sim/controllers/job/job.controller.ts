/**
 * The Job controller: runs pods until so many have succeeded, or too many have failed, or it has taken too long.
 * Source: kubernetes/kubernetes v1.35 pkg/controller/job/job_controller.go; reference sheet kubelet.md 9.5
 *
 * Timers   JOB_POD_BATCH_MS       1 s: from a change of a pod to the pass that sees it
 *          JOB_BACKOFF_MS         10 s, doubled up to 10 min: from a pod's failure to its replacement
 *          activeDeadlineSeconds  from the start time to the end as DeadlineExceeded
 *
 * Ends, from 1.31 on, in two steps: SuccessCriteriaMet or FailureTarget at once, Complete or Failed when no pod is on its way
 * out any more. Before that in one.
 */
import type { JsonObject } from "../../../kernel/json.ts";
import { SECOND_MS, parseInstant, toRfc3339 } from "../../../kernel/time.ts";
import { objectOf, stringOf } from "../../api-server/validation/reading.ts";
import { JOB_POD_BATCH_MS } from "../../defaults.ts";
import type { Stored } from "../../ports.ts";
import { claimedPods, keysOf } from "../claimed-pods.ts";
import type { Controller, Pass, PassContext } from "../controller.ts";
import { deletePod } from "../pod-control.ts";
import {
  isActive,
  isFinished,
  isReady,
  isTerminating,
  statusOf,
} from "../pod-state.ts";
import { writeStatus } from "../status-write.ts";
import { markPod, restartsOf } from "./job-pods.ts";
import type { Condition } from "./job-status.ts";
import {
  BACKOFF_LIMIT_EXCEEDED,
  COMPLETIONS_REACHED,
  DEADLINE_EXCEEDED,
  TWO_STEP_MINOR,
  conditionsOf,
  countersOf,
  finishedCondition,
  jobSpecOf,
  trueCondition,
} from "./job-status.ts";
import type { JobSteps, JobView } from "./job-steps.ts";
import { manage } from "./job-steps.ts";
import type { Draft } from "./job-outcome.ts";
import {
  endedBy,
  finish,
  interim,
  lastWrite,
  statusFor,
  suspended,
} from "./job-outcome.ts";
import { newlyFinished, settled, track } from "./job-tracking.ts";

const KIND = "Job";

export const jobController: Controller = {
  name: "job-controller",
  kind: KIND,
  watches: [KIND, "Pod"],
  expectsPods: true,
  passesWhileExpecting: true,
  delays: { Pod: JOB_POD_BATCH_MS },
  affected: (kind, change, caches) => keysOf(KIND, kind, change, caches),
  sync,
};

function sync(job: Stored, context: PassContext): Pass {
  if (finishedCondition(job) !== null) return { batches: [] };
  const spec = jobSpecOf(job);
  const { owned: pods, requests } = claimedPods(job, context.caches);
  if (requests.length > 0) return { batches: [{ requests }] };
  const before = countersOf(job);
  const fresh = newlyFinished(before, pods, spec.onlyReplaceFailed);
  const view: JobView = {
    job,
    spec,
    pods,
    context,
    active: pods.filter(isActive),
    terminating: pods.filter((pod) => isTerminating(pod) && !isFinished(pod))
      .length,
    succeeded:
      before.succeeded + before.uncountedSucceeded.length + fresh.succeeded,
  };
  const failed = before.failed + before.uncountedFailed.length + fresh.failed;
  const startTime =
    stringOf(statusOf(job.object)["startTime"]) ||
    (spec.suspend ? "" : toRfc3339(context.now));
  const ending = endOf(view, failed, startTime);
  if (ending !== null)
    return conclude(view, ending, { steps: stop(view), startTime });
  const goesOn = context.expecting !== true && !isTerminating(job);
  const steps = goesOn
    ? manage(view)
    : { batches: [], active: view.active.length, deleted: [] };
  const wanted = spec.completions ?? 1;
  const complete = view.succeeded >= wanted && steps.active === 0;
  if (complete) return conclude(view, success(context), { steps, startTime });
  return conclude(view, null, { steps, startTime, suspends: goesOn });
}

function success({ minor }: PassContext): Condition {
  return minor >= TWO_STEP_MINOR
    ? { type: "SuccessCriteriaMet", ...COMPLETIONS_REACHED }
    : { type: "Complete", reason: "", message: "" };
}

/** Why the Job comes to its end, apart from enough success; null: it goes on. */
function endOf(
  { job, spec, pods, context }: JobView,
  failed: number,
  startTime: string,
): Condition | null {
  const met = trueCondition(job, "SuccessCriteriaMet");
  if (met !== null) return { type: "SuccessCriteriaMet", ...textsOf(met) };
  const target = trueCondition(job, "FailureTarget");
  if (target !== null) return { type: "Failed", ...textsOf(target) };
  const type = context.minor >= TWO_STEP_MINOR ? "FailureTarget" : "Failed";
  const policy = objectOf(spec.template["spec"])["restartPolicy"];
  const restarts = policy === "OnFailure" ? restartsOf(pods) : 0;
  const { backoffLimit, activeDeadlineSeconds, suspend } = spec;
  if (failed > backoffLimit || (restarts > 0 && restarts >= backoffLimit))
    return { type, ...BACKOFF_LIMIT_EXCEEDED };
  if (activeDeadlineSeconds === null || suspend) return null;
  return deadlineLeft(startTime, activeDeadlineSeconds, context) <= 0
    ? { type, ...DEADLINE_EXCEEDED }
    : null;
}

function textsOf(condition: JsonObject): Pick<Condition, "reason" | "message"> {
  const { reason, message } = condition;
  return { reason: stringOf(reason), message: stringOf(message) };
}

function deadlineLeft(
  startTime: string,
  seconds: number,
  { now }: PassContext,
): number {
  return (parseInstant(startTime) ?? now) + seconds * SECOND_MS - now;
}

/** What an ended Job does about the pods that still run. */
function stop({ active }: JobView): JobSteps {
  const requests = active.map(deletePod);
  return {
    batches: requests.length > 0 ? [{ requests }] : [],
    active: 0,
    deleted: active,
  };
}

/** The pods' requests, the status with what is to be counted, the marks, and the status with what was. */
function conclude(
  view: JobView,
  ending: Condition | null,
  made: {
    readonly steps: JobSteps;
    readonly startTime: string;
    /** Whether conditions about suspension are looked after. */
    readonly suspends?: boolean;
  },
): Pass {
  const { job, spec, pods, context, active } = view;
  const { steps } = made;
  const suspension =
    made.suspends === true ? suspended(view) : { told: {}, resumed: false };
  const draft: Draft = {
    conditions: suspension.conditions ?? conditionsOf(job),
    startTime: suspension.resumed ? toRfc3339(context.now) : made.startTime,
    active: steps.active,
    ready: active.filter((pod) => isReady(pod) && !steps.deleted.includes(pod))
      .length,
    terminating: view.terminating + steps.deleted.length,
  };
  const { counters, marks } = track(settled(countersOf(job), pods), pods, {
    ended: endedBy(ending),
    onlyReplaceFailed: spec.onlyReplaceFailed,
  });
  const first = statusFor(view, draft, {
    counters,
    conditions: interim(draft.conditions, ending, context),
  });
  const flush = writeStatus(job, first).map((request) => ({
    ...request,
    ...suspension.told,
  }));
  const final = finish(view, draft, { ending, first, counters });
  const batches = [
    ...steps.batches,
    { requests: flush, always: steps.batches.length > 0 },
    { requests: marks.map((pod) => markPod(pod, "counted")) },
    { requests: lastWrite(job, final, flush.length > 0 ? first : undefined) },
  ].filter(({ requests }) => requests.length > 0);
  return {
    batches,
    ...againAfter(view, draft, { steps, ending }),
  };
}

function againAfter(
  { spec, context }: JobView,
  { startTime }: Draft,
  { steps, ending }: { readonly steps: JobSteps; readonly ending: unknown },
): Pick<Pass, "againAfterMs"> {
  const { activeDeadlineSeconds: seconds, suspend } = spec;
  const waits = steps.againAfterMs === undefined ? [] : [steps.againAfterMs];
  if (seconds !== null && !suspend && ending === null)
    waits.push(deadlineLeft(startTime, seconds, context));
  return waits.length === 0 ? {} : { againAfterMs: Math.min(...waits) };
}
