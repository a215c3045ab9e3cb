/** What Reloader did with a change, and what it decided about each workload, as facts. */
import type { ReloaderDecisionFact, ReloaderEventFact } from "../../facts.ts";
import type { Host } from "../running.ts";
import { containerFor } from "./containers.ts";
import type { Handling } from "./memory.ts";
import type { ReloaderOptions } from "./options.ts";
import { templateAnnotations, templateOf } from "./workloads.ts";

export interface Decided {
  readonly handling: Handling;
  readonly options: ReloaderOptions;
  /** Empty: it is reloaded. */
  readonly reason: string;
  readonly container: string;
}

/**
 * Records it, caused by the write that Reloader saw. Workloads that have nothing to do with Reloader or with the object are
 * passed over in silence.
 */
export function reportDecision(host: Host, decided: Decided): void {
  const { handling, options, reason, container } = decided;
  const { item, type, name, namespace } = handling;
  const { kind, metadata } = handling.workload!.object;
  if (reason === "ignored_or_not_selected" && !isConcerned(decided)) return;
  const { reloadStrategy: strategy } = options;
  const data: ReloaderDecisionFact["data"] = {
    namespace,
    kind,
    name: metadata.name,
    resource: type,
    object: name,
    strategy,
    container: strategy === "annotations" ? "" : container,
    reason,
  };
  const decision = reason === "" ? "reloaded" : "skipped";
  host.sim.trace.record({
    type: `reloader.${decision}` satisfies ReloaderDecisionFact["type"],
    at: host.name,
    about: `${namespace}/${kind}/${metadata.name}`,
    causes: item.causes,
    data,
  });
}

/** Whether a workload carries any of Reloader's annotations, or refers to the object. */
function isConcerned({ handling, options }: Decided): boolean {
  const { type, name, workload } = handling;
  const { object } = workload!;
  const template = templateOf(object);
  const names = Object.values(options.annotations).flatMap((each) =>
    typeof each === "string" ? [each] : Object.values(each as object),
  ) as readonly string[];
  const carries = (annotations: object): boolean =>
    Object.keys(annotations).some(
      (key) => key.includes("reloader.stakater.com/") || names.includes(key),
    );
  return (
    carries(object.metadata.annotations ?? {}) ||
    carries(templateAnnotations(template)) ||
    containerFor(template, { type, name, autoReload: true }) !== null
  );
}

/** Records how the handling of an item ended, caused by the write that Reloader saw. */
export function reportItem(
  host: Host,
  handling: Handling,
  outcome: ReloaderEventFact["data"]["outcome"],
): void {
  const { item, type, namespace, name, scanned, matched } = handling;
  const { kind, metadata } = item.stored.object;
  const { change, causes } = item;
  const data: ReloaderEventFact["data"] = {
    namespace,
    resource: type,
    name,
    change,
    outcome,
    scanned,
    matched,
  };
  host.sim.trace.record({
    type: "reloader.event" satisfies ReloaderEventFact["type"],
    at: host.name,
    about: `${namespace}/${kind}/${metadata.name}`,
    causes,
    data,
  });
}
