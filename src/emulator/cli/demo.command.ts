/** `keyturn demo [NAME]`: plays a built-in scenario and tells what it shows, the answer first. */
import { relative } from "node:path";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import { loadScenario } from "../index.ts";
import type { Scenario } from "../index.ts";
import { listNames } from "../profiles/input/nearest-name.ts";
import { firstVariant } from "../scenario/variants.ts";
import { palette, printable, wrap } from "../views/terminal.ts";
import type { Frame } from "../views/timeline.ts";
import { builtInFile } from "./built-in.ts";
import type { ExitCode } from "./exit-codes.ts";
import { exitCodeOf } from "./exit-codes.ts";
import { run } from "./play.ts";
import type { Run } from "./play.ts";
import type { ReportOptions } from "./report.ts";
import {
  auditSection,
  delaySection,
  findingSection,
  headerLines,
  timelineFrames,
  usageSection,
  verdictLines,
  watchSection,
  workloadSection,
} from "./report.ts";
import type { TerminalIo } from "./terminal-io.ts";

export const DEFAULT_DEMO = "synced-secret";
/** Rows of the audit log that the first screen has room for. */
const AUDIT_ROWS = 5;

export interface DemoOptions {
  /** Virtual seconds for each real one; without it the demo prints at once. */
  readonly speed?: number;
}

export async function demoCommand(
  name: string,
  options: DemoOptions,
  io: TerminalIo,
): Promise<ExitCode> {
  const file = builtInFile(name);
  const given = loadScenario(file);
  const scenario = firstVariant(given);
  const played = await run({ scenario, seed: scenario.seed, out: null });
  const report: ReportOptions = {
    width: io.width,
    color: io.color,
    showValues: true,
    command: "",
  };
  const print = (lines: readonly string[]) => {
    if (lines.length > 0) io.out(`${lines.join("\n")}\n`);
  };
  print(headerLines(played.played, report));
  print([""]);
  const frames = timelineFrames(played, report);
  await printPaced(story(played, frames), scenario.start, options, print);
  for (const section of afterStory(played, report)) print(["", ...section]);
  const command = `npx keyturn run ${relative(process.cwd(), file)}`;
  print(["", ...closing(given, command, io)]);
  return exitCodeOf(played.played);
}

/** The timeline from the first step on; the whole of it where a scenario has no steps. */
function* story(played: Run, frames: Iterable<Frame>): Generator<Frame> {
  const { steps } = played.played.scenario;
  const first = firstStepAt(played);
  let header = true;
  for (const frame of frames) {
    if (header || steps.length === 0 || frame.t >= first) yield frame;
    header = false;
  }
}

/** Infinity for a scenario without steps. */
function firstStepAt({ played }: Run): EpochMs {
  const { start, steps } = played.scenario;
  return Math.min(...steps.map(({ at }) => start + at));
}

function afterStory(played: Run, report: ReportOptions): string[][] {
  return [
    delaySection(played, report, isNever(played)),
    auditSection(played, report, {
      limit: AUDIT_ROWS,
      since: Number.isFinite(firstStepAt(played)) ? firstStepAt(played) : 0,
    }),
    watchSection(played, report),
    workloadSection(played, report),
    verdictLines(played, report),
    usageSection(played, report),
    findingSection(played, report),
  ].filter((lines) => lines.length > 0);
}

/** Hops have no room on the first screen; that a sink never follows is told with its reason. */
function isNever({ summary }: Run): boolean {
  return summary.rotations.some(({ sinks }) =>
    sinks.some(({ bound }) => bound.kind === "never"),
  );
}

function closing(
  { description, source, variants }: Scenario,
  command: string,
  { width, color }: TerminalIo,
): string[] {
  const { dim } = palette(color);
  const [first, ...others] = variants.map(({ name }) => name);
  const texts = [
    description,
    first === undefined || others.length === 0
      ? ""
      : `Played as ${first}; the command below plays ${listNames(others, "")}, too, and compares them.`,
    source === "" ? "" : `Source: ${source}`,
    `Again, with files to read: ${command} --out out`,
  ];
  return texts
    .filter((text) => text !== "")
    .flatMap((text) => wrap(printable(text), width))
    .map((line) => dim(line));
}

/** Prints frames at once, or each when virtual time gets there. */
async function printPaced(
  frames: Iterable<Frame>,
  start: EpochMs,
  { speed }: DemoOptions,
  print: (lines: readonly string[]) => void,
): Promise<void> {
  let at = start;
  for (const { t, lines } of frames) {
    if (speed !== undefined && t > at) await wait((t - at) / speed);
    at = t;
    print(lines);
  }
}

function wait(ms: DurationMs): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
