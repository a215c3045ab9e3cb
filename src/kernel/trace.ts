/**
 * The trace: an append-only stream of facts. Everything a person or program is shown is a pure function of it.
 *
 * The recorder keeps no history: it streams each fact to its sinks, and memory does not grow with the length of a run.
 * Repetition is folded: `repeat` opens a run for a (type, at, about), extends it while the next fact fits, and writes
 * one run fact when the run ends and at each full virtual hour. `seq` is given out when a fact happens, so a run fact,
 * written later, carries a smaller `seq` than its neighbours; `t` never decreases from line to line.
 *
 * Causes, by convention: first where the content came from (provenance), then what triggered it now.
 */
import type { DrawRef } from "./draw.ts";
import { sha256Hex } from "./hash.ts";
import type { JsonObject } from "./json.ts";
import type { DurationMs, EpochMs } from "./time.ts";
import { HOUR_MS } from "./time.ts";

/** The `seq` of a fact, or instance `n` (from 0) of the run fact `seq`. */
export type Cause = number | readonly [seq: number, n: number];

/** What a room reports: `at` is the component it happened in, `about` the object it concerns. */
export interface FactInput {
  readonly type: string;
  readonly at: string;
  readonly about: string;
  /** Default: what caused the event that is being handled. */
  readonly causes?: readonly Cause[];
  readonly data: JsonObject;
}

export interface Fact extends FactInput {
  readonly seq: number;
  readonly t: EpochMs;
  readonly causes: readonly Cause[];
  /** Only on run facts: instance i happened at `first + i * every`. */
  readonly run?: Run;
}

export interface Run {
  readonly first: EpochMs;
  /** 0 when `count` is 1. */
  readonly every: DurationMs;
  readonly count: number;
  /** Instance i used draw `index + i * stride` of `name`. */
  readonly draw?: DrawRef & { readonly stride: number };
}

export interface FactSink {
  /** `line` is the fact as JSON, for those who write it: it is made once for all. */
  fact(fact: Fact, line?: string): void;
}

/** The facts of a type: rooms export unions of these, `emulator/trace` unites them. */
export interface FactOf<
  Type extends string,
  Data extends JsonObject,
> extends Fact {
  readonly type: Type;
  readonly data: Data;
}

interface OpenRun {
  seq: number;
  input: FactInput & { readonly causes: readonly Cause[] };
  first: EpochMs;
  every: DurationMs;
  count: number;
  draw: DrawRef | null;
  stride: number;
}

/** What a snapshot must hold for the trace to go on as if nothing had happened. */
export interface RecorderState {
  nextSeq: number;
  facts: number;
  /** Chained SHA-256 over blocks of facts, one JSON line each; the lines of the block that is not full yet. */
  hash: string;
  unhashed: string;
  hourEnds: EpochMs;
  /** Open runs by what they are about: few share one. */
  open: Map<string, OpenRun[]>;
}

/** Facts are hashed in blocks of this size: each digest has a cost of its own. */
const HASH_BLOCK_CHARS = 16 * 1024;

export class Recorder {
  state: RecorderState;
  /** What caused the event that is being handled; the latest fact of the handler replaces it. */
  causes: readonly Cause[] = [];
  readonly #sinks: FactSink[] = [];
  readonly #now: () => EpochMs;

  constructor(start: EpochMs, now: () => EpochMs) {
    this.#now = now;
    this.state = {
      nextSeq: 1,
      facts: 0,
      hash: sha256Hex("keyturn trace"),
      unhashed: "",
      hourEnds: nextHour(start),
      open: new Map(),
    };
  }

  /** SHA-256 over every fact written so far: equal traces have equal hashes. */
  get hash(): string {
    return sha256Hex(this.state.hash + this.state.unhashed);
  }

  /** Sinks see every fact written from now on, in order. */
  addSink(sink: FactSink): void {
    this.#sinks.push(sink);
  }

  /** Writes one fact and returns its `seq`. */
  record(input: FactInput): number {
    const t = this.#now();
    this.#turnHour(t);
    const causes = input.causes ?? this.causes;
    const seq = this.state.nextSeq++;
    this.#write({ seq, t, ...withCauses(input, causes) });
    this.causes = [seq];
    return seq;
  }

  /**
   * Reports one of many alike. `data` must be flat. It joins the open run of its (type, at, about) when it has the
   * same data, the next time, the next draw and the next instance of each cause; else it ends that run and opens one.
   */
  repeat(input: FactInput & { readonly draw?: DrawRef }): Cause {
    const t = this.#now();
    this.#turnHour(t);
    const { draw = null } = input;
    const causes = input.causes ?? this.causes;
    const { open } = this.state;
    let runs = open.get(input.about);
    if (runs === undefined) open.set(input.about, (runs = []));
    const slot = runs.findIndex((run) => isOf(run, input));
    const run = runs[slot];
    let cause: Cause;
    if (run !== undefined && extend(run, t, input.data, causes, draw)) {
      cause = [run.seq, run.count - 1];
    } else {
      if (run !== undefined) this.#writeRun(run, t);
      const seq = this.state.nextSeq++;
      const fresh = openRun(seq, withCauses(input, causes), t, draw);
      if (run === undefined) runs.push(fresh);
      else runs[slot] = fresh;
      cause = [seq, 0];
    }
    this.causes = [cause];
    return cause;
  }

  /** Writes every open run: at the end of a world, never in its middle. */
  close(): void {
    this.#turnHour(this.#now());
    this.#flush(this.#now());
  }

  /** The open runs as facts of now, without closing them. */
  openRuns(): Fact[] {
    const t = this.#now();
    return [...this.state.open.values()].flat().map((run) => runFact(run, t));
  }

  #turnHour(t: EpochMs): void {
    if (t < this.state.hourEnds) return;
    this.#flush(this.state.hourEnds);
    this.state.hourEnds = nextHour(t);
  }

  #flush(t: EpochMs): void {
    const runs = [...this.state.open.values()].flat();
    for (const run of runs.sort((a, b) => a.seq - b.seq))
      this.#writeRun(run, t);
    this.state.open.clear();
  }

  #writeRun(run: OpenRun, t: EpochMs): void {
    this.#write(runFact(run, t));
  }

  #write(fact: Fact): void {
    const { state } = this;
    state.facts += 1;
    const line = JSON.stringify(fact);
    state.unhashed += `${line}\n`;
    if (state.unhashed.length >= HASH_BLOCK_CHARS) {
      state.hash = this.hash;
      state.unhashed = "";
    }
    for (const sink of this.#sinks) sink.fact(fact, line);
  }
}

function nextHour(t: EpochMs): EpochMs {
  return (Math.floor(t / HOUR_MS) + 1) * HOUR_MS;
}

/** One order of members for every fact, so that equal facts are equal lines. */
function withCauses(
  input: FactInput,
  causes: readonly Cause[],
): FactInput & { readonly causes: readonly Cause[] } {
  const { type, at, about, data } = input;
  return { type, at, about, causes, data };
}

function runFact(run: OpenRun, t: EpochMs): Fact {
  const draw =
    run.draw === null ? {} : { draw: { ...run.draw, stride: run.stride } };
  return {
    seq: run.seq,
    t,
    ...run.input,
    run: { first: run.first, every: run.every, count: run.count, ...draw },
  };
}

function isOf({ input }: OpenRun, { type, at }: FactInput): boolean {
  return input.type === type && input.at === at;
}

function openRun(
  seq: number,
  input: OpenRun["input"],
  first: EpochMs,
  draw: DrawRef | null,
): OpenRun {
  return { seq, input, first, every: 0, count: 1, draw, stride: 0 };
}

/** Adds an instance to a run if it fits, and says whether it did. */
function extend(
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

/** The instances of a fact in order: a plain fact is its own only instance (n = null). */
export interface Instance {
  readonly fact: Fact;
  readonly t: EpochMs;
  readonly n: number | null;
  readonly causes: readonly Cause[];
  readonly draw: DrawRef | null;
}

export function* instances(fact: Fact): Generator<Instance> {
  const { run } = fact;
  if (run === undefined) {
    yield { fact, t: fact.t, n: null, causes: fact.causes, draw: null };
    return;
  }
  for (let n = 0; n < run.count; n++) yield instance(fact, n);
}

/** Instance `n` of a run fact. */
export function instance(fact: Fact, n: number): Instance {
  const run = fact.run!;
  const causes = fact.causes.map((cause) =>
    typeof cause === "number" ? cause : ([cause[0], cause[1] + n] as const),
  );
  const { draw } = run;
  return {
    fact,
    t: run.first + n * run.every,
    n,
    causes,
    draw:
      draw === undefined
        ? null
        : { name: draw.name, index: draw.index + n * draw.stride },
  };
}
