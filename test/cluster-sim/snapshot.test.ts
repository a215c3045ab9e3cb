import { describe, expect, it } from "vitest";
import {
  DefaultScheduler,
  GarbageCollector,
} from "../../src/cluster-sim/index.ts";
import type { JsonObject } from "../../src/kernel/json.ts";
import type { Cluster } from "./support.ts";
import { aCluster, aPod, aPodStatus, aSecret } from "./support.ts";

const SCHEDULER = { latencyMs: 40 };

function aWholeCluster(begin: boolean): Cluster {
  const cluster = aCluster();
  const { sim, server } = cluster;
  const scheduler = sim.add(
    new DefaultScheduler({
      sim,
      nodes: ["node-0", "node-1"],
      client: server.client("default-scheduler"),
      config: () => SCHEDULER,
      minor: () => 33,
    }),
  );
  const client = server.client("garbage-collector");
  const collector = sim.add(new GarbageCollector({ sim, client }));
  if (begin)
    sim.command(() => {
      scheduler.start();
      collector.start();
    });
  return cluster;
}

/** Enough to have watches, replies, bindings and collections under way. */
function beginWork(cluster: Cluster): void {
  const { sim, server, apply } = cluster;
  sim.runUntil(sim.now + 500);
  apply(aPod("a"));
  apply(aPod("b"));
  const { uid } = server.read("Pod", "default", "a")!.object.metadata;
  const owner = { apiVersion: "v1", kind: "Pod", name: "a", uid };
  apply(aPodStatus("s", { ownerReferences: [owner] }));
  apply(aSecret("x", { stringData: { k: "v" } }));
  sim.runUntil(sim.now + 30);
  sim.command(() => server.remove("pod", "default", "a", "kubectl"));
}

function finishWork({ sim, apply }: Cluster): string {
  sim.runUntil(sim.now + 60);
  apply(aSecret("x", { stringData: { k: "w" } }));
  apply(aPod("c"));
  sim.runUntil(sim.now + 10_000);
  sim.command(() => sim.trace.close());
  return sim.trace.hash;
}

describe("a snapshot of the control plane", () => {
  it("goes on to the same facts in another world", () => {
    const original = aWholeCluster(true);
    beginWork(original);
    const snapshot: unknown = JSON.parse(
      JSON.stringify(original.sim.snapshot()),
    );
    const hash = finishWork(original);
    const copy = aWholeCluster(false);
    copy.sim.restore(snapshot as JsonObject);
    expect(finishWork(copy)).toBe(hash);
    expect(copy.server.read("Pod", "default", "c")).toEqual(
      original.server.read("Pod", "default", "c"),
    );
  });

  it("is the same for the same seed and differs for another", () => {
    const hash = (seed: number): string => {
      const cluster = aCluster({ seed });
      cluster.apply(aSecret("x", { stringData: { k: "v" } }));
      return cluster.sim.trace.hash;
    };
    expect(hash(1)).toBe(hash(1));
    expect(hash(2)).not.toBe(hash(1));
  });
});
