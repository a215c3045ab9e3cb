/**
 * Which run of a CronJob is due, and when it looks again.
 * Source: kubernetes/kubernetes v1.35 pkg/controller/cronjob/utils.go (mostRecentScheduleTime, nextScheduleTime,
 * nextScheduleTimeDuration)
 */
import type { DurationMs, EpochMs } from "../../../kernel/time.ts";
import {
  DAY_MS,
  SECOND_MS,
  parseInstant,
  utcParts,
} from "../../../kernel/time.ts";
import { stringOf } from "../../api-server/validation/reading.ts";
import { CRON_DELTA_MS, CRON_MANY_MISSED } from "../../defaults.ts";
import type { Stored } from "../../ports.ts";
import { specOf, statusOf } from "../pod-state.ts";
import type { Schedule } from "./schedule.ts";

export interface Due {
  /** The latest time that has come; null: none has. */
  readonly at: EpochMs | null;
  /** So many have come since the last run that upstream stops counting. */
  readonly manyMissed: boolean;
  /** From when on times were looked for. */
  readonly since: EpochMs;
}

/** `deadline`: whether startingDeadlineSeconds limits how far back it looks. */
export function dueRun(
  cronJob: Stored,
  schedule: Schedule,
  { now, deadline }: { readonly now: EpochMs; readonly deadline: boolean },
): Due {
  const seconds = specOf(cronJob.object)["startingDeadlineSeconds"];
  const limit =
    deadline && typeof seconds === "number" ? now - seconds * SECOND_MS : 0;
  const since = Math.max(lastRun(cronJob), limit);
  const none = { at: null, manyMissed: false, since };
  const first = schedule(since);
  if (first === null || now < first) return none;
  const second = schedule(first);
  if (second === null || now < second) return { ...none, at: first };
  const missed = Math.floor((now - first) / (second - first)) + 1;
  return {
    at: latest(schedule, second, now),
    manyMissed: missed > CRON_MANY_MISSED,
    since,
  };
}

function latest(schedule: Schedule, from: EpochMs, now: EpochMs): EpochMs {
  let at = from;
  for (;;) {
    const next = schedule(at);
    if (next === null || next > now) return at;
    at = next;
  }
}

/** The last run's time, or the CronJob's creation. */
export function lastRun({ object }: Stored): EpochMs {
  const { lastScheduleTime } = statusOf(object);
  const { creationTimestamp } = object.metadata;
  return (
    parseInstant(stringOf(lastScheduleTime)) ??
    parseInstant(creationTimestamp) ??
    0
  );
}

/** Until a little after the next time; null: there is none. */
export function untilNext(
  cronJob: Stored,
  schedule: Schedule,
  now: EpochMs,
): DurationMs | null {
  const { at, since } = dueRun(cronJob, schedule, { now, deadline: false });
  const next = schedule(at ?? since);
  return next === null ? null : Math.max(0, next + CRON_DELTA_MS - now);
}

const DAYS = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** Go's RFC1123Z: `Mon, 29 Apr 2024 09:00:00 +0000`. */
export function spelledTime(at: EpochMs): string {
  const { year, month, day, hour, minute, second } = utcParts(at);
  const weekday = DAYS[Math.floor(at / DAY_MS) % DAYS.length]!;
  const two = (value: number): string => String(value).padStart(2, "0");
  const clock = [hour, minute, second].map(two).join(":");
  return `${weekday}, ${two(day)} ${MONTHS[month - 1]!} ${year} ${clock} +0000`;
}
