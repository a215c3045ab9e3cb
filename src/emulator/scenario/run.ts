/**
 * Plays a scenario: its setup and steps as commands, virtual time in between as fast as the machine can, and at the end
 * the verdict on each expectation. Reads no clock; what it shows is made from the trace by the views.
 */
import type { MachineBackend } from "../../kernel/machine-runner.ts";
import type { EpochMs } from "../../kernel/time.ts";
import type { FactSink } from "../../kernel/trace.ts";
import { Invariants } from "../invariants/index.ts";
import { FactIndex } from "../trace/fact-index.ts";
import { SinkHistory } from "../trace/sink-history.ts";
import type { ExpectationResult } from "../trace/verdict.ts";
import type { Command } from "../world/commands.ts";
import { World } from "../world/world.ts";
import { ExpectationCounts } from "./expectation-counts.ts";
import { evaluate } from "./expectations.ts";
import type { Position, Scenario } from "./model.ts";
import { firstVariant } from "./variants.ts";
import { WorkloadCounts } from "./workload-counts.ts";

export interface PlayOptions {
  /** Instead of the scenario's own. */
  readonly seed?: number;
  readonly backend?: MachineBackend;
  /** Get every fact as it is written, after the run's own. */
  readonly sinks?: readonly FactSink[];
  /** Is told, between two commands, how far virtual time has come: 0 to 1. */
  readonly progress?: (part: number) => void;
}

/** A command that the world refused, with the real system's error. */
export interface Refusal {
  readonly command: Command;
  /** Null for what `start` sets up. */
  readonly position: Position | null;
  readonly error: string;
}

export interface PlayedScenario {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly world: World;
  readonly index: FactIndex;
  readonly sinks: SinkHistory;
  readonly end: EpochMs;
  readonly refusals: readonly Refusal[];
  readonly results: readonly ExpectationResult[];
}

/**
 * Plays a scenario from its start to the end of its `duration`; one with variants under the first of them (`variantOf`
 * gives the others). Throws an `InvariantViolation` when a promise of ours breaks.
 */
export function playScenario(
  given: Scenario,
  options: PlayOptions = {},
): PlayedScenario {
  const scenario = firstVariant(given);
  const seed = options.seed ?? scenario.seed;
  const invariants = new Invariants();
  const index = new FactIndex();
  const sinks = new SinkHistory();
  const counts = new ExpectationCounts(scenario);
  const workloads = new WorkloadCounts(scenario);
  const { start, settings, nodes, duration } = scenario;
  const world = new World({
    seed,
    start,
    settings,
    nodes,
    backend: options.backend ?? "table",
    sinks: [
      invariants,
      index,
      sinks,
      counts,
      workloads,
      ...(options.sinks ?? []),
    ],
  });
  const refusals = runCommands(world, scenario, options.progress ?? (() => {}));
  const end = start + duration;
  world.runUntil(end);
  world.close();
  invariants.end(end);
  const reveal = world.values.get.bind(world.values);
  const results = evaluate(scenario, {
    index,
    sinks,
    counts,
    workloads,
    reveal,
    end,
  });
  return { scenario, seed, world, index, sinks, end, refusals, results };
}

function runCommands(
  world: World,
  scenario: Scenario,
  progress: (part: number) => void,
): Refusal[] {
  const refusals: Refusal[] = [];
  const run = (command: Command, position: Position | null) => {
    const outcome = world.execute(command);
    if (!outcome.ok) refusals.push({ command, position, error: outcome.error });
  };
  for (const command of scenario.setup) run(command, null);
  // Steps of one instant keep the order of the file: sorting is stable.
  const steps = [...scenario.steps].sort((a, b) => a.at - b.at);
  for (const { at, command, position } of steps) {
    world.runBefore(scenario.start + at);
    progress(at / scenario.duration);
    run(command, position);
  }
  return refusals;
}
