/**
 * `sees`: when a sink came to hold the version that a step set, by provenance and not by equal bytes.
 *
 * Source: the scenario format, 'What expectations mean'
 */
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import type { SinkName } from "../trace/names.ts";
import { formatSink } from "../trace/names.ts";
import type { Seen } from "../trace/observation.ts";
import { activeAt, firstSeen } from "../trace/observation.ts";
import type { SinkTrack } from "../trace/sink-history.ts";
import { spoken } from "../trace/spoken.ts";
import type { SinkVersion } from "../trace/versions.ts";
import {
  commandOf,
  formatVersion,
  isVersion,
  setsByStep,
} from "../trace/versions.ts";
import { whyChain } from "../trace/why-chain.ts";
import { Judge, problemOf } from "./judgement.ts";
import type { Judgement, Observed } from "./judgement.ts";
import type { Expectation, Scenario } from "./model.ts";

type SeesLine = Extract<Expectation, { kind: "sees" }>;

/** A line whose step and sink were found. */
interface Question {
  readonly line: SeesLine;
  readonly scenario: Scenario;
  readonly observed: Observed;
  readonly judge: Judge;
  readonly tracks: readonly SinkTrack[];
  readonly stepAt: EpochMs;
  readonly wanted: (version: SinkVersion) => boolean;
}

export function judgeSees(
  line: SeesLine,
  scenario: Scenario,
  observed: Observed,
): Judgement {
  const { index, sinks } = observed;
  const judge = new Judge(expectedText(line, scenario));
  const resolution = sinks.resolve(line.sink);
  const problem = problemOf(line.sink, resolution, scenario.namespace);
  if (problem !== null) return judge.badInput(problem);
  const sets = setsByStep(index, line.step);
  const nothing =
    sets.length === 0
      ? whyNoSet(line.step, observed)
      : resolution.found
        ? null
        : resolution.message;
  if (sets.length === 0 || !resolution.found)
    return line.never ? judge.held(nothing!) : judge.failed(nothing!);
  const question: Question = {
    line,
    scenario,
    observed,
    judge,
    tracks: resolution.tracks,
    stepAt: commandOf(index, line.step)?.t ?? sets[0]!.t,
    wanted: (version) =>
      sets.some((set) => isVersion(index, set, version, line.exactly)),
  };
  if (line.never) return judgeNever(question);
  return line.after === null
    ? judgeFromStep(question)
    : judgeAfter(question, line.after);
}

function judgeNever(question: Question): Judgement {
  const { judge, tracks } = question;
  const seen = seenBy(question, tracks);
  return seen === null
    ? judge.held(stillText(question))
    : judge.failed(seenText(question, seen), chainAt(question, seen.t));
}

function judgeFromStep(question: Question): Judgement {
  const { line, judge, tracks, stepAt, observed } = question;
  const seen = seenBy(question, tracks);
  if (seen === null)
    return judge.failed(stillText(question), chainAt(question, observed.end));
  const delay = seen.t - stepAt;
  const actual = `${seenText(question, seen)}, ${spoken(delay)} after the step`;
  return line.within === null || delay <= line.within
    ? judge.held(actual)
    : judge.failed(actual, chainAt(question, seen.t));
}

function judgeAfter(question: Question, after: SinkName): Judgement {
  const { line, judge, tracks, observed, scenario } = question;
  const name = formatSink(after, scenario.namespace);
  const resolution = observed.sinks.resolve(after);
  const problem = problemOf(after, resolution, scenario.namespace);
  if (problem !== null) return judge.badInput(problem);
  const never = `${name} never saw it, so there is nothing to count from`;
  if (!resolution.found) return judge.failed(`${never}: ${resolution.message}`);
  const others = resolution.tracks;
  const seen = seenBy(question, tracks);
  const delay = seen === null ? null : delayAfter(question, seen, others);
  if (delay === null && (seen !== null || seenBy(question, others) === null))
    return judge.failed(never, whyChain(observed, after, observed.end));
  if (seen === null || delay === null)
    return judge.failed(stillText(question), chainAt(question, observed.end));
  const apart = `${spoken(Math.abs(delay))} ${delay < 0 ? "before" : "after"}`;
  const actual = `${seenText(question, seen)}, ${apart} ${name}`;
  return line.within === null || delay <= line.within
    ? judge.held(actual)
    : judge.failed(actual, chainAt(question, seen.t));
}

/**
 * How long the sink took after the other one, below zero if it was earlier: pod by pod where the pods are the same (the
 * longest counts), else from the moment the last of the other's pods saw it. Null when the other one never saw it.
 */
function delayAfter(
  question: Question,
  seen: Seen,
  others: readonly SinkTrack[],
): DurationMs | null {
  const pairs = activeAt(question.tracks, seen.t).map((track) => ({
    track,
    other: others.find(({ pod }) => pod !== null && pod === track.pod),
  }));
  if (pairs.some(({ other }) => other === undefined)) {
    const reference = seenBy(question, others);
    return reference === null ? null : seen.t - reference.t;
  }
  let longest = -Infinity;
  for (const { track, other } of pairs) {
    const reference = seenBy(question, [other!]);
    if (reference === null) return null;
    const own = seenBy(question, [track]) ?? seen;
    longest = Math.max(longest, own.t - reference.t);
  }
  return longest;
}

/** When the tracks together first held what is wanted, up to the end of the run. */
function seenBy(question: Question, tracks: readonly SinkTrack[]): Seen | null {
  const seen = firstSeen(tracks, question.stepAt, question.wanted);
  return seen === null || seen.t > question.observed.end ? null : seen;
}

function chainAt({ line, observed }: Question, at: EpochMs) {
  return whyChain(observed, line.sink, at);
}

function seenText({ line, scenario }: Question, { t, entry }: Seen): string {
  const name = formatSink(line.sink, scenario.namespace);
  const version = formatVersion(entry.version!);
  return `${name} saw ${version} at ${spoken(t - scenario.start)}`;
}

/** What was there instead when the run ended. */
function stillText(question: Question): string {
  const { line, scenario, observed } = question;
  const name = formatSink(line.sink, scenario.namespace);
  const when = `at the end (${spoken(observed.end - scenario.start)})`;
  const { holds, missing } = chainAt(question, observed.end);
  if (missing !== null) return `${name} is not there ${when}`;
  return holds === null
    ? `${name} has no value ${when}`
    : `${name} holds ${formatVersion(holds)} ${when}`;
}

function whyNoSet(step: string, { index }: Observed): string {
  const refused = index
    .ofType("command.refused")
    .find((fact) => fact.data.id === step);
  return refused === undefined
    ? `step ${step} set no version`
    : `step ${step} was refused: ${refused.data.error}`;
}

function expectedText(line: SeesLine, { namespace }: Scenario): string {
  const name = formatSink(line.sink, namespace);
  const which = line.exactly
    ? `exactly the version that step ${line.step} sets`
    : `the version that step ${line.step} sets, or a newer one`;
  if (line.never) return `${name} never sees ${which}`;
  const origin =
    line.after === null ? "the step" : formatSink(line.after, namespace);
  if (line.within !== null)
    return `${name} sees ${which}, within ${spoken(line.within)} of ${origin}`;
  const after = line.after === null ? "" : `, after ${origin}`;
  return `${name} sees ${which}${after}`;
}
