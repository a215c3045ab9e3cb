/**
 * A workload that Reloader reloads twice for one rotation: for the pod status of its SecretProviderClass and for the synced
 * Secret, each an event of its own with a mark of its own. Counted is each second reload.
 *
 * Source: reloader.md 1.8 of the reference
 */
import type { FactNamed } from "../trace/fact-index.ts";
import type { AnyFact } from "../trace/facts.ts";
import { isVersionSet } from "../invariants/vault-versions.ts";
import type { Description, FindingRule } from "./finding.ts";
import { Occurrences } from "./finding.ts";

export class TwoRolloutsOneRotation implements FindingRule {
  readonly description: Description = {
    name: "two-rollouts-one-rotation",
    title:
      "With its CSI integration and auto, Reloader patches a workload twice for one rotation, for the class and for the Secret: two rollouts, unless the patches are so near that one takes both.",
    reference:
      "code: stakater/Reloader v1.4.21 internal/pkg/controller/controller.go (one informer and worker a resource), internal/pkg/handler/upgrade.go",
  };
  readonly occurrences = new Occurrences();
  /** What each workload was reloaded for since a vault had its newest version. */
  readonly #reloads = new Map<string, Set<string>>();

  fact(fact: AnyFact): void {
    // A rotation lasts until the next one.
    if (isVersionSet(fact)) this.#reloads.clear();
    else if (fact.type === "reloader.reloaded") this.#reloaded(fact);
  }

  #reloaded(fact: FactNamed<"reloader.reloaded">): void {
    const { resource } = fact.data;
    const reloads = this.#reloads.get(fact.about) ?? new Set<string>();
    this.#reloads.set(fact.about, reloads);
    const both = [CLASS, SECRET].includes(resource);
    if (!both || reloads.has(resource)) return;
    reloads.add(resource);
    if (reloads.size > 1) this.occurrences.add(fact.about, fact.t);
  }
}

const CLASS = "SECRETPROVIDERCLASS";
const SECRET = "SECRET";
