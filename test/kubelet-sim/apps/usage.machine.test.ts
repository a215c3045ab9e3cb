/** alternatives.md 2.1: how a program uses its credential, as transitions. */
import { describe } from "vitest";
import { usageMachine } from "../../../src/kubelet-sim/apps/usage.machine.ts";
import { after, testTable } from "../../support/machine-table.ts";

const fresh = { again: false, delayMs: 0 };
const ready = { type: "value.ready" };
const accepted = { type: "use.ended", refetches: false, nextMs: 1_000 };
const refused = { type: "use.ended", refetches: true, nextMs: 1_000 };

describe("usage", () => {
  testTable(usageMachine, fresh, [
    { state: "preparing", event: ready, to: "asking", effects: ["ask"] },
    {
      state: "asking",
      event: accepted,
      to: "resting",
      then: { again: false, delayMs: 1_000 },
    },
    {
      state: "asking",
      event: refused,
      to: "refetching",
      effects: ["refetch"],
      then: { again: true },
    },
    { state: "refetching", event: ready, to: "asking", effects: ["ask"] },
    {
      state: "asking",
      context: { again: true },
      event: refused,
      to: "resting",
      then: { again: false, delayMs: 1_000 },
    },
    {
      state: "resting",
      event: after(usageMachine, "resting", "NEXT_USE"),
      to: "preparing",
      effects: ["prepare"],
    },
    { state: "resting", event: ready, to: "resting" },
  ]);
});
