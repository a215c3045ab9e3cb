/** A scenario with variants, played once under each: what came of them, and how they compare. */
import { palette, printable, textWidth, wrap } from "../views/terminal.ts";
import { compare } from "../views/compare.ts";
import type { Comparison } from "../views/compare.ts";
import { comparisonText } from "../views/compare-text.ts";
import type { Scenario } from "../index.ts";
import { variantOf } from "../index.ts";
import { settingTexts } from "../profiles/setting-option.ts";
import type { Run } from "./play.ts";
import { run } from "./play.ts";
import { progressLine } from "./progress.ts";
import type { ReportOptions } from "./report.ts";
import {
  fileLines,
  findingSection,
  headerLines,
  timelineSection,
  verdictLines,
  watchSection,
  workloadSection,
} from "./report.ts";
import type { TerminalIo } from "./terminal-io.ts";

export interface PlayedVariants {
  /** In the order of the scenario. */
  readonly runs: readonly Run[];
  readonly comparison: Comparison;
  /** Where `compare.json` was written; null without `--out`. */
  readonly file: string | null;
}

/** Plays every variant. With `out`, each writes its files into a directory of its own there. */
export async function playVariants(
  scenario: Scenario,
  { seed, out }: { readonly seed: number; readonly out: string | null },
  io: TerminalIo,
): Promise<PlayedVariants> {
  const write = out === null ? null : await openComparison(out);
  const runs: Run[] = [];
  for (const { name } of scenario.variants) {
    const variant = variantOf(scenario, name);
    const progress = progressLine(io, variant.name);
    const directory = out === null ? null : `${out}/${name}`;
    const { show } = progress;
    try {
      runs.push(
        await run({ scenario: variant, seed, out: directory, progress: show }),
      );
    } finally {
      progress.clear();
    }
  }
  const compared = scenario.variants.map(({ name, settings }, i) => ({
    variant: name,
    settings: settingTexts(settings),
    summary: runs[i]!.summary,
  }));
  const comparison = compare(scenario.name, compared);
  return { runs, comparison, file: write?.(comparison) ?? null };
}

async function openComparison(
  directory: string,
): Promise<(comparison: Comparison) => string> {
  const output = await import("../output/index.ts");
  return output.openComparison(directory);
}

/** What happened under each variant, then the table. With a final newline. */
export function variantsText(
  scenario: Scenario,
  { runs, comparison, file }: PlayedVariants,
  options: ReportOptions,
): string {
  const { width, color } = options;
  const { bold } = palette(color);
  const { seed } = comparison.scenario;
  const parts = [
    headerLines({ scenario, seed }, options),
    ...runs.flatMap((each, i) => [
      [bold(ruled(`variant ${scenario.variants[i]!.name}`, width))],
      watchSection(each, options),
      timelineSection(each, options),
      workloadSection(each, options),
      verdictLines(each, options),
      findingSection(each, options),
      fileLines(each, options),
    ]),
    comparisonText(comparison, { width, color }).trimEnd().split("\n"),
    file === null ? [] : wrap(printable(`Wrote ${file}.`), width),
  ];
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

/** A heading that fills the line. */
function ruled(text: string, width: number): string {
  const rest = width - textWidth(text) - 1;
  return rest < 1 ? text : `${text} ${"─".repeat(rest)}`;
}
