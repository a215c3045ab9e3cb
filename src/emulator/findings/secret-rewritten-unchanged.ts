/**
 * Writes of a synced Secret by a driver from 1.6 on that change no value: the full update that drops the owner references,
 * and the patches that bring them back. Each is a new resourceVersion to everybody who watches the Secret. What follows
 * its creation within one period of the owner patcher is not counted: owners have to be added once.
 */
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import { SECOND_MS } from "../../kernel/time.ts";
import type { ContentFact } from "../../cluster-sim/facts.ts";
import type { AnyFact } from "../trace/facts.ts";
import type { DriverFiles } from "../invariants/driver-files.ts";
import {
  driverNode,
  followDriverFiles,
  newDriverFiles,
} from "../invariants/driver-files.ts";
import { sameContents } from "../invariants/object-history.ts";
import type { Description, FindingRule } from "./finding.ts";
import { Occurrences } from "./finding.ts";

/** The owner patcher's period, and the time that its run takes. Source: csi-driver.md 5.5 of the reference */
const FIRST_OWNERS_MS: DurationMs = 6 * SECOND_MS;

type KnownSecret = {
  readonly createdAt: EpochMs;
  contents: readonly ContentFact[];
};

export class SecretRewrittenUnchanged implements FindingRule {
  readonly description: Description = {
    name: "secret-rewritten-unchanged",
    title:
      "The driver writes a synced Secret, and drops and restores its owner references, although no value has changed.",
    reference:
      "kubernetes-sigs/secrets-store-csi-driver#2057 (fixed on main by #2065)",
  };
  readonly occurrences = new Occurrences();
  readonly #drivers: DriverFiles = newDriverFiles();
  /** By uid. */
  readonly #secrets = new Map<string, KnownSecret>();

  fact(fact: AnyFact): void {
    if (fact.type === "csi.driver.started")
      return followDriverFiles(this.#drivers, fact);
    if (fact.type === "api.object.deleted") {
      this.#secrets.delete(fact.data.uid);
      return;
    }
    if (
      fact.type !== "api.object.created" &&
      fact.type !== "api.object.modified"
    )
      return;
    const { kind, uid, by, contents = [] } = fact.data;
    if (kind !== "Secret") return;
    const known = this.#secrets.get(uid);
    if (known === undefined) {
      this.#secrets.set(uid, { createdAt: fact.t, contents });
      return;
    }
    const same = sameContents(known.contents, contents);
    known.contents = contents;
    const node = driverNode(by);
    if (!same || fact.t < known.createdAt + FIRST_OWNERS_MS) return;
    if (node !== null && this.#drivers.generations.get(node) === "republish")
      this.occurrences.add(fact.about, fact.t);
  }
}
