/** docs/faults.md: Entra ID, the ways from a node, and the provider behind its socket, each of them broken for six minutes. */
import { describe, expect, test } from "vitest";
import type { FaultEffect } from "../../src/cluster-sim/ports.ts";
import type { Fault } from "../../src/emulator/world/commands.ts";
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

const drop: FaultEffect = { kind: "drop" };
const refuse: FaultEffect = { kind: "refuse" };
const unavailable: FaultEffect = { kind: "respond", status: 503 };
const slow: FaultEffect = { kind: "slow", byMs: 3000 };

const entra = (effect: FaultEffect): Fault => ({ target: "entra", effect });
const link = (to: "vault" | "entra", effect: FaultEffect): Fault => ({
  target: "link",
  node: "node-0",
  to,
  effect,
});
const provider = (effect: FaultEffect): Fault => ({
  target: "provider",
  node: "node-0",
  effect,
});

const EVERYWHERE: readonly [name: string, Fault][] = [
  ["Entra ID that answers 503", entra(unavailable)],
  ["Entra ID that does not answer", entra(drop)],
  ["Entra ID that refuses connections", entra(refuse)],
];
const ON_NODE_0: readonly [name: string, Fault][] = [
  ["a way to the vault that drops", link("vault", drop)],
  ["a way to the vault that refuses", link("vault", refuse)],
  ["a way to Entra ID that drops", link("entra", drop)],
  ["a way to Entra ID that refuses", link("entra", refuse)],
  ["a provider that hangs", provider(drop)],
  ["a provider that is gone", provider(refuse)],
  ["a provider that answers errors", provider(unavailable)],
];
const SLOW: readonly [name: string, Fault][] = [
  ["a slow Entra ID", entra(slow)],
  ["a slow way to the vault", link("vault", slow)],
  ["a slow way to Entra ID", link("entra", slow)],
  ["a slow provider", provider(slow)],
];

describe.each(GENERATIONS)("with a driver %s", (generation) => {
  const playFault = (broken: Fault) =>
    play(generation, { trouble: [[BEGINS, fault(broken)]] });

  test.each(EVERYWHERE)("%s keeps every node's files old", (_, broken) => {
    const after = playFault(broken);
    expectRecovery(after);
    for (const pod of ["pod-0", "pod-1"])
      expect(fileAt(after, pod, "secret1", OVER)).toBe(1);
  });

  test.each(ON_NODE_0)(
    "%s keeps the files of its node old, and of no other",
    (_, broken) => {
      const after = playFault(broken);
      expectRecovery(after);
      expect(fileAt(after, "pod-0", "secret1", OVER)).toBe(1);
      expect(fileAt(after, "pod-1", "secret1", OVER)).toBe(3);
    },
  );

  test.each(SLOW)("%s keeps nothing from anybody", (_, broken) => {
    const after = playFault(broken);
    expectRecovery(after);
    for (const pod of ["pod-0", "pod-1"])
      expect(fileAt(after, pod, "secret1", OVER)).toBe(3);
  });

  test("a way to the vault that is cut leaves no record of the node's requests", () => {
    const after = playFault(link("vault", refuse));
    const asked = (node: string) =>
      happened(
        after,
        "vault.request",
        BEGINS,
        OVER,
        (data) => "node" in data && data.node === node,
      );
    expect(asked("node-0")).toBe(0);
    expect(asked("node-1")).toBeGreaterThan(0);
  });
});
