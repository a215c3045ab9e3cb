/** kubelet.md 2.2, 2.3, 13.4 and 13.5: objects that are fetched, kept for a time to live or not at all. */
import { expect, test } from "vitest";
import type { JsonObject } from "../../../src/kernel/json.ts";
import { aPod, aSecret, secretVolume } from "../../support/world.ts";
import type { NodeSettings, TestNode } from "./sources-support.ts";
import { aNode } from "./sources-support.ts";

const TTL_MS = 15_000;
const LATENCY_MS = 10;

function caching(settings: NodeSettings = {}): TestNode {
  const node = aNode({
    changeDetection: "Cache",
    secretCacheTtlMs: TTL_MS,
    latencyMs: LATENCY_MS,
    ...settings,
  });
  node.apply(aSecret({ password: "one" }));
  return node;
}

function reading(name = "busybox"): JsonObject {
  const valueFrom = { secretKeyRef: { name: "app-secret", key: "password" } };
  const env = [{ name: "P", valueFrom }];
  const containers = [{ name: "main", image: "busybox", env }];
  return aPod({ name, spec: { containers } });
}

/** Prepares a container; says when the answer came and what the variable is, or the error. */
function readBy(node: TestNode, pod: ReturnType<TestNode["apply"]>) {
  const at = node.now;
  node.prepare(pod);
  node.advance("1s");
  const outcome = node.prepared.get(`${pod.object.metadata.uid}/main`);
  if (outcome === undefined) return null;
  const took = outcome.at - at;
  if (!outcome.ok) return [took, outcome.message];
  const found = outcome.config.env.find(({ name }) => name === "P");
  return [took, found?.value];
}

test("what is younger than its time to live comes from memory [KUBELET-13.4-01]", () => {
  const node = caching();
  const pod = node.start(reading());
  const first = node.now;
  expect(readBy(node, pod)).toEqual([LATENCY_MS, "one"]);
  node.apply(aSecret({ password: "two" }));
  // The answer to the first read is what the age counts from.
  node.sim.runUntil(first + LATENCY_MS + TTL_MS - 1);
  expect(readBy(node, pod)).toEqual([0, "one"]);
});

test("a read at the very end of the time to live fetches [KUBELET-13.4-01]", () => {
  const node = caching();
  const pod = node.start(reading());
  const first = node.now;
  readBy(node, pod);
  node.apply(aSecret({ password: "two" }));
  node.sim.runUntil(first + LATENCY_MS + TTL_MS);
  expect(readBy(node, pod)).toEqual([LATENCY_MS, "two"]);
});

test("a NotFound is kept, replaces the object, and is fetched again each time [KUBELET-13.4-02]", () => {
  const node = caching();
  const pod = node.start(reading());
  readBy(node, pod);
  node.remove("Secret", "app-secret");
  node.advance(TTL_MS);
  const missing = 'secrets "app-secret" not found';
  expect(readBy(node, pod)).toEqual([LATENCY_MS, missing]);
  expect(readBy(node, pod)).toEqual([LATENCY_MS, missing]);
  // An outage after it: the NotFound is what is kept, not the object before it.
  node.outage(60_000);
  expect(readBy(node, pod)).toEqual([expect.any(Number), missing]);
  node.advance("2m");
  node.apply(aSecret({ password: "two" }));
  expect(readBy(node, pod)).toEqual([LATENCY_MS, "two"]);
});

test("a failure returns what is kept, and without anything kept the failure [KUBELET-13.4-03]", () => {
  const node = caching();
  const pod = node.start(reading());
  readBy(node, pod);
  node.apply(aSecret({ password: "two" }));
  node.advance(TTL_MS).outage(60_000);
  const kept = readBy(node, pod);
  expect(kept?.[1]).toBe("one");
  const other = caching();
  const late = other.start(reading());
  other.outage(60_000);
  expect(readBy(other, late)?.[1]).toMatch(/connection refused/);
});

test("a first registration drops what is kept, a further sync does not [KUBELET-13.4-04]", () => {
  const node = caching();
  const pod = node.start(reading());
  readBy(node, pod);
  node.apply(aSecret({ password: "two" }));
  node.sync(pod);
  expect(readBy(node, pod)).toEqual([0, "one"]);
  node.sync(node.apply(reading("second")));
  expect(readBy(node, pod)).toEqual([LATENCY_MS, "two"]);
});

test("up to Kubernetes 1.28 every sync drops it", () => {
  const node = caching({ kubernetesMinor: 28 });
  const pod = node.start(reading());
  readBy(node, pod);
  node.apply(aSecret({ password: "two" }));
  expect(readBy(node, pod)).toEqual([0, "one"]);
  node.sync(pod);
  expect(readBy(node, pod)).toEqual([LATENCY_MS, "two"]);
});

function annotate(node: TestNode, ttl: string | null): void {
  const annotations = { "node.alpha.kubernetes.io/ttl": ttl };
  const patch = { metadata: { annotations } };
  const key = { kind: "Node", namespace: "", name: "node-0" };
  const request = { verb: "patch", ...key, patch } as const;
  const to = { target: "", tag: {} };
  node.sim.command(() => node.server.client("ttl").call(request, to));
  node.advance("1s");
}

test("the time to live is the node's annotation at each read [KUBELET-13.4-05]", () => {
  const node = caching({ secretCacheTtlMs: 60_000 });
  const pod = node.start(reading());
  readBy(node, pod);
  node.apply(aSecret({ password: "two" }));
  node.advance("10s");
  expect(readBy(node, pod)).toEqual([0, "one"]);
  annotate(node, "5");
  expect(readBy(node, pod)).toEqual([LATENCY_MS, "two"]);
  node.apply(aSecret({ password: "three" }));
  annotate(node, "300");
  node.advance("2m");
  expect(readBy(node, pod)).toEqual([0, "two"]);
  // What is no integer is as good as no annotation.
  annotate(node, "soon");
  expect(readBy(node, pod)).toEqual([LATENCY_MS, "three"]);
});

test("a time to live of nothing fetches at every read", () => {
  const node = caching({ secretCacheTtlMs: 0 });
  const pod = node.start(reading());
  expect(readBy(node, pod)).toEqual([LATENCY_MS, "one"]);
  node.apply(aSecret({ password: "two" }));
  expect(readBy(node, pod)).toEqual([LATENCY_MS, "two"]);
});

test("reads of one object take turns: those that come during a GET share its answer", () => {
  const node = caching({ latencyMs: 100 });
  const pods = ["a", "b", "c"].map((name) => node.start(reading(name)));
  const before = node.now;
  for (const pod of pods) node.prepare(pod);
  node.advance("5s");
  const answers = [...node.prepared.values()].map(({ at }) => at - before);
  expect(answers).toEqual([100, 100, 100]);
});

test("without a time to live they take turns all the same, each with a GET of its own", () => {
  const node = caching({ latencyMs: 100, secretCacheTtlMs: 0 });
  const pods = ["a", "b", "c"].map((name) => node.start(reading(name)));
  const before = node.now;
  for (const pod of pods) node.prepare(pod);
  node.advance("5s");
  const answers = [...node.prepared.values()].map(({ at }) => at - before);
  expect(answers).toEqual([100, 200, 300]);
});

test("a registration during a GET starts over: the GET answers those who wait, the next read asks again", () => {
  const node = caching({ latencyMs: 100 });
  const pod = node.start(reading("a"));
  const before = node.now;
  node.prepare(pod);
  node.advance(50);
  const second = node.apply(reading("b"));
  node.sync(second).prepare(second);
  node.advance("5s");
  const answers = [...node.prepared.values()].map(({ at }) => at - before);
  expect(answers).toEqual([100, 150]);
});

test("Get asks for every read and passes errors on [KUBELET-13.5-01]", () => {
  const node = caching({ changeDetection: "Get" });
  const pods = ["a", "b"].map((name) => node.start(reading(name)));
  const [a, b] = pods as [(typeof pods)[0], (typeof pods)[0]];
  expect(readBy(node, a)).toEqual([LATENCY_MS, "one"]);
  node.apply(aSecret({ password: "two" }));
  expect(readBy(node, a)).toEqual([LATENCY_MS, "two"]);
  expect(readBy(node, b)).toEqual([LATENCY_MS, "two"]);
  node.outage(60_000);
  expect(readBy(node, a)?.[1]).toMatch(/connection refused/);
  node.advance("2m").remove("Secret", "app-secret");
  expect(readBy(node, a)).toEqual([
    LATENCY_MS,
    'secrets "app-secret" not found',
  ]);
});

test("Get reads the sources of a projected volume one after the other", () => {
  const node = caching({ changeDetection: "Get", latencyMs: 100 });
  node.apply(aSecret({ user: "me" }, { name: "other" }));
  const sources = ["app-secret", "other"].map((name) => ({ secret: { name } }));
  const pod = node.apply(
    aPod({ volumes: { all: { projected: { sources } } } }),
  );
  node.sync(pod);
  const setUp = node.refreshAfter(node.now) + 100;
  const mounted = node.around(setUp + 200, () =>
    node.read(pod, "all", "password"),
  );
  expect(mounted).toEqual([null, "one"]);
});

test("a Secret volume refreshes from memory too", () => {
  const node = caching();
  const pod = node.start(
    aPod({ volumes: { data: secretVolume("app-secret") } }),
  );
  node.apply(aSecret({ password: "two" }));
  node.resync(pod);
  expect(node.read(pod, "data", "password")).toBe("one");
  node.advance(TTL_MS).resync(pod);
  expect(node.read(pod, "data", "password")).toBe("two");
});
