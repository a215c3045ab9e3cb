import { describe, expect, it } from "vitest";
import type { EventInput } from "../../../src/cluster-sim/client/index.ts";
import {
  EventRecorder,
  newEventRecorderState,
} from "../../../src/cluster-sim/client/index.ts";
import { MINUTE_MS, SECOND_MS } from "../../../src/kernel/time.ts";
import type { ApiObject } from "../../../src/cluster-sim/ports.ts";
import type { Cluster } from "../support.ts";
import { aCluster } from "../support.ts";

const OBJECT = {
  apiVersion: "v1",
  kind: "Pod",
  namespace: "default",
  name: "web",
  uid: "uid-1",
};

function aRecorder(options: { readonly minor?: number } = {}) {
  const cluster = aCluster();
  const { minor = 33 } = options;
  const recorder = new EventRecorder({
    sim: cluster.sim,
    client: cluster.server.client("node-0/csi-driver"),
    at: "node-0/csi-driver",
    component: "csi-secrets-store-rotation",
    host: "node-0",
    minor: () => minor,
  });
  const state = newEventRecorderState();
  const emit = (input: Partial<EventInput> = {}): void =>
    cluster.sim.command(() =>
      recorder.emit(state, {
        object: OBJECT,
        reason: "MountRotationComplete",
        type: "Normal",
        message: "done",
        ...input,
      }),
    );
  const wait = (ms: number): void => {
    cluster.sim.runUntil(cluster.sim.now + ms);
  };
  /** Events are written one after the other: lets all that can be written be written. */
  const events = (): ApiObject[] => {
    wait(SETTLED_MS);
    return eventsIn(cluster);
  };
  return { cluster, emit, wait, events };
}

/** Some fifty round trips. */
const SETTLED_MS = 500;

/** Straight from the store, since asking would take time. */
function eventsIn(cluster: Cluster): ApiObject[] {
  const { objects } = cluster.server.state.store;
  return [...(objects.get("Event")?.values() ?? [])].map(
    (stored) => stored.object,
  );
}

describe("the event recorder", () => {
  it("writes an Event as client-go does", () => {
    const { emit, events } = aRecorder();
    emit({ object: { ...OBJECT, fieldPath: "spec.containers{main}" } });
    expect(events()).toMatchObject([
      {
        kind: "Event",
        metadata: {
          name: expect.stringMatching(/^web\.[0-9a-f]{16}$/),
          namespace: "default",
        },
        involvedObject: { ...OBJECT, fieldPath: "spec.containers{main}" },
        reason: "MountRotationComplete",
        message: "done",
        type: "Normal",
        source: { component: "csi-secrets-store-rotation", host: "node-0" },
        count: 1,
        firstTimestamp: "2024-04-29T09:00:00Z",
        lastTimestamp: "2024-04-29T09:00:00Z",
        reportingComponent: "csi-secrets-store-rotation",
        reportingInstance: "node-0",
      },
    ]);
  });

  it("puts Events of cluster-scoped objects into default", () => {
    const { emit, events } = aRecorder();
    emit({ object: { ...OBJECT, kind: "Node", namespace: "" } });
    expect(events()[0]?.metadata.namespace).toBe("default");
    expect(events()[0]?.["involvedObject"]).not.toHaveProperty("namespace");
  });

  it("counts equal emissions in one Event", () => {
    const { emit, wait, events } = aRecorder();
    emit();
    wait(2 * MINUTE_MS);
    emit();
    expect(events()).toMatchObject([
      {
        count: 2,
        firstTimestamp: "2024-04-29T09:00:00Z",
        lastTimestamp: "2024-04-29T09:02:00Z",
      },
    ]);
  });

  it("tells other types, reasons, texts, places and objects apart", () => {
    const { emit, events } = aRecorder();
    emit();
    emit({ type: "Warning" });
    emit({ reason: "Other" });
    emit({ message: "other" });
    emit({ object: { ...OBJECT, fieldPath: "spec.containers{a}" } });
    emit({ object: { ...OBJECT, uid: "uid-2" } });
    expect(events().map((event) => event["count"])).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it("combines from the tenth text of one reason on [CSI-12.0-19]", () => {
    const { emit, events } = aRecorder();
    for (let i = 1; i <= 9; i++) emit({ message: `text ${i}` });
    expect(events()).toHaveLength(9);
    emit({ message: "text 10" });
    emit({ message: "text 11" });
    const combined = events().filter((event) =>
      String(event["message"]).startsWith("(combined"),
    );
    expect(events()).toHaveLength(10);
    expect(combined).toMatchObject([
      { message: "(combined from similar events): text 11", count: 2 },
    ]);
  });

  it.each([
    [10 * MINUTE_MS, 1],
    [10 * MINUTE_MS + 1, 0],
  ])(
    "after a pause of %i ms there are %i combined Events [CSI-12.0-19]",
    (pause, count) => {
      const { emit, wait, events, cluster } = aRecorder();
      for (let i = 1; i <= 9; i++) emit({ message: `text ${i}` });
      const last = cluster.sim.now;
      wait(pause - 1);
      cluster.sim.runBefore(last + pause);
      emit({ message: "text 10" });
      const combined = events().filter((event) =>
        String(event["message"]).startsWith("(combined"),
      );
      expect(combined).toHaveLength(count);
    },
  );

  // What was dropped has been counted.
  it.each([
    [300 * SECOND_MS - 1, 25],
    [300 * SECOND_MS, 27],
  ])(
    "lets 25 Events of an object through; one emitted %i ms later leaves the count at %i [CSI-12.0-19]",
    (pause, count) => {
      const { emit, events, cluster } = aRecorder();
      const began = cluster.sim.now;
      for (let i = 0; i < 26; i++) emit();
      expect(events()[0]?.["count"]).toBe(25);
      cluster.sim.runBefore(began + pause);
      emit();
      expect(events()[0]?.["count"]).toBe(count);
    },
  );

  it("first writes an Event whose first emissions were dropped with all of them counted", () => {
    const { emit, events, cluster } = aRecorder();
    const began = cluster.sim.now;
    for (let i = 0; i < 25; i++) emit();
    emit({ reason: "Late" });
    expect(events()).toHaveLength(1);
    cluster.sim.runBefore(began + 300 * SECOND_MS);
    emit({ reason: "Late" });
    const late = events().find((event) => event["reason"] === "Late");
    expect(late).toMatchObject({
      count: 2,
      firstTimestamp: "2024-04-29T09:00:00Z",
      lastTimestamp: "2024-04-29T09:05:00Z",
    });
  });

  it.each([
    [31, 1],
    [32, 2],
  ])(
    "in 1.%i counts Normal and Warning together or apart",
    (minor, objects) => {
      const { emit, events } = aRecorder({ minor });
      for (let i = 0; i < 25; i++) emit();
      emit({ type: "Warning" });
      expect(events()).toHaveLength(objects);
    },
  );

  it("reports every emission to the trace, folded, and leaves the causes as they were", () => {
    const { emit, wait, cluster } = aRecorder();
    const { sim, facts } = cluster;
    const began = sim.now;
    for (let i = 0; i < 40; i++) {
      sim.runBefore(began + i * MINUTE_MS);
      emit();
    }
    wait(20 * MINUTE_MS + 1);
    sim.command(() => sim.trace.close());
    const emitted = facts.filter((fact) => fact.type === "k8s.event");
    expect(emitted).toMatchObject([
      {
        at: "node-0/csi-driver",
        about: "default/Pod/web|MountRotationComplete",
        data: {
          reason: "MountRotationComplete",
          type: "Normal",
          message: "done",
          kind: "Pod",
          namespace: "default",
          name: "web",
          uid: "uid-1",
          source: "csi-secrets-store-rotation",
          host: "node-0",
        },
        run: { every: MINUTE_MS, count: 40 },
      },
    ]);
  });

  it("leaves a fact of the Event object that it makes, not of every count", () => {
    const { emit, cluster } = aRecorder();
    emit();
    emit();
    const written = cluster.facts.filter((f) => f.about.includes("/Event/"));
    expect(written).toMatchObject([{ type: "api.object.created" }]);
  });

  it("is the cause of its Event object and of nothing else", () => {
    const { cluster } = aRecorder();
    const { sim, server, facts } = cluster;
    const recorder = new EventRecorder({
      sim,
      client: server.client("x"),
      at: "x",
      component: "x",
      host: "",
      minor: () => 33,
    });
    sim.command(() => {
      const seq = sim.trace.record({
        type: "a",
        at: "x",
        about: "x",
        data: {},
      });
      recorder.emit(newEventRecorderState(), {
        object: OBJECT,
        reason: "R",
        type: "Normal",
        message: "m",
      });
      expect(sim.trace.causes).toEqual([seq]);
    });
    sim.trace.close();
    const emitted = facts.find((fact) => fact.type === "k8s.event")!;
    const written = facts.find((fact) => fact.about.includes("/Event/"))!;
    expect(written.causes).toEqual([[emitted.seq, 0]]);
  });
});
