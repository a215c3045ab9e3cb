/**
 * What `audit`, `event` and `object` expectations need to know of a run, counted while its facts stream by: a number for
 * each line, or when an object was there. Attach it to the recorder before the first fact.
 *
 * Source: the scenario format, 'What expectations mean'
 */
import type { ApiObjectFact } from "../../cluster-sim/facts.ts";
import type { EpochMs } from "../../kernel/time.ts";
import type { Fact, FactSink } from "../../kernel/trace.ts";
import { countWithin } from "../trace/fact-index.ts";
import type { FactIndex, FactNamed } from "../trace/fact-index.ts";
import type { AnyFact } from "../trace/facts.ts";
import { whoMatches } from "../trace/who.ts";
import { Workloads } from "../trace/workloads.ts";
import type { Between, Expectation, Scenario } from "./model.ts";
import type { ObjectName } from "./names.ts";

export type AuditLine = Extract<Expectation, { kind: "audit" }>;
export type EventLine = Extract<Expectation, { kind: "event" }>;
export type ObjectLine = Extract<Expectation, { kind: "object" }>;

/** Instants of a line's window: [from, to). */
interface Window {
  readonly from: EpochMs;
  readonly to: EpochMs;
}

interface Presence {
  readonly t: EpochMs;
  readonly exists: boolean;
}

export class ExpectationCounts implements FactSink {
  readonly #start: EpochMs;
  readonly #lines: readonly Expectation[];
  readonly #counts = new Map<Expectation, number>();
  readonly #presence = new Map<ObjectLine, Presence[]>();
  readonly #eventObjects: ApiObjectFact[] = [];
  readonly #keepsEventObjects: boolean;
  readonly #workloads = new Workloads();
  /** Whether the run had each of the objects that lines name on trust. */
  readonly #met = new Map<string, boolean>();

  constructor(
    scenario: Pick<Scenario, "start" | "expectations" | "generated">,
  ) {
    for (const object of scenario.generated)
      this.#met.set(nameOf(object), false);
    this.#start = scenario.start;
    this.#lines = scenario.expectations;
    this.#keepsEventObjects = this.#lines.some(
      (line) => line.kind === "event" && line.objects,
    );
  }

  fact(input: Fact): void {
    const fact = input as AnyFact;
    this.#workloads.fact(fact);
    switch (fact.type) {
      case "vault.request":
        for (const line of this.#lines)
          if (line.kind === "audit" && isAudited(line, fact, this.#workloads))
            this.#add(line, countIn(fact, this.#window(line.between)));
        return;
      case "k8s.event":
        for (const line of this.#lines)
          if (line.kind === "event" && !line.objects && isEvent(line, fact))
            this.#add(line, countIn(fact, this.#window(line.between)));
        return;
      case "api.object.created":
      case "api.object.deleted":
        this.#object(fact);
        return;
      default:
        return;
    }
  }

  /** Whether an object of the scenario's `generated` ever was. */
  met(object: ObjectName): boolean {
    return this.#met.get(nameOf(object)) ?? false;
  }

  /** Audit records or emissions of a line so far. */
  count(line: AuditLine | EventLine): number {
    return this.#counts.get(line) ?? 0;
  }

  /**
   * Event objects that a line counts. An Event is known by the emission that caused it, which says its reason and
   * object; one without a known emission counts nowhere.
   */
  countObjects(line: EventLine, index: FactIndex): number {
    const window = this.#window(line.between);
    let count = 0;
    for (const created of this.#eventObjects) {
      const emission = emissionBehind(index, created);
      if (emission !== null && isEvent(line, emission))
        count += countIn(created, window);
    }
    return count;
  }

  /** Whether a line's object was there after everything that happened at `t`. */
  existsAt(line: ObjectLine, t: EpochMs): boolean {
    const last = this.#presence.get(line)?.findLast((each) => each.t <= t);
    return last?.exists ?? false;
  }

  /**
   * The first instant within [from, to) at which the object's presence is not `exists`, looking after everything that
   * happened at each instant; null when it is as wanted throughout.
   */
  firstBreach(line: ObjectLine, from: EpochMs, to: EpochMs): EpochMs | null {
    if (from >= to) return null;
    if (this.existsAt(line, from) !== line.exists) return from;
    for (const { t } of this.#presence.get(line) ?? [])
      if (t > from && t < to && this.existsAt(line, t) !== line.exists)
        return t;
    return null;
  }

  #object(fact: ApiObjectFact): void {
    if (this.#met.size > 0 && this.#met.has(nameOf(fact.data)))
      this.#met.set(nameOf(fact.data), true);
    if (
      this.#keepsEventObjects &&
      fact.type === "api.object.created" &&
      fact.data.kind === "Event"
    )
      this.#eventObjects.push(fact);
    for (const line of this.#lines) {
      if (line.kind !== "object" || !isObject(line.object, fact.data)) continue;
      const exists = fact.type === "api.object.created";
      const earlier = this.#presence.get(line) ?? [];
      this.#presence.set(line, [...earlier, { t: fact.t, exists }]);
    }
  }

  #add(line: Expectation, count: number): void {
    this.#counts.set(line, (this.#counts.get(line) ?? 0) + count);
  }

  #window(between: Between | null): Window {
    return between === null
      ? { from: -Infinity, to: Infinity }
      : { from: this.#start + between.from, to: this.#start + between.to };
  }
}

function nameOf({ kind, namespace, name }: ObjectName): string {
  return `${namespace}/${kind}/${name}`;
}

function countIn(fact: Fact, { from, to }: Window): number {
  return countWithin(fact, from, to);
}

function isAudited(
  line: AuditLine,
  { data }: FactNamed<"vault.request">,
  workloads: Workloads,
): boolean {
  if (data.vault !== line.vault || data.operation !== line.operation)
    return false;
  if (line.status !== null && data.status !== line.status) return false;
  if (line.pod === null) return true;
  const [namespace, name] = (data.pod ?? "").split("/") as [string, string?];
  if (name === undefined) return false;
  const workload = workloads.of(namespace, name);
  return whoMatches(line.pod, { namespace, name, workload });
}

function isEvent(line: EventLine, { data }: FactNamed<"k8s.event">): boolean {
  if (data.reason !== line.reason) return false;
  if (line.message !== null && !data.message.includes(line.message))
    return false;
  return line.object === null || isObject(line.object, data);
}

function isObject(
  wanted: ObjectLine["object"],
  found: ObjectLine["object"],
): boolean {
  return (
    wanted.kind === found.kind &&
    wanted.namespace === found.namespace &&
    wanted.name === found.name
  );
}

function emissionBehind(
  index: FactIndex,
  created: Fact,
): FactNamed<"k8s.event"> | null {
  for (const cause of created.causes) {
    const fact = index.resolve(cause)?.fact as AnyFact | undefined;
    if (fact?.type === "k8s.event") return fact;
  }
  return null;
}
