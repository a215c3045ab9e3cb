/**
 * Which workload a pod belongs to, for what names pods by `namespace/pod` alone: requests to the vault, reports of the
 * driver. It keeps one entry a pod name, also of pods that are gone: what was counted is written up to an hour later.
 */
import type { Fact, FactSink } from "../../kernel/trace.ts";
import type { AnyFact } from "./facts.ts";

export class Workloads implements FactSink {
  readonly #byPod = new Map<string, string>();

  fact(input: Fact): void {
    const fact = input as AnyFact;
    if (fact.type === "kubelet.pod.added")
      this.#remember(fact.data, fact.data.workload);
    else if (
      fact.type === "api.object.created" &&
      fact.data.kind === "Pod" &&
      fact.data.workload !== undefined
    )
      this.#remember(fact.data, fact.data.workload);
  }

  /** `default/deployment/web`; empty for a bare pod and for one that nobody knows. */
  of(namespace: string, name: string): string {
    return this.#byPod.get(`${namespace}/${name}`) ?? "";
  }

  #remember(
    pod: { readonly namespace: string; readonly name: string },
    workload: string,
  ): void {
    const key = `${pod.namespace}/${pod.name}`;
    // A bare pod may take the name of one that had an owner.
    if (workload === "") this.#byPod.delete(key);
    else this.#byPod.set(key, workload);
  }
}
