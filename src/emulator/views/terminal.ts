/**
 * How text takes its place on a terminal: widths, cutting, padding, escaping, colour, and how instants are spelt.
 * Models no real component; widths follow Unicode's East Asian Width (UAX #11: Wide and Fullwidth take two columns).
 *
 * Nothing here asks the machine: whether there is a terminal, how wide it is and whether it wants colour are options
 * of whoever prints.
 */
import picocolors from "picocolors";

import { bytesToUtf8 } from "../../kernel/bytes.ts";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import {
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  SECOND_MS,
  formatDuration,
  toRfc3339,
} from "../../kernel/time.ts";
import type { RevealBytes, SinkVersion } from "../trace/versions.ts";

/** The columns that every view fits into unless it is told otherwise. */
export const TERMINAL_WIDTH = 80;

const LEAST_WIDTH = 40;

/** The columns a view works with. */
export function leastWidth(width: number = TERMINAL_WIDTH): number {
  return Math.max(width, LEAST_WIDTH);
}

/** How a view is to print. */
export interface PrintOptions {
  /** Columns; default 80. Below 40 the lines are as wide as at 40. */
  readonly width?: number;
  /** Escape sequences for colour; default false. */
  readonly color?: boolean;
  /** The bytes behind a version, for views that may show values; default: none are shown. */
  readonly reveal?: RevealBytes;
  /**
   * What a command printed in a container, pieces of one instant put together, as the reader may see it; default: as
   * `reveal` shows it, else its size alone.
   */
  readonly printed?: (pieces: readonly SinkVersion[]) => string | null;
}

export type Palette = Pick<
  ReturnType<typeof picocolors.createColors>,
  "bold" | "dim" | "red" | "green" | "yellow" | "cyan" | "magenta"
>;

/** Colour wrappers that leave the text alone when `color` is false. They add no columns. */
export function palette(color: boolean): Palette {
  return picocolors.createColors(color);
}

/** First and last code point of the blocks that take two columns, rising. */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x231a, 0x231b],
  [0x23e9, 0x23ec],
  [0x23f0, 0x23f0],
  [0x23f3, 0x23f3],
  [0x25fd, 0x25fe],
  [0x2614, 0x2615],
  [0x2648, 0x2653],
  [0x267f, 0x267f],
  [0x2693, 0x2693],
  [0x26a1, 0x26a1],
  [0x26aa, 0x26ab],
  [0x26bd, 0x26be],
  [0x26c4, 0x26c5],
  [0x26ce, 0x26ce],
  [0x26d4, 0x26d4],
  [0x26ea, 0x26ea],
  [0x26f2, 0x26f3],
  [0x26f5, 0x26f5],
  [0x26fa, 0x26fa],
  [0x26fd, 0x26fd],
  [0x2705, 0x2705],
  [0x270a, 0x270b],
  [0x2728, 0x2728],
  [0x274c, 0x274c],
  [0x274e, 0x274e],
  [0x2753, 0x2755],
  [0x2757, 0x2757],
  [0x2795, 0x2797],
  [0x27b0, 0x27b0],
  [0x27bf, 0x27bf],
  [0x2b1b, 0x2b1c],
  [0x2b50, 0x2b50],
  [0x2b55, 0x2b55],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18dff],
  [0x1aff0, 0x1b2ff],
  [0x1f004, 0x1f004],
  [0x1f0cf, 0x1f0cf],
  [0x1f18e, 0x1f18e],
  [0x1f191, 0x1f19a],
  [0x1f1e6, 0x1f265],
  [0x1f300, 0x1f64f],
  [0x1f680, 0x1f6ff],
  [0x1f7e0, 0x1f7eb],
  [0x1f7f0, 0x1f7f0],
  [0x1f90c, 0x1f9ff],
  [0x1fa70, 0x1faff],
  [0x20000, 0x3fffd],
];

const COMBINING = /^[\p{Mn}\p{Me}\u200d]$/u;
const EMOJI_STYLE = 0xfe0f;

/** Columns of one code point. */
function pointWidth(char: string): number {
  const point = char.codePointAt(0)!;
  if (point < 0x300) return 1;
  // A narrow sign asked to be an emoji takes two columns: the selector counts as the second.
  if (point === EMOJI_STYLE) return 1;
  if (COMBINING.test(char)) return 0;
  for (const [first, last] of WIDE) {
    if (point < first) return 1;
    if (point <= last) return 2;
  }
  return 1;
}

/**
 * Columns that printable text takes. Joined emoji count as the sum of their parts: at most too much, so a line that
 * fits by this count never wraps. Ambiguous characters count one column.
 */
export function textWidth(text: string): number {
  let width = 0;
  for (const char of text) width += pointWidth(char);
  return width;
}

/** Cuts printable text to `width` columns, the last of them `…` if anything was lost. */
export function truncate(text: string, width: number): string {
  if (text.length <= width && textWidth(text) <= width) return text;
  if (textWidth(text) <= width) return text;
  return width < 1 ? "" : `${take(text, width - 1)}…`;
}

/** As `truncate`, but keeps the end: for node names and paths, whose ends tell them apart. */
export function truncateStart(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  if (width < 1) return "";
  const chars = [...text];
  let from = chars.length;
  for (let left = width - 1; from > 0; from--) {
    left -= pointWidth(chars[from - 1]!);
    if (left < 0) break;
  }
  while (from < chars.length && COMBINING.test(chars[from]!)) from++;
  return `…${chars.slice(from).join("")}`;
}

/** As `truncate`, but keeps both ends: for error texts, whose ends say why. */
export function truncateMiddle(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  if (width < 3) return truncate(text, width);
  const tail = Math.floor((width - 1) / 2);
  return `${take(text, width - 1 - tail)}${truncateStart(text, tail + 1)}`;
}

function take(text: string, width: number): string {
  let taken = "";
  let left = width;
  for (const char of text) {
    left -= pointWidth(char);
    if (left < 0) break;
    taken += char;
  }
  return taken.replace(/\u200d+$/u, "");
}

/** Fills up with spaces to `width` columns; longer text is cut. */
export function pad(text: string, width: number): string {
  const cut = truncate(text, width);
  return cut + " ".repeat(width - textWidth(cut));
}

export function padStart(text: string, width: number): string {
  const cut = truncate(text, width);
  return " ".repeat(width - textWidth(cut)) + cut;
}

/** Breaks text at spaces into lines of at most `width` columns; words that are longer are cut in two. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const joined = line === "" ? word : `${line} ${word}`;
    if (textWidth(joined) <= width) {
      line = joined;
      continue;
    }
    if (line !== "") lines.push(line);
    line = word;
    while (textWidth(line) > width) {
      const head = take(line, width) || [...line][0]!;
      lines.push(head);
      line = line.slice(head.length);
    }
  }
  lines.push(line);
  return lines;
}

/** C0 and C1 controls, separators, invisible and direction-changing characters, and halves of surrogate pairs. */
const UNPRINTABLE =
  /[\p{Cc}\u00ad\u061c\u180e\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}\p{Cs}]/gu;

const SHORT_ESCAPES = new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

/** Text from outside made safe to print: nothing in it can move the cursor, change colour or direction, or hide. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (char) => {
    const short = SHORT_ESCAPES.get(char);
    if (short !== undefined) return short;
    const point = char.codePointAt(0)!;
    const hex = point.toString(16);
    return point < 0x100 ? `\\x${hex.padStart(2, "0")}` : `\\u{${hex}}`;
  });
}

/** The value of a version, safe to print; null where it must not or cannot be shown. */
export function revealed(
  version: SinkVersion,
  reveal: RevealBytes | undefined,
): string | null {
  const bytes = reveal?.(version) ?? null;
  return bytes === null ? null : printable(bytesToUtf8(bytes));
}

/** `+mm:ss.mmm` from a start, `+h:mm:ss.mmm` from an hour on, `+1d 02:03:04.567` from a day on. */
export function sinceStart(at: EpochMs, start: EpochMs): string {
  const elapsed = at - start;
  const sign = elapsed < 0 ? "-" : "+";
  let rest = Math.abs(elapsed);
  const days = Math.floor(rest / DAY_MS);
  rest -= days * DAY_MS;
  const hours = Math.floor(rest / HOUR_MS);
  rest -= hours * HOUR_MS;
  const minutes = two(Math.floor(rest / MINUTE_MS));
  const seconds = two(Math.floor((rest % MINUTE_MS) / SECOND_MS));
  const clock = `${minutes}:${seconds}.${String(rest % SECOND_MS).padStart(3, "0")}`;
  if (days > 0) return `${sign}${days}d ${two(hours)}:${clock}`;
  return hours > 0 ? `${sign}${hours}:${clock}` : sign + clock;
}

const two = (n: number): string => String(n).padStart(2, "0");

/** A start as a header shows it, once: `2024-04-29 09:00:00 UTC`. */
export function clockTime(at: EpochMs): string {
  return `${toRfc3339(at).slice(0, 19).replace("T", " ")} UTC`;
}

/** `2m`, `1m43.201s`: seconds and milliseconds as one number, as people and Go say it. */
export function spokenDuration(ms: DurationMs): string {
  const fraction = ms % SECOND_MS;
  if (ms < SECOND_MS || fraction === 0) return formatDuration(ms);
  const whole = formatDuration(ms - fraction);
  const seconds = `.${String(fraction).padStart(3, "0")}s`;
  return whole.endsWith("s")
    ? whole.slice(0, -1) + seconds
    : `${whole}0${seconds}`;
}
