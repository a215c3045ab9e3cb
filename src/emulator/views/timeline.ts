/**
 * The run as a story for the terminal: one line for each thing that mattered, in order of time, with who did it and
 * which version moved; quiet polls and repetition are folded into counts. A pure function of the facts it was given.
 * It keeps the facts it tells and one entry an hour for each run it counts: meant for runs that a person reads.
 *
 * Source: design.md 1 (views), 7 (`keyturn run`, `keyturn demo`); the articles' order of events: set, poll, file, Secret.
 */
import type { EpochMs } from "../../kernel/time.ts";
import type { Fact, FactSink } from "../../kernel/trace.ts";
import type { Palette, PrintOptions } from "./terminal.ts";
import {
  clockTime,
  leastWidth,
  pad,
  padStart,
  palette,
  printable,
  revealed,
  sinceStart,
  textWidth,
  truncate,
  truncateMiddle,
  truncateStart,
  wrap,
} from "./terminal.ts";
import { AppEntries } from "./timeline-apps.ts";
import { ClusterEntries } from "./timeline-cluster.ts";
import { ContainerEntries } from "./timeline-containers.ts";
import type { Entry, Tally, Tone } from "./timeline-entries.ts";
import { EntryLog } from "./timeline-entries.ts";
import { ExecEntries } from "./timeline-exec.ts";
import type { Row } from "./timeline-folds.ts";
import { rowsOf } from "./timeline-folds.ts";
import { LaneEntries } from "./timeline-lanes.ts";
import { NodeEntries } from "./timeline-node.ts";
import type { PodStories } from "./timeline-pods.ts";
import { ProcessEntries } from "./timeline-processes.ts";
import { RolloutEntries } from "./timeline-rollouts.ts";
import { VaultEntries } from "./timeline-vault.ts";
import type { Actor } from "./timeline-words.ts";
import { essence } from "./timeline-words.ts";

export interface TimelineOptions extends PrintOptions {
  /** Most rows before alike ones are folded and, past that, the middle is left out; default 200. */
  readonly limit?: number;
}

/** Lines that belong to an instant: what a paced view prints when virtual time gets there. */
export interface Frame {
  readonly t: EpochMs;
  readonly lines: readonly string[];
}

const DEFAULT_LIMIT = 200;
const LONGEST_ACTOR = 16;
/** Lines of an explanation, at most. */
const DETAIL_LINES = 5;
/** Step by which an explanation is shortened until it fits. */
const SHORTER = 5;
const INDENT = 2;
/** A name keeps this many columns, whatever stands behind it. */
const SHORTEST_PLACE = 12;

export class Timeline implements FactSink {
  #start: EpochMs = 0;
  readonly #log = new EntryLog();
  readonly #pods: PodStories = new Map();
  readonly #cluster = new ClusterEntries(this.#log);
  readonly #vaults = new VaultEntries(this.#log);
  readonly #exec = new ExecEntries();
  readonly #readers: readonly FactSink[] = [
    this.#cluster,
    this.#vaults,
    new ProcessEntries(this.#log),
    new NodeEntries(this.#log, this.#pods),
    new ContainerEntries(this.#log, this.#pods),
    new RolloutEntries(this.#log),
    new AppEntries(this.#log),
    new LaneEntries(this.#log),
    this.#exec,
  ];

  fact(fact: Fact): void {
    if (fact.type === "world.started") this.#start = fact.t;
    for (const reader of this.#readers) reader.fact(fact);
  }

  /** A header with the clock time of the start, then one line a row. None is wider than `width`. */
  lines(options: TimelineOptions = {}): string[] {
    return [...this.frames(options)].flatMap((frame) => frame.lines);
  }

  /** The same lines by the instant they belong to; the first frame is the header. Rises in time. */
  *frames(options: TimelineOptions = {}): Generator<Frame> {
    const start = this.#start;
    const entries = [
      ...this.#cluster.setup(),
      ...this.#vaults.setup(),
      ...this.#log.entries,
    ];
    const tallies: Tally[] = [...this.#log.tallies];
    this.#exec.tell({ entries, tallies }, options);
    const limit = options.limit ?? DEFAULT_LIMIT;
    const rows = rowsOf(entries, tallies, { start, limit });
    const layout = layoutOf(rows, start, options);
    yield { t: start, lines: [headerLine(layout)] };
    for (const row of rows) yield { t: row.t, lines: rowLines(row, layout) };
  }
}

/** Columns: indent, time, two spaces, actor, two spaces, version, two spaces, text. */
interface Layout {
  readonly width: number;
  readonly time: number;
  readonly actor: number;
  readonly version: number;
  readonly text: number;
  readonly start: EpochMs;
  readonly colors: Palette;
  readonly options: TimelineOptions;
}

function layoutOf(
  rows: readonly Row[],
  start: EpochMs,
  options: TimelineOptions,
): Layout {
  const width = leastWidth(options.width);
  const widest = (texts: readonly string[], least: number) =>
    Math.max(least, ...texts.map(textWidth));
  const entries = rows.flatMap((row) => row.entry ?? []);
  const last = rows.at(-1)?.t ?? start;
  const time = widest([sinceStart(last, start)], "+mm:ss.mmm".length);
  const actors = entries.map((entry) => actorName(entry.actor));
  const actor = Math.min(LONGEST_ACTOR, widest(actors, "vault".length));
  const versions = entries.map((entry) => versionName(entry.ordinal));
  const version = widest(versions, "v1".length);
  const text = width - INDENT - time - 2 - actor - 2 - version - 2;
  const colors = palette(options.color === true);
  return { width, time, actor, version, text, start, colors, options };
}

function headerLine({ width, time, start, colors }: Layout): string {
  const since = pad("+mm:ss.mmm", time);
  const text = `${since}  since ${clockTime(start)}`;
  return colors.dim(" ".repeat(INDENT) + truncate(text, width - INDENT));
}

function rowLines(row: Row, layout: Layout): string[] {
  if (row.entry === null) return [noteLine(row.note, layout)];
  const { entry } = row;
  const { colors, start } = layout;
  const { node, role } = entry.actor;
  const columns = [
    colors.dim(padStart(sinceStart(entry.t, start), layout.time)),
    actorColor(
      colors,
      role,
    )(pad(actorName({ role, node }, layout.actor), layout.actor)),
    `${colors.bold(pad(versionName(entry.ordinal), layout.version))}  ${sentence(entry, layout)}`,
  ];
  return [
    (" ".repeat(INDENT) + columns.join("  ")).trimEnd(),
    ...detailLines(entry, layout),
  ];
}

/** The text with its place or value, cut to the text column. */
function sentence(entry: Entry, layout: Layout): string {
  const color = toneColor(layout.colors, entry.tone);
  if (entry.wraps === true) return color(wrapped(entry, layout)[0]!);
  const text = truncate(printable(entry.text), layout.text);
  const room = layout.text - textWidth(text);
  if (entry.place !== undefined) return color(text + placed(entry, room));
  const { version } = entry;
  const value =
    version === undefined ? null : revealed(version, layout.options.reveal);
  if (value === null || room < "= …".length + 1) return color(text);
  return `${color(text)} ${layout.colors.dim("=")} ${truncate(value, room - 3)}`;
}

function wrapped({ text }: Entry, layout: Layout): string[] {
  return wrap(printable(text), layout.text);
}

/** A place and what follows it: a long place gives way first, down to a few columns. */
function placed({ place = "", after = "" }: Entry, room: number): string {
  const whole = printable(place);
  const tail = printable(after);
  const left = Math.max(room - 1 - textWidth(tail), SHORTEST_PLACE);
  return truncate(` ${truncateStart(whole, left)}${tail}`, room);
}

/** What stands below a line: other lines as they are, or an explanation. */
function detailLines(entry: Entry, layout: Layout): string[] {
  const indent = " ".repeat(layout.width - layout.text);
  const rest = entry.wraps === true ? wrapped(entry, layout).slice(1) : [];
  const below = [...rest, ...(entry.lines ?? [])].map((line) =>
    (indent + truncate(printable(line), layout.text)).trimEnd(),
  );
  return [...below, ...explanation(entry, layout)];
}

/** Whole if it fits, else its start and its end. */
function explanation(entry: Entry, layout: Layout): string[] {
  if (entry.detail === undefined) return [];
  const indent = layout.width - layout.text;
  const text = printable(essence(entry.detail));
  const whole = wrap(text, layout.text);
  const lines = whole.length > DETAIL_LINES ? bothEnds(text, layout) : whole;
  return lines.map((line) => " ".repeat(indent) + layout.colors.dim(line));
}

function bothEnds(text: string, { text: width }: Layout): string[] {
  for (let room = DETAIL_LINES * width; ; room -= SHORTER) {
    const lines = wrap(truncateMiddle(text, room), width);
    if (lines.length <= DETAIL_LINES) return lines;
  }
}

function noteLine(note: string, layout: Layout): string {
  const dots = pad(
    padStart("…", INDENT + layout.time),
    INDENT + layout.time + 2,
  );
  return layout.colors.dim(truncate(dots + note, layout.width));
}

function versionName(ordinal: number | null): string {
  return ordinal === null ? "" : `v${ordinal}`;
}

/** `driver node-0`; a node's name loses its start first, since its end tells it apart. */
function actorName({ role, node }: Actor, width = LONGEST_ACTOR): string {
  if (node === null) return truncate(printable(role), width);
  const room = width - textWidth(role) - 1;
  return truncate(`${role} ${truncateStart(printable(node), room)}`, width);
}

function actorColor(colors: Palette, role: string): (text: string) => string {
  switch (role) {
    case "vault":
      return colors.yellow;
    case "driver":
      return colors.cyan;
    case "kubelet":
      return colors.green;
    case "api":
    case "controller":
    case "Reloader":
    case "Wave":
      return colors.magenta;
    case "app":
    case "lane":
      return colors.green;
    case "database":
      return colors.yellow;
    default:
      return colors.dim;
  }
}

function toneColor(colors: Palette, tone: Tone): (text: string) => string {
  switch (tone) {
    case "set":
      return colors.bold;
    case "bad":
      return colors.red;
    case "found":
    case "changed":
    case "plain":
      return String;
  }
}
