/** The rows of csi-driver.md 12.4 that are the machine's. */
import { describe } from "vitest";
import { secretSyncMachine } from "../../../src/kubelet-sim/csi-driver/secret-sync.machine.ts";
import { after, testTable } from "../../support/machine-table.ts";

const NOW = 1_000_000;
const fresh = { dueAt: 0, at: NOW, failures: 0, again: false };
const changed = { type: "status.changed", at: NOW };
const taken = { type: "taken", at: NOW };
const finished = (outcome: string, afterMs = 0) => ({
  type: "reconcile.finished",
  at: NOW,
  outcome,
  afterMs,
});

describe("secret sync", () => {
  testTable(secretSyncMachine, fresh, [
    {
      state: "queued",
      event: taken,
      to: "reconciling",
      effects: ["reconcile"],
    },
    {
      state: "queued",
      context: { dueAt: NOW },
      event: taken,
      to: "reconciling",
      effects: ["reconcile"],
      then: { dueAt: 0 },
    },
    { state: "queued", event: changed, to: "queued" },
    { state: "reconciling", event: finished("done"), to: "idle" },
    {
      state: "reconciling",
      context: { failures: 3 },
      event: finished("retry", 300_000),
      to: "waiting",
      then: { dueAt: NOW + 300_000, failures: 0 },
    },
    {
      state: "reconciling",
      event: finished("failed"),
      to: "waiting",
      then: { dueAt: NOW + 5, failures: 1 },
    },
    {
      state: "reconciling",
      context: { failures: 4 },
      event: finished("failed"),
      to: "waiting",
      then: { dueAt: NOW + 80, failures: 5 },
    },
    {
      state: "reconciling",
      context: { failures: 4 },
      event: finished("failed", 200),
      to: "waiting",
      then: { dueAt: NOW + 200 },
    },
    {
      state: "reconciling",
      context: { failures: 30 },
      event: finished("failed"),
      to: "waiting",
      then: { dueAt: NOW + 1_000_000 },
    },
    {
      state: "reconciling",
      context: { dueAt: NOW + 60_000 },
      event: finished("retry", 300_000),
      to: "waiting",
      then: { dueAt: NOW + 60_000 },
    },
    {
      state: "reconciling",
      context: { dueAt: NOW + 60_000 },
      event: finished("failed"),
      to: "waiting",
      then: { dueAt: NOW + 5 },
    },
    {
      state: "reconciling",
      context: { dueAt: NOW + 60_000 },
      event: finished("done"),
      to: "waiting",
      then: { dueAt: NOW + 60_000 },
    },
    {
      state: "reconciling",
      context: { dueAt: NOW - 1 },
      event: finished("retry", 300_000),
      to: "queued",
      effects: ["enqueue"],
      then: { dueAt: NOW + 300_000 },
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
      to: "queued",
      effects: ["enqueue"],
      then: { dueAt: NOW + 300_000 },
    },
    {
      state: "waiting",
      context: { dueAt: NOW + 5 },
      event: after(secretSyncMachine, "waiting", "RETRY"),
      to: "queued",
      effects: ["enqueue"],
      then: { dueAt: 0 },
    },
    {
      state: "waiting",
      context: { dueAt: NOW + 5 },
      event: changed,
      to: "queued",
      effects: ["enqueue"],
      then: { dueAt: NOW + 5 },
    },
    { state: "idle", event: changed, to: "queued", effects: ["enqueue"] },
  ]);
});
