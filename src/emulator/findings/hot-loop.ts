/**
 * A driver up to 1.5 that asks a refusing provider again and again: a failed reconcile comes back after a flat 10 s, for
 * ever. Counted is each failure that follows another one of the same pod sooner than the poll interval.
 */
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import type { AnyFact } from "../trace/facts.ts";
import type { Description, FindingRule } from "./finding.ts";
import { Occurrences, podObject, spanOf } from "./finding.ts";

const FROM_PROVIDER = "GRPCProviderError";

export class HotLoop implements FindingRule {
  readonly description: Description = {
    name: "hot-loop",
    title:
      "A rotation that the vault refuses is tried again every 10 s without any back-off.",
    reference: "kubernetes-sigs/secrets-store-csi-driver#1483",
  };
  readonly occurrences = new Occurrences();
  /** By node. */
  readonly #intervals = new Map<string, DurationMs>();
  /** By pod and class. */
  readonly #lastFailures = new Map<string, EpochMs>();

  fact(fact: AnyFact): void {
    if (fact.type === "csi.driver.started") {
      const { node, rotationPollIntervalMs } = fact.data;
      this.#intervals.set(node, rotationPollIntervalMs);
      return;
    }
    if (fact.type !== "csi.rotation.failed") return;
    const { errorType, secretProviderClass } = fact.data;
    if (errorType !== FROM_PROVIDER) return;
    const object = podObject(fact.data);
    const key = `${object} ${secretProviderClass}`;
    const { first, last, every, count } = spanOf(fact);
    const interval = this.#intervals.get(fact.at.split("/")[0]!) ?? 0;
    const before = this.#lastFailures.get(key);
    this.#lastFailures.set(key, last);
    if (before !== undefined && first - before < interval)
      this.occurrences.add(object, first);
    if (count > 1 && every < interval)
      this.occurrences.add(object, first + every, count - 1);
  }
}
