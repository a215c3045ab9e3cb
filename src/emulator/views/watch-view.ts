/**
 * What somebody sees who runs `watch -n 1 cat FILE FILE` in a pod while a secret is rotated: one column a sink, one row
 * a change. Three sinks and more stand below each other. A pure function of the sinks' histories.
 *
 * Source: the articles' `watch -n 1 cat /mnt/secrets-store/secret1 /mnt/secrets-volume/mysecret1` (procps-ng watch).
 * Differs: the watch view shows a change at its instant; watch itself looks once a second.
 */
import type { EpochMs } from "../../kernel/time.ts";
import type { SinkName } from "../trace/names.ts";
import { formatSink } from "../trace/names.ts";
import type { SinkEntry } from "../trace/pod-history.ts";
import type { SinkHistory, SinkTrack } from "../trace/sink-history.ts";
import type { VersionSet } from "../trace/versions.ts";
import type { Palette, PrintOptions } from "./terminal.ts";
import {
  leastWidth,
  pad,
  palette,
  printable,
  revealed,
  sinceStart,
  textWidth,
  truncate,
  truncateStart,
  wrap,
} from "./terminal.ts";
import type { Frame } from "./timeline.ts";
import { reasonOf } from "./watch-reasons.ts";

export interface WatchOptions extends PrintOptions {
  /** Has seen the whole run. */
  readonly history: SinkHistory;
  readonly sinks: readonly SinkName[];
  /** Left out of the sinks' names. */
  readonly namespace: string;
  readonly start: EpochMs;
  /** Versions whose setting gets a row of its own; those set at the start are left out. */
  readonly sets?: readonly VersionSet[];
}

/** Sinks that stand side by side. */
const SIDE_BY_SIDE = 2;
const INDENT = 2;
const GAP = 2;
const SAME = "·";
/** Of the room right of the time, what the names of stacked sinks may take. */
const NAME_SHARE = 0.6;

/** The whole view: a header that names the sinks, then one line a change. Empty when nothing is watched. */
export function watchLines(options: WatchOptions): string[] {
  return [...watchFrames(options)].flatMap((frame) => frame.lines);
}

/** The same lines by the instant they belong to; the first frame is the header. Rises in time. */
export function* watchFrames(options: WatchOptions): Generator<Frame> {
  const columns = options.sinks.flatMap((sink) => columnsOf(sink, options));
  if (columns.length === 0) return;
  const changes = changesOf(columns, options);
  const layout = layoutOf(columns, changes, options);
  yield { t: options.start, lines: layout.header() };
  for (const change of changes)
    yield { t: change.t, lines: layout.rows(change) };
}

/** One place to look at: a sink of one pod instance, or one that cannot be looked at. */
interface Column {
  /** The whole name: `busybox:/mnt/secrets-store/secret1`. */
  readonly name: string;
  /** The name in two lines: `busybox` or `Secret`, and what stands after it. */
  readonly parts: readonly [string, string];
  readonly track: SinkTrack | null;
  /** Whether a container gets it when it is created, and never again. */
  readonly given: boolean;
  /** How a program notices a new value; empty for what is no memory of one. */
  readonly program: string;
  /** Why there is nothing to see; empty otherwise. */
  readonly problem: string;
}

/** What changed at an instant: by column, or a version that was set. */
interface Change {
  readonly t: EpochMs;
  readonly entries: ReadonlyMap<number, SinkEntry>;
  readonly set: VersionSet | null;
}

function columnsOf(sink: SinkName, options: WatchOptions): Column[] {
  const name = printable(formatSink(sink, options.namespace));
  const resolution = options.history.resolve(sink);
  if (!resolution.found) {
    const { message: problem } = resolution;
    const parts = partsOf(sink, name);
    const none = { track: null, given: false, program: "" };
    return [{ name, parts, ...none, problem }];
  }
  const { tracks } = resolution;
  return tracks.map((track) => {
    const colon = name.indexOf(":");
    const own =
      tracks.length > 1 && track.pod !== null
        ? `${track.pod.name}${colon < 0 ? "" : name.slice(colon)}`
        : name;
    const parts = partsOf(sink, own);
    const given = sink.kind === "env" || track.place?.pinned === true;
    const app = track.pod === null ? [] : options.history.appsOf(track.pod.uid);
    const program = sink.kind === "app" ? (app[0]?.app ?? "") : "";
    return { name: own, parts, track, given, program, problem: "" };
  });
}

function partsOf(sink: SinkName, name: string): [string, string] {
  if (sink.kind === "secret") return ["Secret", name];
  if (sink.kind === "app") return [name, "in memory"];
  if (sink.kind === "lane") return ["lane", name];
  const colon = name.indexOf(":");
  return colon < 0 ? [name, ""] : [name.slice(0, colon), name.slice(colon + 1)];
}

/** All changes by instant; a set stands before what it brings about. */
function changesOf(
  columns: readonly Column[],
  { sets = [], start }: WatchOptions,
): Change[] {
  const byInstant = new Map<EpochMs, Map<number, SinkEntry>>();
  for (const [index, { track }] of columns.entries())
    for (const entry of track?.entries ?? []) {
      const entries = byInstant.get(entry.t) ?? new Map<number, SinkEntry>();
      byInstant.set(entry.t, entries.set(index, entry));
    }
  const changes: Change[] = sets
    .filter((set) => set.t > start)
    .map((set) => ({ t: set.t, entries: new Map(), set }));
  for (const [t, entries] of byInstant) changes.push({ t, entries, set: null });
  return changes.sort((a, b) => a.t - b.t);
}

interface Layout {
  header(): string[];
  rows(change: Change): string[];
}

function layoutOf(
  columns: readonly Column[],
  changes: readonly Change[],
  options: WatchOptions,
): Layout {
  const width = leastWidth(options.width);
  const last = changes.at(-1)?.t ?? options.start;
  const time = Math.max(
    "+mm:ss.mmm".length,
    textWidth(sinceStart(last, options.start)),
  );
  const frame = {
    options,
    columns,
    colors: palette(options.color === true),
    time,
    room: width - INDENT - time - GAP,
  };
  return columns.length <= SIDE_BY_SIDE ? sideBySide(frame) : stacked(frame);
}

interface LayoutFrame {
  readonly options: WatchOptions;
  readonly columns: readonly Column[];
  readonly colors: Palette;
  readonly time: number;
  /** Columns of the terminal right of the time. */
  readonly room: number;
}

function sideBySide(frame: LayoutFrame): Layout {
  const { columns, colors, room } = frame;
  const gaps = GAP * (columns.length - 1);
  const each = Math.floor((room - gaps) / columns.length);
  const line = (time: string, cells: readonly string[]) =>
    timed(frame, time, cells.join(" ".repeat(GAP)));
  return {
    header: () => [
      ...headRows(columns, each).map((cells, i) =>
        colors.dim(line(i === 0 ? "time" : "", cells)),
      ),
      ...problemLines(frame),
    ],
    rows(change) {
      if (change.set !== null) return [setLine(frame, change.t, change.set)];
      const cells = columns.map((column, i) =>
        cell(change.entries.get(i), column, frame, each),
      );
      return [line(sinceStart(change.t, frame.options.start), cells)];
    },
  };
}

/** The names of the sinks: in one row if all fit, else in two. */
function headRows(columns: readonly Column[], width: number): string[][] {
  if (columns.every(({ name }) => textWidth(name) <= width))
    return [columns.map(({ name }) => pad(name, width))];
  return [0, 1].map((i) =>
    columns.map(({ parts }) => pad(truncateStart(parts[i]!, width), width)),
  );
}

function stacked(frame: LayoutFrame): Layout {
  const { columns, colors, room } = frame;
  const widest = Math.max(...columns.map((column) => textWidth(column.name)));
  const name = Math.min(widest, Math.floor(room * NAME_SHARE));
  const each = room - GAP - name;
  return {
    header: () => [
      colors.dim(timed(frame, "time", "sink")),
      ...problemLines(frame),
    ],
    rows({ t, set, entries }) {
      if (set !== null) return [setLine(frame, t, set)];
      return [...entries].map(([index, entry], i) => {
        const time = i === 0 ? sinceStart(t, frame.options.start) : "";
        const column = columns[index]!;
        const sink = pad(truncateStart(column.name, name), name);
        const held = cell(entry, column, frame, each);
        return timed(frame, time, `${sink}${" ".repeat(GAP)}${held}`);
      });
    },
  };
}

function timed(frame: LayoutFrame, time: string, text: string): string {
  const clock = frame.colors.dim(pad(time, frame.time));
  const indent = " ".repeat(INDENT);
  return `${indent}${clock}${" ".repeat(GAP)}${text}`.trimEnd();
}

/** `v2  the second value  ← poll`, exactly `width` columns. */
function cell(
  entry: SinkEntry | undefined,
  column: Column,
  frame: LayoutFrame,
  width: number,
): string {
  const { colors, options } = frame;
  if (entry === undefined) return colors.dim(pad(SAME, width));
  if (entry.version === null) return colors.dim(pad("(not there)", width));
  const version = `v${entry.version.ordinal}`;
  const value = revealed(entry.version, options.reveal);
  const reason = `← ${reasonOf(entry, column)}`;
  let room = width - textWidth(version) - GAP;
  const text = truncate(value ?? "", Math.max(room, 0));
  room -= textWidth(text);
  const tail =
    room >= GAP + textWidth(reason) && reason !== "← "
      ? `${" ".repeat(text === "" ? 0 : GAP)}${colors.dim(reason)}`
      : "";
  const used = tail === "" ? 0 : textWidth(reason) + (text === "" ? 0 : GAP);
  return `${colors.bold(version)}${" ".repeat(GAP)}${text}${tail}${" ".repeat(Math.max(room - used, 0))}`;
}

function setLine(frame: LayoutFrame, t: EpochMs, set: VersionSet): string {
  const text = truncate(printable(setText(set)), frame.room);
  const time = sinceStart(t, frame.options.start);
  return timed(frame, time, frame.colors.yellow(text));
}

function setText({ type, data }: VersionSet): string {
  const { vault, name, ordinal } = data;
  switch (type) {
    case "vault.secret.set":
      return `v${ordinal} of ${name} is set in ${vault}`;
    case "vault.key.set":
      return `v${ordinal} of key ${name} is set in ${vault}`;
    case "vault.certificate.set":
      return `v${ordinal} of certificate ${name} is set in ${vault}`;
  }
}

/** Sinks without a history, each with the reason. */
function problemLines(frame: LayoutFrame): string[] {
  return frame.columns
    .filter((column) => column.problem !== "")
    .flatMap(({ name, problem }) =>
      wrap(printable(`${name}: ${problem}`), frame.room),
    )
    .map((text) => timed(frame, "", text));
}
