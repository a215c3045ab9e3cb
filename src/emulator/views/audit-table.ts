/**
 * The vaults' audit log for the terminal: one row for each stretch of alike requests, with their number and rhythm, so
 * that the poll interval can be read off as in the articles' picture of the log. The records are in `audit-log.ts`.
 */
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import type { Fact, FactSink } from "../../kernel/trace.ts";
import type { VaultRequestFact } from "./audit-record.ts";
import type { PrintOptions } from "./terminal.ts";
import {
  leastWidth,
  pad,
  palette,
  printable,
  sinceStart,
  spokenDuration,
  textWidth,
  truncate,
  truncateStart,
} from "./terminal.ts";
import { counted } from "./timeline-words.ts";

export interface AuditTableOptions extends Pick<
  PrintOptions,
  "width" | "color"
> {
  readonly start: EpochMs;
  /** Most rows; default 12. Past that, stretches of one kind are put together, then the last rows are left out. */
  readonly limit?: number;
  /** Leaves out what had ended before this instant. */
  readonly since?: EpochMs;
}

const DEFAULT_LIMIT = 12;
const INDENT = 2;
const GAP = 2;
const LONGEST_OPERATION = 18;
/** The answer to the SDK's first request of a kind, which is no failure. */
const UNAUTHENTICATED = 401;

/** Requests that differ in nothing but their time; `every` is 0 where they keep no rhythm. */
interface Stretch {
  readonly seq: number;
  first: EpochMs;
  last: EpochMs;
  count: number;
  every: DurationMs;
  /** Whether only most of them keep the rhythm. */
  readonly mostly: boolean;
  readonly data: VaultRequestFact["data"];
}

export class AuditTable implements FactSink {
  readonly #stretches: Stretch[] = [];
  /** The newest stretch of each kind of request. */
  readonly #newest = new Map<string, Stretch>();
  #records = 0;

  /** How many records the audit logs hold. */
  get records(): number {
    return this.#records;
  }

  fact(fact: Fact): void {
    if (fact.type !== "vault.request") return;
    const { seq, data } = fact as VaultRequestFact;
    const { first, every, count } = fact.run ?? {
      first: fact.t,
      every: 0,
      count: 1,
    };
    this.#records += count;
    const last = first + every * (count - 1);
    const stretch = { seq, first, last, count, every, mostly: false, data };
    const key = kindOf(data);
    const newest = this.#newest.get(key);
    if (newest !== undefined && lendsLast(newest, stretch)) {
      stretch.first = newest.last;
      stretch.count += 1;
      newest.last = newest.first;
      newest.count = 1;
      newest.every = 0;
    }
    if (newest !== undefined && follows(newest, stretch)) {
      newest.every = newest.every || every || first - newest.last;
      newest.last = last;
      newest.count += count;
      return;
    }
    this.#newest.set(key, stretch);
    this.#stretches.push(stretch);
  }

  /** A header and one line a stretch in order of (first, seq). None is wider than `width`. */
  lines(options: AuditTableOptions): string[] {
    const { limit = DEFAULT_LIMIT, since = -Infinity } = options;
    const wanted = this.#stretches.filter(({ last }) => last >= since);
    const all = wanted.length > limit ? byKind(wanted) : wanted;
    const sorted = [...all].sort((a, b) => a.first - b.first || a.seq - b.seq);
    const shown = sorted.slice(0, limit);
    return tableLines(shown, sorted.length - shown.length, options);
  }
}

/** All stretches of a kind as one; it has the rhythm of its longest stretch if that is most of it. */
function byKind(stretches: readonly Stretch[]): Stretch[] {
  const kinds = new Map<string, Stretch[]>();
  for (const stretch of stretches) {
    const key = kindOf(stretch.data);
    const kind = kinds.get(key);
    if (kind === undefined) kinds.set(key, [stretch]);
    else kind.push(stretch);
  }
  return [...kinds.values()].map((kind) => {
    const count = kind.reduce((sum, one) => sum + one.count, 0);
    const longest = kind.reduce((a, b) => (b.count > a.count ? b : a));
    const every = longest.count * 2 > count ? longest.every : 0;
    const last = Math.max(...kind.map((one) => one.last));
    return { ...kind[0]!, count, every, last, mostly: kind.length > 1 };
  });
}

function kindOf(data: VaultRequestFact["data"]): string {
  const { vault, operation, status, pod, collection, name, version } = data;
  const object = [vault, collection, name, version];
  return JSON.stringify([operation, status, pod, ...object]);
}

/** Whether `next` goes on where `before` stopped, in the same rhythm. */
function follows(before: Stretch, next: Stretch): boolean {
  const pause = next.first - before.last;
  if (pause <= 0) return false;
  const rhythms = [before.every, next.every].filter((every) => every > 0);
  return rhythms.length > 0 && rhythms.every((every) => every === pause);
}

/**
 * A run takes whatever two requests come first: those of the mount and of the first poll. The second one belongs to the
 * polls after it.
 */
function lendsLast(before: Stretch, next: Stretch): boolean {
  const pause = next.first - before.last;
  return (
    before.count === 2 &&
    next.count > 1 &&
    next.every === pause &&
    before.every !== pause
  );
}

/** Cells of a row: time, operation, status, pod, object, rhythm. */
type Cells = readonly [string, string, string, string, string, string];

function tableLines(
  shown: readonly Stretch[],
  left: number,
  options: AuditTableOptions,
): string[] {
  const colors = palette(options.color === true);
  const width = leastWidth(options.width);
  const vaults = new Set(shown.map(({ data }) => data.vault));
  const rows = shown.map((stretch) =>
    cellsOf(stretch, options.start, vaults.size > 1),
  );
  const head: Cells = ["time", "operation", "status", "pod", "object", ""];
  const widths = columnWidths([head, ...rows], width - INDENT);
  const lines = [colors.dim(truncate(rowLine(head, widths), width))];
  for (const [i, row] of rows.entries()) {
    const { status } = shown[i]!.data;
    const refused = status >= 400 && status !== UNAUTHENTICATED;
    const line = truncate(rowLine(row, widths), width);
    lines.push(refused ? colors.red(line) : line);
  }
  if (left > 0) {
    const more = `… ${counted(left, "more kind")} of requests; all records are in audit/*.ndjson (--out)`;
    lines.push(colors.dim(truncate(" ".repeat(INDENT) + more, width)));
  }
  return lines;
}

function cellsOf(stretch: Stretch, start: EpochMs, withVault: boolean): Cells {
  const { first, count, every, mostly, data } = stretch;
  const { operation, status, pod, vault, name, ordinal } = data;
  const object = [
    ...(withVault ? [vault] : []),
    ...(name === null ? [] : [name]),
  ].join("/");
  const version = ordinal === null ? "" : ` v${ordinal}`;
  const often = `${mostly ? "mostly " : ""}every ${spokenDuration(every)}`;
  return [
    sinceStart(first, start),
    printable(operation),
    String(status),
    printable(pod === null ? "" : pod.slice(pod.lastIndexOf("/") + 1)),
    printable(object) + version,
    count === 1 ? "" : every === 0 ? `×${count}` : `×${count} ${often}`,
  ];
}

/** Each as wide as its widest cell; pod and object share what the others leave. */
function columnWidths(rows: readonly Cells[], room: number): number[] {
  const widths = [0, 1, 2, 3, 4, 5].map((column) =>
    Math.max(...rows.map((row) => textWidth(row[column]!))),
  );
  widths[1] = Math.min(widths[1]!, LONGEST_OPERATION);
  const [time, operation, status, pod, object, rhythm] = widths as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const left = room - GAP * 5 - time - operation - status - rhythm;
  const half = Math.floor(left / 2);
  if (pod + object > left) {
    widths[3] = Math.min(pod, Math.max(half, left - object));
    widths[4] = Math.min(object, left - widths[3]);
  }
  return widths.map((columns) => Math.max(columns, 0));
}

function rowLine(cells: Cells, widths: readonly number[]): string {
  const padded = cells.map((cell, i) => {
    const columns = widths[i]!;
    return pad(
      i === 3 || i === 4 ? truncateStart(cell, columns) : cell,
      columns,
    );
  });
  return (" ".repeat(INDENT) + padded.join(" ".repeat(GAP))).trimEnd();
}
