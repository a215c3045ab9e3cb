/** The rows of kubelet.md 13.1, as transitions. */
import { describe } from "vitest";
import { podWorkerMachine } from "../../../src/kubelet-sim/kubelet/pod-worker.machine.ts";
import type { Row } from "../../support/machine-table.ts";
import { after, testTable } from "../../support/machine-table.ts";

const idle = {
  delayMs: 0,
  trigger: "update",
  pending: null,
  terminating: false,
};
const passed = (state: string, delay: string) =>
  after(podWorkerMachine, state, delay);
const update = (delayMs: number) => ({
  type: "pod.updated",
  trigger: "pleg",
  delayMs,
});
const killed = (delayMs: number) => ({ type: "pod.killed", delayMs });
const succeeded = {
  type: "sync.succeeded",
  delayMs: 75_000,
  cacheMs: 300,
};
const nothingLeft = { ...succeeded, delayMs: null };
const failed = { type: "sync.failed", delayMs: 11_000, cacheMs: 300 };

/** States in which the worker does nothing but wait for its next sync. */
const WAITING = ["idle", "dormant", "backingOff"];
/** States in which an update has to wait. */
const WORKING = [
  "syncing",
  "waitingForCache",
  "waitingForVolumes",
  "noticing",
  "starting",
];

const started: Row[] = WAITING.flatMap((state) => [
  {
    state,
    event: update(0),
    to: "syncing",
    effects: ["sync"],
    then: { trigger: "pleg" },
  },
  {
    state,
    event: update(400),
    to: "waitingForCache",
    then: { delayMs: 400, trigger: "pleg" },
  },
]);

const ended: Row[] = ["syncing", "noticing", "starting"].flatMap((state) => [
  { state, event: succeeded, to: "idle", then: { delayMs: 75_000 } },
  { state, event: nothingLeft, to: "dormant" },
  { state, event: failed, to: "backingOff", then: { delayMs: 11_000 } },
  ...[succeeded, nothingLeft, failed].map((event) => ({
    state,
    context: { pending: "probe" },
    event,
    to: "waitingForCache",
    then: { pending: null, trigger: "probe", delayMs: 300 },
  })),
]);

describe("pod worker", () => {
  testTable(podWorkerMachine, idle, [
    ...started,
    ...ended,
    ...WORKING.map((state) => ({
      state,
      context: { pending: "update" },
      event: update(0),
      to: state,
      then: { pending: "pleg" },
    })),
    ...[...WAITING, ...WORKING].flatMap((state) => [
      {
        state,
        context: { pending: "update" },
        event: killed(0),
        to: "terminating",
        effects: ["stopContainers"],
      },
      {
        state,
        event: killed(700),
        to: "waitingToTerminate",
        then: { delayMs: 700 },
      },
    ]),
    {
      state: "idle",
      event: passed("idle", "RESYNC"),
      to: "syncing",
      effects: ["sync"],
      then: { trigger: "resync" },
    },
    {
      state: "backingOff",
      event: passed("backingOff", "RESYNC"),
      to: "syncing",
      effects: ["sync"],
      then: { trigger: "backoff" },
    },
    {
      state: "waitingForCache",
      event: passed("waitingForCache", "CACHE"),
      to: "syncing",
      effects: ["sync"],
    },
    {
      state: "syncing",
      event: { type: "volumes.awaited" },
      to: "waitingForVolumes",
    },
    {
      state: "syncing",
      event: { type: "containers.starting" },
      to: "starting",
    },
    {
      state: "waitingForVolumes",
      event: { type: "volumes.mounted", delayMs: 120 },
      to: "noticing",
      then: { delayMs: 120 },
    },
    {
      state: "waitingForVolumes",
      event: passed("waitingForVolumes", "VOLUME_WAIT"),
      to: "waitingForVolumes",
      effects: ["volumeWaitFailed"],
    },
    { state: "waitingForVolumes", event: failed, to: "backingOff" },
    {
      state: "noticing",
      event: passed("noticing", "CHECK"),
      to: "noticing",
      effects: ["startContainers"],
    },
    {
      state: "noticing",
      event: { type: "containers.starting" },
      to: "starting",
    },
    {
      state: "waitingToTerminate",
      event: passed("waitingToTerminate", "CACHE"),
      to: "terminating",
      effects: ["stopContainers"],
    },
    {
      state: "terminating",
      event: killed(0),
      to: "terminating",
      effects: ["stopContainers"],
    },
    { state: "terminating", event: update(0), to: "terminating" },
    {
      state: "terminating",
      event: { type: "containers.stopped", delayMs: 600 },
      to: "stopped",
      then: { delayMs: 600 },
    },
    {
      state: "stopped",
      event: passed("stopped", "CACHE"),
      to: "terminated",
      effects: ["unmountVolumes"],
    },
    {
      state: "terminated",
      event: passed("terminated", "VOLUME_WAIT"),
      to: "terminated",
      effects: ["unmountFailed"],
    },
    { state: "terminated", event: failed, to: "backingOffUnmount" },
    {
      state: "backingOffUnmount",
      event: passed("backingOffUnmount", "RESYNC"),
      to: "terminated",
      effects: ["unmountVolumes"],
    },
    {
      state: "terminated",
      event: { type: "volumes.unmounted", delayMs: 200 },
      to: "released",
      then: { delayMs: 200 },
    },
    {
      state: "released",
      event: passed("released", "CHECK"),
      to: "finished",
      effects: ["finish"],
    },
  ]);
});
