/**
 * Durations as `sleep`, `watch` and `timeout` take them.
 *
 * Source: busybox 1.36 libbb/duration.c
 * Simplification: Durations of commands are rounded to milliseconds.
 */
import type { DurationMs } from "../../../kernel/time.ts";
import {
  DAY_MS,
  HOUR_MS,
  LONGEST_DURATION_MS,
  MINUTE_MS,
  SECOND_MS,
} from "../../../kernel/time.ts";

const UNITS: Readonly<Record<string, DurationMs>> = {
  "": SECOND_MS,
  s: SECOND_MS,
  m: MINUTE_MS,
  h: HOUR_MS,
  d: DAY_MS,
};

/** `1`, `0.5`, `2m`; null for anything else. A hundred years at most. */
export function durationOf(text: string): DurationMs | null {
  const match = /^([0-9]+(?:\.[0-9]*)?|\.[0-9]+)([smhd]?)$/.exec(text);
  if (match === null) return null;
  const ms = Math.round(Number(match[1]) * UNITS[match[2]!]!);
  return Math.min(ms, LONGEST_DURATION_MS);
}
