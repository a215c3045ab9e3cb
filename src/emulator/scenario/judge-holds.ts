/**
 * `holds`: the exact bytes of a sink at an instant, after everything due by then. The expected bytes are named by who
 * set them, never spelt out.
 *
 * Source: the scenario format, 'What expectations mean'
 */
import { bytesEqual, utf8ToBytes } from "../../kernel/bytes.ts";
import type { EpochMs } from "../../kernel/time.ts";
import { formatSink } from "../trace/names.ts";
import { activeAt, heldAt } from "../trace/observation.ts";
import type { SinkTrack } from "../trace/sink-history.ts";
import { spoken } from "../trace/spoken.ts";
import type { RevealBytes } from "../trace/versions.ts";
import { formatVersion } from "../trace/versions.ts";
import { whyChain } from "../trace/why-chain.ts";
import { Judge, problemOf } from "./judgement.ts";
import type { Judgement, Observed } from "./judgement.ts";
import type { Expectation, Scenario } from "./model.ts";

type HoldsLine = Extract<Expectation, { kind: "holds" }>;

export function judgeHolds(
  line: HoldsLine,
  scenario: Scenario,
  observed: Observed,
): Judgement {
  const at = scenario.start + line.at;
  const name = formatSink(line.sink, scenario.namespace);
  const when = `at ${spoken(line.at)}`;
  const judge = new Judge(`${name} holds ${valueName(line, scenario)} ${when}`);
  const resolution = observed.sinks.resolve(line.sink);
  const problem = problemOf(line.sink, resolution, scenario.namespace);
  if (problem !== null) return judge.badInput(problem);
  if (!resolution.found) return judge.failed(resolution.message);
  const chain = () => whyChain(observed, line.sink, at);
  const active = activeAt(resolution.tracks, at);
  if (active.length === 0)
    return judge.failed(`${name} is not there ${when}`, chain());
  const wanted = utf8ToBytes(line.value);
  const other = active.find(
    (track) => !holdsBytes(track, at, wanted, observed.reveal),
  );
  return other === undefined
    ? judge.held(heldText(active[0]!, at))
    : judge.failed(heldText(other, at), chain());
}

function holdsBytes(
  track: SinkTrack,
  at: EpochMs,
  wanted: Uint8Array,
  reveal: RevealBytes,
): boolean {
  const version = heldAt(track, at);
  const bytes = version === null ? null : reveal(version);
  return bytes !== null && bytesEqual(bytes, wanted);
}

function heldText(track: SinkTrack, at: EpochMs): string {
  const version = heldAt(track, at);
  const who = track.pod === null ? "it" : `pod ${track.pod.name}`;
  return version === null
    ? `${who} has no value there`
    : `${who} holds ${formatVersion(version)}`;
}

/** Who gave the value: the last step by then that sets it, else what the scenario starts with. */
function valueName(line: HoldsLine, scenario: Scenario): string {
  const step = scenario.steps.findLast(
    ({ at, command }) =>
      at <= line.at &&
      command.kind === "setSecret" &&
      command.value === line.value,
  );
  if (step !== undefined)
    return step.command.id === undefined
      ? `the value set at ${spoken(step.at)}`
      : `the value that step ${step.command.id} sets`;
  for (const command of scenario.setup)
    if (command.kind === "setSecret" && command.value === line.value)
      return `the first value of ${command.vault}/secrets/${command.name}`;
  return "the value of the line";
}
