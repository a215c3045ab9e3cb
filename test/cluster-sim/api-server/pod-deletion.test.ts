import { describe, expect, it } from "vitest";
import type { ApiReply, ApiRequest } from "../../../src/cluster-sim/ports.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import type { Cluster } from "../support.ts";
import { aCluster, aPod, storedOf } from "../support.ts";

const KEY = { kind: "Pod", namespace: "default", name: "web" } as const;

function withPod(spec: JsonObject): Cluster {
  const cluster = aCluster();
  cluster.ask({ verb: "create", object: aPod("web", spec) });
  cluster.sim.runUntil(Date.parse("2024-04-29T09:10:00Z"));
  return cluster;
}

function remove(cluster: Cluster, gracePeriodSeconds?: number): ApiReply {
  const request: ApiRequest = { verb: "delete", ...KEY };
  return cluster.ask(
    gracePeriodSeconds === undefined
      ? request
      : { ...request, gracePeriodSeconds },
  );
}

describe("deleting a pod", () => {
  it("gives a pod on a node 30 seconds and leaves it there", () => {
    const cluster = withPod({ nodeName: "node-0" });
    cluster.facts.length = 0;
    const { object } = storedOf(remove(cluster));
    expect(object.metadata).toMatchObject({
      deletionTimestamp: "2024-04-29T09:10:30Z",
      deletionGracePeriodSeconds: 30,
    });
    expect(cluster.server.read("Pod", "default", "web")).not.toBeNull();
    expect(cluster.facts).toMatchObject([
      { type: "api.object.modified", data: { terminating: true } },
    ]);
  });

  it("takes the pod's own grace period", () => {
    const cluster = withPod({
      nodeName: "node-0",
      terminationGracePeriodSeconds: 5,
    });
    expect(storedOf(remove(cluster)).object.metadata).toMatchObject({
      deletionTimestamp: "2024-04-29T09:10:05Z",
      deletionGracePeriodSeconds: 5,
    });
  });

  it("removes at once with grace 0", () => {
    const cluster = withPod({ nodeName: "node-0" });
    expect(remove(cluster, 0).ok).toBe(true);
    expect(cluster.server.read("Pod", "default", "web")).toBeNull();
  });

  it("removes a pod that has no node, or has ended, at once", () => {
    const unbound = withPod({});
    remove(unbound);
    expect(unbound.server.read("Pod", "default", "web")).toBeNull();
    const ended = withPod({ nodeName: "node-0" });
    const patch = { status: { phase: "Succeeded" } };
    ended.ask({ verb: "patchStatus", ...KEY, patch });
    remove(ended);
    expect(ended.server.read("Pod", "default", "web")).toBeNull();
  });

  it("lets the grace period shrink but not grow, counted from the first deletion", () => {
    const cluster = withPod({ nodeName: "node-0" });
    remove(cluster);
    cluster.sim.runUntil(cluster.sim.now + 10_000);
    const longer = storedOf(remove(cluster, 60)).object.metadata;
    expect(longer.deletionTimestamp).toBe("2024-04-29T09:10:30Z");
    const shorter = storedOf(remove(cluster, 20)).object.metadata;
    expect(shorter).toMatchObject({
      deletionTimestamp: "2024-04-29T09:10:20Z",
      deletionGracePeriodSeconds: 20,
    });
  });

  it("removes by kubectl's names, with the pod's grace", () => {
    const cluster = withPod({ nodeName: "node-0" });
    const reply = cluster.sim.command(() =>
      cluster.server.remove("po", "default", "web", "kubectl"),
    );
    expect(storedOf(reply).object.metadata.deletionGracePeriodSeconds).toBe(30);
    const unknown = cluster.sim.command(() =>
      cluster.server.remove("Foo", "default", "web", "kubectl"),
    );
    expect(unknown).toMatchObject({
      ok: false,
      error: { message: `the server doesn't have a resource type "foo"` },
    });
  });
});
