/** Jobs whose pods end when a test says so. */
import type { Stored } from "../../../../src/cluster-sim/ports.ts";
import type { JsonObject } from "../../../../src/kernel/json.ts";
import { toRfc3339 } from "../../../../src/kernel/time.ts";
import type { Workloads } from "../workload-support.ts";
import { allOf, closeTrace } from "../workload-support.ts";

export function aJob(spec: JsonObject = {}, pod: JsonObject = {}): JsonObject {
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "report", namespace: "default" },
    spec: { template: aJobTemplate(pod), ...spec },
  };
}

export function aJobTemplate(pod: JsonObject = {}): JsonObject {
  const containers = [{ name: "main", image: "app:1" }];
  return { spec: { containers, restartPolicy: "Never", ...pod } };
}

/** Pods that have not finished, the oldest first. */
export function running(cluster: Workloads): readonly Stored[] {
  const phase = ({ object }: Stored): unknown =>
    (object["status"] as JsonObject)["phase"];
  return allOf(cluster, "Pod")
    .filter((pod) => phase(pod) === "Running" || phase(pod) === "Pending")
    .toSorted((a, b) => a.lineage!.ordinal! - b.lineage!.ordinal!);
}

/** The oldest pod that runs ends now; its node says so at once. */
export function finish(
  cluster: Workloads,
  phase: "Succeeded" | "Failed",
): Stored {
  const [pod] = running(cluster);
  const { namespace = "", name } = pod!.object.metadata;
  const terminated = {
    exitCode: phase === "Failed" ? 1 : 0,
    finishedAt: toRfc3339(cluster.sim.now),
  };
  const containerStatuses = [{ name: "main", state: { terminated } }];
  const patch = { status: { phase, conditions: [], containerStatuses } };
  const key = { kind: "Pod", namespace, name };
  cluster.sim.command(() =>
    cluster.server.request({ verb: "patchStatus", ...key, patch }, "kubelet"),
  );
  return pod!;
}

export function conditionsOf(
  { server }: Workloads,
  name = "report",
): readonly string[] {
  const { object } = server.read("Job", "default", name)!;
  const { conditions = [] } = object["status"] as {
    readonly conditions?: readonly JsonObject[];
  };
  return conditions.map(
    ({ type, status, reason }) =>
      `${type as string}=${status as string} ${(reason ?? "") as string}`,
  );
}

/** Events about one kind as `Reason: message`, in order. */
export function eventsAbout(cluster: Workloads, kind: string): string[] {
  closeTrace(cluster);
  return cluster.facts
    .filter(({ type, data }) => type === "k8s.event" && data["kind"] === kind)
    .toSorted((a, b) => a.seq - b.seq)
    .map(
      ({ data }) => `${data["reason"] as string}: ${data["message"] as string}`,
    );
}
