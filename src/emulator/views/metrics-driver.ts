/**
 * What the Secrets Store CSI driver counts, under the names that it has used since v1.4.
 *
 * Source: kubernetes-sigs/secrets-store-csi-driver pkg/secrets-store/{stats_reporter,nodeserver}.go,
 * pkg/rotation/{stats_reporter,reconciler}.go (v1.5.6), pkg/metrics/prometheus_exporter.go; csi-driver.md 8.1 of the reference
 * Simplification: a rotation of driver 1.5 that failed counts as `rotated="true"` only where its status could not be written; upstream counts one so whose Secret failed after new versions, too.
 */
import { SECOND_MS } from "../../kernel/time.ts";
import type { DurationMs } from "../../kernel/time.ts";
import type { FactNamed } from "../trace/fact-index.ts";
import type { AnyFact } from "../trace/facts.ts";
import type { Settings } from "../world/settings.ts";
import type { ProcessLives } from "./metrics-lives.ts";
import type { Labels, Registry } from "./metrics-registry.ts";

export type Publish = FactNamed<"csi.publish.written">;
export type Rotation = FactNamed<"csi.rotation.rotated">;

export const DRIVER_HELP: ReadonlyMap<string, string> = new Map([
  ["node_publish_total", "Total number of node publish calls"],
  ["node_publish_error_total", "Total number of node publish calls with error"],
  ["node_unpublish_total", "Total number of node unpublish calls"],
  ["rotation_reconcile_total", "Total number of rotation reconciles"],
  [
    "rotation_reconcile_error_total",
    "Total number of rotation reconciles with error",
  ],
  [
    "rotation_reconcile_duration_sec",
    "Distribution of how long it took to rotate secrets-store content for pods",
  ],
]);

/** Go's ExponentialBucketsRange(0.1, 2, 11); an engine's `pow` may differ in the last digit. */
const ROTATION_BUCKETS_S = [
  0.1, 0.13492828476735635, 0.18205642030260807, 0.24564560522315823,
  0.33144540173399883, 0.44721359549995815, 0.6034176336545167,
  0.8141810630738093, 1.0985605433061185, 1.4822688982138967,
  2.0000000000000018,
];
const LINUX = { os_type: "linux" };
/** Errors before the driver knows whose volume it is: their label `provider` is empty. */
const TOO_EARLY = [
  "FailedToEnsureMountPoint",
  "SecretProviderClassNotFound",
  "PodNotFound",
  "PodVolumeNotFound",
  "UnexpectedTargetPath",
  "NodePublishSecretRefNotFound",
  "FailedToRotate",
];

export class DriverMetrics {
  readonly #registry: Registry;
  readonly #lives: ProcessLives;
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
      case "csi.publish.skipped":
      case "csi.publish.unchanged":
      case "csi.publish.written":
      case "csi.publish.masked":
      case "csi.publish.failed":
        return this.#published(fact);
      case "csi.rotation.unchanged":
      case "csi.rotation.rotated":
      case "csi.rotation.failed":
        return this.#rotated(fact);
      case "volume.unmounted":
        if (fact.at.endsWith("/csi-driver"))
          this.#count(fact, "node_unpublish_total", LINUX);
        return;
      default:
        return;
    }
  }

  #published(fact: Publish): void {
    const { errorType: error_type, error, durationMs, first } = fact.data;
    const outcome = fact.type.slice("csi.publish.".length);
    const bad = outcome === "failed" || outcome === "masked";
    const provider = outcome === "skipped" ? "" : providerOf(error_type, error);
    const labels = { ...LINUX, provider };
    if (bad)
      this.#count(fact, "node_publish_error_total", { ...labels, error_type });
    else this.#count(fact, "node_publish_total", labels);
    // A mount that was there already is a rotation for 1.6, whatever comes of it.
    if (first || outcome === "skipped" || !this.#republishes()) return;
    const rotated = { ...labels, rotated: "true" };
    if (bad)
      this.#count(fact, "rotation_reconcile_error_total", {
        ...rotated,
        error_type,
      });
    else this.#reconciled(fact, rotated, durationMs);
  }

  #rotated(fact: Rotation): void {
    const { errorType: error_type, error, durationMs } = fact.data;
    const labels = { ...LINUX, provider: providerOf(error_type, error) };
    if (fact.type === "csi.rotation.failed") {
      const rotated = String(WRITING_STATUS.test(error));
      const all = { ...labels, error_type, rotated };
      return this.#count(fact, "rotation_reconcile_error_total", all);
    }
    const rotated = String(fact.type === "csi.rotation.rotated");
    const provider = this.#asked(fact) ? labels.provider : "";
    this.#reconciled(fact, { ...labels, provider, rotated }, durationMs);
  }

  /** Pods on their way out are left alone before anybody is asked. */
  #asked({ data }: Rotation): boolean {
    return data.durationMs > 0 || this.#settings?.latency.vault === 0;
  }

  #reconciled(
    fact: Publish | Rotation,
    labels: Labels,
    durationMs: DurationMs,
  ): void {
    this.#count(fact, "rotation_reconcile_total", labels);
    this.#registry.observe(fact.at, {
      name: "rotation_reconcile_duration_sec",
      labels: LINUX,
      buckets: ROTATION_BUCKETS_S,
      value: durationMs / SECOND_MS,
      times: this.#lives.timesOf(fact, fact.at),
    });
  }

  #count(fact: AnyFact, name: string, labels: Labels): void {
    const times = this.#lives.timesOf(fact, fact.at);
    this.#registry.count(fact.at, { name, labels, times });
  }

  #republishes(): boolean {
    const [major = 0, minor = 0] = (this.#settings?.driver.version ?? "")
      .split(".")
      .map(Number);
    return major > 1 || (major === 1 && minor >= 6);
  }
}

const WRITING_STATUS = /^failed to update versions in spc pod status /;
const OTHER_PROVIDER =
  /(?:connecting to provider|lookup provider client:) "([^"]*)"/;

/** The provider as the driver knows it when a call ends. */
function providerOf(errorType: string, error: string): string {
  if (TOO_EARLY.includes(errorType)) return "";
  if (errorType === "FailedToMount")
    return error.startsWith("Readonly is not true") ? "azure" : "";
  return OTHER_PROVIDER.exec(error)?.[1] ?? "azure";
}
