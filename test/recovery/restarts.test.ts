/** csi-driver.md 9, kubelet.md 10: processes and machines that go down and come up, at once or after minutes. */
import { describe, expect, test } from "vitest";
import type { Command } from "../../src/emulator/world/commands.ts";
import { durationMs } from "../../src/kernel/time.ts";
import { GENERATIONS, podOf } from "../support/cluster.ts";
import {
  BEGINS,
  OVER,
  expectRecovery,
  fileAt,
  happened,
  play,
} from "./support.ts";

type Restarted = Extract<Command, { kind: "restart" }>["what"];

const PROCESSES = ["driver", "provider", "kubelet", "node"] as const;
const restart = (
  what: Restarted,
  downFor: string,
  node: string | null = "node-0",
): Command => ({
  kind: "restart",
  what,
  node,
  downForMs: durationMs(downFor),
});
const STOPPED = {
  driver: "csi.driver.stopped",
  provider: "csi.provider.stopped",
  kubelet: "kubelet.stopped",
  node: "node.stopped",
} as const;

describe.each(GENERATIONS)("with a driver %s", (generation) => {
  test.each(PROCESSES)(
    "a %s that is gone for six minutes comes back",
    (what) => {
      const after = play(generation, {
        trouble: [[BEGINS, restart(what, "6m")]],
      });
      expectRecovery(after);
      expect(happened(after, STOPPED[what], BEGINS, OVER)).toBe(1);
      // Up to 1.5 the kubelet has no part in a rotation.
      const follows = what === "kubelet" && generation === "1.5.6";
      expect(fileAt(after, "pod-0", "secret1", "10m59s")).toBe(follows ? 3 : 1);
      expect(fileAt(after, "pod-1", "secret1", "10m59s")).toBe(3);
    },
  );

  test.each(PROCESSES)(
    "a %s that crashes again and again comes back",
    (what) => {
      const instants = ["5m", "5m0.001s", "5m10s", "6m1s", "8m0.050s", "9m"];
      const after = play(generation, {
        trouble: instants.map((at) => [at, restart(what, "1s")] as const),
      });
      expectRecovery(after);
    },
  );

  test.each(PROCESSES)("a %s restarted on every node comes back", (what) => {
    const after = play(generation, {
      trouble: [[BEGINS, restart(what, "2m", null)]],
    });
    expectRecovery(after);
    expect(happened(after, STOPPED[what], BEGINS, OVER)).toBe(2);
  });

  test("a node that reboots loses what was in memory, and its containers begin anew", () => {
    const after = play(generation, {
      trouble: [[BEGINS, restart("node", "1m")]],
    });
    expectRecovery(after);
    const ofPod0 = (data: object) => "name" in data && data.name === podOf(0);
    expect(happened(after, "container.exited", BEGINS, "5m1s", ofPod0)).toBe(1);
    expect(happened(after, "container.created", "6m", OVER, ofPod0)).toBe(1);
    expect(happened(after, "kubelet.pod.added", BEGINS, OVER, ofPod0)).toBe(0);
  });

  test("a container that is killed again and again is made anew each time, and reads what is there then", () => {
    const kill = (at: string): [string, Command] => [
      at,
      {
        kind: "kill",
        namespace: "default",
        pod: podOf(0),
        container: null,
        exitCode: 137,
      },
    ];
    const after = play(generation, {
      trouble: ["5m", "5m30s", "7m", "10m"].map(kill),
    });
    expectRecovery(after);
    expect(after.refusals).toEqual([]);
    const ofPod0 = (data: object) => "name" in data && data.name === podOf(0);
    expect(happened(after, "container.created", BEGINS, "16m", ofPod0)).toBe(4);
    expect(after.world.inspect("default", podOf(0))?.attempt).toBe(5);
  });
});
