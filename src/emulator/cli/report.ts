/**
 * What `run` and `demo` print of one run: header, what happened, what somebody watching saw, the audit log, the delays
 * with their bounds, and the verdicts. No line is wider than the terminal.
 */
import { bytesToUtf8 } from "../../kernel/bytes.ts";
import { formatDuration, toRfc3339, toRfc3339Ms } from "../../kernel/time.ts";
import type { PlayedScenario } from "../index.ts";
import { SecretMask } from "../scenario/secret-mask.ts";
import type { SinkVersion } from "../trace/versions.ts";
import { leadingSets } from "../trace/versions.ts";
import type { AuditTableOptions } from "../views/audit-table.ts";
import { findingsText } from "../views/findings-text.ts";
import { lanesText } from "../views/lanes-text.ts";
import { outageText } from "../views/outage-table.ts";
import { rolloutsText } from "../views/rollouts.ts";
import { delaysText, usageText } from "../views/summary-text.ts";
import type { PrintOptions } from "../views/terminal.ts";
import { palette, printable, wrap } from "../views/terminal.ts";
import type { Frame } from "../views/timeline.ts";
import { watchLines } from "../views/watch-view.ts";
import { whyText } from "../views/why.ts";
import type { Run } from "./play.ts";

export interface ReportOptions extends Required<
  Pick<PrintOptions, "width" | "color">
> {
  readonly showValues: boolean;
  /** The command that plays this again, to paste; empty where it stands elsewhere. */
  readonly command: string;
}

/** The whole report with a final newline. */
export function reportText(run: Run, options: ReportOptions): string {
  const sections = [
    headerLines(run.played, options),
    watchSection(run, options),
    timelineSection(run, options),
    auditSection(run, options),
    delaySection(run, options),
    workloadSection(run, options),
    usageSection(run, options),
    verdictLines(run, options),
    findingSection(run, options),
    fileLines(run, options),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

export function headerLines(
  { scenario, seed }: Pick<PlayedScenario, "scenario" | "seed">,
  options: ReportOptions,
): string[] {
  const { width, color, command } = options;
  const { bold, dim } = palette(color);
  const facts = [
    `seed ${seed}`,
    `start ${toRfc3339(scenario.start)}`,
    `profile ${scenario.profile}`,
    `${formatDuration(scenario.duration)} of virtual time`,
  ].join(" · ");
  const title = scenario.title === "" ? scenario.name : scenario.title;
  return [
    ...wrap(printable(title), width).map((line) => bold(line)),
    ...wrap(facts, width).map((line) => dim(line)),
    ...(command === "" ? [] : wrap(printable(command), width)).map((line) =>
      dim(line),
    ),
  ];
}

function printing(run: Run, options: ReportOptions): PrintOptions {
  const { width, color, showValues } = options;
  const { index, sinks, world } = run.played;
  const reveal = (ref: SinkVersion) => world.values.get(ref);
  if (showValues) return { width, color, reveal };
  const mask = new SecretMask({ index, sinks, reveal });
  const printed = (pieces: readonly SinkVersion[]) => {
    const bytes = pieces.flatMap((piece) => [...(reveal(piece) ?? [])]);
    return mask.apply(bytesToUtf8(Uint8Array.from(bytes)));
  };
  return { width, color, printed };
}

export function watchSection(run: Run, options: ReportOptions): string[] {
  const { scenario, sinks, index } = run.played;
  const { watch, namespace, start } = scenario;
  return watchLines({
    ...printing(run, options),
    history: sinks,
    sinks: watch,
    namespace,
    start,
    sets: leadingSets(index),
  });
}

export function timelineSection(run: Run, options: ReportOptions): string[] {
  return run.timeline.lines(printing(run, options));
}

/** The timeline by the instants of its lines. */
export function timelineFrames(
  run: Run,
  options: ReportOptions,
): Iterable<Frame> {
  return run.timeline.frames(printing(run, options));
}

/** `rows`: which part of the log, and how much of it. */
export function auditSection(
  run: Run,
  { width, color }: ReportOptions,
  rows: Pick<AuditTableOptions, "limit" | "since"> = {},
): string[] {
  const { start } = run.played.scenario;
  return run.audit.lines({ width, color, start, ...rows });
}

export function delaySection(
  run: Run,
  options: ReportOptions,
  hops = true,
): string[] {
  return linesOf(delaysText(run.summary, { ...options, hops }));
}

/** Rollouts, the table of lanes, what databases refused: each where there is something to say. */
export function workloadSection(run: Run, options: ReportOptions): string[] {
  const { rollouts, lanes, databases } = run.summary;
  const start = toRfc3339Ms(run.played.scenario.start);
  const { width, color } = options;
  const print = { width, color, start };
  const texts = [
    rolloutsText(rollouts, print),
    lanesText(lanes, print),
    outageText(databases, print),
  ];
  return linesOf(texts.filter((text) => text !== "").join("\n"));
}

export function usageSection(run: Run, options: ReportOptions): string[] {
  return linesOf(usageText(run.summary, options));
}

/** What upstream does wrong; nothing where it does not. */
export function findingSection(run: Run, options: ReportOptions): string[] {
  return linesOf(findingsText(run.summary, options));
}

function linesOf(text: string): string[] {
  return text === "" ? [] : text.trimEnd().split("\n");
}

/** What stands below a verdict. */
const INDENT = 4;

/** One line for each expectation; a failed one with what was expected, what happened and why. */
export function verdictLines(run: Run, options: ReportOptions): string[] {
  const { results, refusals, scenario, index, sinks } = run.played;
  const { width, color } = options;
  const { green, red } = palette(color);
  const { namespace } = scenario;
  const lines: string[] = [];
  for (const { command, position, error } of refusals) {
    const where =
      position === null
        ? ""
        : `${position.file}:${position.line}:${position.column}: `;
    const name = command.id ?? command.kind;
    const text = `step ${printable(name)} was refused`;
    lines.push(...marked("✗", text, width).map(red));
    lines.push(...indented(`${where}${printable(error)}`, width));
  }
  for (const result of results) {
    const { name, passed, position, expected, actual, chain } = result;
    const paint = passed ? green : red;
    lines.push(
      ...marked(passed ? "✓" : "✗", printable(name), width).map(paint),
    );
    if (passed) continue;
    const { file, line: row, column } = position;
    lines.push(...indented(`at ${file}:${row}:${column}`, width));
    lines.push(...indented(`expected: ${expected}`, width));
    lines.push(...indented(`actual:   ${actual}`, width));
    if (chain === null) continue;
    const why = { namespace, classes: run.classes, width: width - INDENT };
    const text = whyText({ index, sinks }, chain, why).trimEnd();
    lines.push("");
    for (const l of text.split("\n"))
      lines.push(l === "" ? "" : " ".repeat(INDENT) + l);
    lines.push("");
  }
  return lines;
}

/** A sentence behind a sign, its further lines below its first word. */
function marked(sign: string, text: string, width: number): string[] {
  const lines = wrap(text, width - 2);
  return lines.map((line, i) => `${i === 0 ? sign : " "} ${line}`);
}

function indented(text: string, width: number): string[] {
  return wrap(text, width - INDENT).map((line) => " ".repeat(INDENT) + line);
}

export function fileLines(
  { written }: Run,
  { width }: ReportOptions,
): string[] {
  if (written === null) return [];
  const { directory, files } = written;
  const others =
    files.others.length === 0
      ? ""
      : `Left alone what else is there: ${files.others.join(", ")}.`;
  return [
    `Wrote ${files.written.join(", ")} to ${directory}.`,
    "journal.yaml holds the values of secrets.",
    others,
  ]
    .filter((text) => text !== "")
    .flatMap((text) => wrap(printable(text), width));
}
