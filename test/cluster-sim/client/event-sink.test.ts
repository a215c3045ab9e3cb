import { describe, expect, it } from "vitest";
import {
  EventRecorder,
  newEventRecorderState,
} from "../../../src/cluster-sim/client/index.ts";
import type { ApiObject, FaultEffect } from "../../../src/cluster-sim/ports.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../src/kernel/time.ts";
import { LATENCY_MS, aCluster } from "../support.ts";

const CALLER = "node-0/kubelet";

function aRecorder(seed = 1) {
  const cluster = aCluster({ seed });
  const { sim, server, facts } = cluster;
  const recorder = new EventRecorder({
    sim,
    client: server.client(CALLER),
    at: CALLER,
    component: "kubelet",
    host: "node-0",
    minor: () => 33,
  });
  let state = newEventRecorderState();
  return {
    sim,
    facts,
    server,
    /** Each about an object of its own unless told otherwise. */
    emit: (name: string, message = "text"): void =>
      sim.command(() =>
        recorder.emit(state, {
          object: {
            apiVersion: "v1",
            kind: "Pod",
            namespace: "default",
            name,
            uid: name,
          },
          reason: "FailedMount",
          type: "Warning",
          message,
        }),
      ),
    fault: (effect: FaultEffect, forMs: number): void =>
      sim.command(() =>
        server.fault({ callers: CALLER, effect }, sim.now + forMs),
      ),
    wait: (ms: number): void => {
      sim.runUntil(sim.now + ms);
    },
    restart: (): void => {
      recorder.reset();
      state = newEventRecorderState();
    },
    written: (): string[] =>
      [...(server.state.store.objects.get("Event")?.values() ?? [])].map(
        ({ object }) =>
          `${(object["involvedObject"] as ApiObject["metadata"]).name} ${String(object["count"])}`,
      ),
  };
}

describe("Events that cannot be written", () => {
  it("wait behind the first of them and come in order when the API server is back", () => {
    const { emit, fault, wait, written, facts } = aRecorder();
    fault({ kind: "refuse" }, MINUTE_MS);
    emit("a");
    emit("b");
    emit("a");
    wait(MINUTE_MS - 1);
    expect(written()).toEqual([]);
    wait(15 * SECOND_MS);
    expect(written()).toEqual(["a 2", "b 1"]);
    const made = facts.filter(({ type }) => type === "api.object.created");
    expect(made.map(({ about }) => about.slice(0, 15))).toEqual([
      "default/Event/a",
      "default/Event/b",
    ]);
  });

  it("keep the time of their emission", () => {
    const { emit, fault, wait, server } = aRecorder();
    fault({ kind: "refuse" }, MINUTE_MS);
    emit("a");
    wait(2 * MINUTE_MS);
    const [stored] = server.state.store.objects.get("Event")!.values();
    expect(stored!.object["lastTimestamp"]).toBe("2024-04-29T09:00:00Z");
  });

  it("are tried again after at most 10 s, then every 10 s", () => {
    const { emit, fault, sim } = aRecorder();
    fault({ kind: "refuse" }, HOUR_MS);
    emit("a");
    const tries: number[] = [sim.now];
    // Each try is answered after a round trip, which begins the pause.
    while (tries.length < 5 && sim.step()) {
      sim.step();
      tries.push(sim.now);
    }
    const pauses = tries.slice(1).map((at, i) => at - tries[i]! - LATENCY_MS);
    expect(pauses[0]).toBeLessThan(10 * SECOND_MS);
    expect(pauses.slice(1)).toEqual([10_000, 10_000, 10_000]);
  });

  it("draw the first pause uniformly over 10 s", () => {
    const pauses = Array.from({ length: 40 }, (_, seed) => {
      const { emit, fault, sim } = aRecorder(seed);
      fault({ kind: "refuse" }, HOUR_MS);
      emit("a");
      sim.step();
      return sim.nextDueAt! - sim.now;
    });
    expect(Math.min(...pauses)).toBeLessThan(2 * SECOND_MS);
    expect(Math.max(...pauses)).toBeGreaterThan(8 * SECOND_MS);
    expect(Math.max(...pauses)).toBeLessThan(10 * SECOND_MS);
  });

  it("are lost after twelve tries, and the next one has its turn", () => {
    const { emit, fault, wait, written, sim } = aRecorder();
    fault({ kind: "refuse" }, HOUR_MS);
    emit("a");
    // The second of the twelve comes within 10 s, ten more 10 s apart.
    wait(11 * 10_000 + 12 * LATENCY_MS);
    expect(sim.nextDueAt).toBeNull();
    wait(HOUR_MS);
    expect(written()).toEqual([]);
    emit("a");
    wait(SECOND_MS);
    // It was counted: what is not there is made with its count.
    expect(written()).toEqual(["a 2"]);
  });

  it("time out after 30 s each in a dropped connection", () => {
    const { emit, fault, sim } = aRecorder();
    fault({ kind: "drop" }, HOUR_MS);
    emit("a");
    expect(sim.nextDueAt! - sim.now).toBe(30 * SECOND_MS);
  });

  it("are given up at once when the server refuses them", () => {
    const { emit, fault, wait, written, sim } = aRecorder();
    fault({ kind: "respond", status: 500 }, SECOND_MS);
    emit("a");
    wait(LATENCY_MS);
    expect(sim.nextDueAt).toBeNull();
    wait(MINUTE_MS);
    expect(written()).toEqual([]);
  });

  it("wait up to a thousand, and more are lost", () => {
    const { emit, fault, wait, written } = aRecorder();
    fault({ kind: "refuse" }, SECOND_MS);
    for (let i = 0; i < 1010; i++) emit(`p${i}`);
    wait(2 * MINUTE_MS);
    expect(written()).toHaveLength(1001);
  });

  it("are lost with their process, whatever is still under way", () => {
    const { emit, fault, wait, written, restart } = aRecorder();
    fault({ kind: "refuse" }, SECOND_MS);
    emit("a");
    emit("b");
    restart();
    emit("c");
    wait(MINUTE_MS);
    expect(written()).toEqual(["c 1"]);
  });
});

describe("Events that can be written", () => {
  it("go one after the other, each after the answer to the one before", () => {
    const { emit, wait, written } = aRecorder();
    emit("a");
    emit("b");
    expect(written()).toEqual(["a 1"]);
    wait(LATENCY_MS - 1);
    expect(written()).toEqual(["a 1"]);
    wait(1);
    expect(written()).toEqual(["a 1", "b 1"]);
  });
});
