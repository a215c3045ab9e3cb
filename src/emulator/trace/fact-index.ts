/**
 * All facts of one bounded run by `seq`, so that a cause can be followed to the instance it names. Models no real
 * component. It keeps everything it is given: attach it to runs that somebody will ask questions about, not to a
 * cluster that lives for days.
 */
import { InvariantViolation } from "../../kernel/errors.ts";
import type { EpochMs } from "../../kernel/time.ts";
import type { Cause, Fact, FactSink, Instance } from "../../kernel/trace.ts";
import { instance } from "../../kernel/trace.ts";
import type { Settings } from "../world/settings.ts";
import type { AnyFact } from "./facts.ts";

/** Members of the fact union by type name, also where one member stands for several names. */
export type FactNamed<Name extends AnyFact["type"]> = AnyFact extends infer Each
  ? Each extends AnyFact
    ? Name extends Each["type"]
      ? Each
      : never
    : never
  : never;

export class FactIndex implements FactSink {
  readonly #bySeq = new Map<number, Fact>();
  readonly #byType = new Map<string, Fact[]>();

  fact(fact: Fact): void {
    this.#bySeq.set(fact.seq, fact);
    const alike = this.#byType.get(fact.type);
    if (alike === undefined) this.#byType.set(fact.type, [fact]);
    else alike.push(fact);
  }

  /** Null for a `seq` that was never written, or whose run is still open. */
  get(seq: number): Fact | null {
    return this.#bySeq.get(seq) ?? null;
  }

  /** The instance a cause names, with its own time and causes; null when it is not (yet) in the trace. */
  resolve(cause: Cause): Instance | null {
    const [seq, n] = typeof cause === "number" ? [cause, 0] : cause;
    const fact = this.get(seq);
    if (fact === null) return null;
    if (fact.run !== undefined)
      return n < fact.run.count ? instance(fact, n) : null;
    return { fact, t: fact.t, n: null, causes: fact.causes, draw: null };
  }

  /** In the order they were written: run facts at the end of their run. */
  ofType<Name extends AnyFact["type"]>(type: Name): readonly FactNamed<Name>[] {
    return (this.#byType.get(type) ?? []) as unknown as FactNamed<Name>[];
  }

  /** The settings in force after everything that happened at `t`. Throws when the trace has no `world.started`. */
  settingsAt(t: EpochMs): Settings {
    let settings = this.ofType("world.started")[0]?.data.settings;
    for (const change of this.ofType("settings.changed"))
      if (change.t <= t) settings = change.data.settings;
    if (settings === undefined)
      throw new InvariantViolation(
        "TraceWithoutStart",
        "Failed to read the settings of a run: its trace has no world.started",
      );
    return settings as unknown as Settings;
  }

  /** When the world started, or null for a trace without a start. */
  startedAt(): EpochMs | null {
    return this.ofType("world.started")[0]?.t ?? null;
  }

  /** The driver process that ran on `node` at `t`; null before its first start. */
  driverAt(node: string, t: EpochMs): FactNamed<"csi.driver.started"> | null {
    let latest: FactNamed<"csi.driver.started"> | null = null;
    for (const started of this.ofType("csi.driver.started"))
      if (started.data.node === node && started.t <= t) latest = started;
    return latest;
  }
}

/** How many instances of a fact happened within [from, to). Takes no time for long runs. */
export function countWithin(fact: Fact, from: EpochMs, to: EpochMs): number {
  const { run } = fact;
  if (run === undefined) return fact.t >= from && fact.t < to ? 1 : 0;
  if (run.every === 0)
    return run.first >= from && run.first < to ? run.count : 0;
  const before = (t: EpochMs) =>
    Math.min(Math.max(Math.ceil((t - run.first) / run.every), 0), run.count);
  return Math.max(before(to) - before(from), 0);
}

/** The last instance of a fact at or before `t`; null when it began later. */
export function lastInstance(fact: Fact, t: EpochMs): Instance | null {
  const { run } = fact;
  if (run === undefined)
    return fact.t <= t
      ? { fact, t: fact.t, n: null, causes: fact.causes, draw: null }
      : null;
  if (run.first > t) return null;
  const n =
    run.every === 0 ? run.count - 1 : Math.floor((t - run.first) / run.every);
  return instance(fact, Math.min(n, run.count - 1));
}
