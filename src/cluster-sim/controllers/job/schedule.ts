/**
 * A CronJob's schedule: five fields, a macro or `@every`, in UTC.
 * Source: robfig/cron v3.0.1 parser.go (ParseStandard), constantdelay.go; kubernetes v1.35 pkg/controller/cronjob/utils.go
 */
import { Cron } from "croner";
import type { EpochMs } from "../../../kernel/time.ts";
import { SECOND_MS, parseDuration, toRfc3339 } from "../../../kernel/time.ts";

/** The next time after an instant, in whole seconds; null when there is none. */
export type Schedule = (after: EpochMs) => EpochMs | null;

const FIELDS = 5;
const EVERY = "@every ";
/** The API server lets no other zone pass. */
const ZONE = /^(?:CRON_)?TZ=\S+\s+/;
/** Upstream knows it, the library does not. */
const MIDNIGHT: ReadonlyMap<string, string> = new Map([
  ["@midnight", "0 0 * * *"],
]);

/** Texts recur: a pure cache. */
const schedules = new Map<string, Schedule | null>();

/** Null: it cannot be read. */
export function readSchedule(text: string): Schedule | null {
  let schedule = schedules.get(text);
  if (schedule === undefined)
    schedules.set(text, (schedule = parsed(text.trim().replace(ZONE, ""))));
  return schedule;
}

function parsed(text: string): Schedule | null {
  if (text.startsWith(EVERY)) return every(text.slice(EVERY.length));
  const pattern = MIDNIGHT.get(text) ?? text;
  const isMacro = pattern.startsWith("@");
  if (!isMacro && pattern.split(/\s+/).length !== FIELDS) return null;
  // To the library "?" is the time of the host.
  const cron = cronOf(pattern.replaceAll("?", "*"));
  return cron === null
    ? null
    : (after) => cron.nextRun(toRfc3339(after))?.getTime() ?? null;
}

/** The library throws on what it cannot read. */
function cronOf(pattern: string): Cron | null {
  try {
    return new Cron(pattern, { utcOffset: 0 });
  } catch {
    return null;
  }
}

function every(text: string): Schedule | null {
  const ms = parseDuration(text);
  if (ms === null) return null;
  const delay = Math.max(SECOND_MS, ms - (ms % SECOND_MS));
  return (after) => after - (after % SECOND_MS) + delay;
}
