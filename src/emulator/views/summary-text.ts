/** The end of a run on a terminal: a table of sinks for each rotation, then who asked the vaults for what. */
import { parseInstant } from "../../kernel/time.ts";
import { spoken } from "../trace/spoken.ts";
import type { UsageLine } from "../trace/vault-usage.ts";
import { UNAUTHENTICATED, isManagement } from "../trace/vault-usage.ts";
import type { Bound } from "./bound.ts";
import type { Cost, RotationSummary, SinkSummary, Summary } from "./summary.ts";
import type { PrintOptions } from "./terminal.ts";
import {
  TERMINAL_WIDTH,
  pad,
  padStart,
  palette,
  printable,
  sinceStart,
  textWidth,
  wrap,
} from "./terminal.ts";

/** Below this the table's columns would be cut. */
const NARROWEST = 60;
const GAP = "  ";
const TITLES = ["sink", "bound", "observed", "hops"] as const;
/** The hops take what the other columns leave, and this much at least. */
const NARROWEST_HOPS = 22;

type Cells = readonly [string, string, string, string];

/** Lines within `width`, with a final newline; empty for a run in which nothing rotated and nobody asked. */
export function summaryText(
  summary: Summary,
  options: PrintOptions = {},
): string {
  const parts = [delaysText(summary, options), usageText(summary, options)];
  return parts.filter((text) => text !== "").join("\n");
}

export interface DelaysOptions extends PrintOptions {
  /** Whether each delay's hops stand beside it; default true. */
  readonly hops?: boolean;
}

/** A table for each rotation: its sinks with bound, observed delay and hops. */
export function delaysText(
  summary: Summary,
  options: DelaysOptions = {},
): string {
  const { width, paint } = printing(options);
  const { hops = true } = options;
  const shown = (cells: Cells): Cells =>
    hops ? cells : [cells[0], cells[1], cells[2], ""];
  return sectionsText(
    summary.rotations.map((rotation) => [
      ...wrap(headOf(summary, rotation), width).map((line) => paint.bold(line)),
      ...table(
        [TITLES, ...rotation.sinks.map(cellsOf)].map(shown),
        width,
        paint.dim,
      ),
    ]),
  );
}

/** What the vaults were asked, by whom, and what that costs. */
export function usageText(
  summary: Summary,
  options: PrintOptions = {},
): string {
  const { width, paint } = printing(options);
  return sectionsText([usageLines(summary, width, paint.bold)]);
}

function printing({ width = TERMINAL_WIDTH, color = false }: PrintOptions) {
  return { width: Math.max(width, NARROWEST), paint: palette(color) };
}

function sectionsText(sections: readonly (readonly string[])[]): string {
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.map((line) => line.trimEnd()).join("\n")}\n`)
    .join("\n");
}

function headOf(summary: Summary, rotation: RotationSummary): string {
  const { step, ordinal, object, setAt } = rotation;
  const at = sinceStart(
    parseInstant(setAt)!,
    parseInstant(summary.scenario.start)!,
  );
  const by = step === "" ? "" : ` by step ${step}`;
  const none =
    rotation.sinks.length === 0 ? "; nothing in the cluster holds it" : "";
  return printable(`v${ordinal} of ${object}, set at ${at}${by}${none}`);
}

function cellsOf(sink: SinkSummary): Cells {
  const { bound, delayMs } = sink;
  const observed = delayMs === null ? "not seen" : spoken(delayMs);
  const hops = printable(hopsText(sink));
  return [printable(sink.sink), boundText(bound), observed, hops];
}

/** As a table's cell has it. */
export function boundText(bound: Bound): string {
  switch (bound.kind) {
    case "within":
      return spoken(bound.ms);
    case "never":
      return "never";
    case "atStart":
      return "at start";
    case "unbounded":
      return "none";
  }
}

/** The parts of the delay, or why there is none. */
function hopsText({ hops, bound }: SinkSummary): string {
  const parts = hops.map(({ label, delayMs }) => `${label} ${spoken(delayMs)}`);
  if (bound.kind === "within") return parts.join(", ");
  return parts.length === 0
    ? bound.reason
    : `${parts.join(", ")} (${bound.reason})`;
}

/** The first row holds the titles. Without hops the sinks get their room. */
function table(
  rows: readonly Cells[],
  width: number,
  dim: (text: string) => string,
): string[] {
  if (rows.length === 1) return [];
  const [titles, ...bodies] = rows as [Cells, ...Cells[]];
  const hasHops = titles[3] !== "";
  const widest = (column: 0 | 1 | 2) =>
    Math.max(...rows.map((cells) => textWidth(cells[column])));
  const bound = widest(1);
  const observed = widest(2);
  const rest = width - bound - observed - 2 * GAP.length;
  const room = hasHops ? rest - GAP.length - NARROWEST_HOPS : rest;
  const sink = Math.min(widest(0), room);
  const hops = width - sink - bound - observed - 3 * GAP.length;
  const line = (cells: Cells) =>
    [
      pad(cells[0], sink),
      padStart(cells[1], bound),
      padStart(cells[2], observed),
      cells[3],
    ].join(GAP);
  return [
    dim(line(titles)),
    ...bodies.flatMap((cells) => {
      const names = wrapName(cells[0], sink);
      const parts = hasHops ? wrap(cells[3], hops) : [];
      const height = Math.max(names.length, parts.length);
      return Array.from({ length: height }, (_, i) =>
        line([
          names[i] ?? "",
          i === 0 ? cells[1] : "",
          i === 0 ? cells[2] : "",
          parts[i] ?? "",
        ]),
      );
    }),
  ];
}

/** A sink's name on several lines where it is too long, broken behind its colon or slashes. */
export function wrapName(name: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const piece of name.split(/(?<=[:/])/)) {
    if (line !== "" && textWidth(line + piece) > width) {
      lines.push(...wrap(line, width));
      line = "";
    }
    line += piece;
  }
  return [...lines, ...wrap(line, width)];
}

function usageLines(
  { vault, cost }: Summary,
  width: number,
  bold: (text: string) => string,
): string[] {
  if (vault.operations.length === 0) return [];
  const rows = vault.operations.map(
    ({ vault: name, pod, operation, count, refused }) =>
      `${padStart(String(count), COUNT_WIDTH)}${GAP}${operation} of ${name} for ${pod ?? "clients outside the cluster"}${refusedText(refused)}`,
  );
  return [
    bold("vault operations"),
    ...rows.flatMap((row) => hang(printable(row), width)),
    ...wrap(costText(cost, vault.operations), width),
  ];
}

/** `, refused: 12 with 429`; empty when nothing was. */
function refusedText(refused: UsageLine["refused"]): string {
  const parts = Object.entries(refused).map(
    ([status, count]) => `${count} with ${status}`,
  );
  return parts.length === 0 ? "" : `, refused: ${parts.join(", ")}`;
}

function costText(cost: Cost, lines: readonly UsageLine[]): string {
  const free = freeText(cost, lines);
  const others =
    cost.otherKeyOperations === 0
      ? ""
      : ` (${cost.otherKeyOperations} of them on other keys, at ${cost.usdPer10kOtherKeyOperations})`;
  const renewals =
    cost.certificateRenewals === 0
      ? ""
      : `, and ${cost.certificateRenewals} renewed ${cost.certificateRenewals === 1 ? "certificate" : "certificates"} at ${cost.usdPerCertificateRenewal} USD`;
  return `${cost.billedOperations} billed${free}, at ${cost.usdPer10kOperations} USD for 10000${others}${renewals}: ${cost.usd} USD`;
}

/** ` (Authentication and VaultPut are not)`; empty where everything is paid for. */
function freeText(
  { billedOperations }: Cost,
  lines: readonly UsageLine[],
): string {
  const count = (of: readonly UsageLine[]) =>
    of.reduce((sum, line) => sum + line.count, 0);
  const free = lines.filter(
    ({ operation }) => operation === UNAUTHENTICATED || isManagement(operation),
  );
  // Whether unauthenticated requests are paid for is a setting.
  const unpaid =
    count(lines) - count(free) === billedOperations
      ? free
      : free.filter(({ operation }) => operation !== UNAUTHENTICATED);
  const names = [...new Set(unpaid.map(({ operation }) => operation))];
  if (names.length === 0) return "";
  return ` (${names.join(" and ")} ${names.length === 1 ? "is" : "are"} not)`;
}

const COUNT_WIDTH = 8;

/** Wraps with the rest under the text, not under the count. */
function hang(row: string, width: number): string[] {
  const indent = COUNT_WIDTH + GAP.length;
  return wrap(row.slice(indent), width - indent).map((line, i) =>
    i === 0 ? row.slice(0, indent) + line : " ".repeat(indent) + line,
  );
}
