/** The invariants of every run (design 8), each in its own file, and the sink that checks them as a trace is written. */
import type { JsonObject, JsonValue } from "../../kernel/json.ts";
import { decodeState, encodeState } from "../../kernel/state-codec.ts";
import type { EpochMs } from "../../kernel/time.ts";
import { HOUR_MS } from "../../kernel/time.ts";
import type { Fact, FactSink } from "../../kernel/trace.ts";
import { AuditedOnce } from "./audited-once.ts";
import { DataLinkResolves } from "./data-link-resolves.ts";
import { EnvironmentFixed } from "./environment-fixed.ts";
import type { UpstreamFinding } from "./going-back.ts";
import { NoGoingBack } from "./no-going-back.ts";
import type { SecretValues } from "./no-secret-values.ts";
import { NoSecretValues } from "./no-secret-values.ts";
import { NobodyReadsAhead } from "./nobody-reads-ahead.ts";
import { ReadersWithinBound } from "./readers-within-bound.ts";
import { ReloadedOnce } from "./reloaded-once.ts";
import { StalenessWithinBound } from "./staleness-within-bound.ts";
import { TimeNeverDecreases } from "./time-never-decreases.ts";
import type { Invariant } from "./violation.ts";
import { WatchOrder } from "./watch-order.ts";

export interface InvariantOptions {
  /** What the real system does although it should not, and this run may do, too. Default: write-back and overtaken-fetch. */
  readonly findings?: readonly UpstreamFinding[];
  /** Search every fact for these; only for runs whose values are canaries. */
  readonly values?: SecretValues;
}

export function allInvariants(
  options: InvariantOptions = {},
): readonly Invariant[] {
  const { findings, values } = options;
  return [
    // First the trace itself, on which the others rely.
    new TimeNeverDecreases(),
    new WatchOrder(),
    new NobodyReadsAhead(),
    new NoGoingBack(findings),
    new DataLinkResolves(),
    new EnvironmentFixed(),
    new AuditedOnce(),
    new StalenessWithinBound(),
    new ReadersWithinBound(),
    new ReloadedOnce(),
    ...(values === undefined ? [] : [new NoSecretValues(values)]),
  ];
}

/**
 * Checks invariants on every fact. Attach it before the first fact of a world and before every other sink, so that
 * nobody shows what is not so. Memory grows with what lives in the world and with commands, not with time.
 */
export class Invariants implements FactSink {
  readonly #invariants: readonly Invariant[];
  #hourEnds: EpochMs | null = null;

  constructor(invariants: readonly Invariant[] = allInvariants()) {
    this.#invariants = invariants;
  }

  /** Throws an `InvariantViolation`: code, what, which objects, the fact and its virtual time. */
  fact(fact: Fact): void {
    if (this.#hourEnds === null) this.#hourEnds = nextHour(fact.t);
    else if (fact.t >= this.#hourEnds && !beganBefore(fact, this.#hourEnds)) {
      this.#hourEnded();
      this.#hourEnds = nextHour(fact.t);
    }
    for (const invariant of this.#invariants) invariant.fact(fact);
  }

  /** After the world was closed at `t`: checks what only the whole trace can show. */
  end(t: EpochMs): void {
    this.#hourEnded();
    for (const invariant of this.#invariants) invariant.end?.(t);
  }

  /** What a `restore` needs, as JSON. No value of a secret is in it. */
  snapshot(): JsonValue {
    const states = this.#invariants.map(({ name, state }) => [
      name,
      encodeState(state),
    ]);
    return { hourEnds: this.#hourEnds, states: Object.fromEntries(states) };
  }

  restore(snapshot: JsonValue): void {
    const { hourEnds, states } = snapshot as {
      readonly hourEnds: EpochMs | null;
      readonly states: JsonObject;
    };
    this.#hourEnds = hourEnds;
    for (const invariant of this.#invariants)
      invariant.state = decodeState(states[invariant.name]!);
  }

  #hourEnded(): void {
    for (const invariant of this.#invariants) invariant.hourEnded?.();
  }
}

/** Runs that began before the hour are written at its turn, before everything else. */
function beganBefore({ run }: Fact, hour: EpochMs): boolean {
  return run !== undefined && run.first < hour;
}

function nextHour(t: EpochMs): EpochMs {
  return (Math.floor(t / HOUR_MS) + 1) * HOUR_MS;
}
