import { describe, expect, it } from "vitest";
import { DefaultScheduler } from "../../../src/cluster-sim/index.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import type { Cluster } from "../support.ts";
import { WATCH_LATENCY_MS, aCluster, aPod } from "../support.ts";

const SCHEDULING_MS = 40;

function aScheduledCluster(nodes: readonly string[]): Cluster {
  const cluster = aCluster();
  const { sim, server } = cluster;
  const scheduler = sim.add(
    new DefaultScheduler({
      sim,
      nodes,
      client: server.client("default-scheduler"),
      config: () => ({ latencyMs: SCHEDULING_MS }),
      minor: () => 33,
    }),
  );
  sim.command(() => scheduler.start());
  settle(cluster);
  return cluster;
}

function settle({ sim }: Cluster): void {
  sim.runUntil(sim.now + 1000);
}

function nodeOf(cluster: Cluster, name: string): unknown {
  const pod = cluster.server.read("Pod", "default", name)!;
  return (pod.object["spec"] as JsonObject)["nodeName"];
}

const NODES = ["node-0", "node-1"];

describe("the scheduler", () => {
  it("binds a pod after the watch and its own latency", () => {
    const cluster = aScheduledCluster(NODES);
    cluster.apply(aPod("web"));
    const due = cluster.sim.now + WATCH_LATENCY_MS + SCHEDULING_MS;
    cluster.sim.runUntil(due - 1);
    expect(nodeOf(cluster, "web")).toBeUndefined();
    cluster.sim.runUntil(due);
    expect(nodeOf(cluster, "web")).toBe("node-0");
  });

  it("goes round the nodes in order of declaration and does not count pods that have one", () => {
    const cluster = aScheduledCluster(NODES);
    cluster.apply(aPod("c"));
    cluster.apply(aPod("fixed", { nodeName: "node-1" }));
    cluster.apply(aPod("a"));
    cluster.apply(aPod("b"));
    settle(cluster);
    expect(
      ["c", "fixed", "a", "b"].map((name) => nodeOf(cluster, name)),
    ).toEqual(["node-0", "node-1", "node-1", "node-0"]);
  });

  it("tells the pod where it went", () => {
    const cluster = aScheduledCluster(NODES);
    cluster.apply(aPod("web"));
    settle(cluster);
    const reply = cluster.ask({
      verb: "list",
      kind: "Event",
      fieldSelector: "involvedObject.name=web,reason=Scheduled",
    });
    expect(reply).toMatchObject({
      items: [
        {
          object: {
            type: "Normal",
            message: "Successfully assigned default/web to node-0",
            source: { component: "default-scheduler" },
          },
        },
      ],
    });
    const bound = cluster.facts.find(
      (fact) =>
        fact.type === "api.object.modified" && fact.about === "default/Pod/web",
    );
    expect(bound?.data).toMatchObject({ by: "default-scheduler" });
  });

  it("leaves a pod that is gone before its turn", () => {
    const cluster = aScheduledCluster(NODES);
    cluster.apply(aPod("web"));
    cluster.sim.runUntil(cluster.sim.now + WATCH_LATENCY_MS + 1);
    cluster.sim.command(() =>
      cluster.server.remove("pod", "default", "web", "kubectl"),
    );
    cluster.apply(aPod("web"));
    settle(cluster);
    // The second pod of the name had a turn of its own.
    expect(nodeOf(cluster, "web")).toBe("node-1");
  });

  it.each<[string, JsonObject]>([
    ["of another scheduler", { schedulerName: "mine" }],
    ["with a scheduling gate", { schedulingGates: [{ name: "wait" }] }],
    ["on an unknown node", { nodeName: "elsewhere" }],
  ])("leaves a pod %s pending", (_, spec) => {
    const cluster = aScheduledCluster(NODES);
    cluster.apply(aPod("web", spec));
    settle(cluster);
    expect(nodeOf(cluster, "web")).toBe(spec["nodeName"]);
    expect(cluster.server.read("Pod", "default", "web")?.object).toMatchObject({
      status: { phase: "Pending" },
    });
  });

  it("says so when there is no node", () => {
    const cluster = aScheduledCluster([]);
    cluster.apply(aPod("web"));
    settle(cluster);
    expect(cluster.ask({ verb: "list", kind: "Event" })).toMatchObject({
      items: [
        {
          object: {
            reason: "FailedScheduling",
            message: "no nodes available to schedule pods",
          },
        },
      ],
    });
  });

  it("costs nothing while no pod waits", () => {
    const cluster = aScheduledCluster(NODES);
    cluster.apply(aPod("web"));
    settle(cluster);
    expect(cluster.sim.nextDueAt).toBeNull();
  });
});
