/** How long and when, in the words of sentences. */
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import { SECOND_MS, formatDuration, toRfc3339Ms } from "../../kernel/time.ts";

/** `2m`, `1m43.201s`, `15ms`: seconds and milliseconds as one number; `-` before a negative one. */
export function spoken(ms: DurationMs): string {
  if (ms < 0) return `-${spoken(-ms)}`;
  const fraction = ms % SECOND_MS;
  if (ms < SECOND_MS || fraction === 0) return formatDuration(ms);
  const whole = formatDuration(ms - fraction);
  const tail = `.${String(fraction).padStart(3, "0")}s`;
  return whole.endsWith("s") ? whole.slice(0, -1) + tail : `${whole}0${tail}`;
}

/** `09:02:37.015`, UTC. */
export function clock(t: EpochMs): string {
  return toRfc3339Ms(t).slice(11, 23);
}
