/**
 * Trace time never decreases from line to line, a run lies before its line, each `seq` is written once, none is lost,
 * and causes name earlier facts and instances that exist.
 *
 * `seq` is given out when a fact happens and a run is written later, so numbers that were skipped belong to open runs:
 * all of them are written by the end of their hour. Causes are checked as far back as two hours of runs are remembered.
 */
import type { EpochMs } from "../../kernel/time.ts";
import type { Cause, Fact } from "../../kernel/trace.ts";
import type { FactPlace, Invariant } from "./violation.ts";
import { placeOfFact, violation } from "./violation.ts";

/** The highest instance that somebody named of a run which is not written yet. */
type Named = { readonly n: number; readonly by: FactPlace };

interface TimeState {
  t: EpochMs;
  /** The highest `seq` seen. */
  seq: number;
  /** Numbers below it that are not written yet. */
  open: Set<number>;
  named: Map<number, Named>;
  /** Instances of written runs, by `seq`: of this hour, and of the one before. */
  counts: Map<number, number>;
  earlierCounts: Map<number, number>;
}

export class TimeNeverDecreases implements Invariant {
  readonly name = "time-never-decreases";
  state: TimeState = {
    t: 0,
    seq: 0,
    open: new Set(),
    named: new Map(),
    counts: new Map(),
    earlierCounts: new Map(),
  };

  fact(fact: Fact): void {
    const { state } = this;
    if (!(fact.t >= state.t))
      throw violation(
        "TimeDecreased",
        `a fact of ${fact.t} ms follows one of ${state.t} ms`,
        placeOfFact(fact),
      );
    state.t = fact.t;
    this.#takeSeq(fact);
    if (fact.run !== undefined) this.#checkRun(fact);
    for (const cause of fact.causes) this.#checkCause(fact, cause);
  }

  hourEnded(): void {
    const { state } = this;
    for (const seq of state.open)
      throw violation(
        "FactLost",
        `seq ${seq} was given out, but its fact was not written by the end of its hour`,
        { seq, t: state.t, type: "unknown", about: "unknown" },
      );
    state.named.clear();
    state.earlierCounts = state.counts;
    state.counts = new Map();
  }

  #takeSeq(fact: Fact): void {
    const { state } = this;
    const { seq } = fact;
    if (seq > state.seq) {
      for (let skipped = state.seq + 1; skipped < seq; skipped++)
        state.open.add(skipped);
      state.seq = seq;
    } else if (!state.open.delete(seq) || fact.run === undefined)
      throw violation(
        "SeqOrder",
        fact.run === undefined
          ? `a fact with seq ${seq} comes after seq ${state.seq}`
          : `seq ${seq} was written before`,
        placeOfFact(fact),
      );
  }

  #checkRun(fact: Fact): void {
    const { seq, t } = fact;
    const { first, every, count } = fact.run!;
    if (!(count >= 1 && every >= 0 && first + every * (count - 1) <= t))
      throw violation(
        "RunAfterItsLine",
        `${count} instances from ${first} ms on, ${every} ms apart, do not lie before ${t} ms`,
        placeOfFact(fact),
      );
    const named = this.state.named.get(seq);
    if (named !== undefined && named.n >= count)
      throw noInstance(seq, named.n, count, named.by);
    this.state.named.delete(seq);
    this.state.counts.set(seq, count);
  }

  #checkCause(fact: Fact, cause: Cause): void {
    const seq = typeof cause === "number" ? cause : cause[0];
    if (!(seq >= 1 && seq < fact.seq))
      throw violation(
        "CauseNotEarlier",
        `its cause is seq ${seq}`,
        placeOfFact(fact),
      );
    if (typeof cause === "number") return;
    const n = cause[1] + (fact.run?.count ?? 1) - 1;
    const { state } = this;
    const count = state.counts.get(seq) ?? state.earlierCounts.get(seq);
    if (count !== undefined) {
      if (n >= count) throw noInstance(seq, n, count, placeOfFact(fact));
      return;
    }
    const named = state.named.get(seq);
    if (named === undefined || named.n < n)
      state.named.set(seq, { n, by: placeOfFact(fact) });
  }
}

function noInstance(seq: number, n: number, count: number, by: FactPlace) {
  return violation(
    "CauseMissing",
    `its cause is instance ${n} of seq ${seq}, which has ${count}`,
    by,
  );
}
