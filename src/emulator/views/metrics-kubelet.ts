/**
 * What a kubelet counts of the containers, pods and volumes of its node.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/metrics/metrics.go, pkg/kubelet/kuberuntime/kuberuntime_manager.go,
 * pkg/kubelet/pleg/generic.go, pkg/volume/util/metrics.go; kubelet.md 11.1 of the reference
 * Simplification: of the kubelet's histogram `storage_operation_duration_seconds` only the count is given, since setting up a volume takes no modelled time.
 * Simplification: the kubelet's gauges of pods and containers are those of this instant; upstream they are up to a relist of 1 s old. Containers that have ended are not counted.
 * Simplification: the kubelet's durations of pod workers, pod starts, status updates and relists are left out, since the model spends no time there.
 */
import { SECOND_MS } from "../../kernel/time.ts";
import type { AnyFact } from "../trace/facts.ts";
import type { Publish } from "./metrics-driver.ts";
import type { ProcessLives } from "./metrics-lives.ts";
import type { Labels, Registry } from "./metrics-registry.ts";

export const KUBELET_HELP: ReadonlyMap<string, string> = new Map([
  [
    "csi_operations_seconds",
    "[ALPHA] Container Storage Interface operation duration with gRPC error code status total",
  ],
  [
    "kubelet_started_containers_total",
    "[ALPHA] Cumulative number of containers started",
  ],
  [
    "kubelet_started_containers_errors_total",
    "[ALPHA] Cumulative number of errors when starting containers",
  ],
]);

const DRIVER = "secrets-store.csi.k8s.io";
const CSI_PLUGIN = `kubernetes.io/csi:${DRIVER}`;
const BUCKETS_S = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 25, 50, 120, 300, 600];
/** Names of the plugins that are not their kind's in lower case. */
const PLUGINS: ReadonlyMap<string, string> = new Map([
  ["csi", CSI_PLUGIN],
  ["emptyDir", "kubernetes.io/empty-dir"],
]);

export class KubeletMetrics {
  readonly #registry: Registry;
  readonly #lives: ProcessLives;
  /** What runs on each node: uids of pods, and `uid/container`. */
  readonly #pods = new Map<string, Set<string>>();
  readonly #containers = new Map<string, Set<string>>();

  constructor(registry: Registry, lives: ProcessLives) {
    this.#registry = registry;
    this.#lives = lives;
  }

  /** Brings the gauges up to date. */
  gauge(node: string): void {
    const pods = this.#pods.get(node);
    const containers = this.#containers.get(node);
    if (pods === undefined && containers === undefined) return;
    const process = `${node}/kubelet`;
    this.#registry.set(process, {
      name: "kubelet_running_pods",
      labels: {},
      value: pods?.size ?? 0,
    });
    this.#registry.set(process, {
      name: "kubelet_running_containers",
      labels: { container_state: "running" },
      value: containers?.size ?? 0,
    });
  }

  fact(fact: AnyFact): void {
    const node = fact.at.split("/")[0]!;
    switch (fact.type) {
      case "node.stopped":
        this.#pods.delete(fact.data.node);
        this.#containers.delete(fact.data.node);
        return;
      case "kubelet.pod.running":
        return this.#add(this.#pods, node, fact.data.uid);
      case "kubelet.pod.gone":
        this.#pods.get(node)?.delete(fact.data.uid);
        return;
      case "api.object.modified":
        return this.#ended(fact.data);
      case "container.started":
        return this.#add(this.#containers, node, containerOf(fact.data));
      case "container.exited":
        this.#containers.get(node)?.delete(containerOf(fact.data));
        return;
      default:
        return this.#counted(fact, node);
    }
  }

  #counted(fact: AnyFact, node: string): void {
    switch (fact.type) {
      case "csi.publish.skipped":
      case "csi.publish.unchanged":
      case "csi.publish.written":
      case "csi.publish.masked":
      case "csi.publish.failed":
        return this.#published(fact, node);
      case "kubelet.volume.refreshed": {
        const { plugin, count = 1 } = fact.data;
        return this.#setUp(fact, node, { plugin, status: "success" }, count);
      }
      case "volume.failed": {
        const { kind } = fact.data;
        const plugin = PLUGINS.get(kind) ?? `kubernetes.io/${lower(kind)}`;
        return this.#setUp(fact, node, { plugin, status: "fail-unknown" });
      }
      case "container.created":
        return this.#count(fact, node, "kubelet_started_containers_total", {
          container_type: fact.data.init ? "init_container" : "container",
        });
      case "k8s.event": {
        if (fact.data.reason !== "Failed" || fact.data.source !== "kubelet")
          return;
        // A try that failed counts as a start, too.
        const type = { container_type: "container" };
        this.#count(fact, node, "kubelet_started_containers_total", type);
        return this.#count(
          fact,
          node,
          "kubelet_started_containers_errors_total",
          { ...type, code: "CreateContainerConfigError" },
        );
      }
      default:
        return;
    }
  }

  #published(fact: Publish, node: string): void {
    const failed = (fact.type as string) === "csi.publish.failed";
    if (!failed)
      this.#setUp(fact, node, { plugin: CSI_PLUGIN, status: "success" });
    const { error, durationMs } = fact.data;
    const process = `${node}/kubelet`;
    this.#registry.observe(process, {
      name: "csi_operations_seconds",
      labels: {
        driver_name: DRIVER,
        grpc_status_code: failed ? codeOf(error) : "OK",
        method_name: "/csi.v1.Node/NodePublishVolume",
        migrated: "false",
      },
      buckets: BUCKETS_S,
      value: durationMs / SECOND_MS,
      times: this.#lives.timesOf(fact, process),
    });
  }

  #setUp(
    fact: AnyFact,
    node: string,
    { plugin, status }: { readonly plugin: string; readonly status: string },
    each = 1,
  ): void {
    const process = `${node}/kubelet`;
    this.#registry.count(process, {
      name: "storage_operation_duration_seconds_count",
      labels: {
        migrated: "false",
        operation_name: "volume_mount",
        status,
        volume_plugin: plugin,
      },
      times: each * this.#lives.timesOf(fact, process),
    });
  }

  #count(fact: AnyFact, node: string, name: string, labels: Labels): void {
    const process = `${node}/kubelet`;
    const times = this.#lives.timesOf(fact, process);
    this.#registry.count(process, { name, labels, times });
  }

  #add(sets: Map<string, Set<string>>, node: string, member: string): void {
    const set = sets.get(node);
    if (set === undefined) sets.set(node, new Set([member]));
    else set.add(member);
  }

  /** The sandbox of a pod goes with its last container where none is started again. */
  #ended({
    kind,
    uid,
    phase,
  }: {
    readonly kind: string;
    readonly uid: string;
    readonly phase?: string;
  }): void {
    if (kind !== "Pod" || (phase !== "Succeeded" && phase !== "Failed")) return;
    for (const pods of this.#pods.values()) pods.delete(uid);
  }
}

function containerOf({
  uid,
  container,
}: {
  readonly uid: string;
  readonly container: string;
}): string {
  return `${uid}/${container}`;
}

function lower(kind: string): string {
  return kind.toLowerCase();
}

/** The code that the driver answers with. */
function codeOf(error: string): string {
  if (error === "context deadline exceeded") return "DeadlineExceeded";
  return error.startsWith("Readonly is not true")
    ? "InvalidArgument"
    : "Unknown";
}
