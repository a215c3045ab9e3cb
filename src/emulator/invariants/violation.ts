/** What the invariants share: the shape of one, and how a broken one is reported. Models no real component. */
import { InvariantViolation } from "../../kernel/errors.ts";
import type { EpochMs } from "../../kernel/time.ts";
import { toRfc3339Ms } from "../../kernel/time.ts";
import type { Fact, FactSink } from "../../kernel/trace.ts";

/**
 * A promise about every trace, checked as it is written. Its whole memory is `state`, plain data, so that a restore can
 * put it back; `fact`, `hourEnded` and `end` throw an `InvariantViolation`.
 */
export interface Invariant extends FactSink {
  /** Unique, for snapshots. */
  readonly name: string;
  state: unknown;
  /** A virtual hour is over: every run that began in it has been written. Told before the next hour's first fact. */
  hourEnded?(): void;
  /** The trace is complete and ends at `t`. */
  end?(t: EpochMs): void;
}

/** Where in the trace something happened: what of a fact stays known when the fact itself is gone. */
export type FactPlace = {
  readonly seq: number;
  readonly t: EpochMs;
  readonly type: string;
  readonly about: string;
};

/** Of a run fact, its first instance. */
export function placeOfFact({ seq, t, type, about, run }: Fact): FactPlace {
  return { seq, t: run?.first ?? t, type, about };
}

/** `what` names the objects concerned; the place says when, and which fact shows it. */
export function violation(
  code: string,
  what: string,
  { seq, t, type, about }: FactPlace,
): InvariantViolation {
  return new InvariantViolation(
    code,
    `Failed to keep the invariant ${code}: ${what} (fact ${seq}, ${type} of ${about}, ${toRfc3339Ms(t)})`,
  );
}
