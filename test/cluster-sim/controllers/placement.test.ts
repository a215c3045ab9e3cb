/** Where the scheduler puts the pods of workloads (design 3). */
import { describe, expect, it } from "vitest";
import type { Lineage } from "../../../src/cluster-sim/ports.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import { SECOND_MS } from "../../../src/kernel/time.ts";
import { aPod } from "../support.ts";
import type { Workloads } from "./workload-support.ts";
import { NODES, aWorkloadCluster, applied, wait } from "./workload-support.ts";

function made(
  cluster: Workloads,
  name: string,
  lineage: Lineage,
  spec: JsonObject = {},
): void {
  const reply = cluster.ask({
    verb: "create",
    object: aPod(name, spec),
    lineage,
  });
  expect(reply.ok).toBe(true);
}

function nodeOf({ server }: Workloads, name: string): string | undefined {
  const { object } = server.read("Pod", "default", name)!;
  return (object["spec"] as { readonly nodeName?: string }).nodeName;
}

const WORKLOAD = "default/deployment/web";

/** Nodes of the first six pods of a workload. */
function nodesOf(workload: string, seed: number): (string | undefined)[] {
  const cluster = aWorkloadCluster({ seed });
  const ordinals = [0, 1, 2, 3, 4, 5];
  for (const ordinal of ordinals)
    made(cluster, `p-${ordinal}`, { workload, ordinal });
  wait(cluster, SECOND_MS);
  return ordinals.map((ordinal) => nodeOf(cluster, `p-${ordinal}`));
}

function onNode(name: string): JsonObject {
  const field = { key: "metadata.name", operator: "In", values: [name] };
  const terms = { nodeSelectorTerms: [{ matchFields: [field] }] };
  const nodeAffinity = {
    requiredDuringSchedulingIgnoredDuringExecution: terms,
  };
  return { affinity: { nodeAffinity } };
}

describe("the scheduler", () => {
  it("puts consecutive pods of a workload on consecutive nodes", () => {
    const nodes = nodesOf(WORKLOAD, 1);
    const first = NODES.indexOf(nodes[0]!);
    expect(nodes).toEqual(
      [0, 1, 2, 3, 4, 5].map((ordinal) => NODES[(first + ordinal) % 3]),
    );
  });

  it("places a workload alike under every seed, and lets its name pick the first node", () => {
    expect(nodesOf(WORKLOAD, 2)).toEqual(nodesOf(WORKLOAD, 1));
    const firsts = ["a", "b", "c", "d", "e", "f"].map(
      (name) => nodesOf(`default/deployment/${name}`, 1)[0],
    );
    expect(new Set(firsts).size).toBeGreaterThan(1);
  });

  it("does not count the pods of workloads among those that go round", () => {
    const cluster = aWorkloadCluster();
    applied(cluster, aPod("a"));
    made(cluster, "p", { workload: WORKLOAD, ordinal: 0 });
    applied(cluster, aPod("b"));
    wait(cluster, SECOND_MS);
    expect([nodeOf(cluster, "a"), nodeOf(cluster, "b")]).toEqual([
      "node-0",
      "node-1",
    ]);
  });

  it("puts a pod of a DaemonSet where its affinity says", () => {
    const cluster = aWorkloadCluster();
    const workload = "default/daemonset/agent";
    made(cluster, "p", { workload, ordinal: 7 }, onNode("node-2"));
    wait(cluster, SECOND_MS);
    expect(nodeOf(cluster, "p")).toBe("node-2");
  });

  it("leaves a pod pending whose node is not there, and says why", () => {
    const cluster = aWorkloadCluster();
    applied(cluster, aPod("p", onNode("elsewhere")));
    wait(cluster, SECOND_MS);
    expect(nodeOf(cluster, "p")).toBeUndefined();
    expect(
      cluster.ask({
        verb: "list",
        kind: "Event",
        fieldSelector: "reason=FailedScheduling",
      }),
    ).toMatchObject({
      items: [
        {
          object: {
            message:
              "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.",
          },
        },
      ],
    });
  });
});
