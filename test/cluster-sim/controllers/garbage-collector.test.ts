import { describe, expect, it } from "vitest";
import { GarbageCollector } from "../../../src/cluster-sim/index.ts";
import { GARBAGE_COLLECTION_DELAY_MS } from "../../../src/cluster-sim/defaults.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import type { Cluster } from "../support.ts";
import {
  WATCH_LATENCY_MS,
  aCluster,
  aPod,
  aPodStatus,
  aSecret,
  aWorkload,
  storedOf,
} from "../support.ts";

const SETTLED_MS = 10_000;

function aCollectedCluster(): Cluster {
  const cluster = aCluster();
  const { sim, server } = cluster;
  const client = server.client("garbage-collector");
  const collector = sim.add(new GarbageCollector({ sim, client }));
  sim.command(() => collector.start());
  settle(cluster);
  return cluster;
}

function settle({ sim }: Cluster): void {
  sim.runUntil(sim.now + SETTLED_MS);
}

/** A pod and a reference to it. */
function anOwner(cluster: Cluster, name: string): JsonObject {
  const { uid } = storedOf(cluster.apply(aPod(name))).object.metadata;
  return { apiVersion: "v1", kind: "Pod", name, uid };
}

function remove(cluster: Cluster, kind: string, name: string): void {
  cluster.sim.command(() =>
    cluster.server.remove(kind, "default", name, "kubectl"),
  );
}

const ownedBy = (...ownerReferences: JsonObject[]): JsonObject => ({
  ownerReferences,
});

const status = (cluster: Cluster, name = "web-default-spc") =>
  cluster.server.read("SecretProviderClassPodStatus", "default", name);

describe("the garbage collector", () => {
  it("deletes an object with its owner, after the watch and its own delay [CSI-12.4-13]", () => {
    const cluster = aCollectedCluster();
    const owner = anOwner(cluster, "web");
    cluster.apply(aPodStatus("web-default-spc", ownedBy(owner)));
    settle(cluster);
    remove(cluster, "pod", "web");
    const due =
      cluster.sim.now +
      WATCH_LATENCY_MS +
      GARBAGE_COLLECTION_DELAY_MS +
      cluster.config.latencyMs;
    cluster.sim.runUntil(due - 1);
    expect(status(cluster)).not.toBeNull();
    cluster.sim.runUntil(due);
    expect(status(cluster)).toBeNull();
    expect(cluster.facts.at(-1)).toMatchObject({
      type: "api.object.deleted",
      data: { by: "garbage-collector" },
    });
  });

  it("names the owner's deletion as the cause", () => {
    const cluster = aCollectedCluster();
    const owner = anOwner(cluster, "web");
    cluster.apply(aPodStatus("web-default-spc", ownedBy(owner)));
    settle(cluster);
    remove(cluster, "pod", "web");
    const deleted = cluster.facts.at(-1)!;
    settle(cluster);
    expect(cluster.facts.at(-1)!.causes).toEqual([deleted.seq]);
  });

  it("waits for a pod that terminates", () => {
    const cluster = aCollectedCluster();
    cluster.apply(aPod("web", { nodeName: "node-0" }));
    const { uid } = cluster.server.read("Pod", "default", "web")!.object
      .metadata;
    const owner = { apiVersion: "v1", kind: "Pod", name: "web", uid };
    cluster.apply(aPodStatus("web-default-spc", ownedBy(owner)));
    remove(cluster, "pod", "web");
    settle(cluster);
    expect(status(cluster)).not.toBeNull();
    cluster.ask({
      verb: "delete",
      kind: "Pod",
      namespace: "default",
      name: "web",
      gracePeriodSeconds: 0,
    });
    settle(cluster);
    expect(status(cluster)).toBeNull();
  });

  it("keeps an object while one owner is left, and takes the vanished one off [CSI-12.4-13]", () => {
    const cluster = aCollectedCluster();
    const [a, b] = [anOwner(cluster, "a"), anOwner(cluster, "b")];
    const metadata = { name: "app", ...ownedBy(a, b) };
    cluster.apply({ ...aSecret(), metadata });
    settle(cluster);
    const owners = () =>
      cluster.server.read("Secret", "default", "app")?.object.metadata
        .ownerReferences;
    remove(cluster, "pod", "a");
    settle(cluster);
    expect(owners()).toEqual([b]);
    remove(cluster, "pod", "b");
    settle(cluster);
    expect(owners()).toBeUndefined();
    expect(cluster.server.read("Secret", "default", "app")).toBeNull();
  });

  it("follows a chain of owners", () => {
    const cluster = aCollectedCluster();
    const owner = anOwner(cluster, "web");
    const middle = storedOf(
      cluster.apply(aPodStatus("middle", ownedBy(owner))),
    ).object;
    const reference = {
      apiVersion: middle.apiVersion,
      kind: middle.kind,
      name: "middle",
      uid: middle.metadata.uid,
    };
    const metadata = { name: "app", ...ownedBy(reference) };
    cluster.apply({ ...aSecret(), metadata });
    settle(cluster);
    remove(cluster, "pod", "web");
    settle(cluster);
    expect(status(cluster, "middle")).toBeNull();
    expect(cluster.server.read("Secret", "default", "app")).toBeNull();
  });

  it("never deletes an object without owners [CSI-12.4-13]", () => {
    const cluster = aCollectedCluster();
    cluster.apply(aSecret("app"));
    anOwner(cluster, "web");
    settle(cluster);
    remove(cluster, "pod", "web");
    settle(cluster);
    expect(cluster.server.read("Secret", "default", "app")).not.toBeNull();
  });

  it("takes a recreated owner of the same name for another", () => {
    const cluster = aCollectedCluster();
    const owner = anOwner(cluster, "web");
    cluster.apply(aPodStatus("web-default-spc", ownedBy(owner)));
    settle(cluster);
    remove(cluster, "pod", "web");
    cluster.apply(aPod("web"));
    settle(cluster);
    expect(status(cluster)).toBeNull();
  });

  it("deletes an object whose owner never was, but asks first", () => {
    const cluster = aCollectedCluster();
    const owner = { apiVersion: "v1", kind: "Pod", name: "no", uid: "no" };
    cluster.apply(aPodStatus("web-default-spc", ownedBy(owner)));
    settle(cluster);
    expect(status(cluster)).toBeNull();
  });

  it("keeps an object whose owner's kind nobody serves", () => {
    const cluster = aCollectedCluster();
    const owner = {
      apiVersion: "example.com/v1",
      kind: "Widget",
      name: "w",
      uid: "u",
    };
    cluster.apply(aPodStatus("web-default-spc", ownedBy(owner)));
    settle(cluster);
    expect(status(cluster)).not.toBeNull();
  });

  it("takes ReplicaSet and pods after a Deployment, the pods with their grace", () => {
    const cluster = aCollectedCluster();
    const { ask, server, sim } = cluster;
    cluster.apply(aWorkload("Deployment"));
    const own = (kind: string, name: string): JsonObject => {
      const { uid } = server.read(kind, "default", name)!.object.metadata;
      return { apiVersion: "apps/v1", kind, name, uid };
    };
    ask({
      verb: "create",
      object: aWorkload("ReplicaSet", {}, ownedBy(own("Deployment", "web"))),
    });
    const owners = ownedBy(own("ReplicaSet", "web"));
    const pod = (name: string, spec: JsonObject): JsonObject =>
      aPod(name, { nodeName: "node-0", ...spec }, owners);
    ask({ verb: "create", object: pod("a", {}) });
    const terminationGracePeriodSeconds = 5;
    ask({
      verb: "create",
      object: pod("b", { terminationGracePeriodSeconds }),
    });
    settle(cluster);
    remove(cluster, "deploy", "web");
    expect(server.read("Deployment", "default", "web")).toBeNull();
    expect(server.read("ReplicaSet", "default", "web")).not.toBeNull();
    settle(cluster);
    expect(server.read("ReplicaSet", "default", "web")).toBeNull();
    const graces = ["a", "b"].map(
      (name) =>
        server.read("Pod", "default", name)?.object.metadata
          .deletionGracePeriodSeconds,
    );
    expect(graces).toEqual([30, 5]);
    expect(sim.nextDueAt).toBeNull();
  });

  it("takes a pod whose ReplicaSet was gone before it was made", () => {
    const cluster = aCollectedCluster();
    const { ask, server } = cluster;
    const { uid } = storedOf(cluster.apply(aWorkload("ReplicaSet"))).object
      .metadata;
    remove(cluster, "rs", "web");
    settle(cluster);
    const owner = {
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      name: "web",
      uid,
    };
    ask({ verb: "create", object: aPod("late", {}, ownedBy(owner)) });
    expect(server.read("Pod", "default", "late")).not.toBeNull();
    settle(cluster);
    expect(server.read("Pod", "default", "late")).toBeNull();
  });

  it("finds owners that were there before it began", () => {
    const cluster = aCluster();
    const { sim, server } = cluster;
    const owner = anOwner(cluster, "web");
    // The list of kinds puts dependents of an earlier kind first.
    const metadata = { name: "sa", ...ownedBy(owner) };
    cluster.apply({ apiVersion: "v1", kind: "ServiceAccount", metadata });
    const client = server.client("garbage-collector");
    const collector = sim.add(new GarbageCollector({ sim, client }));
    sim.command(() => collector.start());
    settle(cluster);
    expect(server.read("ServiceAccount", "default", "sa")).not.toBeNull();
  });

  it("costs nothing while nothing happens", () => {
    const cluster = aCollectedCluster();
    anOwner(cluster, "web");
    settle(cluster);
    expect(cluster.sim.nextDueAt).toBeNull();
  });
});
