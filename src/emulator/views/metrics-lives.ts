/** The lives of the processes that count: what one counted is gone when it ends. Models no real component. */
import type { EpochMs } from "../../kernel/time.ts";
import type { Fact } from "../../kernel/trace.ts";
import { countWithin } from "../trace/fact-index.ts";
import type { AnyFact } from "../trace/facts.ts";

export class ProcessLives {
  /** When the last life of each process ended. */
  readonly #ended = new Map<string, EpochMs>();
  readonly #down = new Set<string>();

  /** The process that the fact ends, or null. */
  fact(fact: AnyFact): string | null {
    switch (fact.type) {
      case "csi.driver.stopped":
        return this.#end(`${fact.data.node}/csi-driver`, fact.t);
      case "csi.provider.stopped":
        return this.#end(`${fact.data.node}/provider-azure`, fact.t);
      case "kubelet.stopped":
        return this.#end(`${fact.data.node}/kubelet`, fact.t);
      case "csi.driver.started":
        this.#down.delete(`${fact.data.node}/csi-driver`);
        return null;
      case "csi.provider.started":
        this.#down.delete(`${fact.data.node}/provider-azure`);
        return null;
      case "kubelet.started":
        this.#down.delete(`${fact.data.node}/kubelet`);
        return null;
      case "reloader.stopped":
        return this.#end(reloaderProcess(fact.about), fact.t);
      case "reloader.started":
        this.#down.delete(reloaderProcess(fact.about));
        return null;
      default:
        return null;
    }
  }

  isDown(process: string): boolean {
    return this.#down.has(process);
  }

  /** How often a fact happened in the present life: a run is written late and may have begun in an earlier one. */
  timesOf(fact: Fact, process: string): number {
    const ended = this.#ended.get(process);
    return ended === undefined
      ? (fact.run?.count ?? 1)
      : countWithin(fact, ended, Infinity);
  }

  #end(process: string, t: EpochMs): string {
    this.#ended.set(process, t);
    this.#down.add(process);
    return process;
  }
}

/** The process in a pod of Reloader's, by `namespace/name`. */
export function reloaderProcess(pod: string): string {
  return `${pod}/reloader`;
}
