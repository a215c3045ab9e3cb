/** The rows of kubelet.md 13.1 as far as this version models them. */
import { describe } from "vitest";
import { podWorkerMachine } from "../../../src/kubelet-sim/kubelet/pod-worker.machine.ts";
import { after, testTable } from "../../support/machine-table.ts";

const idle = { delayMs: 0, trigger: "update", pending: false };
const passed = (state: string, delay: string) =>
  after(podWorkerMachine, state, delay);
const update = (delayMs: number) => ({
  type: "pod.updated",
  trigger: "pleg",
  delayMs,
});
const killed = { type: "pod.killed", delayMs: 1000 };

describe("pod worker", () => {
  testTable(podWorkerMachine, idle, [
    {
      state: "syncing",
      event: { type: "sync.succeeded", delayMs: 75_000 },
      to: "idle",
      then: { delayMs: 75_000 },
    },
    {
      state: "syncing",
      event: { type: "sync.succeeded", delayMs: null },
      to: "dormant",
    },
    {
      state: "syncing",
      context: { pending: true },
      event: { type: "sync.succeeded", delayMs: 75_000, cacheMs: 300 },
      to: "waitingForCache",
      then: { pending: false, trigger: "update", delayMs: 300 },
    },
    {
      state: "syncing",
      event: { type: "sync.failed", delayMs: 11_000 },
      to: "backingOff",
    },
    {
      state: "syncing",
      event: { type: "volumes.awaited" },
      to: "waitingForVolumes",
    },
    {
      state: "syncing",
      event: { type: "containers.starting", delayMs: 700 },
      to: "starting",
    },
    {
      state: "syncing",
      event: update(0),
      to: "syncing",
      then: { pending: true },
    },
    {
      state: "idle",
      event: passed("idle", "RESYNC"),
      to: "syncing",
      effects: ["sync"],
      then: { trigger: "resync" },
    },
    {
      state: "idle",
      event: update(0),
      to: "syncing",
      effects: ["sync"],
      then: { trigger: "pleg" },
    },
    {
      state: "idle",
      event: update(400),
      to: "waitingForCache",
      then: { delayMs: 400, trigger: "pleg" },
    },
    {
      state: "waitingForCache",
      event: passed("waitingForCache", "CACHE"),
      to: "syncing",
      effects: ["sync"],
    },
    {
      state: "dormant",
      event: update(0),
      to: "syncing",
      effects: ["sync"],
    },
    {
      state: "backingOff",
      event: passed("backingOff", "RESYNC"),
      to: "syncing",
      effects: ["sync"],
      then: { trigger: "backoff" },
    },
    {
      state: "backingOff",
      event: update(0),
      to: "syncing",
      effects: ["sync"],
      then: { trigger: "pleg" },
    },
    {
      state: "backingOff",
      event: update(400),
      to: "waitingForCache",
      then: { delayMs: 400, trigger: "pleg" },
    },
    {
      state: "waitingForVolumes",
      event: { type: "sync.failed", delayMs: 11_000, cacheMs: 300 },
      to: "backingOff",
      then: { delayMs: 11_000 },
    },
    {
      state: "waitingForVolumes",
      context: { pending: true },
      event: { type: "sync.failed", delayMs: 11_000, cacheMs: 300 },
      to: "waitingForCache",
      then: { pending: false, trigger: "update", delayMs: 300 },
    },
    {
      state: "starting",
      context: { pending: true },
      event: { type: "sync.succeeded", delayMs: 75_000, cacheMs: 300 },
      to: "waitingForCache",
      then: { pending: false, trigger: "update", delayMs: 300 },
    },
    {
      state: "waitingForVolumes",
      event: { type: "volumes.mounted", delayMs: 120 },
      to: "noticing",
    },
    {
      state: "waitingForVolumes",
      event: passed("waitingForVolumes", "VOLUME_WAIT"),
      to: "waitingForVolumes",
      effects: ["volumeWaitFailed"],
    },
    {
      state: "waitingForVolumes",
      event: update(0),
      to: "waitingForVolumes",
      then: { pending: true },
    },
    {
      state: "noticing",
      event: passed("noticing", "CHECK"),
      to: "noticing",
      effects: ["startContainers"],
    },
    {
      state: "starting",
      event: passed("starting", "START"),
      to: "starting",
      effects: ["containersStarted"],
    },
    {
      state: "starting",
      event: { type: "sync.succeeded", delayMs: null },
      to: "dormant",
    },
    ...["syncing", "idle", "dormant", "backingOff", "starting"].map(
      (state) => ({
        state,
        event: killed,
        to: "terminating",
        effects: ["stopContainers"],
        then: { delayMs: 1000 },
      }),
    ),
    {
      state: "waitingForVolumes",
      event: killed,
      to: "terminating",
      effects: ["stopContainers"],
    },
    {
      state: "terminating",
      event: passed("terminating", "STOP"),
      to: "terminated",
      effects: ["unmountVolumes"],
    },
    {
      state: "terminated",
      event: { type: "volumes.unmounted" },
      to: "finished",
      effects: ["finish"],
    },
  ]);
});
