/** The table of lanes on a terminal, and as Markdown for a design document (`lanes.md`). */
import type { DurationMs } from "../../kernel/time.ts";
import { MINUTE_MS, SECOND_MS, parseInstant } from "../../kernel/time.ts";
import { spoken } from "../trace/spoken.ts";
import type { LaneRow, LaneTable } from "./lanes.ts";
import { boundText } from "./summary-text.ts";
import type { PrintOptions } from "./terminal.ts";
import {
  leastWidth,
  palette,
  printable,
  sinceStart,
  wrap,
} from "./terminal.ts";
import { markdownTable, textTable } from "./text-table.ts";

export interface LanesTextOptions extends PrintOptions {
  /** RFC 3339: instants are told as time since then. */
  readonly start: string;
}

const NOTHING = "–";

const TITLES = [
  "lane",
  "hears of it by",
  "every",
  "seen after",
  "at worst",
  "reads /h",
  "makes new",
  "restart",
];
const MARKDOWN_TITLES = [
  "Lane",
  "Hears of a change by",
  "Interval",
  "Delay seen",
  "Worst case",
  "Vault reads per hour",
  "Becomes new",
  "Restart needed",
];

/** Lines within `width`, with a final newline; empty where no lane was declared. */
export function lanesText(
  tables: readonly LaneTable[],
  options: LanesTextOptions,
): string {
  const width = leastWidth(options.width);
  const { bold, dim } = palette(options.color ?? false);
  return tables
    .map((table) => {
      const rows = [TITLES, ...table.lanes.map(cellsOf)];
      const lines = textTable(rows, width);
      const heads = textTable([TITLES], width).length;
      const head = wrap(printable(headOf(table, options.start)), width);
      return [
        ...head.map(bold),
        ...lines.map((line, i) => (i < heads ? dim(line) : line)),
      ];
    })
    .map((lines) => `${lines.join("\n")}\n`)
    .join("\n");
}

/** One Markdown table for each rotation under a heading of its own, with a final newline; empty where there is none. */
export function lanesMarkdown(
  tables: readonly LaneTable[],
  { start }: Pick<LanesTextOptions, "start">,
): string {
  return tables
    .map((table) => {
      const rows = [MARKDOWN_TITLES, ...table.lanes.map(cellsOf)];
      return `## ${printable(headOf(table, start))}\n\n${markdownTable(rows)}`;
    })
    .join("\n");
}

function headOf({ ordinal, object, step, setAt }: LaneTable, start: string) {
  const at = sinceStart(parseInstant(setAt)!, parseInstant(start)!);
  const by = step === "" ? "" : ` by step ${step}`;
  return `v${ordinal} of ${object}, set at ${at}${by}, on every lane`;
}

function cellsOf(row: LaneRow): string[] {
  const { everyMs, delayMs, bound, vaultReadsPerHour } = row;
  return [
    row.title,
    row.hears,
    everyMs === null ? NOTHING : spoken(everyMs),
    delayMs === null ? "not seen" : spoken(rounded(delayMs)),
    bound.kind === "within"
      ? boundText({ ...bound, ms: rounded(bound.ms) })
      : boundText(bound),
    vaultReadsPerHour === null ? NOTHING : String(vaultReadsPerHour),
    row.refreshes,
    row.restart,
  ];
}

/** Up to the next second, from a minute on: what a document needs to know. */
function rounded(ms: DurationMs): DurationMs {
  return ms < MINUTE_MS ? ms : Math.ceil(ms / SECOND_MS) * SECOND_MS;
}
