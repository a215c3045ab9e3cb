/**
 * The provider's calls of the vault as its own metric counts them: one for each get or list of the SDK, whatever
 * challenge and retries lie inside.
 *
 * Source: Azure/secrets-store-csi-driver-provider-azure pkg/provider/keyvault.go, pkg/metrics/stats_reporter.go;
 * Azure/azure-sdk-for-go sdk/azcore/runtime/policy_retry.go (which statuses are tried again)
 * Simplification: the provider's `keyvault_request` lasts as long as the call's requests do at the profile's latencies; waits between retries are left out.
 * Simplification: the label `error` of `keyvault_request` is Key Vault's own sentence; the real provider's has the SDK's whole text around it.
 * Simplification: a call that failed before it reached the vault, for want of a token or a way, is not in `keyvault_request`; in the real provider it is.
 */
import type { DurationMs } from "../../kernel/time.ts";
import type { FactNamed } from "../trace/fact-index.ts";
import { UNAUTHENTICATED } from "../trace/vault-usage.ts";
import type { Settings } from "../world/settings.ts";
import type { Labels } from "./metrics-registry.ts";

/** A call is given up after this many requests. */
const TRIES = 4;
const RETRIED = [408, 429, 500, 502, 503, 504];

const OBJECT_TYPES: Readonly<Record<string, string>> = {
  secrets: "secret",
  keys: "key",
  certificates: "cert",
};

export interface FinishedCall {
  readonly labels: Labels;
  readonly durationMs: DurationMs;
  readonly times: number;
}

export class KeyVaultCalls {
  /** Tries so far, by pod and object. */
  readonly #tries = new Map<string, number>();
  /** Pods whose challenge was not followed by a request yet. */
  readonly #challenged = new Set<string>();

  /** Calls that this request, or each of the `times` of this run of requests, ended. */
  finishedBy(
    fact: FactNamed<"vault.request">,
    times: number,
    { latency }: Settings,
  ): readonly FinishedCall[] {
    const { pod, operation, collection, name, status, message } = fact.data;
    if (operation === UNAUTHENTICATED && status === 401) {
      this.#challenged.add(pod ?? "");
      return [];
    }
    const asked = this.#challenged.delete(pod ?? "");
    const challenge = asked ? latency.vault + latency.entra : 0;
    const key = `${pod ?? ""} ${collection ?? ""} ${name ?? ""}`;
    const tries = (this.#tries.get(key) ?? 0) + times;
    const call = (count: number, requests: number): FinishedCall => ({
      labels: {
        error: status < 400 ? "" : (message ?? ""),
        object_name: name ?? "",
        object_type: OBJECT_TYPES[collection ?? ""] ?? "",
      },
      durationMs: challenge + requests * latency.vault,
      times: count,
    });
    if (!RETRIED.includes(status)) {
      this.#tries.delete(key);
      return [call(times, tries - times + 1)];
    }
    this.#tries.set(key, tries % TRIES);
    const given = Math.floor(tries / TRIES);
    return given === 0 ? [] : [call(given, TRIES)];
  }
}
