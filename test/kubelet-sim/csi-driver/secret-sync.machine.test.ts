/** The rows of csi-driver.md 12.4 that are the machine's. */
import { describe } from "vitest";
import { secretSyncMachine } from "../../../src/kubelet-sim/csi-driver/secret-sync.machine.ts";
import { after, testTable } from "../../support/machine-table.ts";

const fresh = { retryMs: 0, failures: 0, again: false };
const changed = { type: "status.changed" };
const finished = (outcome: string, afterMs = 0) => ({
  type: "reconcile.finished",
  outcome,
  afterMs,
});

describe("secret sync", () => {
  testTable(secretSyncMachine, fresh, [
    { state: "reconciling", event: finished("done"), to: "idle" },
    {
      state: "reconciling",
      context: { failures: 3 },
      event: finished("retry", 300_000),
      to: "waiting",
      then: { retryMs: 300_000, failures: 0 },
    },
    {
      state: "reconciling",
      event: finished("failed"),
      to: "waiting",
      then: { retryMs: 5, failures: 1 },
    },
    {
      state: "reconciling",
      context: { failures: 4 },
      event: finished("failed"),
      to: "waiting",
      then: { retryMs: 80, failures: 5 },
    },
    {
      state: "reconciling",
      context: { failures: 30 },
      event: finished("failed"),
      to: "waiting",
      then: { retryMs: 1_000_000 },
    },
    {
      state: "reconciling",
      event: changed,
      to: "reconciling",
      then: { again: true },
    },
    {
      state: "reconciling",
      context: { again: true },
      event: finished("retry", 300_000),
      to: "reconciling",
      effects: ["reconcile"],
      then: { again: false },
    },
    {
      state: "waiting",
      event: after(secretSyncMachine, "waiting", "RETRY"),
      to: "reconciling",
      effects: ["reconcile"],
    },
    {
      state: "waiting",
      event: changed,
      to: "reconciling",
      effects: ["reconcile"],
    },
    {
      state: "idle",
      event: changed,
      to: "reconciling",
      effects: ["reconcile"],
    },
  ]);
});
