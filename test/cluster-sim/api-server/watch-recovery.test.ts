import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Informer } from "../../../src/cluster-sim/client/index.ts";
import {
  applyWatch,
  keyOf,
  newInformer,
} from "../../../src/cluster-sim/client/index.ts";
import type {
  ApiRequest,
  FaultEffect,
  Selection,
  WatchEvent,
} from "../../../src/cluster-sim/ports.ts";
import { byCodeUnit } from "../../../src/kernel/json.ts";
import { MINUTE_MS, SECOND_MS } from "../../../src/kernel/time.ts";
import type { Cluster } from "../support.ts";
import { aCluster, aPod } from "../support.ts";

const SELECTIONS: readonly Selection[] = [
  { kind: "Pod" },
  { kind: "Pod", fieldSelector: "spec.nodeName=node-0" },
  { kind: "Pod", namespace: "default", labelSelector: "app=a" },
  { kind: "Pod", namespace: "default", fieldSelector: "metadata.name=p1" },
];
const CALLERS = ["node-0/kubelet", "node-1/kubelet"];

type Step =
  | { readonly do: "write"; readonly request: ApiRequest; readonly by: string }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "latency"; readonly ms: number }
  | {
      readonly do: "fault";
      readonly callers: string | null;
      /** Null: watches alone break. */
      readonly effect: FaultEffect | null;
      readonly forMs: number;
    }
  | { readonly do: "snapshot" };

const podName = fc.constantFrom("p0", "p1", "p2");
const pod = (name: string) =>
  ({ kind: "Pod", namespace: "default", name }) as const;
const requests: fc.Arbitrary<ApiRequest> = fc.oneof(
  podName.map((name) => ({ verb: "create" as const, object: aPod(name) })),
  podName.map((name) => ({
    verb: "patch" as const,
    ...pod(name),
    patch: { spec: { nodeName: "node-0" } },
  })),
  fc.tuple(podName, fc.constantFrom("a", "b", null)).map(([name, app]) => ({
    verb: "patch" as const,
    ...pod(name),
    patch: { metadata: { labels: { app } } },
  })),
  podName.map((name) => ({
    verb: "delete" as const,
    ...pod(name),
    gracePeriodSeconds: 0,
  })),
);
const writes = fc
  .tuple(requests, fc.constantFrom("writer", "writer", ...CALLERS))
  .map(([request, by]): Step => ({ do: "write", request, by }));
const waits = fc.oneof(fc.nat(40), fc.nat(2 * SECOND_MS), fc.nat(MINUTE_MS));
const effects = fc.constantFrom<FaultEffect | null>(
  null,
  { kind: "refuse" },
  { kind: "drop" },
  { kind: "slow", byMs: 3 * SECOND_MS },
  { kind: "respond", status: 503 },
  { kind: "respond", status: 429 },
);
const faults = fc
  .tuple(effects, fc.constantFrom(null, "node-0/"), waits)
  .map(([effect, callers, forMs]): Step => ({
    do: "fault",
    effect,
    callers,
    forMs,
  }));
const steps = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: writes },
    {
      weight: 3,
      arbitrary: waits.map((ms): Step => ({ do: "wait", ms })),
    },
    {
      weight: 1,
      arbitrary: fc.nat(60).map((ms): Step => ({ do: "latency", ms })),
    },
    { weight: 2, arbitrary: faults },
    { weight: 1, arbitrary: fc.constant<Step>({ do: "snapshot" }) },
  ),
  { maxLength: 60, size: "max" },
);

function perform({ sim, server, config }: Cluster, step: Step): void {
  switch (step.do) {
    case "wait":
      sim.runUntil(sim.now + step.ms);
      return;
    case "latency":
      config.watchLatencyMs = step.ms;
      return;
    case "write":
      return sim.command(() =>
        server.client(step.by).call(step.request, { target: "", tag: {} }),
      );
    case "fault": {
      const { callers, effect, forMs } = step;
      const untilMs = sim.now + forMs;
      return sim.command(() =>
        effect === null
          ? server.breakWatches(callers, untilMs)
          : server.fault({ callers, effect }, untilMs),
      );
    }
    case "snapshot":
      return sim.restore(JSON.parse(JSON.stringify(sim.snapshot())));
  }
}

/** Half of the watches begin in the middle. */
function play(all: readonly Step[], late: number): Cluster {
  const cluster = aCluster();
  const { sim, server, listener } = cluster;
  const begin = (from: number): void =>
    SELECTIONS.forEach((selection, i) =>
      CALLERS.forEach((caller, c) =>
        sim.command(() =>
          server.client(caller).watch(selection, {
            target: listener.name,
            tag: { id: from + i * CALLERS.length + c, selection: i },
          }),
        ),
      ),
    );
  begin(0);
  all.forEach((step, n) => {
    if (n === late) begin(SELECTIONS.length * CALLERS.length);
    perform(cluster, step);
  });
  // Longer than the longest pause after the longest fault.
  sim.runUntil(sim.now + 10 * MINUTE_MS);
  return cluster;
}

/** What is wrong with one delivery, for somebody who holds `cache` and has seen `newest`. */
function problemOf(
  { change, stored }: WatchEvent,
  cache: Informer,
  newest: number,
): string | null {
  if (stored === null) return null;
  const { uid, resourceVersion } = stored.object.metadata;
  const version = Number(resourceVersion);
  const known = cache.items.get(keyOf(stored))?.object.metadata;
  if (change === "ADDED" && known !== undefined) return "added twice";
  if (change !== "ADDED" && known?.uid !== uid) return "told of a stranger";
  if (change === "DELETED")
    return version < Number(known!.resourceVersion) ? "gone back" : null;
  return cache.synced && version <= newest ? "out of order or twice" : null;
}

/** Replays one watcher's events; what they must never do is checked on the way. */
function checkWatch(cluster: Cluster, events: readonly WatchEvent[]): void {
  const cache: Informer = newInformer();
  const problems: string[] = [];
  let newest = 0;
  for (const event of events) {
    const problem = problemOf(event, cache, newest);
    if (problem !== null) problems.push(problem);
    const { resourceVersion = "0" } = event.stored?.object.metadata ?? {};
    newest = Math.max(newest, Number(resourceVersion));
    applyWatch(cache, event);
  }
  expect(problems).toEqual([]);
  const selection = SELECTIONS[events[0]!.tag["selection"] as number]!;
  const reply = cluster.ask({ verb: "list", ...selection });
  const items = reply.ok && "items" in reply ? reply.items : [];
  const held = [...cache.items.keys()].sort(byCodeUnit);
  expect(held.map((key) => cache.items.get(key))).toEqual(items);
  expect(cache.synced).toBe(true);
}

describe("watchers' caches under faults", () => {
  it("end equal to the store: nothing lost, nothing invented, no version twice", () => {
    fc.assert(
      fc.property(steps, fc.nat(25), (all, late) => {
        const cluster = play(all, late);
        const begun = SELECTIONS.length * CALLERS.length;
        const count = all.length > late ? 2 * begun : begun;
        for (let id = 0; id < count; id++) {
          const events = cluster.listener.watched.filter(
            (event) => event.tag["id"] === id,
          );
          expect(events).not.toEqual([]);
          checkWatch(cluster, events);
        }
        expect(cluster.server.state.watches.broken.size).toBe(0);
      }),
      { seed: 23, numRuns: 200 },
    );
    expect.hasAssertions();
  });

  it("come to the same facts with and without a snapshot in between", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const straight = all.filter((step) => step.do !== "snapshot");
        const hash = (some: readonly Step[]): string => {
          const { sim } = play(some, Infinity);
          return sim.trace.hash;
        };
        expect(hash(all)).toBe(hash(straight));
      }),
      { seed: 29, numRuns: 40 },
    );
    expect.hasAssertions();
  });
});
