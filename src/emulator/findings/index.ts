/**
 * Everything that the real system does wrong in a run, by name: a sink of facts that is asked at the end, or at any time
 * in between. It changes nothing, and no invariant: what is found here is upstream's own behaviour.
 */
import type { Fact, FactSink } from "../../kernel/trace.ts";
import type { AnyFact } from "../trace/facts.ts";
import type { Finding, FindingRule } from "./finding.ts";
import { DeafWatcher } from "./deaf-watcher.ts";
import { HotLoop } from "./hot-loop.ts";
import { LostByReloader } from "./lost-by-reloader.ts";
import { MaskedError } from "./masked-error.ts";
import { OneObjectHoldsBackAll } from "./one-object-holds-back-all.ts";
import { RestartTooEarly } from "./restart-too-early.ts";
import { RotationEventWithoutChange } from "./rotation-event-without-change.ts";
import { SecretGoesStale } from "./secret-goes-stale.ts";
import { SecretRewrittenUnchanged } from "./secret-rewritten-unchanged.ts";
import { TwoRolloutsOneRotation } from "./two-rollouts-one-rotation.ts";
import { OvertakenFetch, WriteBack } from "./write-back.ts";

export type { Finding } from "./finding.ts";

/** Attach it before the first fact of a world. Ask once the world is closed: runs are written at their end. */
export class Findings implements FactSink {
  readonly #rules: readonly FindingRule[] = [
    new WriteBack(),
    new OvertakenFetch(),
    new SecretRewrittenUnchanged(),
    new SecretGoesStale(),
    new RestartTooEarly(),
    new LostByReloader(),
    new DeafWatcher(),
    new OneObjectHoldsBackAll(),
    new HotLoop(),
    new MaskedError(),
    new TwoRolloutsOneRotation(),
    new RotationEventWithoutChange(),
  ];

  fact(fact: Fact): void {
    for (const rule of this.#rules) rule.fact(fact as AnyFact);
  }

  /** Those that occurred, the gravest first. */
  list(): readonly Finding[] {
    return this.#rules.flatMap(({ description, occurrences }) => {
      const { firstAt, count, objects } = occurrences;
      return count === 0 ? [] : [{ ...description, firstAt, count, objects }];
    });
  }
}
