/** kubelet.md 8.3, 8.4 and 13.6: the lives of a container, as transitions. */
import { describe } from "vitest";
import { containerMachine } from "../../../src/kubelet-sim/kubelet/container.machine.ts";
import type { Row } from "../../support/machine-table.ts";
import { after, testTable } from "../../support/machine-table.ts";

const fresh = { delayMs: 0, lifetimeMs: null, exitCode: 0, reason: "" };
const passed = (state: string, delay: string) =>
  after(containerMachine, state, delay);
const exit = { type: "process.exited", exitCode: 3, reason: "Error" };
const stop = { type: "stop.requested", delayMs: 1000, exitCode: 143 };
const resolved = {
  type: "config.resolved",
  delayMs: 200,
  lifetimeMs: 5_000,
  exitCode: 2,
};

const asked: Row[] = [
  "waiting",
  "configError",
  "terminated",
  "crashLoopBackOff",
].flatMap((state) => [
  {
    state,
    event: { type: "start.requested" },
    to: "preparing",
    effects: ["prepare"],
  },
  { state, event: { type: "restart.refused" }, to: "crashLoopBackOff" },
  { state, event: stop, to: state },
  { state, event: exit, to: state },
]);

const alive: Row[] = ["running", "ending", "stopping"].flatMap((state) => [
  {
    state,
    event: exit,
    to: "terminated",
    effects: ["exited"],
    then: { exitCode: 3, reason: "Error" },
  },
  {
    state,
    event: stop,
    to: "stopping",
    then: { delayMs: 1000, exitCode: 143, reason: "Error" },
  },
]);

describe("container", () => {
  testTable(containerMachine, fresh, [
    ...asked,
    ...alive,
    {
      state: "preparing",
      event: resolved,
      to: "starting",
      effects: ["created"],
      then: {
        delayMs: 200,
        lifetimeMs: 5_000,
        exitCode: 2,
        reason: "Error",
      },
    },
    {
      state: "preparing",
      event: { type: "config.failed" },
      to: "configError",
    },
    ...["start.abandoned", "stop.requested", "process.exited"].map((type) => ({
      state: "preparing",
      event: { ...exit, ...stop, type },
      to: "waiting",
    })),
    {
      state: "starting",
      event: passed("starting", "START"),
      to: "running",
      effects: ["started"],
    },
    {
      state: "starting",
      context: { lifetimeMs: 5_000 },
      event: passed("starting", "START"),
      to: "ending",
      effects: ["started"],
    },
    ...[exit, stop].map((event) => ({
      state: "starting",
      event,
      to: "waiting",
      effects: ["dropped"],
    })),
    {
      state: "ending",
      context: { lifetimeMs: 5_000, exitCode: 2, reason: "Error" },
      event: passed("ending", "LIFETIME"),
      to: "terminated",
      effects: ["exited"],
      then: { exitCode: 2 },
    },
    {
      state: "stopping",
      context: { exitCode: 143, reason: "Error" },
      event: passed("stopping", "STOP"),
      to: "terminated",
      effects: ["exited"],
      then: { exitCode: 143 },
    },
  ]);
});
