/** `keyturn run FILE…`: plays scenarios and checks their expectations. */
import { KeyturnError } from "../../kernel/errors.ts";
import type { Scenario } from "../index.ts";
import { variantOf } from "../index.ts";
import { distributionText } from "../views/distribution.ts";
import type { Choice } from "./chosen-scenario.ts";
import { choiceText, loadChosen } from "./chosen-scenario.ts";
import type { ExitCode } from "./exit-codes.ts";
import { exitCodeOf, gravest } from "./exit-codes.ts";
import type { Run } from "./play.ts";
import { junitOf, run } from "./play.ts";
import { progressLine } from "./progress.ts";
import { reportError } from "./report-error.ts";
import { reportText } from "./report.ts";
import type { ReportOptions } from "./report.ts";
import type { SeedRange } from "./seeds.ts";
import { playSeeds } from "./seeds.ts";
import type { TerminalIo } from "./terminal-io.ts";
import { playVariants, variantsText } from "./variants.ts";

export type Format = "text" | "json" | "junit";

export interface RunOptions extends Choice {
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
  /** One for each variant; none with `--seeds`. */
  readonly runs: readonly Run[];
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
      const scenario = loadChosen(file, options);
      const out = outFor(options, scenario, files.length);
      if (out !== null) claim(out, file, directories);
      const outcome =
        options.seeds === undefined
          ? await playFile(scenario, { file, out }, options, io)
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

interface Played {
  readonly file: string;
  readonly out: string | null;
}

async function playFile(
  scenario: Scenario,
  { file, out }: Played,
  options: RunOptions,
  io: TerminalIo,
): Promise<Outcome> {
  const seed = options.seed ?? scenario.seed;
  const report: ReportOptions = {
    width: io.width,
    color: io.color,
    // Somebody looks at a terminal; a pipe may end in a log.
    showValues: io.interactive || options.showValues,
    command: `keyturn run ${file} --seed ${seed}${choiceText(options)}`,
  };
  return scenario.variants.length === 0
    ? playOnce(scenario, { seed, out }, report, io)
    : playEach(scenario, { seed, out }, report, io);
}

interface Request {
  readonly seed: number;
  readonly out: string | null;
}

async function playOnce(
  scenario: Scenario,
  request: Request,
  report: ReportOptions,
  io: TerminalIo,
): Promise<Outcome> {
  const progress = progressLine(io, scenario.name);
  try {
    const { show } = progress;
    const played = await run({ scenario, ...request, progress: show });
    progress.clear();
    return {
      code: exitCodeOf(played.played),
      text: reportText(played, report),
      document: played.summary,
      runs: [played],
    };
  } finally {
    progress.clear();
  }
}

async function playEach(
  scenario: Scenario,
  request: Request,
  report: ReportOptions,
  io: TerminalIo,
): Promise<Outcome> {
  const variants = await playVariants(scenario, request, io);
  const { runs, comparison } = variants;
  return {
    code: gravest(runs.map(({ played }) => exitCodeOf(played))),
    text: variantsText(scenario, variants, report),
    document: {
      ...comparison,
      summaries: runs.map(({ summary }) => summary),
    },
    runs,
  };
}

/** A distribution, or one for each variant. */
function playMany(
  scenario: Scenario,
  seeds: SeedRange,
  io: TerminalIo,
): Outcome {
  const { name, variants } = scenario;
  const each =
    variants.length === 0
      ? [scenario]
      : variants.map((variant) => variantOf(scenario, variant.name));
  const played = each.map((one) => playSeeds(one, seeds, io));
  const { width, color } = io;
  const reports = played.map(({ report }) => report);
  return {
    code: gravest(played.map(({ code }) => code)),
    text: reports
      .map((report) => distributionText(report, { width, color }))
      .join("\n"),
    document:
      variants.length === 0
        ? reports[0]
        : { scenario: name, variants: reports },
    runs: [],
  };
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
    io.out(junitOf(outcomes.flatMap(({ runs }) => runs)));
    return;
  }
  const documents = outcomes.map(({ document }) => document);
  const document = files === 1 ? documents[0] : documents;
  io.out(`${JSON.stringify(document, null, 2)}\n`);
}
