/**
 * What the Azure provider counts: its calls of Key Vault, and the driver's calls of it.
 *
 * Source: Azure/secrets-store-csi-driver-provider-azure v1.8.2 pkg/metrics, pkg/utils/grpc.go, pkg/provider/provider.go;
 * csi-driver.md 8.2 of the reference
 * Simplification: the provider's `grpc_request` lasts as long as the driver's whole call, and a call that the provider never finished is not in it.
 */
import { SECOND_MS } from "../../kernel/time.ts";
import type { FactNamed } from "../trace/fact-index.ts";
import type { AnyFact } from "../trace/facts.ts";
import type { Settings } from "../world/settings.ts";
import type { Publish, Rotation } from "./metrics-driver.ts";
import { KeyVaultCalls } from "./metrics-keyvault.ts";
import type { ProcessLives } from "./metrics-lives.ts";
import type { Registry } from "./metrics-registry.ts";

export const PROVIDER_HELP: ReadonlyMap<string, string> = new Map([
  ["keyvault_request", "Distribution of how long it took to get from keyvault"],
  ["grpc_request", "Distribution of how long it took for the gRPC requests"],
]);

const LABELS = {
  os_type: "linux",
  provider: "azure",
  service_name: "csi-secrets-store-provider-azure",
};
const MOUNT = "/v1alpha1.CSIDriverProvider/Mount";
const BUCKETS_S = [0.1, 0.2, 0.3, 0.4, 0.5, 1, 1.5, 2, 2.5, 3, 5, 10, 15, 30];

export class ProviderMetrics {
  readonly #registry: Registry;
  readonly #lives: ProcessLives;
  readonly #vaultCalls = new KeyVaultCalls();
  #settings: Settings | null = null;

  constructor(registry: Registry, lives: ProcessLives) {
    this.#registry = registry;
    this.#lives = lives;
  }

  fact(fact: AnyFact): void {
    switch (fact.type) {
      case "world.started":
      case "settings.changed":
        this.#settings = fact.data.settings as unknown as Settings;
        return;
      case "csi.publish.unchanged":
      case "csi.publish.written":
      case "csi.publish.masked":
      case "csi.publish.failed":
      case "csi.rotation.unchanged":
      case "csi.rotation.rotated":
      case "csi.rotation.failed":
        return this.#mounted(fact);
      case "vault.request":
        return this.#asked(fact);
      default:
        return;
    }
  }

  #mounted(fact: Publish | Rotation): void {
    const answer = answerOf(fact.data);
    if (answer === null) return;
    const { durationMs } = fact.data;
    if (durationMs === 0 && this.#settings?.latency.vault !== 0) return;
    const process = processOf(fact.at.split("/")[0]!);
    this.#registry.observe(process, {
      name: "grpc_request",
      labels: { ...LABELS, grpc_method: MOUNT, ...answer },
      buckets: BUCKETS_S,
      value: durationMs / SECOND_MS,
      times: this.#lives.timesOf(fact, process),
    });
  }

  #asked(fact: FactNamed<"vault.request">): void {
    const { node } = fact.data;
    if (node === null || this.#settings === null) return;
    const process = processOf(node);
    const times = this.#lives.timesOf(fact, process);
    if (times === 0) return;
    for (const call of this.#vaultCalls.finishedBy(fact, times, this.#settings))
      this.#registry.observe(process, {
        name: "keyvault_request",
        labels: { ...LABELS, ...call.labels },
        buckets: BUCKETS_S,
        value: call.durationMs / SECOND_MS,
        times: call.times,
      });
  }
}

function processOf(node: string): string {
  return `${node}/provider-azure`;
}

/** Errors that the driver meets before it asks the provider. */
const NOT_ASKED = [
  "FailedToMount",
  "FailedToEnsureMountPoint",
  "SecretProviderClassNotFound",
  "FailedToLookupProviderGRPCClient",
  "PodNotFound",
  "PodVolumeNotFound",
  "UnexpectedTargetPath",
  "NodePublishSecretRefNotFound",
  "FailedToRotate",
];
/** What the provider's own code returns has no code of gRPC's. */
const ANSWERED = /rpc error: code = Unknown desc = ([^]*)$/;
const CONNECTING = /error connecting to provider "/;

/** How the provider answered a mount; null where it was not asked or did not answer. */
function answerOf({
  errorType,
  error,
}: Pick<Publish["data"], "errorType" | "error">) {
  if (NOT_ASKED.includes(errorType) || CONNECTING.test(error)) return null;
  if (errorType !== "GRPCProviderError" || !error.includes("rpc error: "))
    return error.endsWith("context deadline exceeded")
      ? null
      : { grpc_code: "OK", grpc_message: "" };
  const message = ANSWERED.exec(error)?.[1];
  return message === undefined
    ? null
    : { grpc_code: "Unknown", grpc_message: message };
}
