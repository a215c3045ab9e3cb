/** `keyturn run FILE…`: plays scenarios and checks their expectations. */
import { InvariantViolation, KeyturnError } from "../../kernel/errors.ts";
import type { Scenario } from "../index.ts";
import { loadScenario } from "../index.ts";
import type { ExitCode } from "./exit-codes.ts";
import { EXIT, gravest } from "./exit-codes.ts";
import type { Run } from "./play.ts";
import { junitOf, run } from "./play.ts";
import { progressLine } from "./progress.ts";
import { reportError } from "./report-error.ts";
import { reportText } from "./report.ts";
import type { SeedRange } from "./seeds.ts";
import { playSeeds } from "./seeds.ts";
import type { TerminalIo } from "./terminal-io.ts";

export type Format = "text" | "json" | "junit";

export interface RunOptions {
  readonly seed?: number;
  readonly seeds?: SeedRange;
  readonly out?: string;
  readonly format: Format;
  readonly showValues: boolean;
}

export async function runCommand(
  files: readonly string[],
  options: RunOptions,
  io: TerminalIo,
): Promise<ExitCode> {
  checkOptions(files, options);
  const codes: ExitCode[] = [];
  const runs: Run[] = [];
  for (const [index, file] of files.entries())
    try {
      const scenario = loadScenario(file);
      if (options.seeds !== undefined) {
        codes.push(playSeeds(scenario, options.seeds, options.format, io));
        continue;
      }
      const seed = options.seed ?? scenario.seed;
      const out = outFor(options, scenario, files.length);
      const progress = progressLine(io, scenario.name);
      const played = await run({
        scenario,
        seed,
        out,
        progress: progress.show,
      });
      progress.clear();
      codes.push(exitCodeOf(played));
      runs.push(played);
      if (options.format === "text") {
        if (index > 0) io.out("\n");
        io.out(textOf(played, file, options, io));
      }
    } catch (error) {
      if (error instanceof InvariantViolation) codes.push(EXIT.invariantBroke);
      codes.push(reportError(error, io));
    }
  if (options.seeds === undefined) printMachineFormat(runs, options.format, io);
  return gravest(codes);
}

function checkOptions(files: readonly string[], options: RunOptions): void {
  const { seed, seeds, out, format } = options;
  if (seed !== undefined && seeds !== undefined)
    throw usage("--seed and --seeds exclude each other: give one of them");
  if (seeds !== undefined && out !== undefined)
    throw usage("--out writes the files of one run: it cannot go with --seeds");
  if (seeds !== undefined && format === "junit")
    throw usage("--seeds prints a distribution: use --format text or json");
  if (files.length === 0) throw usage("no scenario file was given");
}

function usage(reason: string): KeyturnError {
  return new KeyturnError("Usage", `Failed to run: ${reason}`);
}

/** Several files write into a directory each. */
function outFor(
  { out }: RunOptions,
  scenario: Scenario,
  files: number,
): string | null {
  if (out === undefined) return null;
  return files === 1 ? out : `${out}/${scenario.name}`;
}

export function exitCodeOf({ played }: Run): ExitCode {
  const { results, refusals } = played;
  if (results.some(({ problem }) => problem !== null)) return EXIT.badInput;
  const failed = results.some(({ passed }) => !passed) || refusals.length > 0;
  return failed ? EXIT.expectationFailed : EXIT.held;
}

function textOf(
  played: Run,
  file: string,
  options: RunOptions,
  io: TerminalIo,
): string {
  return reportText(played, {
    width: io.width,
    color: io.color,
    // Somebody looks at a terminal; a pipe may end in a log.
    showValues: io.interactive || options.showValues,
    command: `keyturn run ${file} --seed ${played.played.seed}`,
  });
}

function printMachineFormat(
  runs: readonly Run[],
  format: Format,
  io: TerminalIo,
): void {
  if (format === "junit") io.out(junitOf(runs));
  if (format !== "json") return;
  const summaries = runs.map(({ summary }) => summary);
  const document = summaries.length === 1 ? summaries[0] : summaries;
  if (summaries.length > 0) io.out(`${JSON.stringify(document, null, 2)}\n`);
}
