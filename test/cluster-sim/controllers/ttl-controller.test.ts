import { describe, expect, it } from "vitest";
import {
  TTL_ANNOTATION,
  TtlController,
} from "../../../src/cluster-sim/index.ts";
import { MINUTE_MS, SECOND_MS } from "../../../src/kernel/time.ts";
import type { Cluster } from "../support.ts";
import { WATCH_LATENCY_MS, aCluster } from "../support.ts";

const CALLER = "ttl-controller";

function addNode(cluster: Cluster, name: string): void {
  cluster.apply({ apiVersion: "v1", kind: "Node", metadata: { name } });
}

function addNodes(cluster: Cluster, from: number, to: number): void {
  for (let i = from; i < to; i++) addNode(cluster, `n${i}`);
}

function removeNode({ sim, server }: Cluster, name: string): void {
  sim.command(() => server.remove("node", "", name, "kubectl"));
}

function settle({ sim }: Cluster): void {
  sim.runUntil(sim.now + SECOND_MS);
}

function begin(cluster: Cluster): void {
  const { sim, server } = cluster;
  const client = server.client(CALLER);
  const controller = sim.add(new TtlController({ sim, client }));
  sim.command(() => controller.start());
}

function ttlOf({ server }: Cluster, name: string): string | undefined {
  return server.read("Node", "", name)!.object.metadata.annotations?.[
    TTL_ANNOTATION
  ];
}

describe("the TTL controller", () => {
  it.each([
    [1, "0"],
    [100, "0"],
    [101, "15"],
    [500, "15"],
    [501, "30"],
  ])(
    "writes on each of %i nodes %s seconds once the list is in",
    (nodes, ttl) => {
      const cluster = aCluster();
      addNodes(cluster, 0, nodes);
      begin(cluster);
      const { sim } = cluster;
      sim.runBefore(sim.now + WATCH_LATENCY_MS);
      expect(ttlOf(cluster, "n0")).toBeUndefined();
      settle(cluster);
      for (const n of [0, nodes - 1]) expect(ttlOf(cluster, `n${n}`)).toBe(ttl);
      expect(sim.nextDueAt).toBeNull();
    },
  );

  it("writes on a new node at once, and on another when it is next updated", () => {
    const cluster = aCluster();
    addNodes(cluster, 0, 100);
    begin(cluster);
    settle(cluster);
    addNode(cluster, "new");
    settle(cluster);
    expect(ttlOf(cluster, "new")).toBe("15");
    expect(ttlOf(cluster, "n0")).toBe("0");
    const patch = { status: { phase: "x" } };
    const key = { kind: "Node", namespace: "", name: "n0" };
    cluster.ask({ verb: "patchStatus", ...key, patch });
    settle(cluster);
    expect(ttlOf(cluster, "n0")).toBe("15");
  });

  it.each([
    [90, "15"],
    [89, "0"],
  ])("falls back when fewer than 90 nodes are left: %i", (left, ttl) => {
    const cluster = aCluster();
    addNodes(cluster, 0, 101);
    begin(cluster);
    settle(cluster);
    for (let i = left; i < 101; i++) removeNode(cluster, `n${i}`);
    settle(cluster);
    const patch = { status: { phase: "x" } };
    const key = { kind: "Node", namespace: "", name: "n0" };
    cluster.ask({ verb: "patchStatus", ...key, patch });
    settle(cluster);
    expect(ttlOf(cluster, "n0")).toBe(ttl);
  });

  it("tries again when the API server does not answer", () => {
    const cluster = aCluster();
    addNode(cluster, "n0");
    begin(cluster);
    const { sim, server } = cluster;
    const effect = { kind: "respond", status: 500 } as const;
    sim.command(() =>
      server.fault({ callers: CALLER, effect }, sim.now + 10 * SECOND_MS),
    );
    sim.runUntil(sim.now + 10 * SECOND_MS - 1);
    expect(ttlOf(cluster, "n0")).toBeUndefined();
    sim.runUntil(sim.now + MINUTE_MS);
    expect(ttlOf(cluster, "n0")).toBe("0");
  });
});
