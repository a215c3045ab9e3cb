/** How often each pod asked the vaults for what: counted while the facts stream by, runs without being expanded. */
import type { Fact, FactSink } from "../../kernel/trace.ts";
import { byCodeUnit } from "../../kernel/json.ts";
import type { AnyFact } from "./facts.ts";

/** The audit operation of a request without a token, which is answered 401 and not billed. */
export const UNAUTHENTICATED = "Authentication";

export interface UsageLine {
  readonly vault: string;
  /** `namespace/pod`, or null for somebody outside the cluster. */
  readonly pod: string | null;
  readonly operation: string;
  readonly count: number;
}

export class VaultUsage implements FactSink {
  readonly #lines = new Map<string, UsageLine>();

  fact(input: Fact): void {
    const fact = input as AnyFact;
    if (fact.type !== "vault.request") return;
    const { vault, pod, operation } = fact.data;
    const key = `${vault} ${pod ?? ""} ${operation}`;
    const count = (this.#lines.get(key)?.count ?? 0) + (fact.run?.count ?? 1);
    this.#lines.set(key, { vault, pod, operation, count });
  }

  /** Sorted by vault, pod (outsiders first) and operation. */
  lines(): UsageLine[] {
    return [...this.#lines]
      .sort(([a], [b]) => byCodeUnit(a, b))
      .map(([, line]) => line);
  }

  /** Requests that are paid for. */
  billed(): number {
    let count = 0;
    for (const line of this.#lines.values())
      if (line.operation !== UNAUTHENTICATED) count += line.count;
    return count;
  }
}
