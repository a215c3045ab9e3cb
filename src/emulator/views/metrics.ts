/**
 * The metrics endpoints of a cluster's processes at one instant, in Prometheus' text format, counted from the trace: on
 * each node the driver's (`:8095/metrics`), the provider's (`:8898/metrics`) and the kubelet's, and Reloader's in its pods
 * (`:9090/metrics`). A process that restarts counts anew.
 *
 * Source: csi-driver.md 8.1 and 8.2, kubelet.md 11.1, reloader.md 1.9 of the reference; each process's own file
 * Simplification: of the metrics endpoints only the components' own metrics are given; those of controller-runtime, of the Go runtime and OpenTelemetry's `otel_scope_*` and `target_info` are left out.
 */
import type { Fact, FactSink } from "../../kernel/trace.ts";
import type { AnyFact } from "../trace/facts.ts";
import { DRIVER_HELP, DriverMetrics } from "./metrics-driver.ts";
import { KUBELET_HELP, KubeletMetrics } from "./metrics-kubelet.ts";
import { ProcessLives, reloaderProcess } from "./metrics-lives.ts";
import { PROVIDER_HELP, ProviderMetrics } from "./metrics-provider.ts";
import { RELOADER_HELP, ReloaderMetrics } from "./metrics-reloader.ts";
import { Registry } from "./metrics-registry.ts";

/** Processes of a node that answer on an endpoint of their own. */
export const METRICS_ENDPOINTS = [
  "csi-driver",
  "provider-azure",
  "kubelet",
] as const;
export type MetricsEndpoint = (typeof METRICS_ENDPOINTS)[number];

const HELP = new Map([
  ...DRIVER_HELP,
  ...PROVIDER_HELP,
  ...KUBELET_HELP,
  ...RELOADER_HELP,
]);

export class Metrics implements FactSink {
  readonly #registry = new Registry();
  readonly #lives = new ProcessLives();
  readonly #driver = new DriverMetrics(this.#registry, this.#lives);
  readonly #provider = new ProviderMetrics(this.#registry, this.#lives);
  readonly #kubelet = new KubeletMetrics(this.#registry, this.#lives);
  readonly #reloader = new ReloaderMetrics(this.#registry, this.#lives);

  fact(input: Fact): void {
    const fact = input as AnyFact;
    const ended = this.#lives.fact(fact);
    if (ended !== null) this.#registry.drop(ended);
    this.#driver.fact(fact);
    this.#provider.fact(fact);
    this.#kubelet.fact(fact);
    this.#reloader.fact(fact);
  }

  /** One endpoint's page; empty where nothing was counted or the process is down. Families and series are sorted. */
  text(node: string, endpoint: MetricsEndpoint): string {
    const process = `${node}/${endpoint}`;
    if (this.#lives.isDown(process)) return "";
    if (endpoint === "kubelet") this.#kubelet.gauge(node);
    return this.#registry.text(process, HELP);
  }

  /** `namespace/name` of the pods that ran Reloader, in the order in which they started it first. */
  get reloaders(): readonly string[] {
    return this.#reloader.pods;
  }

  /** The page of Reloader in a pod, `namespace/name`; empty where the process is down. */
  reloaderText(pod: string): string {
    const process = reloaderProcess(pod);
    return this.#lives.isDown(process)
      ? ""
      : this.#registry.text(process, HELP);
  }
}
