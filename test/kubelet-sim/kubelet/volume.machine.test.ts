/** The rows of kubelet.md 13.2 as far as this version models them. */
import { describe, expect, test } from "vitest";
import { initialTransition } from "xstate";
import {
  nextBackoff,
  volumeMachine,
} from "../../../src/kubelet-sim/kubelet/volume.machine.ts";
import { after, testTable } from "../../support/machine-table.ts";

const fresh = {
  delayMs: 0,
  reconcilerPhaseMs: 30,
  backoffMs: 0,
  ended: false,
  onNode: false,
};
const passed = (state: string, delay: string) =>
  after(volumeMachine, state, delay);
const failed = {
  type: "setUp.failed",
  at: 1_000_000,
  error: "no",
  uncertain: false,
};

describe("volume", () => {
  testTable(volumeMachine, fresh, [
    {
      state: "attaching",
      event: passed("attaching", "RECONCILE"),
      to: "mounting",
      effects: ["setUp"],
    },
    {
      state: "mounting",
      context: { backoffMs: 4000 },
      event: { type: "setUp.succeeded" },
      to: "mounted",
      effects: ["mounted"],
      then: { backoffMs: 0 },
    },
    {
      // 1,000,500 + 30 ms of phase: the first pass strictly after half a second.
      state: "mounting",
      event: failed,
      to: "backingOff",
      effects: ["failed"],
      then: { backoffMs: 500, delayMs: 530 },
    },
    {
      state: "mounting",
      context: { reconcilerPhaseMs: 0 },
      event: failed,
      to: "backingOff",
      effects: ["failed"],
      then: { backoffMs: 500, delayMs: 600 },
    },
    {
      state: "backingOff",
      event: passed("backingOff", "BACKOFF"),
      to: "mounting",
      effects: ["setUp"],
    },
    {
      state: "mounting",
      event: { ...failed, uncertain: true },
      to: "uncertain",
      effects: ["failed"],
      then: { backoffMs: 500, delayMs: 530 },
    },
    {
      state: "mounting",
      context: { onNode: true, backoffMs: 500 },
      event: failed,
      to: "uncertain",
      effects: ["failed"],
      then: { backoffMs: 1000 },
    },
    {
      state: "mounting",
      context: { onNode: true },
      event: { type: "setUp.succeeded" },
      to: "mounted",
      effects: ["mounted"],
      then: { onNode: false },
    },
    {
      state: "uncertain",
      event: passed("uncertain", "BACKOFF"),
      to: "mounting",
      effects: ["setUp"],
    },
    {
      state: "uncertain",
      event: { type: "refresh.flagged", delayMs: 99 },
      to: "uncertain",
    },
    {
      state: "mounted",
      event: { type: "refresh.flagged", delayMs: 140 },
      to: "dirty",
      then: { delayMs: 140 },
    },
    {
      state: "dirty",
      event: { type: "refresh.flagged", delayMs: 99 },
      to: "dirty",
    },
    {
      state: "dirty",
      event: passed("dirty", "RECONCILE"),
      to: "refreshing",
      effects: ["setUp"],
    },
    {
      state: "refreshing",
      event: { type: "refresh.flagged", delayMs: 99 },
      to: "refreshing",
    },
    {
      state: "refreshing",
      context: { backoffMs: 8000 },
      event: { type: "setUp.succeeded" },
      to: "mounted",
      then: { backoffMs: 0 },
    },
    {
      state: "refreshing",
      context: { backoffMs: 64_000 },
      event: failed,
      to: "backingOffRefresh",
      effects: ["failed"],
      then: { backoffMs: 122_000, delayMs: 122_030 },
    },
    {
      state: "backingOffRefresh",
      event: { type: "refresh.flagged", delayMs: 99 },
      to: "backingOffRefresh",
    },
    {
      state: "backingOffRefresh",
      event: passed("backingOffRefresh", "BACKOFF"),
      to: "refreshing",
      effects: ["setUp"],
    },
    ...["attaching", "backingOff"].map((state) => ({
      state,
      event: { type: "pod.ended" },
      to: "absent",
      effects: ["gone"],
    })),
    {
      state: "mounting",
      context: { ended: true },
      event: failed,
      to: "absent",
      effects: ["gone"],
    },
    ...[{ onNode: true }, {}].map((context) => ({
      state: "mounting",
      context: { ended: true, ...context },
      event: { ...failed, uncertain: true },
      to: "unmounting",
      effects: ["tearDown"],
    })),
    ...["uncertain", "mounted", "dirty", "backingOffRefresh"].map((state) => ({
      state,
      event: { type: "pod.ended" },
      to: "unmounting",
      effects: ["tearDown"],
    })),
    {
      state: "mounting",
      event: { type: "pod.ended" },
      to: "mounting",
      then: { ended: true },
    },
    {
      state: "mounting",
      context: { ended: true },
      event: { type: "setUp.succeeded" },
      to: "unmounting",
      effects: ["tearDown"],
    },
    {
      state: "refreshing",
      context: { ended: true },
      event: failed,
      to: "unmounting",
      effects: ["tearDown"],
    },
    {
      state: "unmounting",
      event: { type: "tearDown.failed", at: 1_000_000 },
      to: "backingOffUnmount",
      then: { backoffMs: 500, delayMs: 530 },
    },
    {
      state: "backingOffUnmount",
      event: passed("backingOffUnmount", "BACKOFF"),
      to: "unmounting",
      effects: ["tearDown"],
    },
    {
      state: "unmounting",
      event: { type: "tearDown.succeeded" },
      to: "absent",
      effects: ["gone"],
    },
  ]);

  test("begins uncertain when it was found on the node [KUBELET-13.2-13]", () => {
    const begin = (onNode: boolean) =>
      initialTransition(volumeMachine, {
        delayMs: 140,
        reconcilerPhaseMs: 30,
        onNode,
      })[0].value;
    expect(begin(true)).toBe("uncertain");
    expect(begin(false)).toBe("attaching");
  });

  test("backs off by 0.5 s, doubling to 2 min 2 s [CSI-12.0-12]", () => {
    const delays: number[] = [];
    for (let i = 0; i < 10; i++) delays.push(nextBackoff(delays.at(-1) ?? 0));
    expect(delays.map((ms) => ms / 1000)).toEqual([
      0.5, 1, 2, 4, 8, 16, 32, 64, 122, 122,
    ]);
  });
});
