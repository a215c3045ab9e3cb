/**
 * The CronJob controller: makes a Job at each time of a schedule.
 * Source: kubernetes/kubernetes v1.35 pkg/controller/cronjob/{cronjob_controllerv2,utils}.go; reference sheet kubelet.md 9.5
 *
 * Timers   CRON_DELTA_MS   100 ms after each time of the schedule it looks again
 *
 * Simplification: A CronJob whose schedule changes starts a run at once where a time of the new one has come since the last run; upstream waits for the next.
 */
import type { JsonObject } from "../../../kernel/json.ts";
import type { EpochMs } from "../../../kernel/time.ts";
import {
  MINUTE_MS,
  SECOND_MS,
  parseInstant,
  toRfc3339,
} from "../../../kernel/time.ts";
import {
  listOf,
  objectOf,
  stringOf,
} from "../../api-server/validation/reading.ts";
import type { InformerChange } from "../../client/index.ts";
import { itemKey } from "../../client/index.ts";
import type { Stored } from "../../ports.ts";
import { ownKeys } from "../affected-keys.ts";
import type {
  Caches,
  Controller,
  Pass,
  PassContext,
  PassRequest,
} from "../controller.ts";
import { ownerReference, workloadOf } from "../pod-control.ts";
import { isTerminating, specOf, statusOf } from "../pod-state.ts";
import { withoutZeros, writeStatus } from "../status-write.ts";
import type { Draft } from "./cron-jobs.ts";
import {
  SCHEDULED,
  forgetMissing,
  observe,
  remove,
  removeOldest,
} from "./cron-jobs.ts";
import { dueRun, spelledTime, untilNext } from "./cron-schedule.ts";
import { readSchedule } from "./schedule.ts";
import type { Schedule } from "./schedule.ts";

const KIND = "CronJob";

export const cronJobController: Controller = {
  name: "cronjob-controller",
  kind: KIND,
  watches: [KIND, "Job"],
  expectsPods: false,
  affected: (kind: string, change: InformerChange, caches: Caches) =>
    ownKeys(KIND, kind, change, caches),
  sync,
};

function sync(cronJob: Stored, context: PassContext): Pass {
  const jobs = context.caches.ownedBy("Job", cronJob.object.metadata.uid);
  const status = statusOf(cronJob.object);
  const draft: Draft = {
    active: listOf(status["active"]),
    lastScheduleTime: stringOf(status["lastScheduleTime"]),
    lastSuccessfulTime: stringOf(status["lastSuccessfulTime"]),
    events: [],
    seen: [],
    deletions: [],
  };
  removeOldest(cronJob, jobs, draft);
  for (const job of jobs) observe(job, draft);
  forgetMissing(jobs, draft);
  const run = isTerminating(cronJob) ? {} : start(cronJob, draft, context);
  const { active, lastScheduleTime, lastSuccessfulTime } = draft;
  const next = {
    ...(active.length > 0 ? { active } : {}),
    ...withoutZeros({ lastScheduleTime, lastSuccessfulTime }),
  };
  const [told, ...others] = draft.seen;
  const writes = writeStatus(cronJob, next).map((write) =>
    told === undefined ? write : { ...write, succeeded: told },
  );
  const batches = [
    { requests: draft.deletions },
    { requests: writes },
    { requests: run.creation ?? [] },
  ].filter(({ requests }) => requests.length > 0);
  const { againAfterMs } = run;
  return {
    batches,
    events: [...others, ...draft.events],
    ...(againAfterMs === undefined ? {} : { againAfterMs }),
  };
}

interface Run {
  readonly creation?: readonly PassRequest[];
  readonly againAfterMs?: number;
}

/** The run that is due, if any, by what the concurrency policy makes of it. */
function start(cronJob: Stored, draft: Draft, context: PassContext): Run {
  const spec = specOf(cronJob.object);
  if (spec["suspend"] === true) return {};
  const text = stringOf(spec["schedule"]);
  const schedule = readSchedule(text);
  if (schedule === null) {
    warn(draft, "UnparseableSchedule", `unparseable schedule: "${text}"`);
    return {};
  }
  const { now, caches } = context;
  const { at, manyMissed } = dueRun(cronJob, schedule, { now, deadline: true });
  if (at === null) return again(cronJob, schedule, now);
  if (manyMissed)
    warn(
      draft,
      "TooManyMissedTimes",
      "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew",
    );
  const { namespace, name } = cronJob.object.metadata;
  const jobName = `${name}-${Math.floor(at / MINUTE_MS)}`;
  const isTooLate =
    typeof spec["startingDeadlineSeconds"] === "number" &&
    at + spec["startingDeadlineSeconds"] * SECOND_MS < now;
  if (isTooLate)
    warn(
      draft,
      "MissSchedule",
      `Missed scheduled time to start a job: ${spelledTime(at)}`,
    );
  const isThere = caches.get("Job", itemKey(namespace, jobName)) !== null;
  const isDone = isThere || at === parseInstant(draft.lastScheduleTime);
  if (isTooLate || isDone || !mayStart(cronJob, draft, caches))
    return again(cronJob, schedule, now);
  return {
    creation: [creation(cronJob, jobName, at)],
    ...again(cronJob, schedule, now),
  };
}

/** Forbid: not while another runs. Replace: those that run are deleted. */
function mayStart(cronJob: Stored, draft: Draft, caches: Caches): boolean {
  const policy = specOf(cronJob.object)["concurrencyPolicy"];
  if (policy === "Forbid" && draft.active.length > 0) {
    draft.events.push({
      type: "Normal",
      reason: "JobAlreadyActive",
      message:
        "Not starting job because prior execution is running and concurrency policy is Forbid",
    });
    return false;
  }
  if (policy !== "Replace") return true;
  const { namespace } = cronJob.object.metadata;
  for (const { name } of draft.active) {
    const job = caches.get("Job", itemKey(namespace, stringOf(name)));
    if (job !== null) remove(job, draft);
  }
  return true;
}

function warn({ events }: Draft, reason: string, message: string): void {
  events.push({ type: "Warning", reason, message });
}

function again(cronJob: Stored, schedule: Schedule, now: EpochMs): Run {
  const againAfterMs = untilNext(cronJob, schedule, now);
  return againAfterMs === null ? {} : { againAfterMs };
}

function creation(cronJob: Stored, name: string, at: EpochMs): PassRequest {
  const { namespace = "" } = cronJob.object.metadata;
  const template = objectOf(specOf(cronJob.object)["jobTemplate"]);
  const { labels, annotations } = objectOf(template["metadata"]);
  const object = {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      namespace,
      name,
      labels: objectOf(labels),
      annotations: { ...objectOf(annotations), [SCHEDULED]: toRfc3339(at) },
      ownerReferences: [
        ownerReference(cronJob.object) as unknown as JsonObject,
      ],
    },
    spec: objectOf(template["spec"]),
  };
  const lineage = { workload: workloadOf(cronJob), ordinal: null };
  return {
    request: { verb: "create", object, lineage },
    succeeded: {
      type: "Normal",
      reason: "SuccessfulCreate",
      message: "Created job ${name}",
    },
    failed: {
      type: "Warning",
      reason: "FailedCreate",
      message: "Error creating job: ${error}",
    },
    forgiven: ["AlreadyExists"],
  };
}
