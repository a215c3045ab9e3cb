/**
 * From what a sink holds back to who set it: the chain of hops along provenance, each with its delay, its trigger and
 * the rule behind it. The delays of a chain add up to the time from its origin to its end.
 */
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import type { Cause, Fact, Instance } from "../../kernel/trace.ts";
import type { FactIndex } from "./fact-index.ts";
import type { AnyFact } from "./facts.ts";
import { ruleOf } from "./hop-rules.ts";
import { provenanceOf, triggerOf } from "./provenance.ts";
import type { SinkVersion } from "./versions.ts";

export interface Hop {
  readonly fact: Fact;
  /** Which instance of a run fact; null for a plain fact. */
  readonly n: number | null;
  readonly t: EpochMs;
  /** Since the hop before; 0 at the origin. */
  readonly delayMs: DurationMs;
  /** What made it happen now; null when the content's arrival alone did. */
  readonly trigger: Instance | null;
  /** A word for tables: `poll`, `file`, `Secret`, `resync` … */
  readonly label: string;
  /** One sentence with the numbers of the settings in force, without a full stop. */
  readonly rule: string;
}

/**
 * The hops from the origin (a command, or the first fact without provenance) to the fact that `cause` names, in the
 * order they happened. `version` says whose provenance is followed where a fact moved several contents; null follows
 * the newest. Empty when the cause is not in the index.
 */
export function chainOf(
  index: FactIndex,
  cause: Cause,
  version: SinkVersion | null = null,
): Hop[] {
  const path: Instance[] = [];
  const walked = new Set<number>();
  let at = index.resolve(cause);
  while (at !== null && !walked.has(at.fact.seq)) {
    path.push(at);
    walked.add(at.fact.seq);
    at = provenanceOf(index, at, version);
  }
  path.reverse();
  return path.map((instance, i) => hopOf(index, instance, path[i - 1] ?? null));
}

function hopOf(
  index: FactIndex,
  instance: Instance,
  before: Instance | null,
): Hop {
  const { fact, n, t } = instance;
  const trigger = triggerOf(index, instance);
  const settings = index.startedAt() === null ? null : index.settingsAt(t);
  const context = { index, fact: fact as AnyFact, t, trigger, settings };
  const delayMs = before === null ? 0 : t - before.t;
  return { fact, n, t, delayMs, trigger, ...ruleOf(context) };
}
