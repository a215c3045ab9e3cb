/**
 * Conditions and counters of a Job's status.
 * Source: kubernetes/kubernetes v1.35 pkg/controller/job/job_controller.go (newCondition, ensureJobConditionStatus,
 * newSuccessCondition, newFailureCondition)
 */
import type { JsonObject } from "../../../kernel/json.ts";
import type { EpochMs } from "../../../kernel/time.ts";
import { toRfc3339 } from "../../../kernel/time.ts";
import {
  listOf,
  objectOf,
  stringOf,
  stringsOf,
} from "../../api-server/validation/reading.ts";
import { JOB_BACKOFF_LIMIT } from "../../defaults.ts";
import type { Stored } from "../../ports.ts";
import { intOf, specOf, statusOf } from "../pod-state.ts";

/** From this minor version on a Job ends in two steps, and not before its pods have. Source: kubernetes v1.31 pkg/features/kube_features.go, JobPodReplacementPolicy, JobManagedBy; CHANGELOG-1.31. */
export const TWO_STEP_MINOR = 31;
/** From this minor version on the status counts terminating pods. Source: kubernetes v1.29 pkg/features/kube_features.go, JobPodReplacementPolicy. */
export const TERMINATING_MINOR = 29;

export interface Condition {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

export const BACKOFF_LIMIT_EXCEEDED = {
  reason: "BackoffLimitExceeded",
  message: "Job has reached the specified backoff limit",
} as const;
export const DEADLINE_EXCEEDED = {
  reason: "DeadlineExceeded",
  message: "Job was active longer than specified deadline",
} as const;
export const COMPLETIONS_REACHED = {
  reason: "CompletionsReached",
  message: "Reached expected number of succeeded pods",
} as const;

export interface JobSpec {
  /** Null: done with the first pod that succeeds. */
  readonly completions: number | null;
  readonly parallelism: number;
  readonly backoffLimit: number;
  readonly activeDeadlineSeconds: number | null;
  readonly suspend: boolean;
  /** podReplacementPolicy Failed: a pod is replaced when it has ended. */
  readonly onlyReplaceFailed: boolean;
  readonly template: JsonObject;
}

export function jobSpecOf({ object }: Stored): JobSpec {
  const spec = specOf(object);
  const { completions, activeDeadlineSeconds: deadline } = spec;
  return {
    completions: typeof completions === "number" ? completions : null,
    parallelism: intOf(spec["parallelism"], 1),
    backoffLimit: intOf(spec["backoffLimit"], JOB_BACKOFF_LIMIT),
    activeDeadlineSeconds: typeof deadline === "number" ? deadline : null,
    suspend: spec["suspend"] === true,
    onlyReplaceFailed: spec["podReplacementPolicy"] === "Failed",
    template: objectOf(spec["template"]),
  };
}

export function conditionsOf({ object }: Stored): readonly JsonObject[] {
  return listOf(statusOf(object)["conditions"]);
}

/** The condition of a type, where it is True. */
export function trueCondition(job: Stored, type: string): JsonObject | null {
  return (
    conditionsOf(job).find(
      (condition) =>
        condition["type"] === type && condition["status"] === "True",
    ) ?? null
  );
}

/** `Complete` or `Failed`, once the Job has come to its end. */
export function finishedCondition(job: Stored): JsonObject | null {
  return trueCondition(job, "Complete") ?? trueCondition(job, "Failed");
}

/** Sets a condition; one that was never there is not set to False. The same list when nothing changed. */
export function withCondition(
  conditions: readonly JsonObject[],
  { type, reason, message }: Condition,
  at: { readonly now: EpochMs; readonly status?: "True" | "False" },
): readonly JsonObject[] {
  const { now, status = "True" } = at;
  const before = conditions.find((condition) => condition["type"] === type);
  if (before === undefined && status === "False") return conditions;
  if (
    before?.["status"] === status &&
    stringOf(before["reason"]) === reason &&
    stringOf(before["message"]) === message
  )
    return conditions;
  const time = toRfc3339(now);
  const next: JsonObject = {
    type,
    status,
    lastProbeTime: time,
    lastTransitionTime: time,
    ...(reason === "" ? {} : { reason }),
    ...(message === "" ? {} : { message }),
  };
  return before === undefined
    ? [...conditions, next]
    : conditions.map((condition) => (condition === before ? next : condition));
}

/** What a Job's status counts, and the uids of pods that it is about to count. */
export interface Counters {
  readonly succeeded: number;
  readonly failed: number;
  readonly uncountedSucceeded: readonly string[];
  readonly uncountedFailed: readonly string[];
}

export function countersOf({ object }: Stored): Counters {
  const status = statusOf(object);
  const uncounted = objectOf(status["uncountedTerminatedPods"]);
  return {
    succeeded: intOf(status["succeeded"], 0),
    failed: intOf(status["failed"], 0),
    uncountedSucceeded: stringsOf(uncounted["succeeded"]),
    uncountedFailed: stringsOf(uncounted["failed"]),
  };
}

export function uncountedPods({
  uncountedSucceeded: succeeded,
  uncountedFailed: failed,
}: Counters): JsonObject {
  return {
    ...(succeeded.length > 0 ? { succeeded } : {}),
    ...(failed.length > 0 ? { failed } : {}),
  };
}
