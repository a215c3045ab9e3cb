/**
 * What a CronJob knows of its Jobs: those that run, when the last one began and succeeded; finished ones go in time.
 * Source: kubernetes/kubernetes v1.35 pkg/controller/cronjob/cronjob_controllerv2.go (syncCronJob, cleanupFinishedJobs, deleteJob)
 *
 * Simplification: A CronJob's status names a new Job when the Job arrives in the controller's cache; upstream writes it right after the creation.
 */
import type { JsonObject } from "../../../kernel/json.ts";
import { byCodeUnit } from "../../../kernel/json.ts";
import { stringOf } from "../../api-server/validation/reading.ts";
import type { Stored } from "../../ports.ts";
import type { PassEvent, PassRequest } from "../controller.ts";
import { specOf, statusOf } from "../pod-state.ts";
import { finishedCondition, trueCondition } from "./job-status.ts";

/** On each Job: the time of the schedule that it was made for. */
export const SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp";

/** What a pass makes of the status, as far as it has come. */
export interface Draft {
  active: readonly JsonObject[];
  lastScheduleTime: string;
  lastSuccessfulTime: string;
  readonly events: PassEvent[];
  /** Told when the status that has them is written: a pass over a stale cache, whose status is refused, says nothing twice. */
  readonly seen: PassEvent[];
  readonly deletions: PassRequest[];
}

/** Finished Jobs beyond the history limits go, those that began first. */
export function removeOldest(
  cronJob: Stored,
  jobs: readonly Stored[],
  draft: Draft,
): void {
  const spec = specOf(cronJob.object);
  const limits = [
    ["Complete", spec["successfulJobsHistoryLimit"]],
    ["Failed", spec["failedJobsHistoryLimit"]],
  ] as const;
  for (const [type, limit] of limits) {
    if (typeof limit !== "number") continue;
    const finished = jobs
      .filter((job) => finishedCondition(job)?.["type"] === type)
      .sort(byStart);
    for (const job of finished.slice(0, Math.max(0, finished.length - limit)))
      remove(job, draft);
  }
}

function byStart(a: Stored, b: Stored): number {
  const start = ({ object }: Stored): string =>
    stringOf(statusOf(object)["startTime"]) || "~";
  const names = [a, b].map(({ object }) => object.metadata.name);
  return byCodeUnit(start(a), start(b)) || byCodeUnit(names[0]!, names[1]!);
}

export function remove({ object }: Stored, draft: Draft): void {
  const { namespace = "", name, uid } = object.metadata;
  draft.active = draft.active.filter((one) => one["uid"] !== uid);
  draft.deletions.push({
    request: { verb: "delete", kind: "Job", namespace, name },
    succeeded: {
      type: "Normal",
      reason: "SuccessfulDelete",
      message: `Deleted job ${name}`,
    },
    failed: {
      type: "Warning",
      reason: "FailedDelete",
      message: "Deleted job: ${error}",
    },
  });
}

/** Takes a new Job of its own into the status, and a finished one out of it. */
export function observe(job: Stored, draft: Draft): void {
  const { object } = job;
  const { name, uid, annotations } = object.metadata;
  const scheduled = annotations?.[SCHEDULED] ?? "";
  const isNew = scheduled > draft.lastScheduleTime;
  const isActive = draft.active.some((one) => one["uid"] === uid) || isNew;
  if (isNew) draft.lastScheduleTime = scheduled;
  const finished = finishedCondition(job);
  if (finished === null) {
    if (isNew) draft.active = [...draft.active, reference(job)];
    else if (!isActive)
      draft.events.push({
        type: "Warning",
        reason: "UnexpectedJob",
        message: `Saw a job that the controller did not create or forgot: ${name}`,
      });
    return;
  }
  if (isActive) {
    draft.active = draft.active.filter((one) => one["uid"] !== uid);
    draft.seen.push({
      type: "Normal",
      reason: "SawCompletedJob",
      message: `Saw completed job: ${name}, condition: ${stringOf(finished["type"])}`,
    });
  }
  const { completionTime } = statusOf(object);
  if (
    trueCondition(job, "Complete") !== null &&
    stringOf(completionTime) > draft.lastSuccessfulTime
  )
    draft.lastSuccessfulTime = stringOf(completionTime);
}

function reference({ object }: Stored): JsonObject {
  const { apiVersion, kind, metadata } = object;
  const { namespace = "", name, uid, resourceVersion } = metadata;
  return { apiVersion, kind, namespace, name, uid, resourceVersion };
}

export function forgetMissing(jobs: readonly Stored[], draft: Draft): void {
  const there = new Set(jobs.map(({ object }) => object.metadata.uid));
  for (const { uid, name } of draft.active) {
    if (there.has(stringOf(uid))) continue;
    draft.active = draft.active.filter((one) => one["uid"] !== uid);
    draft.seen.push({
      type: "Normal",
      reason: "MissingJob",
      message: `Active job went missing: ${stringOf(name)}`,
    });
  }
}
