import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FaultEffect, Selection } from "../../../src/cluster-sim/ports.ts";
import type { EpochMs } from "../../../src/kernel/time.ts";
import { MINUTE_MS, SECOND_MS } from "../../../src/kernel/time.ts";
import type { Cluster } from "../support.ts";
import { WATCH_LATENCY_MS, aCluster, aSecret } from "../support.ts";

const APP: Selection = {
  kind: "Secret",
  namespace: "default",
  fieldSelector: "metadata.name=app",
};
const SECRETS: Selection = { kind: "Secret" };

function watch(
  cluster: Cluster,
  selection: Selection = SECRETS,
  caller = "node-0/kubelet",
): number {
  const { server, listener, sim } = cluster;
  const to = { target: listener.name, tag: {} };
  return sim.command(() => server.client(caller).watch(selection, to));
}

function fault(
  { server, sim }: Cluster,
  effect: FaultEffect,
  forMs: number,
  callers: string | null = null,
): EpochMs {
  const untilMs = sim.now + forMs;
  sim.command(() => server.fault({ callers, effect }, untilMs));
  return untilMs;
}

const literal = (name: string, value: string) =>
  aSecret(name, { stringData: { k: value } });

function remove({ server, sim }: Cluster, name: string): void {
  sim.command(() => server.remove("secret", "default", name, "kubectl"));
}

/** `ADDED web`, `SYNCED` … of everything that arrived since the last call. */
function arrived({ listener }: Cluster): string[] {
  const events = listener.watched;
  listener.received.length = 0;
  return events.map(({ change, stored }) =>
    stored === null ? change : `${change} ${stored.object.metadata.name}`,
  );
}

/** Runs the next event, which must be a try of the only reflector, and says how long it was until then. */
function nextTry({ sim }: Cluster): number {
  const from = sim.now;
  sim.step();
  return sim.now - from;
}

describe("a watch that loses its connection", () => {
  it("delivers nothing, tells afterwards what changed in version order, and says SYNCED once more", () => {
    const cluster = aCluster();
    for (const name of ["gone", "kept", "same"])
      cluster.apply(literal(name, "1"));
    watch(cluster);
    cluster.sim.runUntil(cluster.sim.now + WATCH_LATENCY_MS);
    arrived(cluster);
    fault(cluster, { kind: "refuse" }, MINUTE_MS, "node-0/");
    cluster.apply(literal("new", "1"));
    cluster.apply(literal("kept", "2"));
    cluster.apply(literal("kept", "3"));
    remove(cluster, "gone");
    cluster.apply(literal("brief", "1"));
    remove(cluster, "brief");
    cluster.sim.runUntil(cluster.sim.now + MINUTE_MS - 1);
    expect(arrived(cluster)).toEqual([]);
    cluster.sim.runUntil(cluster.sim.now + MINUTE_MS);
    expect(arrived(cluster)).toEqual([
      "DELETED gone",
      "ADDED new",
      "MODIFIED kept",
      "SYNCED",
    ]);
    cluster.apply(literal("same", "2"));
    cluster.sim.runUntil(cluster.sim.now + WATCH_LATENCY_MS);
    expect(arrived(cluster)).toEqual(["MODIFIED same"]);
  });

  it("gets a deletion in the form that it knew", () => {
    const cluster = aCluster();
    cluster.apply(literal("app", "1"));
    const known = cluster.server.read("Secret", "default", "app");
    watch(cluster, APP);
    fault(cluster, { kind: "refuse" }, SECOND_MS);
    cluster.sim.runUntil(cluster.sim.now + SECOND_MS);
    remove(cluster, "app");
    cluster.sim.runUntil(cluster.sim.now + MINUTE_MS);
    const deleted = cluster.listener.watched.find(
      ({ change }) => change === "DELETED",
    );
    expect(deleted?.stored).toEqual(known);
  });

  it("is told of an object made anew as gone and come", () => {
    const cluster = aCluster();
    cluster.apply(literal("app", "1"));
    watch(cluster, APP);
    fault(cluster, { kind: "refuse" }, SECOND_MS);
    cluster.sim.runUntil(cluster.sim.now + SECOND_MS);
    arrived(cluster);
    remove(cluster, "app");
    cluster.apply(literal("app", "1"));
    cluster.sim.runUntil(cluster.sim.now + MINUTE_MS);
    expect(arrived(cluster)).toEqual(["DELETED app", "ADDED app", "SYNCED"]);
  });

  it("still gets what was under way", () => {
    const cluster = aCluster();
    watch(cluster);
    cluster.apply(literal("app", "1"));
    fault(cluster, { kind: "refuse" }, MINUTE_MS);
    cluster.sim.runUntil(cluster.sim.now + WATCH_LATENCY_MS);
    expect(arrived(cluster)).toEqual(["SYNCED", "ADDED app"]);
    cluster.sim.runUntil(cluster.sim.now + 5 * MINUTE_MS);
    expect(arrived(cluster)).toEqual(["SYNCED"]);
  });

  it("names the write first and its own return second as causes", () => {
    const cluster = aCluster();
    watch(cluster);
    fault(cluster, { kind: "refuse" }, MINUTE_MS, "node-0/");
    cluster.apply(literal("app", "1"));
    const wrote = cluster.facts.at(-1)!;
    cluster.sim.runUntil(cluster.sim.now + 5 * MINUTE_MS);
    const resumed = cluster.facts.at(-1)!;
    expect(resumed).toMatchObject({
      type: "api.watch.resumed",
      at: "api-server",
      about: "listener",
      data: { by: "node-0/kubelet", selection: "Secret", learned: 1 },
    });
    const added = cluster.listener.received.find(
      ({ event }) => "change" in event && event.change === "ADDED",
    );
    expect(added?.causes).toEqual([wrote.seq, resumed.seq]);
  });

  it("tries again after 0.8 s, doubled up to 30 s, each times one to two [KUBELET-13.3-05]", () => {
    const cluster = aCluster();
    watch(cluster, APP);
    cluster.sim.runUntil(cluster.sim.now + SECOND_MS);
    fault(cluster, { kind: "refuse" }, 10 * MINUTE_MS);
    for (const base of [
      800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000,
    ]) {
      const pause = nextTry(cluster);
      expect(pause).toBeGreaterThanOrEqual(base);
      expect(pause).toBeLessThan(2 * base);
    }
  });

  it.each([
    [2 * MINUTE_MS, 1600],
    [2 * MINUTE_MS + 1, 800],
  ])(
    "begins with the short pause again when the last one began more than 2 m ago: %i ms",
    (gap, base) => {
      const cluster = aCluster();
      watch(cluster, APP);
      cluster.sim.runUntil(cluster.sim.now + SECOND_MS);
      const first = cluster.sim.now;
      fault(cluster, { kind: "refuse" }, 1);
      cluster.sim.runBefore(first + gap);
      fault(cluster, { kind: "refuse" }, MINUTE_MS);
      const pause = nextTry(cluster);
      expect(pause).toBeGreaterThanOrEqual(base);
      expect(pause).toBeLessThan(2 * base);
    },
  );

  it("waits for its dial timeout at each try when the connection is dropped", () => {
    const cluster = aCluster();
    watch(cluster, APP);
    cluster.sim.runUntil(cluster.sim.now + SECOND_MS);
    fault(cluster, { kind: "drop" }, 10 * MINUTE_MS);
    expect(nextTry(cluster)).toBeLessThan(1600);
    const second = nextTry(cluster);
    expect(second).toBeGreaterThanOrEqual(30_000 + 1600);
    expect(second).toBeLessThan(30_000 + 3200);
  });

  it("comes back no sooner than a watch fault ends, though requests are answered", () => {
    const cluster = aCluster();
    watch(cluster, SECRETS, "node-0/kubelet");
    watch(cluster, APP, "node-1/kubelet");
    cluster.sim.runUntil(cluster.sim.now + SECOND_MS);
    arrived(cluster);
    const { sim, server } = cluster;
    const untilMs = sim.now + MINUTE_MS;
    sim.command(() => server.breakWatches("node-0/", untilMs));
    expect(cluster.ask({ verb: "list", kind: "Secret" }).ok).toBe(true);
    cluster.apply(literal("app", "1"));
    sim.runBefore(untilMs);
    expect(arrived(cluster)).toEqual(["ADDED app"]);
    sim.runUntil(untilMs + 2 * MINUTE_MS);
    expect(arrived(cluster)).toEqual(["ADDED app", "SYNCED"]);
  });

  it("goes on while the server answers errors or is slow", () => {
    const cluster = aCluster();
    watch(cluster, SECRETS, "node-0/kubelet");
    cluster.sim.runUntil(cluster.sim.now + SECOND_MS);
    arrived(cluster);
    fault(cluster, { kind: "respond", status: 500 }, MINUTE_MS, "node-0/");
    fault(cluster, { kind: "slow", byMs: 400 }, MINUTE_MS, "node-0/");
    cluster.apply(literal("app", "1"));
    cluster.sim.runUntil(cluster.sim.now + WATCH_LATENCY_MS + 399);
    expect(arrived(cluster)).toEqual([]);
    cluster.sim.runUntil(cluster.sim.now + 1);
    expect(arrived(cluster)).toEqual(["ADDED app"]);
  });

  it("costs nothing any more when it is ended", () => {
    const cluster = aCluster();
    const id = watch(cluster);
    cluster.sim.runUntil(cluster.sim.now + SECOND_MS);
    fault(cluster, { kind: "refuse" }, MINUTE_MS);
    cluster.sim.command(() =>
      cluster.server.client("node-0/kubelet").unwatch(id),
    );
    expect(cluster.sim.nextDueAt).toBeNull();
  });
});

describe("a watch that begins without a connection", () => {
  it.each<FaultEffect>([{ kind: "refuse" }, { kind: "respond", status: 503 }])(
    "lists when there is one, SYNCED included [KUBELET-13.3-03]: %j",
    (effect) => {
      const cluster = aCluster();
      for (const name of ["b", "a"]) cluster.apply(literal(name, "1"));
      fault(cluster, effect, 10 * SECOND_MS);
      watch(cluster);
      for (const base of [800, 1600, 3200]) {
        const pause = nextTry(cluster);
        expect(pause).toBeGreaterThanOrEqual(base);
        expect(pause).toBeLessThan(2 * base);
      }
      cluster.sim.runUntil(cluster.sim.now + MINUTE_MS);
      expect(arrived(cluster)).toEqual(["ADDED a", "ADDED b", "SYNCED"]);
      expect(cluster.facts.at(-1)).toMatchObject({
        type: "api.watch.resumed",
        data: { learned: 2 },
      });
    },
  );

  it("adds the dial timeout to each try when the connection is dropped", () => {
    const cluster = aCluster();
    fault(cluster, { kind: "drop" }, MINUTE_MS);
    watch(cluster);
    const first = nextTry(cluster);
    expect(first).toBeGreaterThanOrEqual(30_800);
    expect(first).toBeLessThan(31_600);
  });
});

describe("pauses of reflectors", () => {
  it("are drawn by who watches what, whoever else does", () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.nat(3), (seed, others) => {
        const pauseWith = (more: number): number => {
          const cluster = aCluster({ seed });
          for (let i = 0; i < more; i++)
            watch(cluster, { ...APP, fieldSelector: `metadata.name=o${i}` });
          const id = watch(cluster, APP);
          fault(cluster, { kind: "refuse" }, MINUTE_MS);
          const { broken } = cluster.server.state.watches;
          const due = cluster.sim.snapshot() as unknown as {
            queue: { seq: number; dueAt: number }[];
          };
          const { handle } = broken.get(id)!;
          return due.queue.find(({ seq }) => seq === handle)!.dueAt;
        };
        expect(pauseWith(others)).toBe(pauseWith(0));
      }),
      { seed: 3, numRuns: 20 },
    );
    expect.hasAssertions();
  });
});
