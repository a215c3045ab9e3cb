/** ReplicaSets: how many pods, in which batches, which of them go first, and what is said about it (kubelet.md 9.2). */
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../../src/kernel/json.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../../src/kernel/time.ts";
import type { ApiClient, Stored } from "../../../../src/cluster-sim/ports.ts";
import { aPod } from "../../support.ts";
import type { Workloads } from "../workload-support.ts";
import {
  aReplicaSet,
  aTemplate,
  aWorkloadCluster,
  allOf,
  applied,
  closeTrace,
  eventsInOrder,
  statusOfWeb,
  wait,
} from "../workload-support.ts";

const CONTROLLER = "replicaset-controller";
const NO_REPLY = { target: "", tag: {} };

function scale(cluster: Workloads, replicas: number): void {
  const key = { kind: "ReplicaSet", namespace: "default", name: "web" };
  const patch = { spec: { replicas } };
  expect(cluster.ask({ verb: "patch", ...key, patch }).ok).toBe(true);
}

function settled(replicas: number): Workloads {
  const cluster = aWorkloadCluster();
  applied(cluster, aReplicaSet({ replicas }));
  wait(cluster, 10 * SECOND_MS);
  return cluster;
}

const status = (cluster: Workloads): JsonObject =>
  statusOfWeb(cluster, "ReplicaSet");

describe("a ReplicaSet that grows", () => {
  it("creates 1, 2, 4 and the rest, each batch after the answers to the one before", () => {
    const cluster = settled(10);
    const created = cluster.facts
      .filter(
        ({ type, data }) =>
          type === "api.object.created" && data["kind"] === "Pod",
      )
      .map(({ t }) => t);
    const batches = new Map<number, number>();
    for (const t of created) batches.set(t, (batches.get(t) ?? 0) + 1);
    expect([...batches.values()]).toEqual([1, 2, 4, 3]);
  });

  it("makes pods of its template, as their controller, numbered over its life", () => {
    const cluster = settled(2);
    const pods = allOf(cluster, "Pod");
    const { uid } = cluster.server.read("ReplicaSet", "default", "web")!.object
      .metadata;
    for (const { object } of pods) {
      expect(object.metadata.name).toMatch(/^web-[b-df-hj-np-tv-xz2-9]{5}$/);
      expect(object.metadata.labels).toEqual({ app: "web" });
      expect(object.metadata.ownerReferences).toEqual([
        {
          apiVersion: "apps/v1",
          kind: "ReplicaSet",
          name: "web",
          uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ]);
    }
    const lineages = pods.map(({ lineage }) => lineage!);
    expect(new Set(lineages.map(({ workload }) => workload))).toEqual(
      new Set(["default/replicaset/web"]),
    );
    const ordinals = lineages.map(({ ordinal }) => ordinal!);
    expect(new Set(ordinals)).toEqual(new Set([0, 1]));
    closeTrace(cluster);
    expect(eventsInOrder(cluster, "SuccessfulCreate").toSorted()).toEqual(
      pods.map(({ object }) => `Created pod: ${object.metadata.name}`),
    );
    expect(status(cluster)).toEqual({
      replicas: 2,
      fullyLabeledReplicas: 2,
      readyReplicas: 2,
      availableReplicas: 2,
      observedGeneration: 1,
    });
  });

  it("stops at the batch that fails, says so, and tries again later and later", () => {
    const cluster = aWorkloadCluster();
    const template = aTemplate();
    const serviceAccountName = "missing";
    const spec = { ...(template["spec"] as JsonObject), serviceAccountName };
    applied(
      cluster,
      aReplicaSet({ replicas: 5, template: { ...template, spec } }),
    );
    wait(cluster, 50);
    const refused =
      'pods "web-" is forbidden: error looking up service account default/missing: serviceaccount "missing" not found';
    closeTrace(cluster);
    expect(eventsInOrder(cluster, "FailedCreate")).toEqual([
      `Error creating: ${refused}`,
    ]);
    expect(status(cluster)).toMatchObject({
      replicas: 0,
      conditions: [
        {
          type: "ReplicaFailure",
          status: "True",
          reason: "FailedCreate",
          message: refused,
        },
      ],
    });
    const account = { name: serviceAccountName, namespace: "default" };
    applied(cluster, {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: account,
    });
    wait(cluster, 10 * SECOND_MS);
    expect(status(cluster)).toMatchObject({ replicas: 5, readyReplicas: 5 });
    expect(status(cluster)).not.toHaveProperty("conditions");
    const ordinals = allOf(cluster, "Pod").map(
      ({ lineage }) => lineage!.ordinal!,
    );
    expect(new Set(ordinals)).toEqual(new Set([0, 1, 2, 3, 4]));
  });
});

describe("a ReplicaSet's pod", () => {
  it("is replaced as soon as it is on its way out", () => {
    const cluster = settled(1);
    cluster.node.endMs = 30 * SECOND_MS;
    const [pod] = allOf(cluster, "Pod");
    const { name } = pod!.object.metadata;
    cluster.sim.command(() =>
      cluster.server.remove("pod", "default", name, "kubectl"),
    );
    wait(cluster, 10 * SECOND_MS);
    expect(allOf(cluster, "Pod")).toHaveLength(2);
    expect(status(cluster)).toMatchObject({ replicas: 1, readyReplicas: 1 });
  });

  it("is let go when its labels no longer match, and taken in when they do", () => {
    const cluster = settled(1);
    const [pod] = allOf(cluster, "Pod");
    const { name } = pod!.object.metadata;
    const key = { kind: "Pod", namespace: "default", name };
    const label = (app: string): void => {
      const patch = { metadata: { labels: { app } } };
      cluster.ask({ verb: "patch", ...key, patch });
      wait(cluster, 10 * SECOND_MS);
    };
    label("debug");
    const released = cluster.server.read("Pod", "default", name)!;
    expect(released.object.metadata.ownerReferences ?? []).toEqual([]);
    expect(allOf(cluster, "Pod")).toHaveLength(2);
    label("web");
    // Two match now, one is wanted: the younger goes.
    expect(
      allOf(cluster, "Pod").map(({ object }) => object.metadata.name),
    ).toEqual([name]);
  });

  it("is left alone when somebody else controls it or its labels differ", () => {
    const cluster = aWorkloadCluster();
    applied(cluster, aPod("bare", {}, { labels: { app: "other" } }));
    applied(cluster, aReplicaSet({ replicas: 1 }));
    wait(cluster, 10 * SECOND_MS);
    const bare = cluster.server.read("Pod", "default", "bare")!;
    expect(bare.object.metadata.ownerReferences).toBeUndefined();
    expect(allOf(cluster, "Pod")).toHaveLength(2);
  });
});

describe("expectations", () => {
  it("keep a ReplicaSet from creating again for five minutes while its cache shows no pod", () => {
    const cluster = aWorkloadCluster({ watching: withoutPods });
    applied(cluster, aReplicaSet({ replicas: 3 }));
    wait(cluster, 25);
    const expectedAt = cluster.sim.now;
    const touch = (at: number): void => {
      cluster.sim.runUntil(at - 25);
      const key = { kind: "ReplicaSet", namespace: "default", name: "web" };
      const metadata = { annotations: { touched: String(at) } };
      const request = { verb: "patch", ...key, patch: { metadata } } as const;
      cluster.sim.command(() => cluster.client.call(request, NO_REPLY));
      cluster.sim.runUntil(at + SECOND_MS);
    };
    touch(expectedAt + 10 * SECOND_MS);
    touch(expectedAt + 5 * MINUTE_MS);
    expect(allOf(cluster, "Pod")).toHaveLength(3);
    touch(expectedAt + 6 * MINUTE_MS);
    expect(allOf(cluster, "Pod")).toHaveLength(6);
  });

  it("are met by pods that appear and pods that go", () => {
    const cluster = settled(3);
    scale(cluster, 1);
    wait(cluster, 100);
    scale(cluster, 2);
    wait(cluster, 10 * SECOND_MS);
    expect(allOf(cluster, "Pod")).toHaveLength(2);
  });
});

/** Its watch of pods sees none. */
function withoutPods(client: ApiClient): ApiClient {
  return {
    ...client,
    watch: (selection, to) =>
      client.watch(
        selection.kind === "Pod"
          ? { ...selection, labelSelector: "nobody=has" }
          : selection,
        to,
      ),
  };
}

describe("an outage of the API server", () => {
  it("holds up what is to be created, and nothing is made twice", () => {
    const cluster = aWorkloadCluster();
    const { sim, server } = cluster;
    const fault = { callers: CONTROLLER, effect: { kind: "refuse" } } as const;
    sim.command(() => server.fault(fault, sim.now + MINUTE_MS));
    applied(cluster, aReplicaSet({ replicas: 4 }));
    wait(cluster, MINUTE_MS - 1);
    expect(allOf(cluster, "Pod")).toEqual([]);
    wait(cluster, 2 * MINUTE_MS);
    expect(allOf(cluster, "Pod")).toHaveLength(4);
    expect(status(cluster)).toMatchObject({ readyReplicas: 4 });
    wait(cluster, HOUR_MS);
    expect(sim.nextDueAt).toBeNull();
  });
});

describe("a ReplicaSet that shrinks", () => {
  it("deletes those that are not ready before those that are", () => {
    const cluster = settled(3);
    const [pod] = allOf(cluster, "Pod");
    cluster.sim.command(() => cluster.node.setReady(pod!, false));
    wait(cluster, SECOND_MS);
    scale(cluster, 2);
    wait(cluster, 10 * SECOND_MS);
    const left = allOf(cluster, "Pod").map(nameOf);
    expect(left).toHaveLength(2);
    expect(left).not.toContain(nameOf(pod!));
    closeTrace(cluster);
    expect(eventsInOrder(cluster, "SuccessfulDelete")).toEqual([
      `Deleted pod: ${nameOf(pod!)}`,
    ]);
  });
});

const nameOf = ({ object }: Stored): string => object.metadata.name;
