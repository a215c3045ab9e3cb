/** `keyturn run --seeds A..B`: one scenario under many seeds, and how its delays are distributed. */
import type { DurationMs } from "../../kernel/time.ts";
import type { PlayedScenario, Scenario } from "../index.ts";
import { playScenario } from "../index.ts";
import { VaultUsage } from "../trace/vault-usage.ts";
import { summary } from "../views/summary.ts";
import type { DelaySample, DistributionReport } from "../views/distribution.ts";
import { distribution } from "../views/distribution.ts";
import type { ExitCode } from "./exit-codes.ts";
import { EXIT, exitCodeOf, gravest } from "./exit-codes.ts";
import { declaredClasses } from "./play.ts";
import { progressLine } from "./progress.ts";
import type { TerminalIo } from "./terminal-io.ts";

export interface SeedRange {
  readonly from: number;
  /** Included. */
  readonly to: number;
}

/** Plays every seed. The code says whether all expectations held under all seeds. */
export function playSeeds(
  scenario: Scenario,
  { from, to }: SeedRange,
  io: TerminalIo,
): { readonly report: DistributionReport; readonly code: ExitCode } {
  const samples = new Map<string, DelaySample>();
  const failures: { seed: number; names: readonly string[] }[] = [];
  let code: ExitCode = EXIT.held;
  const progress = progressLine(io, scenario.name);
  try {
    for (let seed = from; seed <= to; seed++) {
      const played = playSeed(scenario, seed, samples);
      code = gravest([code, exitCodeOf(played)]);
      const names = failuresOf(played);
      if (names.length > 0) failures.push({ seed, names });
      progress.show((seed - from + 1) / (to - from + 1));
    }
  } finally {
    progress.clear();
  }
  const report = distribution({
    scenario: scenario.name,
    from,
    to,
    failures,
    samples: [...samples.values()],
  });
  return { report, code };
}

/** Adds the delays of one seed. */
function playSeed(
  scenario: Scenario,
  seed: number,
  samples: Map<string, DelaySample>,
): PlayedScenario {
  const usage = new VaultUsage();
  const played = playScenario(scenario, { seed, sinks: [usage] });
  const { index, sinks, results, end } = played;
  const classes = declaredClasses(scenario);
  const { rotations } = summary({
    index,
    sinks,
    usage,
    classes,
    results,
    end,
    scenario: {
      ...scenario,
      seed,
    },
  });
  for (const { object, ordinal, step, sinks: seen } of rotations)
    for (const { sink, kind, delayMs } of seen) {
      const rotation = step === "" ? `${object} v${ordinal}` : step;
      const key = JSON.stringify([rotation, kind, sink]);
      const sample: DelaySample = samples.get(key) ?? {
        rotation,
        kind,
        sink,
        delays: [],
        unseen: 0,
      };
      samples.set(key, add(sample, delayMs));
    }
  return played;
}

/** Names of the expectations that failed and of the steps that were refused. */
function failuresOf({ refusals, results }: PlayedScenario): string[] {
  const refused = refusals.map(({ command }) => command.id ?? command.kind);
  const failed = results.filter(({ passed }) => !passed);
  return [...refused, ...failed.map(({ name }) => name)];
}

function add(sample: DelaySample, delayMs: DurationMs | null): DelaySample {
  if (delayMs === null) return { ...sample, unseen: sample.unseen + 1 };
  sample.delays.push(delayMs);
  return sample;
}
