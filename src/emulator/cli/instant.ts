/** `--at`: an instant of a scenario, as somebody types it. */
import { KeyturnError } from "../../kernel/errors.ts";
import {
  formatDuration,
  parseDuration,
  parseInstant,
} from "../../kernel/time.ts";
import type { EpochMs } from "../../kernel/time.ts";
import type { FactSink, PlayedScenario, Scenario } from "../index.ts";
import { playScenario } from "../index.ts";

/** A duration from the start, or RFC 3339. Throws a `KeyturnError` (`BadInstant`). */
export function instantOf(
  text: string,
  { start, duration }: Scenario,
): EpochMs {
  const offset = parseDuration(text);
  const at = offset === null ? parseInstant(text) : start + offset;
  if (at === null)
    throw new KeyturnError(
      "BadInstant",
      `Failed to read --at ${JSON.stringify(text)}: it is neither a duration from the start, like 12m30s, nor an RFC 3339 instant`,
    );
  if (at < start || at > start + duration)
    throw new KeyturnError(
      "BadInstant",
      `Failed to look at ${text}: the scenario plays ${formatDuration(duration)} from its start`,
    );
  return at;
}

/** A scenario's run up to an instant: everything due by then has happened, and no expectation is judged. */
export function playedUntil(
  scenario: Scenario,
  at: EpochMs,
  {
    seed = scenario.seed,
    sinks = [],
  }: {
    readonly seed?: number | undefined;
    readonly sinks?: readonly FactSink[];
  },
): PlayedScenario {
  const duration = at - scenario.start;
  const steps = scenario.steps.filter((step) => step.at <= duration);
  const part = { ...scenario, duration, steps, expectations: [] };
  return playScenario(part, { seed, sinks });
}
