/** What controllers do while the API server does not answer them, and that nothing is lost or invented by it. */
import { describe, expect, it } from "vitest";
import {
  DefaultScheduler,
  GarbageCollector,
} from "../../../src/cluster-sim/index.ts";
import type { FaultEffect } from "../../../src/cluster-sim/ports.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../src/kernel/time.ts";
import type { Cluster } from "../support.ts";
import {
  WATCH_LATENCY_MS,
  aCluster,
  aPod,
  aPodStatus,
  storedOf,
} from "../support.ts";

const SCHEDULING_MS = 40;
const SCHEDULER = "default-scheduler";
const COLLECTOR = "garbage-collector";

function aControlledCluster(seed = 1): Cluster {
  const cluster = aCluster({ seed });
  const { sim, server } = cluster;
  const scheduler = sim.add(
    new DefaultScheduler({
      sim,
      nodes: ["node-0", "node-1"],
      client: server.client(SCHEDULER),
      config: () => ({ latencyMs: SCHEDULING_MS }),
      minor: () => 33,
    }),
  );
  const client = server.client(COLLECTOR);
  const collector = sim.add(new GarbageCollector({ sim, client }));
  sim.command(() => {
    scheduler.start();
    collector.start();
  });
  wait(cluster, SECOND_MS);
  return cluster;
}

function wait({ sim }: Cluster, ms: number): void {
  sim.runUntil(sim.now + ms);
}

function fault(
  { server, sim }: Cluster,
  effect: FaultEffect,
  forMs: number,
  callers: string | null = null,
): void {
  sim.command(() => server.fault({ callers, effect }, sim.now + forMs));
}

function nodeOf({ server }: Cluster, name: string): unknown {
  const pod = server.read("Pod", "default", name)!;
  return (pod.object["spec"] as JsonObject)["nodeName"];
}

const failures = ({ facts }: Cluster): string[] =>
  facts
    .filter(
      ({ type, data }) =>
        type === "k8s.event" && data["reason"] === "FailedScheduling",
    )
    .map(({ data }) => data["message"] as string);

/** When the only pod that waits is tried next. */
function bindingDueAt({ sim }: Cluster): number {
  const { queue } = sim.snapshot() as unknown as {
    readonly queue: { dueAt: number; event: { type: string } }[];
  };
  return queue.find(({ event }) => event.type === "bind")!.dueAt;
}

/** Pods' instants of binding, from the facts. */
const boundAt = ({ facts }: Cluster): number[] =>
  facts
    .filter(
      ({ type, data }) =>
        type === "api.object.modified" && data["by"] === SCHEDULER,
    )
    .map(({ t }) => t);

describe("the scheduler without an API server", () => {
  it("tries again after 1, 2, 4, 8 and 10 s, each up to the next pass over its queue", () => {
    const cluster = aControlledCluster();
    // Only requests fail, so that the pod is seen.
    fault(cluster, { kind: "respond", status: 500 }, HOUR_MS, SCHEDULER);
    cluster.apply(aPod("web"));
    const { sim, config } = cluster;
    sim.runUntil(sim.now + WATCH_LATENCY_MS + SCHEDULING_MS);
    const passes = new Set<number>();
    for (const least of [1, 2, 4, 8, 10, 10]) {
      sim.runUntil(sim.now + config.latencyMs);
      const pause = bindingDueAt(cluster) - sim.now;
      expect(pause).toBeGreaterThanOrEqual(least * SECOND_MS);
      expect(pause).toBeLessThan((least + 1) * SECOND_MS);
      sim.runUntil(bindingDueAt(cluster));
      passes.add(sim.now % SECOND_MS);
    }
    expect(passes.size).toBe(1);
  });

  it("binds every pod once it is back, each on the node of its turn", () => {
    const cluster = aControlledCluster();
    fault(cluster, { kind: "respond", status: 503 }, 5 * SECOND_MS, SCHEDULER);
    for (const name of ["a", "b", "c"]) cluster.apply(aPod(name));
    wait(cluster, 5 * SECOND_MS - 1);
    expect(boundAt(cluster)).toEqual([]);
    wait(cluster, 10 * SECOND_MS);
    expect(["a", "b", "c"].map((name) => nodeOf(cluster, name))).toEqual([
      "node-0",
      "node-1",
      "node-0",
    ]);
    expect(boundAt(cluster)).toHaveLength(3);
  });

  it("binds a pod that came while its watch was down", () => {
    const cluster = aControlledCluster();
    fault(cluster, { kind: "refuse" }, MINUTE_MS, SCHEDULER);
    cluster.apply(aPod("web"));
    wait(cluster, MINUTE_MS - 1);
    expect(nodeOf(cluster, "web")).toBeUndefined();
    wait(cluster, MINUTE_MS);
    expect(nodeOf(cluster, "web")).toBe("node-0");
  });

  it("tells the pod why, in the words of its bind plugin", () => {
    const cluster = aControlledCluster();
    cluster.apply(aPod("web"));
    wait(cluster, WATCH_LATENCY_MS);
    fault(cluster, { kind: "refuse" }, 3 * SECOND_MS, SCHEDULER);
    wait(cluster, MINUTE_MS);
    cluster.sim.command(() => cluster.sim.trace.close());
    expect(new Set(failures(cluster))).toEqual(
      new Set([
        'running Bind plugin "DefaultBinder": Post "https://10.0.0.1:443/api/v1/namespaces/default/pods/web/binding": dial tcp 10.0.0.1:443: connect: connection refused',
      ]),
    );
    expect(nodeOf(cluster, "web")).toBe("node-0");
    const scheduled = cluster.ask({
      verb: "list",
      kind: "Event",
      fieldSelector: "reason=Scheduled",
    });
    expect(scheduled).toMatchObject({ items: [{ object: { count: 1 } }] });
  });

  it("gives up a pod that is gone", () => {
    const cluster = aControlledCluster();
    fault(cluster, { kind: "respond", status: 500 }, MINUTE_MS, SCHEDULER);
    cluster.apply(aPod("web"));
    wait(cluster, 2 * SECOND_MS);
    cluster.sim.command(() =>
      cluster.server.remove("pod", "default", "web", "kubectl"),
    );
    wait(cluster, 20 * SECOND_MS);
    expect(cluster.sim.nextDueAt).toBeNull();
    expect(boundAt(cluster)).toEqual([]);
  });
});

/** An object whose owner is gone: what the collector would delete. */
function anOrphan(cluster: Cluster): void {
  const { uid } = storedOf(cluster.apply(aPod("web", { nodeName: "x" }))).object
    .metadata;
  const owner = { apiVersion: "v1", kind: "Pod", name: "web", uid };
  cluster.apply(aPodStatus("s", { ownerReferences: [owner] }));
  wait(cluster, SECOND_MS);
}

const status = ({ server }: Cluster) =>
  server.read("SecretProviderClassPodStatus", "default", "s");

function removeOwner({ sim, server }: Cluster): void {
  const key = { kind: "Pod", namespace: "default", name: "web" };
  const request = { verb: "delete", ...key, gracePeriodSeconds: 0 } as const;
  sim.command(() =>
    server.client("kubelet").call(request, { target: "", tag: {} }),
  );
}

describe("the garbage collector without an API server", () => {
  it("deletes later what it could not delete", () => {
    const cluster = aControlledCluster();
    anOrphan(cluster);
    fault(cluster, { kind: "respond", status: 500 }, MINUTE_MS, COLLECTOR);
    removeOwner(cluster);
    wait(cluster, MINUTE_MS - 1);
    expect(status(cluster)).not.toBeNull();
    // The pauses double: the next one is no longer than the outage was.
    wait(cluster, MINUTE_MS + SECOND_MS);
    expect(status(cluster)).toBeNull();
    wait(cluster, HOUR_MS);
    expect(cluster.sim.nextDueAt).toBeNull();
  });

  it("takes no answer for no owner: a dependent of somebody unknown stays until it has asked", () => {
    const cluster = aControlledCluster();
    const { uid } = storedOf(cluster.apply(aPod("web", { nodeName: "x" })))
      .object.metadata;
    const owner = { apiVersion: "v1", kind: "Pod", name: "web", uid };
    // Its watches of pods are broken, and so it has not heard of the owner.
    fault(cluster, { kind: "refuse" }, MINUTE_MS, COLLECTOR);
    cluster.apply(aPodStatus("s", { ownerReferences: [owner] }));
    wait(cluster, 30 * MINUTE_MS);
    expect(status(cluster)).not.toBeNull();
    removeOwner(cluster);
    wait(cluster, MINUTE_MS);
    expect(status(cluster)).toBeNull();
  });

  it("learns by its new lists of owners that went meanwhile [CSI-12.4-13]", () => {
    const cluster = aControlledCluster();
    anOrphan(cluster);
    fault(cluster, { kind: "refuse" }, MINUTE_MS, COLLECTOR);
    removeOwner(cluster);
    wait(cluster, MINUTE_MS - 1);
    expect(status(cluster)).not.toBeNull();
    wait(cluster, 3 * MINUTE_MS);
    expect(status(cluster)).toBeNull();
  });

  it("asks for an owner again while it gets no answer", () => {
    const cluster = aControlledCluster();
    fault(cluster, { kind: "respond", status: 500 }, MINUTE_MS, COLLECTOR);
    const owner = { apiVersion: "v1", kind: "Pod", name: "no", uid: "no" };
    cluster.apply(aPodStatus("s", { ownerReferences: [owner] }));
    wait(cluster, MINUTE_MS - 1);
    expect(status(cluster)).not.toBeNull();
    wait(cluster, 2 * MINUTE_MS);
    expect(status(cluster)).toBeNull();
  });
});
