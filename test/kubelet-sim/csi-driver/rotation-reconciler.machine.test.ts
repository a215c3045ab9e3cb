/** The rows of csi-driver.md 12.2 that are the machine's; what one reconcile does is tested in rotation.test.ts. */
import { describe } from "vitest";
import { rotationReconcilerMachine } from "../../../src/kubelet-sim/csi-driver/rotation-reconciler.machine.ts";
import { after, testTable } from "../../support/machine-table.ts";

const running = {
  intervalMs: 120_000,
  nextTickAt: 500_000,
  at: 450_000,
  queue: [],
  current: "",
};
const tick = (state: string) => after(rotationReconcilerMachine, state, "TICK");
const added = (...keys: string[]) => ({
  type: "keys.added",
  at: 500_000,
  keys,
});
const finished = { type: "reconcile.finished", at: 500_100 };

describe("rotation reconciler", () => {
  testTable(rotationReconcilerMachine, running, [
    {
      state: "stopped",
      event: {
        type: "started",
        at: 1000,
        intervalMs: 60_000,
        firstTickAt: 61_000,
      },
      to: "idle",
      then: { intervalMs: 60_000, nextTickAt: 61_000, at: 1000 },
    },
    { state: "stopped", event: added("a"), to: "stopped" },
    {
      state: "idle",
      event: tick("idle"),
      to: "idle",
      effects: ["listPodStatuses"],
      then: { at: 500_000, nextTickAt: 620_000 },
    },
    {
      state: "working",
      event: tick("working"),
      to: "working",
      effects: ["listPodStatuses"],
      then: { nextTickAt: 620_000 },
    },
    { state: "idle", event: added(), to: "idle" },
    {
      state: "idle",
      event: added("a", "b"),
      to: "working",
      effects: ["reconcile"],
      then: { current: "a", queue: ["b"] },
    },
    {
      // A waiting key is not added twice; the one in hand may be.
      state: "working",
      context: { current: "a", queue: ["b"] },
      event: added("a", "b", "c"),
      to: "working",
      then: { current: "a", queue: ["b", "a", "c"] },
    },
    {
      state: "working",
      context: { current: "a", queue: ["b", "c"] },
      event: finished,
      to: "working",
      effects: ["reconcile"],
      then: { current: "b", queue: ["c"] },
    },
    {
      state: "working",
      context: { current: "c", queue: [] },
      event: finished,
      to: "idle",
      then: { current: "", at: 500_100 },
    },
    {
      state: "working",
      context: { current: "a", queue: ["b"] },
      event: { type: "stopped" },
      to: "stopped",
      then: { current: "", queue: [] },
    },
    { state: "idle", event: { type: "stopped" }, to: "stopped" },
  ]);
});
