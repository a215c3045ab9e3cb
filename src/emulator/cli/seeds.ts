/** `keyturn run --seeds A..B`: one scenario under many seeds, and how its delays are distributed. */
import type { DurationMs } from "../../kernel/time.ts";
import type { Scenario } from "../index.ts";
import { playScenario } from "../index.ts";
import { classesOf } from "../trace/classes.ts";
import { VaultUsage } from "../trace/vault-usage.ts";
import { summary } from "../views/summary.ts";
import { distributionText } from "../views/distribution.ts";
import type { DelaySample } from "../views/distribution.ts";
import { distribution } from "../views/distribution.ts";
import type { ExitCode } from "./exit-codes.ts";
import { EXIT } from "./exit-codes.ts";
import { progressLine } from "./progress.ts";
import type { TerminalIo } from "./terminal-io.ts";

export interface SeedRange {
  readonly from: number;
  /** Included. */
  readonly to: number;
}

/** Plays every seed, prints the distribution, and says whether all expectations held under all seeds. */
export function playSeeds(
  scenario: Scenario,
  { from, to }: SeedRange,
  format: string,
  io: TerminalIo,
): ExitCode {
  const samples = new Map<string, DelaySample>();
  const failures: { seed: number; names: readonly string[] }[] = [];
  const progress = progressLine(io, scenario.name);
  for (let seed = from; seed <= to; seed++) {
    const failed = playSeed(scenario, seed, samples);
    if (failed.length > 0) failures.push({ seed, names: failed });
    progress.show((seed - from + 1) / (to - from + 1));
  }
  progress.clear();
  const report = distribution({
    scenario: scenario.name,
    ...{ from, to, failures },
    samples: [...samples.values()],
  });
  io.out(
    format === "json"
      ? `${JSON.stringify(report, null, 2)}\n`
      : distributionText(report, { width: io.width, color: io.color }),
  );
  return failures.length === 0 ? EXIT.held : EXIT.expectationFailed;
}

/** Adds the delays of one seed; returns the names of the expectations that failed. */
function playSeed(
  scenario: Scenario,
  seed: number,
  samples: Map<string, DelaySample>,
): string[] {
  const usage = new VaultUsage();
  const played = playScenario(scenario, { seed, sinks: [usage] });
  const { index, sinks, results, end } = played;
  const commands = [...scenario.setup, ...scenario.steps.map((s) => s.command)];
  const classes = classesOf(
    commands.flatMap((c) => (c.kind === "apply" ? [c.object] : [])),
  );
  const { rotations } = summary({
    ...{ index, sinks, usage, classes, results, end },
    scenario: { ...scenario, seed },
  });
  for (const { object, ordinal, step, sinks: seen } of rotations)
    for (const { sink, kind, delayMs } of seen) {
      const rotation = step === "" ? `${object} v${ordinal}` : step;
      const key = JSON.stringify([rotation, kind, sink]);
      const sample: DelaySample = samples.get(key) ?? {
        ...{ rotation, kind, sink },
        delays: [],
        unseen: 0,
      };
      samples.set(key, add(sample, delayMs));
    }
  const refused = played.refusals.map(
    ({ command }) => command.id ?? command.kind,
  );
  const failed = results.filter(({ passed }) => !passed);
  return [...refused, ...failed.map(({ name }) => name)];
}

function add(sample: DelaySample, delayMs: DurationMs | null): DelaySample {
  if (delayMs === null) return { ...sample, unseen: sample.unseen + 1 };
  sample.delays.push(delayMs);
  return sample;
}
