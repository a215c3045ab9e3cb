/**
 * SecretRotationComplete of a driver up to 1.5 although the Secret was not written: it is emitted for every secretObject
 * at every poll. An emission belongs to a write when the Secret got other contents from a driver just before it.
 */
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import { HOUR_MS, SECOND_MS } from "../../kernel/time.ts";
import type { ContentFact } from "../../cluster-sim/facts.ts";
import type { FactNamed } from "../trace/fact-index.ts";
import type { AnyFact } from "../trace/facts.ts";
import { driverNode } from "../invariants/driver-files.ts";
import { sameContents } from "../invariants/object-history.ts";
import type { Description, FindingRule } from "./finding.ts";
import { Occurrences, podObject, spanOf } from "./finding.ts";

const REASON = "SecretRotationComplete";
/** From a Secret's write to the event that tells of it: the answer of the API server. */
const ANSWER_SPAN_MS: DurationMs = 10 * SECOND_MS;
const KEPT_MS: DurationMs = 2 * HOUR_MS;

type WrittenSecret = {
  contents: readonly ContentFact[];
  /** When drivers gave it other contents, by node: of the last hours, since events stand in runs. */
  writes: { readonly node: string; readonly t: EpochMs }[];
};

export class RotationEventWithoutChange implements FindingRule {
  readonly description: Description = {
    name: "rotation-event-without-change",
    title:
      "The driver tells a pod at every poll that its Secret was rotated, although nothing has changed.",
    reference:
      "code: kubernetes-sigs/secrets-store-csi-driver v1.5.6 pkg/rotation/reconciler.go",
  };
  readonly occurrences = new Occurrences();
  /** By `<namespace>/<name>`. */
  readonly #secrets = new Map<string, WrittenSecret>();

  fact(fact: AnyFact): void {
    if (fact.type === "k8s.event" && fact.data.reason === REASON)
      return this.#emitted(fact);
    if (
      fact.type === "api.object.created" ||
      fact.type === "api.object.modified"
    )
      this.#written(fact);
  }

  #written({ t, data }: FactNamed<"api.object.modified">): void {
    const { kind, namespace, name, by, contents = [] } = data;
    if (kind !== "Secret") return;
    const key = `${namespace}/${name}`;
    const known = this.#secrets.get(key);
    if (known === undefined) {
      this.#secrets.set(key, { contents, writes: [] });
      return;
    }
    const changed = !sameContents(known.contents, contents);
    const node = driverNode(by);
    known.contents = contents;
    if (!changed || node === null) return;
    const recent = known.writes.filter((write) => write.t > t - KEPT_MS);
    known.writes = [...recent, { node, t }];
  }

  #emitted(fact: FactNamed<"k8s.event">): void {
    const { namespace, message, host } = fact.data;
    const secret = message.slice(message.lastIndexOf(" ") + 1);
    const writes = (
      this.#secrets.get(`${namespace}/${secret}`)?.writes ?? []
    ).filter(({ node }) => node === host);
    const { first, every, count } = spanOf(fact);
    // Of a run only the first can follow a write: what the others are caused by is the same again.
    const told = writes.some(
      ({ t }) => t <= first && first - t <= ANSWER_SPAN_MS,
    );
    const idle = told ? count - 1 : count;
    if (idle === 0) return;
    const at = told ? first + every : first;
    this.occurrences.add(podObject(fact.data), at, idle);
  }
}
