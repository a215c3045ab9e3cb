/** docs/faults.md: the API server is away, or watches break; what runs runs on, and what was missed is learned. */
import { describe, expect, test } from "vitest";
import type { FaultEffect } from "../../src/cluster-sim/ports.ts";
import type { Command, Fault } from "../../src/emulator/world/commands.ts";
import { durationMs } from "../../src/kernel/time.ts";
import type { Strategy } from "../support/cluster.ts";
import { GENERATIONS } from "../support/cluster.ts";
import {
  BEGINS,
  OVER,
  expectRecovery,
  fault,
  fileAt,
  happened,
  play,
} from "./support.ts";

const EFFECTS: readonly FaultEffect[] = [
  { kind: "respond", status: 503 },
  { kind: "drop" },
  { kind: "refuse" },
  { kind: "slow", byMs: 3000 },
];
const STRATEGIES: readonly Strategy[] = ["Watch", "Cache", "Get"];
const restart = (downFor: string): Command => ({
  kind: "restart",
  what: "apiServer",
  node: null,
  downForMs: durationMs(downFor),
});

describe.each(GENERATIONS)("with a driver %s", (generation) => {
  test.each(EFFECTS)(
    "an API server that fails ($kind) ends no rotation, and is caught up with",
    (effect) => {
      const broken = fault({ target: "apiServer", effect });
      const after = play(generation, { trouble: [[BEGINS, broken]] });
      expectRecovery(after);
      expect(fileAt(after, "pod-0", "secret1", OVER)).toBeGreaterThan(1);
      // Whoever asks the API server himself is told at once; nothing of it is lost, since nothing was promised.
      const applied = after.refusals.map(({ command }) => command.kind);
      expect(applied).toEqual(effect.kind === "slow" ? [] : ["apply"]);
    },
  );

  test.each(EFFECTS.slice(1))(
    "a node's way to the API server that fails ($kind) is caught up with",
    (effect) => {
      const cut: Fault = {
        target: "link",
        node: "node-0",
        to: "apiServer",
        effect,
      };
      const after = play(generation, { trouble: [[BEGINS, fault(cut)]] });
      expectRecovery(after);
      expect(after.refusals).toEqual([]);
      for (const pod of ["pod-0", "pod-1"])
        expect(fileAt(after, pod, "secret1", OVER)).toBeGreaterThan(1);
    },
  );

  test.each(STRATEGIES)(
    "broken watches are resumed, each once, with the strategy %s",
    (strategy) => {
      const broken = fault({ target: "watch", node: "node-0" });
      const trouble = [[BEGINS, broken]] as const;
      const after = play(generation, { trouble, strategy });
      expectRecovery(after);
      const of = (node: string) =>
        happened(
          after,
          "api.watch.resumed",
          BEGINS,
          "20m",
          (data) => "by" in data && data.by.startsWith(`${node}/`),
        );
      expect(of("node-0")).toBeGreaterThan(3);
      expect(of("node-1")).toBe(0);
      expect(happened(after, "api.watch.resumed", BEGINS, OVER)).toBe(0);
    },
  );

  test.each(["30s", "6m"])(
    "an API server that restarts (%s) is caught up with",
    (downFor) => {
      const after = play(generation, {
        trouble: [[BEGINS, restart(downFor)]],
      });
      expectRecovery(after);
      expect(
        happened(after, "api.watch.resumed", BEGINS, "20m"),
      ).toBeGreaterThan(3);
    },
  );
});
