/** kubelet.md 2.1 and 13.3: objects that are read from the store of a reflector. */
import { expect, test } from "vitest";
import type { JsonObject } from "../../../src/kernel/json.ts";
import { tickAfter } from "../../../src/kubelet-sim/phases.ts";
import { aPod, aSecret, secretVolume } from "../../support/world.ts";
import type { NodeSettings, TestNode } from "./sources-support.ts";
import { aConfigMap, aNode } from "./sources-support.ts";

const SECRET_POD = aPod({ volumes: { data: secretVolume("app-secret") } });

/** A pod that reads the Secret for a variable alone. */
function envPod(name = "busybox"): JsonObject {
  const valueFrom = { secretKeyRef: { name: "app-secret", key: "password" } };
  const env = [{ name: "P", valueFrom }];
  const containers = [{ name: "main", image: "busybox", env }];
  return aPod({ name, spec: { containers } });
}

function withSecret(settings: NodeSettings = {}): TestNode {
  const node = aNode(settings);
  node.apply(aSecret({ password: "one" }));
  return node.advance("1s");
}

/** How many watches the API server serves. */
function watches({ server }: TestNode): number {
  return server.state.watches.kindOf.size;
}

/** The passes that look for idle reflectors, as drawn. */
function sweepAfter({ sim }: TestNode, at: number): number {
  const name = "kubelet/node-0/phase/Secret-sweep";
  return tickAfter(at, 60_000, sim.draws.between(0, 60_000, name, 0));
}

test("the first reference lists and watches, and further ones share the reflector [KUBELET-13.3-01]", () => {
  const node = withSecret();
  expect(watches(node)).toBe(0);
  node.sync(node.apply(SECRET_POD));
  expect(watches(node)).toBe(1);
  node.start(
    aPod({ name: "b", volumes: { data: secretVolume("app-secret") } }),
  );
  expect(watches(node)).toBe(1);
});

test("the list is the store, an empty one too [KUBELET-13.3-02]", () => {
  const node = withSecret({ watchLatencyMs: 500 });
  const pod = node.apply(envPod());
  const at = node.now;
  node.sync(pod).prepare(pod);
  const key = `${pod.object.metadata.uid}/main`;
  const listed = node.around(at + 500, () => node.prepared.get(key)?.ok);
  expect(listed).toEqual([undefined, true]);
  const other = aNode();
  const late = other.start(envPod());
  expect(other.outcome(late)).toMatchObject({
    ok: false,
    message: 'secret "app-secret" not found',
  });
});

test("a first list that fails is tried again after 0.8 to 1.6 s, and a read meanwhile fails [KUBELET-13.3-03]", () => {
  const node = withSecret();
  const pod = node.apply(envPod());
  node.outage(500);
  node.sync(pod);
  const at = node.now;
  expect(node.outcome(pod)).toMatchObject({
    message: "failed to sync secret cache: timed out waiting for the condition",
  });
  node.sim.runUntil(at + 2_500);
  expect(node.env(pod)).toEqual({ P: "one" });
});

test("a watch event changes the store one watch latency after the write [KUBELET-13.3-04]", () => {
  const node = withSecret({ watchLatencyMs: 300 });
  const pod = node.start(SECRET_POD);
  node.apply(aSecret({ password: "two" }));
  const version = () =>
    node.manager.isStale(pod.object.metadata.uid) ? "two" : "one";
  expect(node.around(node.now + 300, version)).toEqual(["one", "two"]);
});

test("a watch that is lost leaves the store readable, and comes back with what changed [KUBELET-13.3-05]", () => {
  const node = withSecret();
  const pod = node.start(SECRET_POD);
  node.outage(30_000);
  const at = node.now;
  node.advance("10s").resync(pod);
  expect(node.failures()).toEqual([]);
  expect(node.read(pod, "data", "password")).toBe("one");
  node.apply(aSecret({ password: "two" }));
  node.resync(pod);
  expect(node.read(pod, "data", "password")).toBe("one");
  // The longest pause that can have begun before the end of the outage is over a minute later.
  node.sim.runUntil(at + 91_000);
  node.resync(pod);
  expect(node.read(pod, "data", "password")).toBe("two");
});

test("an immutable object that was read once is watched no more, and read for ever [KUBELET-13.3-06] [KUBELET-13.3-11]", () => {
  const node = aNode();
  node.apply(aSecret({ password: "one" }, { immutable: true }));
  const pod = node.apply(SECRET_POD);
  node.sync(pod).advance(50);
  expect(watches(node)).toBe(1);
  node.advance("1s");
  expect(watches(node)).toBe(0);
  node.remove("Secret", "app-secret");
  node.apply(aSecret({ password: "two" }));
  node.advance("10m").resync(pod);
  expect(node.read(pod, "data", "password")).toBe("one");
  expect(node.failures()).toEqual([]);
});

test("a read counts as access and answers from the store, NotFound where there is nothing [KUBELET-13.3-07]", () => {
  const node = withSecret();
  const pod = node.start(SECRET_POD);
  for (let minutes = 0; minutes < 20; minutes += 4)
    node.advance("4m").resync(pod);
  expect(watches(node)).toBe(1);
  node.remove("Secret", "app-secret");
  node.advance("1s").resync(pod);
  expect(node.failures()[0]).toBe(
    'MountVolume.SetUp failed for volume "data" : secret "app-secret" not found',
  );
});

test("a read fails after a second without the first list, not before [KUBELET-13.3-08]", () => {
  const node = withSecret({ watchLatencyMs: 5_000 });
  const pod = node.apply(envPod());
  node.sync(pod).prepare(pod);
  const key = `${pod.object.metadata.uid}/main`;
  const failed = node.around(node.now + 1_000, () => node.prepared.get(key));
  expect(failed).toMatchObject([
    undefined,
    {
      message:
        "failed to sync secret cache: timed out waiting for the condition",
    },
  ]);
});

test("a read sees the list at its next poll, every 10 ms", () => {
  const node = withSecret({ watchLatencyMs: 33 });
  const pod = node.apply(envPod());
  const at = node.now;
  node.sync(pod).prepare(pod);
  const key = `${pod.object.metadata.uid}/main`;
  const seen = node.around(at + 40, () => node.prepared.get(key)?.ok);
  expect(seen).toEqual([undefined, true]);
});

test("a reflector that nobody has read for five sync periods is stopped by the next sweep [KUBELET-13.3-09]", () => {
  const node = withSecret();
  const pod = node.start(envPod());
  node.env(pod);
  const read = node.now - 2_000;
  const sweep = sweepAfter(node, read + 300_000);
  expect(sweep - read).toBeLessThanOrEqual(360_000);
  expect(node.around(sweep, () => watches(node))).toEqual([1, 0]);
});

test("five short sync periods are less than the minute that a reflector lives at least", () => {
  const node = withSecret({ syncFrequencyMs: 5_000 });
  const pod = node.start(envPod());
  node.env(pod);
  const sweep = sweepAfter(node, node.now - 2_000 + 60_000);
  expect(node.around(sweep, () => watches(node))).toEqual([1, 0]);
});

test("a reflector of which the first list is still to come is not idle", () => {
  const node = withSecret({ watchLatencyMs: 1_000_000 });
  node.sync(node.apply(envPod())).advance("10m");
  expect(watches(node)).toBe(1);
});

test("the next read starts a stopped reflector and waits for a fresh list [KUBELET-13.3-10]", () => {
  const node = withSecret({ watchLatencyMs: 200 });
  const pod = node.start(envPod());
  expect(node.env(pod)).toEqual({ P: "one" });
  node.advance("10m");
  node.apply(aSecret({ password: "two" }));
  node.advance("1m").prepare(pod);
  const key = `${pod.object.metadata.uid}/main`;
  const listed = node.around(node.now + 200, () => node.prepared.has(key));
  expect(listed).toEqual([false, true]);
  expect(node.prepared.get(key)).toMatchObject({
    config: {
      env: expect.arrayContaining([
        expect.objectContaining({ value: "two" }),
      ]) as unknown,
    },
  });
});

test("an object that went while its reflector was stopped is not found", () => {
  const node = withSecret();
  const pod = node.start(envPod());
  node.env(pod);
  node.advance("10m").remove("Secret", "app-secret");
  expect(node.outcome(pod)).toMatchObject({
    message: 'secret "app-secret" not found',
  });
});

test("the last reference stops the reflector and forgets the object [KUBELET-13.3-12]", () => {
  const node = withSecret();
  const a = node.start(envPod("a"));
  const b = node.start(envPod("b"));
  node.sources.unregister(a.object.metadata.uid);
  expect(watches(node)).toBe(1);
  node.sources.unregister(b.object.metadata.uid);
  expect(watches(node)).toBe(0);
  expect(node.outcome(b)).toMatchObject({
    message: 'object "default"/"app-secret" not registered',
  });
});

test("a kubelet that restarts has no reflectors, and its pods register anew [KUBELET-13.3-13]", () => {
  const node = withSecret();
  const pod = node.start(envPod());
  node.prepare(pod);
  node.sources.stop();
  expect(watches(node)).toBe(0);
  node.sources.start();
  expect(node.outcome(pod)).toMatchObject({
    message: 'object "default"/"app-secret" not registered',
  });
  node.sync(pod).advance("1s");
  expect(node.env(pod)).toEqual({ P: "one" });
});

test("no answer to a read comes after the process has ended", () => {
  const node = withSecret({ watchLatencyMs: 500 });
  const pod = node.apply(envPod());
  node.sync(pod).prepare(pod);
  node.sources.stop();
  node.sources.start();
  node.sync(pod).advance("5s");
  expect(node.prepared.size).toBe(0);
});

test("ConfigMaps have a manager of their own, with its own words", () => {
  const node = aNode({ watchLatencyMs: 5_000 });
  const volume = { configMap: { name: "settings" } };
  const pod = node.apply(aPod({ volumes: { data: volume } }));
  node.sync(pod).advance("2s");
  expect(node.failures()[0]).toBe(
    'MountVolume.SetUp failed for volume "data" : failed to sync configmap cache: timed out waiting for the condition',
  );
  node.advance("20s");
  expect(node.failures().at(-1)).toBe(
    'MountVolume.SetUp failed for volume "data" : configmap "settings" not found',
  );
  node.apply(aConfigMap({ greeting: "hello" }));
  node.advance("3m");
  expect(node.read(pod, "data", "greeting")).toBe("hello");
});
