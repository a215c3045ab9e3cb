/** Refreshes of a mounted volume that failed under a driver from 1.6 on: the kubelet hears OK, the pod gets no event. */
import type { AnyFact } from "../trace/facts.ts";
import type { Description, FindingRule } from "./finding.ts";
import { Occurrences, podObject, spanOf } from "./finding.ts";

export class MaskedError implements FindingRule {
  readonly description: Description = {
    name: "masked-error",
    title:
      "A refresh that fails tells nobody but the driver's log and metrics; the pod keeps its old files.",
    reference:
      "code: kubernetes-sigs/secrets-store-csi-driver v1.6.0 pkg/secrets-store/nodeserver.go",
  };
  readonly occurrences = new Occurrences();

  fact(fact: AnyFact): void {
    if (fact.type !== "csi.publish.masked") return;
    const { first, count } = spanOf(fact);
    this.occurrences.add(podObject(fact.data), first, count);
  }
}
