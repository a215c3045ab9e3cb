/**
 * The shape of an upstream finding: something that the real system does and should not, seen in a run. Models no real
 * component: a finding is read from facts, and Keyturn does what upstream does.
 */
import type { EpochMs } from "../../kernel/time.ts";
import type { Fact } from "../../kernel/trace.ts";
import type { AnyFact } from "../trace/facts.ts";

/** What was found, as plain JSON. */
export interface Finding {
  /** Stable. */
  readonly name: string;
  /** One sentence: what the real system does. */
  readonly title: string;
  /** Upstream's issue, or the code where it can be read. */
  readonly reference: string;
  /** Of the first occurrence. */
  readonly firstAt: EpochMs;
  readonly count: number;
  /** What it happened to, in order: `default/Secret/app-secret`, `default/Pod/busybox`. */
  readonly objects: readonly string[];
}

/** What a finding is called, whatever was seen of it. */
export type Description = Pick<Finding, "name" | "title" | "reference">;

/** Looks for one finding. Gets every fact, in the order in which they are written. */
export interface FindingRule {
  readonly description: Description;
  readonly occurrences: Occurrences;
  fact(fact: AnyFact): void;
}

/** Occurrences of one finding; memory grows with the objects concerned alone. */
export class Occurrences {
  #count = 0;
  #firstAt: EpochMs = Infinity;
  readonly #objects = new Set<string>();

  get count(): number {
    return this.#count;
  }

  get firstAt(): EpochMs {
    return this.#firstAt;
  }

  get objects(): readonly string[] {
    return [...this.#objects];
  }

  /** `count` of them, the first at `t`. */
  add(object: string, t: EpochMs, count = 1): void {
    this.#count += count;
    this.#firstAt = Math.min(this.#firstAt, t);
    this.#objects.add(object);
  }
}

/** When the instances of a fact happened: a plain fact is its own only one. */
export function spanOf({ t, run }: Fact): {
  readonly first: EpochMs;
  readonly last: EpochMs;
  readonly every: number;
  readonly count: number;
} {
  const { first, every, count } = run ?? { first: t, every: 0, count: 1 };
  return { first, last: first + every * (count - 1), every, count };
}

export function podObject({
  namespace,
  name,
}: {
  readonly namespace: string;
  readonly name: string;
}): string {
  return `${namespace}/Pod/${name}`;
}
