/**
 * strftime(3) in the C locale and in UTC, which is every container's time zone here.
 *
 * Source: POSIX.1-2017 strftime; glibc's flags `-`, `_`, `0`, `^` and widths
 */
import type { EpochMs } from "../../../kernel/time.ts";
import { DAY_MS, toUnixSeconds, utcParts } from "../../../kernel/time.ts";

const DAYS = [
  "Sunday",
  "Monday",
  "Tuesday",
  "Wednesday",
  "Thursday",
  "Friday",
  "Saturday",
];
const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
/** 1970-01-01 was a Thursday. */
const FIRST_WEEKDAY = 4;
const WEEK_DAYS = 7;
const ABBREVIATED = 3;
/** Of a year without 29 February. */
const DAYS_BEFORE_MONTH = [
  0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334,
];

/** What is no conversion stands as it is. */
export function strftime(format: string, at: EpochMs): string {
  return format.replaceAll(
    /%([-_0^]?)([0-9]*)[EO]?([A-Za-z%])/g,
    (whole, flag: string, width: string, letter: string) => {
      const field = fieldOf(letter, at);
      if (field === null) return whole;
      if (typeof field === "string")
        return (flag === "^" ? field.toUpperCase() : field).padStart(
          Number(width || 0),
        );
      const { value, digits, fill } = field;
      const filler = flag === "_" ? " " : flag === "0" ? "0" : fill;
      const wanted = flag === "-" ? 0 : Math.max(digits, Number(width || 0));
      return String(value).padStart(wanted, filler);
    },
  );
}

interface NumberField {
  readonly value: number;
  readonly digits: number;
  readonly fill: string;
}

function two(value: number, fill = "0"): NumberField {
  return { value, digits: 2, fill };
}

function fieldOf(letter: string, at: EpochMs): string | NumberField | null {
  return clockField(letter, at) ?? dateField(letter, at);
}

function clockField(letter: string, at: EpochMs): string | NumberField | null {
  const parts = utcParts(at);
  const twelve = parts.hour % 12 === 0 ? 12 : parts.hour % 12;
  switch (letter) {
    case "H":
      return two(parts.hour);
    case "I":
      return two(twelve);
    case "k":
      return two(parts.hour, " ");
    case "l":
      return two(twelve, " ");
    case "M":
      return two(parts.minute);
    case "S":
      return two(parts.second);
    case "p":
      return parts.hour < 12 ? "AM" : "PM";
    case "P":
      return parts.hour < 12 ? "am" : "pm";
    case "r":
      return strftime("%I:%M:%S %p", at);
    case "R":
      return strftime("%H:%M", at);
    case "T":
    case "X":
      return strftime("%H:%M:%S", at);
    case "s":
      return String(toUnixSeconds(at));
    case "z":
      return "+0000";
    case "Z":
      return "UTC";
    case "n":
      return "\n";
    case "t":
      return "\t";
    case "%":
      return "%";
    default:
      return null;
  }
}

function dateField(letter: string, at: EpochMs): string | NumberField | null {
  const parts = utcParts(at);
  switch (letter) {
    case "a":
      return DAYS[weekdayOf(at)]!.slice(0, ABBREVIATED);
    case "A":
      return DAYS[weekdayOf(at)]!;
    case "b":
    case "h":
      return MONTHS[parts.month - 1]!.slice(0, ABBREVIATED);
    case "B":
      return MONTHS[parts.month - 1]!;
    case "c":
      return strftime("%a %b %e %H:%M:%S %Y", at);
    case "C":
      return two(Math.floor(parts.year / 100));
    case "d":
      return two(parts.day);
    case "e":
      return two(parts.day, " ");
    case "D":
    case "x":
      return strftime("%m/%d/%y", at);
    case "F":
      return strftime("%Y-%m-%d", at);
    case "g":
      return two(isoWeek(at).year % 100);
    case "G":
      return { value: isoWeek(at).year, digits: 4, fill: "0" };
    case "j":
      return { value: dayOfYear(at) + 1, digits: 3, fill: "0" };
    case "m":
      return two(parts.month);
    case "u":
      return {
        value: weekdayOf(at) === 0 ? WEEK_DAYS : weekdayOf(at),
        digits: 1,
        fill: "0",
      };
    case "w":
      return { value: weekdayOf(at), digits: 1, fill: "0" };
    case "U":
      return two(weekOfYear(at, 0));
    case "W":
      return two(weekOfYear(at, 1));
    case "V":
      return two(isoWeek(at).week);
    case "y":
      return two(parts.year % 100);
    case "Y":
      return { value: parts.year, digits: 4, fill: "0" };
    default:
      return null;
  }
}

/** 0 is Sunday. */
function weekdayOf(at: EpochMs): number {
  const days = Math.floor(at / DAY_MS) + FIRST_WEEKDAY;
  return ((days % WEEK_DAYS) + WEEK_DAYS) % WEEK_DAYS;
}

/** From 0. */
function dayOfYear(at: EpochMs): number {
  const { year, month, day } = utcParts(at);
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const before = DAYS_BEFORE_MONTH[month - 1]! + (leap && month > 2 ? 1 : 0);
  return before + day - 1;
}

/** Weeks of the year so far; `first` is the weekday that begins one. */
function weekOfYear(at: EpochMs, first: number): number {
  const weekday = (weekdayOf(at) - first + WEEK_DAYS) % WEEK_DAYS;
  return Math.floor((dayOfYear(at) + WEEK_DAYS - weekday) / WEEK_DAYS);
}

/** A week belongs to the year of its Thursday. */
function isoWeek(at: EpochMs): {
  readonly year: number;
  readonly week: number;
} {
  const toThursday = 3 - ((weekdayOf(at) + 6) % WEEK_DAYS);
  const thursday = at + toThursday * DAY_MS;
  const week = Math.floor(dayOfYear(thursday) / WEEK_DAYS) + 1;
  return { year: utcParts(thursday).year, week };
}
