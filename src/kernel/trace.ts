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
import type { OpenRun, StreamText, Tally } from "./trace-runs.ts";
import {
  extend,
  isOf,
  isTextOf,
  openRun,
  runFact,
  runLine,
  shareData,
  streamText,
  tallyFact,
  withCauses,
} from "./trace-runs.ts";

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
  /** By type, at and about. */
  tallies: Map<string, Tally>;
}

/** Facts are hashed in blocks of this size: each digest has a cost of its own. */
const HASH_BLOCK_CHARS = 16 * 1024;

/** Texts kept at most: beyond that they are made anew. */
const KEPT_TEXTS = 8192;

export class Recorder {
  state: RecorderState;
  /** What caused the event that is being handled; the latest fact of the handler replaces it. */
  causes: readonly Cause[] = [];
  readonly #sinks: FactSink[] = [];
  readonly #now: () => EpochMs;
  /** By data, which the runs of one stream share. A pure cache. */
  readonly #texts = new Map<JsonObject, StreamText>();

  constructor(start: EpochMs, now: () => EpochMs) {
    this.#now = now;
    this.state = {
      nextSeq: 1,
      facts: 0,
      hash: sha256Hex("keyturn trace"),
      unhashed: "",
      hourEnds: nextHour(start),
      open: new Map(),
      tallies: new Map(),
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
    let slot = 0;
    while (slot < runs.length && !isOf(runs[slot]!, input)) slot += 1;
    const run = runs[slot];
    let cause: Cause;
    if (run !== undefined && extend(run, t, input.data, causes, draw)) {
      cause = [run.seq, run.count - 1];
    } else {
      if (run !== undefined) this.#writeRun(run, t);
      const seq = this.state.nextSeq++;
      const fresh = openRun(seq, withCauses(input, causes), t, draw);
      if (run !== undefined) shareData(run, fresh);
      runs[slot] = fresh;
      cause = [seq, 0];
    }
    this.causes = [cause];
    return cause;
  }

  /**
   * Counts what happens at no regular times and matters as a number alone. One fact, with the count as `data.count`, is
   * written at each full virtual hour and at the end: a run of one, from the first time on. It has no causes and causes
   * nothing; `data` is that of the first.
   */
  tally(input: Omit<FactInput, "causes">): void {
    this.#turnHour(this.#now());
    const { tallies } = this.state;
    const key = `${input.type} ${input.at} ${input.about}`;
    const known = tallies.get(key);
    if (known !== undefined) known.count += 1;
    else {
      const seq = this.state.nextSeq++;
      const first = this.#now();
      const counted = { ...input, causes: [] };
      tallies.set(key, { seq, input: counted, first, count: 1 });
    }
  }

  /** Writes every open run: at the end of a world, never in its middle. */
  close(): void {
    this.#turnHour(this.#now());
    this.#flush(this.#now());
  }

  /** The open runs and tallies as facts of now, without closing them. */
  openRuns(): Fact[] {
    const t = this.#now();
    const runs = [...this.state.open.values()].flat();
    return [
      ...runs.map((run) => runFact(run, t)),
      ...[...this.state.tallies.values()].map((tally) => tallyFact(tally, t)),
    ];
  }

  #turnHour(t: EpochMs): void {
    if (t < this.state.hourEnds) return;
    this.#flush(this.state.hourEnds);
    this.state.hourEnds = nextHour(t);
  }

  #flush(t: EpochMs): void {
    const { open, tallies } = this.state;
    const facts = [
      ...[...open.values()].flat().map((run) => runFact(run, t)),
      ...[...tallies.values()].map((tally) => tallyFact(tally, t)),
    ];
    for (const fact of facts.sort((a, b) => a.seq - b.seq)) this.#write(fact);
    open.clear();
    tallies.clear();
    this.#texts.clear();
  }

  #writeRun(run: OpenRun, t: EpochMs): void {
    const { input } = run;
    let text = this.#texts.get(input.data);
    if (text === undefined || !isTextOf(text, run)) {
      if (this.#texts.size >= KEPT_TEXTS) this.#texts.clear();
      text = streamText(run);
      this.#texts.set(input.data, text);
    }
    this.#write(runFact(run, t), runLine(run, t, text));
  }

  #write(fact: Fact, line = JSON.stringify(fact)): void {
    const { state } = this;
    state.facts += 1;
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
