/** The rows of csi-driver.md 12.3 that are the machine's. */
import { describe } from "vitest";
import { republishMachine } from "../../../src/kubelet-sim/csi-driver/republish.machine.ts";
import { testTable } from "../../support/machine-table.ts";

const MTIME = 1_000_000;
const INTERVAL = 120_000;
const asked = (at: number, mtimeMs = MTIME) => ({
  type: "publish.asked",
  at,
  mtimeMs,
});
const switched = (mtimeMs: number) => ({ type: "files.switched", mtimeMs });

describe("republish [CSI-12.3-01] [CSI-12.3-02]", () => {
  testTable(republishMachine, { mtimeMs: MTIME, intervalMs: INTERVAL }, [
    { state: "fresh", event: asked(MTIME), to: "fresh" },
    { state: "fresh", event: asked(MTIME + INTERVAL - 1), to: "fresh" },
    { state: "fresh", event: asked(MTIME + INTERVAL), to: "due" },
    {
      state: "due",
      event: asked(MTIME + 2 * INTERVAL),
      to: "due",
      then: { mtimeMs: MTIME },
    },
    {
      state: "due",
      event: switched(MTIME + INTERVAL + 90),
      to: "fresh",
      then: { mtimeMs: MTIME + INTERVAL + 90 },
    },
    {
      state: "due",
      event: asked(MTIME + INTERVAL, MTIME + 1),
      to: "fresh",
      then: { mtimeMs: MTIME + 1 },
    },
    {
      state: "fresh",
      event: switched(MTIME + 5),
      to: "fresh",
      then: { mtimeMs: MTIME + 5 },
    },
  ]);
});
