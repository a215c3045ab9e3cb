/**
 * What Reloader counts, under the names that it has used since v1.4.13; before, it had `reloader_reload_executed_total`
 * alone.
 *
 * Source: stakater/Reloader v1.4.21 internal/pkg/metrics/prometheus.go, internal/pkg/controller/controller.go,
 * internal/pkg/handler/{update,upgrade}.go; reloader.md 1.9 of the reference
 * Simplification: Reloader's counters rise when it is done with an event, all at once; upstream each rises when its own step is over.
 * Simplification: `reloader_events_received_total` has the changes that Reloader queued; upstream's also has every addition and deletion that it passes over, the first lists of its informers among them.
 * Simplification: of `reloader_skipped_total` the reason `ignored_or_not_selected`, which upstream counts for whole namespaces, is left out.
 * Simplification: Reloader's counters by namespace, of workloads scanned and matched, its queue and its latencies are left out.
 * Simplification: where several Reloaders work at the same time without an election, the first of them has the counts of all.
 */
import { isSince } from "../../kernel/release.ts";
import type { FactNamed } from "../trace/fact-index.ts";
import type { AnyFact } from "../trace/facts.ts";
import type { ProcessLives } from "./metrics-lives.ts";
import { reloaderProcess } from "./metrics-lives.ts";
import type { Labels, Registry } from "./metrics-registry.ts";

export const RELOADER_HELP: ReadonlyMap<string, string> = new Map([
  [
    "reloader_reload_executed_total",
    "Counter of reloads executed by Reloader.",
  ],
  [
    "reloader_action_total",
    "Total number of reload actions by workload kind and result.",
  ],
  ["reloader_errors_total", "Total number of errors by type."],
  [
    "reloader_events_processed_total",
    "Total number of events processed by type, resource, and result.",
  ],
  [
    "reloader_events_received_total",
    "Total number of events received by type and resource.",
  ],
  [
    "reloader_reconcile_total",
    "Total number of reconcile/handler invocations by result.",
  ],
  ["reloader_retries_total", "Total number of retry attempts."],
  ["reloader_skipped_total", "Total number of skipped operations by reason."],
]);

const EXECUTED = "reloader_reload_executed_total";
const RETRIES = "reloader_retries_total";
/** The first release with more than the count of reloads. */
const COUNTING_RELEASE = "1.4.13";

const RESOURCES: Readonly<Record<string, string>> = {
  SECRET: "secrets",
  CONFIGMAP: "configmaps",
  SECRETPROVIDERCLASS: "secretproviderclasspodstatuses",
};
const CHANGES = { create: "add", update: "update", delete: "delete" } as const;

type Event = FactNamed<"reloader.event">;
type Decision = FactNamed<"reloader.reloaded">;

export class ReloaderMetrics {
  readonly #registry: Registry;
  readonly #lives: ProcessLives;
  /** Releases of the processes that run, in the order in which they started. */
  readonly #versions = new Map<string, string>();
  readonly #leading = new Set<string>();
  /** Writes of the event that each worker handles, by its resource and namespace: the workload and its kind. */
  readonly #sent = new Map<string, Pick<Decision, "about" | "data">[]>();

  constructor(registry: Registry, lives: ProcessLives) {
    this.#registry = registry;
    this.#lives = lives;
  }

  /** `namespace/name` of the pods that ran one, in the order in which they started first. */
  get pods(): readonly string[] {
    return [...this.#versions.keys()];
  }

  fact(fact: AnyFact): void {
    switch (fact.type) {
      case "reloader.started":
      case "reloader.leading":
      case "reloader.stopped":
        return this.#process(fact);
      case "reloader.reloaded": {
        const key = workerOf(fact.data);
        const sent = this.#sent.get(key) ?? [];
        this.#sent.set(key, [...sent, fact]);
        return;
      }
      case "reloader.skipped":
        if (fact.data.reason === "strategy_not_updated")
          this.#count("reloader_skipped_total", { reason: fact.data.reason });
        return;
      case "reloader.event":
        return this.#event(fact);
      default:
        return;
    }
  }

  #process(fact: FactNamed<"reloader.started">): void {
    const { about, type, data } = fact;
    const { leading, version } = data;
    if (leading && type !== "reloader.stopped") this.#leading.add(about);
    else this.#leading.delete(about);
    // What it was about to count is forgotten with it.
    if (type === "reloader.stopped") this.#sent.clear();
    if (type !== "reloader.started") return;
    this.#versions.set(about, version);
    const process = reloaderProcess(about);
    for (const success of ["true", "false"])
      this.#registry.begin(process, EXECUTED, { success });
    if (isSince(version, COUNTING_RELEASE))
      this.#registry.begin(process, RETRIES, {});
  }

  #event(event: Event): void {
    const { resource, change, outcome } = event.data;
    const resource_type = RESOURCES[resource] ?? "";
    const isError = outcome === "failed" || outcome === "dropped";
    this.#actions(event);
    if (outcome === "no_data_change")
      this.#count("reloader_skipped_total", { reason: outcome });
    // The worker's own count, and the handler's.
    const result = isError ? "error" : "success";
    this.#count("reloader_reconcile_total", { result });
    this.#count("reloader_reconcile_total", {
      result: outcome === "no_data_change" ? "skipped" : result,
    });
    if (isError)
      this.#count("reloader_errors_total", { type: "handler_error" });
    if (outcome === "failed") return this.#count(RETRIES, {});
    this.#count("reloader_events_received_total", {
      event_type: CHANGES[change],
      resource_type,
    });
    this.#count("reloader_events_processed_total", {
      event_type: "unknown",
      resource_type,
      result: outcome === "dropped" ? "dropped" : "success",
    });
  }

  /** Each try to write a workload. The last one of a workload is the one that came through, as long as there are such. */
  #actions({ data }: Event): void {
    const sent = this.#sent.get(workerOf(data)) ?? [];
    this.#sent.delete(workerOf(data));
    let matched = 0;
    for (const [i, { about, data: decision }] of sent.entries()) {
      const isLast = sent[i + 1]?.about !== about;
      const success = isLast && matched < data.matched;
      if (success) matched += 1;
      this.#count(EXECUTED, { success: String(success) });
      this.#count("reloader_action_total", {
        workload_kind: decision.kind,
        result: success ? "success" : "error",
      });
    }
  }

  /** On the page of the Reloader that works. */
  #count(name: string, labels: Labels): void {
    const pod = this.pods.find((each) => this.#leading.has(each));
    if (pod === undefined) return;
    const counts = isSince(this.#versions.get(pod)!, COUNTING_RELEASE);
    if (name !== EXECUTED && !counts) return;
    const process = reloaderProcess(pod);
    if (!this.#lives.isDown(process))
      this.#registry.count(process, { name, labels, times: 1 });
  }
}

function workerOf({
  resource,
  namespace,
}: Pick<Event["data"], "resource" | "namespace">): string {
  return `${resource}/${namespace}`;
}
