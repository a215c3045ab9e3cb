/** csi-driver.md 9: a secret that is disabled, deleted or expired while others rotate. */
import { describe, expect, test } from "vitest";
import type { Command } from "../../src/emulator/world/commands.ts";
import { GENERATIONS, VAULT } from "../support/cluster.ts";
import { START } from "../support/facts.ts";
import { durationMs } from "../../src/kernel/time.ts";
import {
  BEGINS,
  OVER,
  expectRecovery,
  fileAt,
  happened,
  play,
} from "./support.ts";

const secret2 = { vault: VAULT, name: "secret2" };
const enabled = (value: boolean): Command => ({
  kind: "updateSecret",
  ...secret2,
  enabled: value,
});
const failed = (generation: string) =>
  generation === "1.5.6" ? "csi.rotation.failed" : "csi.publish.masked";

describe.each(GENERATIONS)("with a driver %s", (generation) => {
  test("a disabled secret holds back the others until it is enabled", () => {
    const after = play(generation, {
      trouble: [
        [BEGINS, enabled(false)],
        // The operator's new version at 8m is enabled; this takes it back until the trouble is over.
        ["8m0.001s", enabled(false)],
        [OVER, enabled(true)],
      ],
    });
    expectRecovery(after);
    expect(fileAt(after, "pod-0", "secret1", OVER)).toBe(1);
    expect(happened(after, failed(generation), BEGINS, OVER)).toBeGreaterThan(
      2,
    );
    expect(
      happened(after, "vault.request", BEGINS, OVER, isStatus(403)),
    ).toBeGreaterThan(2);
    const held = after.findings.find(
      ({ name }) => name === "one-object-holds-back-all",
    );
    expect(held?.firstAt).toBeGreaterThan(START + durationMs("6m"));
  });

  test("a deleted secret is missing to all until it is recovered, and nobody's files go", () => {
    const after = play(generation, {
      trouble: [
        [BEGINS, { kind: "deleteSecret", ...secret2 }],
        [OVER, { kind: "recoverSecret", ...secret2 }],
      ],
    });
    // A name that is deleted but recoverable cannot be set: the operator's rotation of 8m is refused, and not lost.
    expect(after.refusals.map(({ command }) => command.kind)).toEqual([
      "setSecret",
    ]);
    expectRecovery(after);
    expect(fileAt(after, "pod-0", "secret1", OVER)).toBe(1);
    expect(fileAt(after, "pod-0", "secret2", OVER)).toBe(1);
    expect(
      happened(after, "vault.request", BEGINS, OVER, isStatus(404)),
    ).toBeGreaterThan(2);
  });

  test("an expired secret is read as ever", () => {
    const after = play(generation, {
      trouble: [
        [
          BEGINS,
          {
            kind: "updateSecret",
            ...secret2,
            expires: START + durationMs(BEGINS) - 1000,
          },
        ],
      ],
    });
    expectRecovery(after);
    expect(fileAt(after, "pod-0", "secret1", OVER)).toBe(3);
    expect(happened(after, failed(generation), BEGINS, OVER)).toBe(0);
  });
});

function isStatus(status: number) {
  return (data: object) => "status" in data && data.status === status;
}
