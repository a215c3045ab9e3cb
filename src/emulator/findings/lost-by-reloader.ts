/**
 * A Secret or ConfigMap that changed while no Reloader ran, or between two leaders: Reloader hears edges, and after its start
 * the object is only another one that is there. Counted is each such change that a workload which Reloader had patched
 * before was waiting for, or that some pod's environment is taken from.
 *
 * Source: reloader.md 1.5 and 1.10 of the reference
 */
import type { ContentFact } from "../../cluster-sim/facts.ts";
import type { FactNamed } from "../trace/fact-index.ts";
import type { AnyFact } from "../trace/facts.ts";
import { sameContents } from "../invariants/object-history.ts";
import type { Description, FindingRule } from "./finding.ts";
import { Occurrences } from "./finding.ts";

const RESOURCES: ReadonlyMap<string, string> = new Map([
  ["Secret", "SECRET"],
  ["ConfigMap", "CONFIGMAP"],
]);

export class LostByReloader implements FindingRule {
  readonly description: Description = {
    name: "lost-by-reloader",
    title:
      "A change of a Secret while no Reloader runs, or none leads, is lost: nobody reloads for it later.",
    reference:
      "code: stakater/Reloader v1.4.21 internal/pkg/controller/controller.go (no resync; the first list arrives as additions)",
  };
  readonly occurrences = new Occurrences();
  /** Pods of Reloader that run, and whether they work. */
  readonly #processes = new Map<string, boolean>();
  #everRan = false;
  /** Objects that workloads name, `default/SECRET/app-secret`: environments of pods of workloads, and what was decided. */
  readonly #named = new Set<string>();
  readonly #contents = new Map<string, readonly ContentFact[]>();

  fact(fact: AnyFact): void {
    switch (fact.type) {
      case "reloader.started":
      case "reloader.leading":
        this.#everRan = true;
        this.#processes.set(fact.about, fact.data.leading);
        return;
      case "reloader.stopped":
        this.#processes.delete(fact.about);
        return;
      case "reloader.reloaded":
      case "reloader.skipped":
        return this.#decided(fact);
      case "kubelet.pod.added":
        return this.#added(fact);
      case "api.object.created":
      case "api.object.modified":
      case "api.object.deleted":
        return this.#written(fact);
      default:
        return;
    }
  }

  #decided({ type, data }: FactNamed<"reloader.reloaded">): void {
    const { namespace, resource, object, reason } = data;
    const key = `${namespace}/${resource}/${object}`;
    if (type === "reloader.reloaded" || reason === "strategy_not_updated")
      this.#named.add(key);
  }

  #added({ data }: FactNamed<"kubelet.pod.added">): void {
    if (data.workload === "") return;
    for (const { source } of data.environment) {
      const [kind = "", name = ""] = source.split("/");
      const resource = RESOURCES.get(kind) ?? "";
      this.#named.add(`${data.namespace}/${resource}/${name}`);
    }
  }

  #written(fact: FactNamed<"api.object.modified">): void {
    const { kind, namespace, name, contents = [] } = fact.data;
    const resource = RESOURCES.get(kind);
    if (resource === undefined) return;
    const before = this.#contents.get(fact.about);
    const deleted = fact.type === "api.object.deleted";
    if (deleted) this.#contents.delete(fact.about);
    else this.#contents.set(fact.about, contents);
    if (fact.type !== "api.object.modified" || before === undefined) return;
    if (sameContents(before, contents)) return;
    const works = [...this.#processes.values()].some((leads) => leads);
    if (works || !this.#everRan) return;
    if (this.#named.has(`${namespace}/${resource}/${name}`))
      this.occurrences.add(fact.about, fact.t);
  }
}
