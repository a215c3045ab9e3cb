/** `keyturn run FILE…`: plays scenarios and checks their expectations. */
import { KeyturnError } from "../../kernel/errors.ts";
import type { Scenario } from "../index.ts";
import { loadScenario } from "../index.ts";
import { distributionText } from "../views/distribution.ts";
import type { ExitCode } from "./exit-codes.ts";
import { exitCodeOf, gravest } from "./exit-codes.ts";
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

/** What came of one file: the exit code, and what each format prints of it. */
interface Outcome {
  readonly code: ExitCode;
  readonly text: string;
  /** Plain data for `--format json`. */
  readonly document: unknown;
  /** Null with `--seeds`. */
  readonly run: Run | null;
}

export async function runCommand(
  files: readonly string[],
  options: RunOptions,
  io: TerminalIo,
): Promise<ExitCode> {
  checkOptions(options);
  const codes: ExitCode[] = [];
  const outcomes: Outcome[] = [];
  const directories = new Set<string>();
  for (const file of files)
    try {
      const scenario = loadScenario(file);
      const out = outFor(options, scenario, files.length);
      if (out !== null) claim(out, file, directories);
      const outcome =
        options.seeds === undefined
          ? await playOnce(scenario, { file, out }, options, io)
          : playMany(scenario, options.seeds, io);
      codes.push(outcome.code);
      if (options.format === "text")
        io.out((outcomes.length > 0 ? "\n" : "") + outcome.text);
      outcomes.push(outcome);
    } catch (error) {
      codes.push(reportError(error, io));
    }
  printDocument(outcomes, files.length, options.format, io);
  return gravest(codes);
}

function checkOptions({ seed, seeds, out, format }: RunOptions): void {
  if (seed !== undefined && seeds !== undefined)
    throw usage("--seed and --seeds exclude each other: give one of them");
  if (seeds !== undefined && out !== undefined)
    throw usage("--out writes the files of one run: it cannot go with --seeds");
  if (seeds !== undefined && format === "junit")
    throw usage("--seeds prints a distribution: use --format text or json");
}

function usage(reason: string): KeyturnError {
  return new KeyturnError("Usage", `Failed to run: ${reason}`);
}

/** Names that stay inside the directory that they are put into. */
const SAFE_NAME = /^[A-Za-z0-9][-\w.]*$/;

/** Several files write into a directory each, called after the scenario. */
function outFor(
  { out }: RunOptions,
  { file, name }: Scenario,
  files: number,
): string | null {
  if (out === undefined || files === 1) return out ?? null;
  if (SAFE_NAME.test(name)) return `${out}/${name}`;
  throw new KeyturnError(
    "OutputName",
    `Failed to play ${file}: ${JSON.stringify(name)} cannot be the name of a directory in ${out}; use letters, digits, dashes and dots in metadata.name, or play it alone`,
  );
}

/** Throws where an earlier file of this command line has the same directory. */
function claim(out: string, file: string, directories: Set<string>): void {
  if (directories.has(out))
    throw new KeyturnError(
      "OutputTwice",
      `Failed to play ${file}: an earlier scenario of the same name wrote to ${out}; give them different names (metadata.name) or play one at a time`,
    );
  directories.add(out);
}

async function playOnce(
  scenario: Scenario,
  { file, out }: { readonly file: string; readonly out: string | null },
  options: RunOptions,
  io: TerminalIo,
): Promise<Outcome> {
  const seed = options.seed ?? scenario.seed;
  const progress = progressLine(io, scenario.name);
  try {
    const played = await run({ scenario, seed, out, progress: progress.show });
    progress.clear();
    const text = reportText(played, {
      width: io.width,
      color: io.color,
      // Somebody looks at a terminal; a pipe may end in a log.
      showValues: io.interactive || options.showValues,
      command: `keyturn run ${file} --seed ${seed}`,
    });
    const { summary } = played;
    return {
      code: exitCodeOf(played.played),
      text,
      document: summary,
      run: played,
    };
  } finally {
    progress.clear();
  }
}

function playMany(
  scenario: Scenario,
  seeds: SeedRange,
  io: TerminalIo,
): Outcome {
  const { report, code } = playSeeds(scenario, seeds, io);
  const { width, color } = io;
  const text = distributionText(report, { width, color });
  return { code, text, document: report, run: null };
}

/** One document whatever became of the files: of one file its own, of several a list of those that were played. */
function printDocument(
  outcomes: readonly Outcome[],
  files: number,
  format: Format,
  io: TerminalIo,
): void {
  if (format === "text" || outcomes.length === 0) return;
  if (format === "junit") {
    io.out(junitOf(outcomes.flatMap(({ run: played }) => played ?? [])));
    return;
  }
  const documents = outcomes.map(({ document }) => document);
  const document = files === 1 ? documents[0] : documents;
  io.out(`${JSON.stringify(document, null, 2)}\n`);
}
