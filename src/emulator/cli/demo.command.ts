/** `keyturn demo [NAME]`: plays a built-in scenario and tells what it shows. */
import { relative } from "node:path";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import { loadScenario } from "../index.ts";
import { palette, printable, wrap } from "../views/terminal.ts";
import type { Frame } from "../views/timeline.ts";
import { builtInFile } from "./built-in.ts";
import type { ExitCode } from "./exit-codes.ts";
import { run } from "./play.ts";
import type { Run } from "./play.ts";
import type { ReportOptions } from "./report.ts";
import {
  auditSection,
  headerLines,
  summarySection,
  timelineFrames,
  verdictLines,
  watchSection,
} from "./report.ts";
import { exitCodeOf } from "./run.command.ts";
import type { TerminalIo } from "./terminal-io.ts";

export const DEFAULT_DEMO = "synced-secret";

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
  const scenario = loadScenario(file);
  const played = await run({ scenario, seed: scenario.seed, out: null });
  const report: ReportOptions = {
    width: io.width,
    color: io.color,
    showValues: true,
    command: `keyturn run ${relative(process.cwd(), file) || file}`,
  };
  const print = (lines: readonly string[]) => {
    if (lines.length > 0) io.out(`${lines.join("\n")}\n`);
  };
  print(headerLines(played, report));
  print(["", ...description(scenario.description, io), ""]);
  await printPaced(
    timelineFrames(played, report),
    scenario.start,
    options,
    print,
  );
  for (const section of closing(played, report)) print(["", ...section]);
  return exitCodeOf(played);
}

function closing(played: Run, report: ReportOptions): string[][] {
  return [
    watchSection(played, report),
    summarySection(played, report),
    auditSection(played, report),
    verdictLines(played, report),
  ].filter((lines) => lines.length > 0);
}

function description(text: string, { width, color }: TerminalIo): string[] {
  const { dim } = palette(color);
  return text === ""
    ? []
    : wrap(printable(text), width).map((line) => dim(line));
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
