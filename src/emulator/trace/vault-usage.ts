/**
 * How often each pod asked the vaults for what, what they refused, and what is paid for: counted while the facts stream
 * by, runs without being expanded.
 *
 * Source: azure.microsoft.com/pricing/details/key-vault; Key Vault reference sheet, section 8.4
 * Simplification: refused requests are billed like any other that was authenticated; the price list does not tell them apart.
 */
import type { Fact, FactSink } from "../../kernel/trace.ts";
import { byCodeUnit } from "../../kernel/json.ts";
import type { FactNamed } from "./fact-index.ts";
import type { AnyFact } from "./facts.ts";

/** The audit operation of a request without a token, which is answered 401 where nothing else is wrong. */
export const UNAUTHENTICATED = "Authentication";

/** Whether a request is about a vault itself: those go to the resource manager, which charges nothing. */
export function isManagement(operation: string): boolean {
  return operation.startsWith("Vault");
}

export interface UsageLine {
  readonly vault: string;
  /** `namespace/pod`, or null for somebody outside the cluster. */
  readonly pod: string | null;
  readonly operation: string;
  readonly count: number;
  /** Those of `count` that were refused, by HTTP status; empty when none was. The 401 that asks for a token is no refusal. */
  readonly refused: Readonly<Record<string, number>>;
}

/** What the price list tells apart. */
export interface BilledOperations {
  /** On secrets, certificates, software keys and RSA 2048 keys. */
  readonly usual: number;
  /** On other keys. */
  readonly otherKeys: number;
  /** Requests without a token; whether they cost is a setting. */
  readonly unauthenticated: number;
  /** Accepted renewals of certificates, CertificateRenew in the audit log. */
  readonly renewals: number;
}

const RENEWAL = "CertificateRenew";

/** Kinds of keys at the lower price. */
const USUAL_KEYS = ["RSA 2048", "RSA-HSM 2048"];

interface Line {
  readonly line: Omit<UsageLine, "count" | "refused">;
  count: number;
  readonly refused: Map<string, number>;
}

export class VaultUsage implements FactSink {
  readonly #lines = new Map<string, Line>();
  /** Keys at the higher price: `<vault>/<name>`. */
  readonly #otherKeys = new Set<string>();
  #otherKeyOperations = 0;
  #renewals = 0;
  /** The latest request that makes a key whose kind is not known yet: `<vault>/<name>`. */
  #making = "";

  fact(input: Fact): void {
    const fact = input as AnyFact;
    if (fact.type === "vault.request") this.#asked(fact);
    else if (fact.type === "vault.key.set") this.#keySet(fact);
  }

  #keySet({ data }: FactNamed<"vault.key.set">): void {
    const { vault, name, keyKind } = data;
    const key = `${vault}/${name}`;
    if (USUAL_KEYS.includes(keyKind)) this.#otherKeys.delete(key);
    else {
      // What made the first one came before its kind was known.
      if (!this.#otherKeys.has(key) && this.#making === key)
        this.#otherKeyOperations += 1;
      this.#otherKeys.add(key);
    }
    this.#making = "";
  }

  /** Sorted by vault, pod (outsiders first) and operation. */
  lines(): UsageLine[] {
    return [...this.#lines]
      .sort(([a], [b]) => byCodeUnit(a, b))
      .map(([, { line, count, refused }]) => ({
        ...line,
        count,
        refused: Object.fromEntries(
          [...refused].sort(([a], [b]) => byCodeUnit(a, b)),
        ),
      }));
  }

  billed(): BilledOperations {
    let all = 0;
    let unauthenticated = 0;
    for (const { line, count } of this.#lines.values())
      if (line.operation === UNAUTHENTICATED) unauthenticated += count;
      else if (!isManagement(line.operation)) all += count;
    return {
      usual: all - this.#otherKeyOperations,
      otherKeys: this.#otherKeyOperations,
      unauthenticated,
      renewals: this.#renewals,
    };
  }

  #asked({ data, run }: FactNamed<"vault.request">): void {
    const { vault, pod, operation, status, collection, name } = data;
    const key = `${vault} ${pod ?? ""} ${operation}`;
    let entry = this.#lines.get(key);
    if (entry === undefined) {
      const line = { vault, pod, operation };
      entry = { line, count: 0, refused: new Map<string, number>() };
      this.#lines.set(key, entry);
    }
    const times = run?.count ?? 1;
    entry.count += times;
    const challenge = operation === UNAUTHENTICATED && status === 401;
    if (status >= 400 && !challenge) {
      const refused = entry.refused.get(String(status)) ?? 0;
      entry.refused.set(String(status), refused + times);
    } else if (operation === RENEWAL) this.#renewals += times;
    if (collection !== "keys") return;
    const named = `${vault}/${name ?? ""}`;
    if (this.#otherKeys.has(named)) this.#otherKeyOperations += times;
    else if (operation === "KeyCreate" && status < 400) this.#making = named;
  }
}
