/** StatefulSets: names that stay, one step at a time, updates from the highest ordinal down (kubelet.md 9.4). */
import { describe, expect, it } from "vitest";
import type { Stored } from "../../../../src/cluster-sim/ports.ts";
import type { JsonObject } from "../../../../src/kernel/json.ts";
import { MINUTE_MS, SECOND_MS } from "../../../../src/kernel/time.ts";
import { LATENCY_MS, WATCH_LATENCY_MS } from "../../support.ts";
import type { Workloads } from "../workload-support.ts";
import {
  NODES,
  aDeployment,
  aTemplate,
  aWorkloadCluster,
  allOf,
  applied,
  closeTrace,
  eventsInOrder,
  statusOfWeb,
  wait,
} from "../workload-support.ts";

const KIND = "StatefulSet";
const BROKEN = aTemplate("broken");

function aSet(spec: JsonObject = {}): JsonObject {
  const more = { serviceName: "web", replicas: 3, ...spec };
  return { ...aDeployment(more), kind: KIND };
}

function settled(spec: JsonObject = {}): Workloads {
  const cluster = aWorkloadCluster();
  applied(cluster, aSet(spec));
  wait(cluster, MINUTE_MS);
  return cluster;
}

/** `create web-0`, `delete web-2` …, in order. */
function steps(cluster: Workloads): string[] {
  closeTrace(cluster);
  const texts = cluster.facts
    .filter(({ type, data }) => type === "k8s.event" && data["kind"] === KIND)
    .toSorted((a, b) => a.seq - b.seq);
  return texts.map(({ data }) =>
    (data["message"] as string)
      .replace(" Pod", "")
      .replace(" in StatefulSet web successful", ""),
  );
}

function forget(cluster: Workloads): void {
  closeTrace(cluster);
  cluster.facts.length = 0;
}

function imagesOf(cluster: Workloads): string[] {
  return allOf(cluster, "Pod").map(({ object }) => {
    const { containers } = object["spec"] as {
      readonly containers: readonly { readonly image: string }[];
    };
    return `${object.metadata.name} ${containers[0]!.image}`;
  });
}

/** How many of the first two pods are stored, without letting time pass. */
function podsStored({ server }: Workloads): number {
  return ["web-0", "web-1"].filter(
    (name) => server.read("Pod", "default", name) !== null,
  ).length;
}

const labelsOf = ({ object }: Stored): unknown => object.metadata.labels;

describe("a StatefulSet", () => {
  it("makes its pods one after the other, each when the one before it is ready", () => {
    const cluster = aWorkloadCluster();
    applied(cluster, aSet());
    wait(cluster, SECOND_MS);
    expect(imagesOf(cluster)).toEqual(["web-0 app:1"]);
    wait(cluster, 2 * SECOND_MS);
    expect(imagesOf(cluster)).toEqual(["web-0 app:1", "web-1 app:1"]);
    wait(cluster, MINUTE_MS);
    expect(steps(cluster)).toEqual([
      "create web-0",
      "create web-1",
      "create web-2",
    ]);
    expect(eventsInOrder(cluster, "SuccessfulCreate")[0]).toBe(
      "create Pod web-0 in StatefulSet web successful",
    );
  });

  it("names its revision and marks its pods with it", () => {
    const cluster = settled();
    const [revision, ...others] = allOf(cluster, "ControllerRevision");
    expect(others).toEqual([]);
    const { name } = revision!.object.metadata;
    expect(name).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{6,10}$/);
    expect(revision!.object["revision"]).toBe(1);
    expect(statusOfWeb(cluster, KIND)).toEqual({
      observedGeneration: 1,
      replicas: 3,
      readyReplicas: 3,
      currentReplicas: 3,
      updatedReplicas: 3,
      availableReplicas: 3,
      currentRevision: name,
      updateRevision: name,
      collisionCount: 0,
    });
    expect(labelsOf(allOf(cluster, "Pod")[1]!)).toEqual({
      app: "web",
      "controller-revision-hash": name,
      "statefulset.kubernetes.io/pod-name": "web-1",
      "apps.kubernetes.io/pod-index": "1",
    });
  });

  it("gives its pods their own ordinals, and consecutive nodes", () => {
    const cluster = settled();
    const pods = allOf(cluster, "Pod");
    expect(pods.map(({ lineage }) => lineage)).toEqual(
      [0, 1, 2].map((ordinal) => ({
        workload: "default/statefulset/web",
        ordinal,
      })),
    );
    const nodes = pods.map(({ object }) =>
      NODES.indexOf((object["spec"] as { nodeName: string }).nodeName),
    );
    expect(nodes.map((node) => (node - nodes[0]! + 3) % 3)).toEqual([0, 1, 2]);
  });

  it("updates from the highest ordinal down, each pod when the one above is ready again", () => {
    const cluster = settled();
    forget(cluster);
    applied(cluster, aSet({ template: aTemplate("app:2") }));
    wait(cluster, MINUTE_MS);
    expect(steps(cluster)).toEqual([
      "delete web-2",
      "create web-2",
      "delete web-1",
      "create web-1",
      "delete web-0",
      "create web-0",
    ]);
    const status = statusOfWeb(cluster, KIND);
    expect(status["currentRevision"]).toBe(status["updateRevision"]);
    expect(allOf(cluster, "ControllerRevision")).toHaveLength(2);
  });

  it("keeps ordinals below the partition on the old revision, also when they are made anew", () => {
    const updateStrategy = {
      type: "RollingUpdate",
      rollingUpdate: { partition: 2 },
    };
    const cluster = settled({ updateStrategy });
    applied(cluster, aSet({ updateStrategy, template: aTemplate("app:2") }));
    wait(cluster, MINUTE_MS);
    cluster.ask({
      verb: "delete",
      kind: "Pod",
      namespace: "default",
      name: "web-0",
    });
    wait(cluster, MINUTE_MS);
    expect(imagesOf(cluster)).toEqual([
      "web-0 app:1",
      "web-1 app:1",
      "web-2 app:2",
    ]);
    expect(statusOfWeb(cluster, KIND)).toMatchObject({
      currentReplicas: 2,
      updatedReplicas: 1,
    });
  });

  it("leaves pods alone with OnDelete until somebody deletes them", () => {
    const updateStrategy = { type: "OnDelete" };
    const cluster = settled({ updateStrategy });
    applied(cluster, aSet({ updateStrategy, template: aTemplate("app:2") }));
    wait(cluster, MINUTE_MS);
    expect(imagesOf(cluster)).not.toContain("web-2 app:2");
    cluster.ask({
      verb: "delete",
      kind: "Pod",
      namespace: "default",
      name: "web-1",
    });
    wait(cluster, MINUTE_MS);
    expect(imagesOf(cluster)).toEqual([
      "web-0 app:1",
      "web-1 app:2",
      "web-2 app:1",
    ]);
  });

  it("is blocked by a pod that never gets ready, and a repaired template does not free it", () => {
    const cluster = settled();
    applied(cluster, aSet({ template: BROKEN }));
    wait(cluster, 10 * MINUTE_MS);
    const stuck = ["web-0 app:1", "web-1 app:1", "web-2 broken"];
    expect(imagesOf(cluster)).toEqual(stuck);
    applied(cluster, aSet());
    wait(cluster, 10 * MINUTE_MS);
    expect(imagesOf(cluster)).toEqual(stuck);
    cluster.ask({
      verb: "delete",
      kind: "Pod",
      namespace: "default",
      name: "web-2",
    });
    wait(cluster, MINUTE_MS);
    expect(imagesOf(cluster)).toEqual([
      "web-0 app:1",
      "web-1 app:1",
      "web-2 app:1",
    ]);
  });

  it("gives a template that comes back its old revision with the next number", () => {
    const cluster = settled();
    applied(cluster, aSet({ template: aTemplate("app:2") }));
    wait(cluster, MINUTE_MS);
    applied(cluster, aSet());
    wait(cluster, MINUTE_MS);
    const numbers = allOf(cluster, "ControllerRevision").map(
      ({ object }) => object["revision"] as number,
    );
    expect(numbers.toSorted((a, b) => a - b)).toEqual([2, 3]);
  });

  it("keeps as many old revisions as its limit says", () => {
    const cluster = settled({ revisionHistoryLimit: 1 });
    for (const image of ["app:2", "app:3", "app:4"]) {
      const template = aTemplate(image);
      applied(cluster, aSet({ revisionHistoryLimit: 1, template }));
      wait(cluster, MINUTE_MS);
    }
    const numbers = allOf(cluster, "ControllerRevision").map(
      ({ object }) => object["revision"] as number,
    );
    expect(numbers.toSorted((a, b) => a - b)).toEqual([3, 4]);
  });

  it("scales down from the highest ordinal, one at a time", () => {
    const cluster = settled();
    forget(cluster);
    applied(cluster, aSet({ replicas: 1 }));
    wait(cluster, 2 * SECOND_MS);
    expect(imagesOf(cluster)).toHaveLength(3);
    wait(cluster, MINUTE_MS);
    expect(steps(cluster)).toEqual(["delete web-2", "delete web-1"]);
  });

  it("makes all pods at once with Parallel, and updates one by one all the same", () => {
    const podManagementPolicy = "Parallel";
    const cluster = aWorkloadCluster();
    applied(cluster, aSet({ podManagementPolicy }));
    wait(cluster, SECOND_MS);
    expect(imagesOf(cluster)).toHaveLength(3);
    wait(cluster, MINUTE_MS);
    forget(cluster);
    const template = aTemplate("app:2");
    applied(cluster, aSet({ podManagementPolicy, template }));
    wait(cluster, MINUTE_MS);
    expect(steps(cluster)).toEqual([
      "delete web-2",
      "create web-2",
      "delete web-1",
      "create web-1",
      "delete web-0",
      "create web-0",
    ]);
  });

  it("looks again minReadySeconds after the pass that made a pod, and again after that", () => {
    const cluster = aWorkloadCluster();
    const { sim } = cluster;
    applied(cluster, aSet({ replicas: 2, minReadySeconds: 20 }));
    // The watch, then the revision, the pod and the status, one request after the other.
    const passEndsAt = sim.now + WATCH_LATENCY_MS + 3 * LATENCY_MS;
    const secondLookAt = passEndsAt + 2 * 20 * SECOND_MS;
    sim.runUntil(secondLookAt - 1);
    expect(podsStored(cluster)).toBe(1);
    wait(cluster, LATENCY_MS * 4);
    expect(podsStored(cluster)).toBe(2);
    wait(cluster, MINUTE_MS);
    expect(statusOfWeb(cluster, KIND)["availableReplicas"]).toBe(2);
  });

  it("takes in a pod of its name that nobody owns", () => {
    const cluster = aWorkloadCluster();
    const { metadata, spec } = aTemplate("app:0") as Record<string, JsonObject>;
    applied(cluster, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { ...metadata, name: "web-0", namespace: "default" },
      spec: spec!,
    });
    wait(cluster, 10 * SECOND_MS);
    applied(cluster, aSet({ replicas: 1 }));
    wait(cluster, MINUTE_MS);
    expect(steps(cluster)).toEqual(["delete web-0", "create web-0"]);
    expect(imagesOf(cluster)).toEqual(["web-0 app:1"]);
  });
});
