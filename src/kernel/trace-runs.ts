/**
 * The runs of the recorder while they are open: what happened alike, counted on, and how a run becomes a fact and a line.
 * Models no real component.
 */
import type { DrawRef } from "./draw.ts";
import type { JsonObject } from "./json.ts";
import type { DurationMs, EpochMs } from "./time.ts";
import type { Cause, Fact, FactInput, Run } from "./trace.ts";

export interface OpenRun {
  seq: number;
  input: FactInput & { readonly causes: readonly Cause[] };
  first: EpochMs;
  every: DurationMs;
  count: number;
  draw: DrawRef | null;
  stride: number;
}

export interface Tally {
  seq: number;
  input: FactInput;
  first: EpochMs;
  count: number;
}

/** What the lines of one stream's runs have in common: what happens at no regular times writes run after run. */
export interface StreamText {
  readonly type: string;
  readonly at: string;
  readonly about: string;
  /** From the type up to the causes. */
  readonly head: string;
  /** From the data up to the run. */
  readonly tail: string;
  /** Of the draw; empty without one. */
  readonly drawName: string;
  readonly draw: string;
}

/** One order of members for every fact, so that equal facts are equal lines. */
export function withCauses(
  input: FactInput,
  causes: readonly Cause[],
): FactInput & { readonly causes: readonly Cause[] } {
  const { type, at, about, data } = input;
  return { type, at, about, causes, data };
}

export function runFact(open: OpenRun, t: EpochMs): Fact {
  const { seq, input, first, every, count, draw, stride } = open;
  const { type, at, about, causes, data } = input;
  const run: Run =
    draw === null
      ? { first, every, count }
      : {
          first,
          every,
          count,
          draw: { name: draw.name, index: draw.index, stride },
        };
  return { seq, t, type, at, about, causes, data, run };
}

/** Gives a new run the data of the one before it where that says the same. */
export function shareData({ input: { data } }: OpenRun, fresh: OpenRun): void {
  if (data !== fresh.input.data && sameFlat(data, fresh.input.data))
    fresh.input = { ...fresh.input, data };
}

export function streamText({ input, draw }: OpenRun): StreamText {
  const { type, at, about, data } = input;
  const of = JSON.stringify({ type, at, about });
  return {
    type,
    at,
    about,
    head: `${of.slice(1, -1)},"causes":[`,
    tail: `],"data":${JSON.stringify(data)},"run":{"first":`,
    drawName: draw?.name ?? "",
    draw: `,"draw":{"name":${JSON.stringify(draw?.name ?? "")},"index":`,
  };
}

export function isTextOf(text: StreamText, { input, draw }: OpenRun): boolean {
  return (
    text.type === input.type &&
    text.at === input.at &&
    text.about === input.about &&
    text.drawName === (draw?.name ?? "")
  );
}

/** The JSON of `runFact`, member for member. */
export function runLine(run: OpenRun, t: EpochMs, text: StreamText): string {
  const { seq, input, first, every, count, draw, stride } = run;
  const { head, tail } = text;
  const causes = input.causes.map(causeText).join(",");
  const drawn =
    draw === null ? "" : `${text.draw}${draw.index},"stride":${stride}}`;
  return `{"seq":${seq},"t":${t},${head}${causes}${tail}${first},"every":${every},"count":${count}${drawn}}}`;
}

const causeText = (cause: Cause): string =>
  typeof cause === "number" ? String(cause) : `[${cause[0]},${cause[1]}]`;

export function tallyFact(
  { seq, input, first, count }: Tally,
  t: EpochMs,
): Fact {
  const data = { ...input.data, count };
  const run = { first, every: 0, count: 1 };
  return { seq, t, ...withCauses({ ...input, data }, []), run };
}

export function isOf({ input }: OpenRun, { type, at }: FactInput): boolean {
  return input.type === type && input.at === at;
}

export function openRun(
  seq: number,
  input: OpenRun["input"],
  first: EpochMs,
  draw: DrawRef | null,
): OpenRun {
  return { seq, input, first, every: 0, count: 1, draw, stride: 0 };
}

/** Adds an instance to a run if it fits, and says whether it did. */
export function extend(
  run: OpenRun,
  t: EpochMs,
  data: JsonObject,
  causes: readonly Cause[],
  draw: DrawRef | null,
): boolean {
  const second = run.count === 1;
  if (!second && t !== run.first + run.every * run.count) return false;
  if (second && t === run.first) return false;
  if (!sameCauses(run.input.causes, causes, run.count)) return false;
  if (!sameDraw(run, draw, second)) return false;
  if (!sameFlat(run.input.data, data)) return false;
  if (second) {
    run.every = t - run.first;
    if (draw !== null) run.stride = draw.index - run.draw!.index;
  }
  run.count += 1;
  return true;
}

function sameDraw(run: OpenRun, draw: DrawRef | null, second: boolean) {
  if (draw === null || run.draw === null) return draw === run.draw;
  if (draw.name !== run.draw.name) return false;
  return second || draw.index === run.draw.index + run.stride * run.count;
}

function sameCauses(
  first: readonly Cause[],
  next: readonly Cause[],
  n: number,
): boolean {
  if (first.length !== next.length) return false;
  for (let i = 0; i < first.length; i++) {
    const a = first[i]!;
    const b = next[i]!;
    if (typeof a === "number" || typeof b === "number") {
      if (a !== b) return false;
    } else if (a[0] !== b[0] || a[1] + n !== b[1]) return false;
  }
  return true;
}

function sameFlat(a: JsonObject, b: JsonObject): boolean {
  if (a === b) return true;
  let keys = 0;
  for (const key in a) {
    if (a[key] !== b[key]) return false;
    keys += 1;
  }
  for (const _ in b) keys -= 1;
  return keys === 0;
}
