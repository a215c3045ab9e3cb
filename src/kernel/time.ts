/**
 * Virtual time: integer milliseconds since the Unix epoch, and the few spellings of it that users and wires need.
 * The only file of the core that may touch the global `Date`, and only as a calendar, never as a clock.
 */
import { KeyturnError } from "./errors.ts";

/** Milliseconds since 1970-01-01T00:00:00Z, an integer. */
export type EpochMs = number;
/** A length of time in milliseconds, an integer, never negative. */
export type DurationMs = number;

export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

const UNITS: readonly (readonly [unit: string, ms: number])[] = [
  ["d", DAY_MS],
  ["h", HOUR_MS],
  ["m", MINUTE_MS],
  ["s", SECOND_MS],
  ["ms", 1],
];

const DURATION =
  /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)(?:\.(\d{1,3}))?s)?(?:(\d+)ms)?$/;

/** The longest duration that is accepted: a hundred years keeps every instant an exact integer. */
export const LONGEST_DURATION_MS = 36_525 * DAY_MS;

/**
 * Reads `500ms`, `30s`, `1.5s`, `2m`, `1h30m`, `1d`: Go's units in falling order plus `d`.
 * Returns null for anything else, negative and empty text included, and for more than a hundred years.
 */
export function parseDuration(text: string): DurationMs | null {
  const match = DURATION.exec(text);
  if (match === null || text === "") return null;
  const [, d, h, m, s, fraction, ms] = match;
  const total =
    Number(d ?? 0) * DAY_MS +
    Number(h ?? 0) * HOUR_MS +
    Number(m ?? 0) * MINUTE_MS +
    Number(s ?? 0) * SECOND_MS +
    Number((fraction ?? "").padEnd(3, "0")) +
    Number(ms ?? 0);
  return total <= LONGEST_DURATION_MS ? total : null;
}

/** `parseDuration` for constants in our own data; throws on anything it does not read. */
export function durationMs(text: string): DurationMs {
  const ms = parseDuration(text);
  if (ms === null)
    throw new KeyturnError(
      "InvalidDuration",
      `Failed to read a duration: ${JSON.stringify(text)} is not like 500ms, 30s, 2m, 1h30m or 1d`,
    );
  return ms;
}

/** `90000` -> `1m30s`, `500` -> `500ms`, `0` -> `0s`; exact, and read back by `parseDuration`. */
export function formatDuration(ms: DurationMs): string {
  if (ms === 0) return "0s";
  let rest = ms;
  let text = "";
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) text += `${count}${unit}`;
  }
  return text;
}

export interface UtcParts {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly ms: number;
}

/** The proleptic Gregorian calendar date of an instant, in UTC. */
export function utcParts(at: EpochMs): UtcParts {
  const date = new Date(at);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    ms: date.getUTCMilliseconds(),
  };
}

/** RFC 3339 in UTC with exactly three fraction digits: `2024-04-29T09:00:00.000Z`. */
export function toRfc3339Ms(at: EpochMs): string {
  return new Date(at).toISOString();
}

let spelledSecond = Number.NaN;
let spelling = "";

/** RFC 3339 in UTC with whole seconds, rounded down, as Kubernetes' `metav1.Time` prints: `2024-04-29T09:00:00Z`. */
export function toRfc3339(at: EpochMs): string {
  // What happens at once asks for one second again and again.
  const second = Math.floor(at / SECOND_MS);
  if (second !== spelledSecond) {
    spelling = `${new Date(at).toISOString().slice(0, 19)}Z`;
    spelledSecond = second;
  }
  return spelling;
}

/** Whole Unix seconds, rounded down, as Key Vault's attributes carry them. */
export function toUnixSeconds(at: EpochMs): number {
  return Math.floor(at / SECOND_MS);
}

const INSTANT =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ]([01]\d|2[0-3]):(\d{2}):(\d{2})(\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})$/;

/** Reads RFC 3339 with an offset or `Z`; null for anything else. Fractions below a millisecond are cut off. */
export function parseInstant(text: string): EpochMs | null {
  if (!INSTANT.test(text)) return null;
  const at = Date.parse(
    text
      .replace(" ", "T")
      .replace(/(\.\d{3})\d+/, "$1")
      .toUpperCase(),
  );
  if (Number.isNaN(at)) return null;
  // `Date.parse` rolls 30 February over to March; an instant that does not exist is a mistake.
  const day = Number(text.slice(8, 10));
  const monthDays = new Date(
    Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0),
  ).getUTCDate();
  return day >= 1 && day <= monthDays ? at : null;
}
