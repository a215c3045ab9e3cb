/** csi-driver.md 7.3, 9: what a vault that fails does to a small cluster, and that nothing of it stays. */
import { describe, expect, test } from "vitest";
import type { FaultEffect } from "../../src/cluster-sim/ports.ts";
import { GENERATIONS, VAULT } from "../support/cluster.ts";
import {
  BEGINS,
  OVER,
  expectRecovery,
  fault,
  fileAt,
  happened,
  play,
} from "./support.ts";

/** Only reads are hit: the operator's rotations go through. */
const broken = (effect: FaultEffect) =>
  fault({
    target: "vault",
    vault: VAULT,
    operation: "SecretGet",
    object: null,
    effect,
  });

const REFUSING: readonly [status: number, FaultEffect][] = [403, 429, 503].map(
  (status) => [status, { kind: "respond", status }],
);

describe.each(GENERATIONS)("with a driver %s", (generation) => {
  test.each(REFUSING)(
    "a vault that answers %i keeps files old, and is forgotten when it is over",
    (status, effect) => {
      const after = play(generation, { trouble: [[BEGINS, broken(effect)]] });
      expectRecovery(after);
      expect(fileAt(after, "pod-0", "secret1", OVER)).toBe(1);
      const refused = happened(
        after,
        "vault.request",
        BEGINS,
        OVER,
        (data) => (data as { status: number }).status === status,
      );
      expect(refused).toBeGreaterThan(0);
    },
  );

  test("a slow vault keeps nothing from anybody", () => {
    const slow = broken({ kind: "slow", byMs: 3000 });
    const after = play(generation, { trouble: [[BEGINS, slow]] });
    expectRecovery(after);
    expect(fileAt(after, "pod-0", "secret1", OVER)).toBe(3);
  });

  test.each<FaultEffect>([{ kind: "drop" }, { kind: "refuse" }])(
    "a vault that is not there ($kind) keeps files old and logs nothing",
    (effect) => {
      const after = play(generation, { trouble: [[BEGINS, broken(effect)]] });
      expectRecovery(after);
      expect(fileAt(after, "pod-0", "secret1", OVER)).toBe(1);
      const asked = happened(
        after,
        "vault.request",
        BEGINS,
        OVER,
        (data) => (data as { operation: string }).operation === "SecretGet",
      );
      expect(asked).toBe(0);
    },
  );
});
