/**
 * What `rollouts` and `patches` expectations need to know of a run, counted while its facts stream by. Attach it to the
 * recorder before the first fact.
 */
import type { ApiObjectFact } from "../../cluster-sim/facts.ts";
import type { EpochMs } from "../../kernel/time.ts";
import type { Fact, FactSink } from "../../kernel/trace.ts";
import type { AnyFact } from "../trace/facts.ts";
import { RolloutHistory } from "../trace/rollout-history.ts";
import type { Expectation, Scenario } from "./model.ts";
import type { ObjectName } from "./names.ts";

export type RolloutsLine = Extract<Expectation, { kind: "rollouts" }>;
export type PatchesLine = Extract<Expectation, { kind: "patches" }>;

/** One write that changed the spec of an object. */
interface SpecWrite {
  readonly t: EpochMs;
  readonly by: string;
}

export class WorkloadCounts implements FactSink {
  readonly #start: EpochMs;
  readonly #rollouts: RolloutHistory | null;
  /** Spec writes of the objects that lines ask for, and the generation of each by its uid. */
  readonly #writes = new Map<string, SpecWrite[]>();
  readonly #generations = new Map<string, number>();

  constructor({
    start,
    expectations,
  }: Pick<Scenario, "start" | "expectations">) {
    this.#start = start;
    this.#rollouts = expectations.some(({ kind }) => kind === "rollouts")
      ? new RolloutHistory()
      : null;
    for (const line of expectations)
      if (line.kind === "patches") this.#writes.set(keyOf(line.object), []);
  }

  fact(input: Fact): void {
    const fact = input as AnyFact;
    this.#rollouts?.fact(fact);
    if (
      fact.type === "api.object.created" ||
      fact.type === "api.object.modified"
    )
      this.#write(fact);
  }

  /** Rollouts of the object that were over within the line's window; its first one is how it came to be. */
  countRollouts({ object, between }: RolloutsLine): number {
    const own = (this.#rollouts?.rollouts ?? []).filter(
      (rollout) => keyOf(rollout) === keyOf(object),
    );
    const first = new Map(own.toReversed().map((each) => [each.uid, each]));
    return own.filter(
      (rollout) =>
        first.get(rollout.uid) !== rollout &&
        rollout.completedAt !== null &&
        this.#isWithin(rollout.completedAt, between),
    ).length;
  }

  countPatches({ object, by, between }: PatchesLine): number {
    const writes = this.#writes.get(keyOf(object)) ?? [];
    return writes.filter(
      (write) =>
        (by === null || write.by === by) && this.#isWithin(write.t, between),
    ).length;
  }

  #write({ t, type, data }: ApiObjectFact): void {
    const writes = this.#writes.get(keyOf(data));
    if (writes === undefined) return;
    const { uid, generation, by } = data;
    const before = this.#generations.get(uid);
    this.#generations.set(uid, generation);
    if (type === "api.object.modified" && before !== generation)
      writes.push({ t, by: callerOf(by) });
  }

  #isWithin(t: EpochMs, between: RolloutsLine["between"]): boolean {
    const since = t - this.#start;
    return between === null || (since >= between.from && since < between.to);
  }
}

function keyOf({ kind, namespace, name }: ObjectName): string {
  return `${namespace}/${kind}/${name}`;
}

/** Processes of one program are told apart by a number: `reloader`, `reloader-1` … */
function callerOf(by: string): string {
  return by.replace(/-\d+$/, "");
}
