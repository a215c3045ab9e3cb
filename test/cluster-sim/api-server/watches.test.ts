import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Informer } from "../../../src/cluster-sim/client/index.ts";
import {
  applyWatch,
  newInformer,
} from "../../../src/cluster-sim/client/index.ts";
import type {
  ApiRequest,
  Selection,
  WatchEvent,
} from "../../../src/cluster-sim/ports.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import type { Cluster } from "../support.ts";
import {
  WATCH_LATENCY_MS,
  aCluster,
  aPod,
  aPodStatus,
  aSecret,
} from "../support.ts";

function watch(cluster: Cluster, selection: Selection, tag = {}): number {
  const { client, listener, sim } = cluster;
  return sim.command(() =>
    client.watch(selection, { target: listener.name, tag }),
  );
}

/** `ADDED web`, `SYNCED` … of everything that arrived since the last call. */
function arrived(cluster: Cluster): string[] {
  const { listener, sim } = cluster;
  sim.runUntil(sim.now + WATCH_LATENCY_MS);
  const events = listener.watched;
  listener.received.length = 0;
  return events.map(({ change, stored }) =>
    stored === null ? change : `${change} ${stored.object.metadata.name}`,
  );
}

const pod = (name: string) =>
  ({ kind: "Pod", namespace: "default", name }) as const;

describe("watches", () => {
  it("sends what is there, then SYNCED, after the watch latency", () => {
    const cluster = aCluster();
    cluster.apply(aPod("b"));
    cluster.apply(aPod("a"));
    watch(cluster, { kind: "Pod" }, { of: "pods" });
    const { sim, listener } = cluster;
    const began = sim.now;
    sim.runUntil(began + WATCH_LATENCY_MS - 1);
    expect(listener.received).toEqual([]);
    sim.runUntil(began + WATCH_LATENCY_MS);
    expect(listener.watched.map((event) => event.tag)).toEqual([
      { of: "pods" },
      { of: "pods" },
      { of: "pods" },
    ]);
    expect(arrived(cluster)).toEqual(["ADDED a", "ADDED b", "SYNCED"]);
  });

  it("sends a change after the watch latency with the write as its cause", () => {
    const cluster = aCluster();
    const { sim, facts, listener } = cluster;
    watch(cluster, { kind: "Secret" });
    arrived(cluster);
    cluster.apply(aSecret());
    const wrote = sim.now;
    sim.runUntil(wrote + WATCH_LATENCY_MS - 1);
    expect(listener.received).toEqual([]);
    sim.runUntil(wrote + WATCH_LATENCY_MS);
    expect(listener.received).toMatchObject([
      { at: wrote + WATCH_LATENCY_MS, causes: [facts.at(-1)!.seq] },
    ]);
  });

  it("adds an object that starts to match a field selector and deletes one that stops", () => {
    const cluster = aCluster();
    watch(cluster, { kind: "Pod", fieldSelector: "spec.nodeName=node-0" });
    watch(cluster, { kind: "Pod", fieldSelector: "spec.nodeName=" });
    arrived(cluster);
    cluster.apply(aPod("web"));
    expect(arrived(cluster)).toEqual(["ADDED web"]);
    const patch = { spec: { nodeName: "node-0" } };
    cluster.ask({ verb: "patch", ...pod("web"), patch });
    expect(arrived(cluster)).toEqual(["ADDED web", "DELETED web"]);
    const status = { status: { phase: "Running" } };
    cluster.ask({ verb: "patchStatus", ...pod("web"), patch: status });
    expect(arrived(cluster)).toEqual(["MODIFIED web"]);
  });

  it("follows labels, with the old form and the new version when one stops matching", () => {
    const cluster = aCluster();
    const label = "internal.secrets-store.csi.k8s.io/node-name";
    const { listener, sim } = cluster;
    watch(cluster, {
      kind: "SecretProviderClassPodStatus",
      labelSelector: `${label}=node-0`,
    });
    arrived(cluster);
    const labels = { [label]: "node-0" };
    cluster.apply(aPodStatus("x", { labels }));
    cluster.apply(aPodStatus("y", { labels: { [label]: "node-1" } }));
    expect(arrived(cluster)).toEqual(["ADDED x"]);
    const key = {
      kind: "SecretProviderClassPodStatus",
      namespace: "default",
      name: "x",
    };
    const patch = { metadata: { labels: { [label]: "node-1" } } };
    cluster.ask({ verb: "patch", ...key, patch });
    sim.runUntil(sim.now + WATCH_LATENCY_MS);
    const [event] = listener.watched;
    const now = cluster.server.read(key.kind, "default", "x")!;
    expect(event?.change).toBe("DELETED");
    expect(event?.stored?.object.metadata).toMatchObject({
      labels,
      resourceVersion: now.object.metadata.resourceVersion,
    });
  });

  it("follows one object by name and no other", () => {
    const cluster = aCluster();
    const selection = {
      kind: "Secret",
      namespace: "default",
      fieldSelector: "metadata.name=app",
    };
    const id = watch(cluster, selection);
    cluster.apply(aSecret("app"));
    cluster.apply(aSecret("other"));
    cluster.ask({
      verb: "delete",
      kind: "Secret",
      namespace: "default",
      name: "app",
    });
    expect(arrived(cluster)).toEqual(["SYNCED", "ADDED app", "DELETED app"]);
    cluster.sim.command(() => cluster.client.unwatch(id));
    cluster.apply(aSecret("app"));
    expect(arrived(cluster)).toEqual([]);
  });

  it("sends nothing that is written after the watch ended, but what is under way", () => {
    const cluster = aCluster();
    const id = watch(cluster, { kind: "Secret" });
    arrived(cluster);
    cluster.apply(aSecret("before"));
    cluster.sim.command(() => cluster.client.unwatch(id));
    cluster.apply(aSecret("after"));
    expect(arrived(cluster)).toEqual(["ADDED before"]);
  });

  it("gives a deletion a version of its own", () => {
    const cluster = aCluster();
    watch(cluster, { kind: "Secret" });
    cluster.apply(aSecret());
    const before = cluster.server.read("Secret", "default", "app")!;
    arrived(cluster);
    cluster.sim.command(() =>
      cluster.server.remove("secret", "default", "app", "kubectl"),
    );
    cluster.sim.runUntil(cluster.sim.now + WATCH_LATENCY_MS);
    const [event] = cluster.listener.watched;
    expect(Number(event!.stored!.object.metadata.resourceVersion)).toBe(
      Number(before.object.metadata.resourceVersion) + 1,
    );
  });

  it("lets no change overtake another when the latency shrinks", () => {
    const cluster = aCluster();
    watch(cluster, { kind: "Secret" });
    arrived(cluster);
    cluster.apply(aSecret("first"));
    cluster.config.watchLatencyMs = 1;
    cluster.apply(aSecret("second"));
    expect(arrived(cluster)).toEqual(["ADDED first", "ADDED second"]);
  });

  it("refuses to watch by a selector that cannot be read", () => {
    const cluster = aCluster();
    expect(() =>
      watch(cluster, { kind: "Pod", fieldSelector: "spec.x=1" }),
    ).toThrow(
      "Failed to watch Pod for listener: field label not supported: spec.x",
    );
  });
});

const SELECTIONS: readonly Selection[] = [
  { kind: "Pod" },
  { kind: "Pod", fieldSelector: "spec.nodeName=node-0" },
  { kind: "Pod", namespace: "default", labelSelector: "app=a" },
  {
    kind: "Pod",
    namespace: "default",
    fieldSelector: "metadata.name=p1,spec.nodeName!=node-0",
  },
];

type Step =
  | { readonly do: "request"; readonly request: ApiRequest }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "latency"; readonly ms: number };

const podName = fc.constantFrom("p0", "p1", "p2");
const requests: fc.Arbitrary<ApiRequest> = fc.oneof(
  podName.map((name) => ({ verb: "create" as const, object: aPod(name) })),
  fc
    .tuple(podName, fc.constantFrom("node-0", "node-1"))
    .map(([name, nodeName]) => ({
      verb: "patch" as const,
      ...pod(name),
      patch: { spec: { nodeName } },
    })),
  fc.tuple(podName, fc.constantFrom("a", "b", null)).map(([name, app]) => ({
    verb: "patch" as const,
    ...pod(name),
    patch: { metadata: { labels: { app } } },
  })),
  fc
    .tuple(podName, fc.constantFrom("Running", "Failed"))
    .map(([name, phase]) => ({
      verb: "patchStatus" as const,
      ...pod(name),
      patch: { status: { phase } },
    })),
  fc
    .tuple(podName, fc.constantFrom(0, 5))
    .map(([name, gracePeriodSeconds]) => ({
      verb: "delete" as const,
      ...pod(name),
      gracePeriodSeconds,
    })),
);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: requests.map((request) => ({
        do: "request" as const,
        request,
      })),
    },
    {
      weight: 1,
      arbitrary: fc.nat(40).map((ms) => ({ do: "wait" as const, ms })),
    },
    {
      weight: 1,
      arbitrary: fc.nat(60).map((ms) => ({ do: "latency" as const, ms })),
    },
  ),
  { maxLength: 40 },
);

describe("watchers' caches", () => {
  it("converge to the store, by events in version order, each once", () => {
    fc.assert(
      fc.property(steps, fc.nat(20), (all, late) => {
        const cluster = aCluster();
        const { sim, client, config, listener } = cluster;
        const begin = (tag: JsonObject, selection: Selection): void => {
          sim.command(() =>
            client.watch(selection, { target: listener.name, tag }),
          );
        };
        SELECTIONS.forEach((selection, i) => begin({ i }, selection));
        all.forEach((step, n) => {
          // Half of the watches begin in the middle.
          if (n === late)
            SELECTIONS.forEach((selection, i) =>
              begin({ i: i + SELECTIONS.length }, selection),
            );
          if (step.do === "wait") sim.runUntil(sim.now + step.ms);
          else if (step.do === "latency") config.watchLatencyMs = step.ms;
          else
            sim.command(() =>
              client.call(step.request, { target: "", tag: {} }),
            );
        });
        sim.runUntil(sim.now + 1000);
        const started = all.length > late ? 2 : 1;
        for (let i = 0; i < SELECTIONS.length * started; i++)
          checkWatch(cluster, i);
      }),
      { seed: 11, numRuns: 300 },
    );
    expect.hasAssertions();
  });
});

/** Replays one watcher's events and compares its cache with what a list says. */
function checkWatch(cluster: Cluster, i: number): void {
  const events = cluster.listener.watched.filter((e) => e.tag["i"] === i);
  const cache: Informer = newInformer();
  for (const event of events) applyWatch(cache, event);
  const selection = SELECTIONS[i % SELECTIONS.length]!;
  const reply = cluster.ask({ verb: "list", ...selection });
  const items = reply.ok && "items" in reply ? reply.items : [];
  const cached = [...cache.items.values()].sort((a, b) =>
    a.object.metadata.name < b.object.metadata.name ? -1 : 1,
  );
  expect(cached).toEqual(items);
  const synced = events.findIndex((event) => event.change === "SYNCED");
  expect(synced).toBeGreaterThanOrEqual(0);
  const before = versionsOf(events.slice(0, synced));
  const later = versionsOf(events.slice(synced + 1));
  const rising = [...new Set(later)].sort((a, b) => a - b);
  expect(later).toEqual(rising);
  expect(Math.max(0, ...before)).toBeLessThan(later[0] ?? Infinity);
}

function versionsOf(events: readonly WatchEvent[]): number[] {
  return events.map((event) =>
    Number(event.stored!.object.metadata.resourceVersion),
  );
}
