/** The kubelet's process ends in the middle of a NodePublishVolume: gRPC ends the call's context with the connection. */
import { describe, expect, it } from "vitest";
import type { SettingsText, TestWorld } from "../../support/world.ts";
import { VAULT, aClass, aPod, aWorld, csiVolume } from "../../support/world.ts";

const SLOW = {
  target: "vault",
  vault: VAULT,
  operation: null,
  object: null,
  effect: { kind: "slow", byMs: 20_000 },
} as const;

/** A pod whose first mount, or whose refresh, waits for a slow vault. */
function waiting(version: string, when: "first" | "refresh"): TestWorld {
  const settings: SettingsText = {
    addon: { enableSecretRotation: true },
    driver: { version },
  };
  const pod = aPod({ volumes: { store: csiVolume("kv") } });
  const world = aWorld({ settings, manifests: [aClass()] });
  if (when === "first") world.fault(SLOW, "10m");
  world.apply(pod);
  if (when === "first") return world.advance("10s");
  world.until("3m");
  world.fault(SLOW, "10m");
  world.untilFact("vault.request");
  return world.advance("1s");
}

/** Requests from now on that belong to calls of before. */
function requestsLater(world: TestWorld): number {
  const before = world.all("vault.request").length;
  world.advance("59s");
  return world.all("vault.request").length - before;
}

describe("a kubelet that goes down in the middle of a publish", () => {
  it.each(["1.5.6", "1.6.0"])(
    "cancels a first mount of driver %s, which leaves nothing behind",
    (version) => {
      const world = waiting(version, "first");
      world.restart("kubelet", "node-0", 60_000);
      expect(requestsLater(world)).toBe(0);
      expect(world.read("/mnt/store/secret1")).toBeNull();
      expect(world.last("csi.publish.failed").data).toMatchObject({
        first: true,
        error: "context canceled",
      });
      world.until("20m");
      expect(world.read("/mnt/store/secret1")).toBe("v1");
    },
  );

  it("cancels a refresh of driver 1.6, so that it cannot write after the next one", () => {
    const world = waiting("1.6.0", "refresh");
    world.restart("kubelet", "node-0", 60_000);
    expect(requestsLater(world)).toBe(0);
    expect(world.last("csi.publish.masked").data).toMatchObject({
      first: false,
      error: "context canceled",
    });
    expect(world.read("/mnt/store/secret1")).toBe("v1");
  });

  it("leaves a rotation of driver 1.5 alone, which is no call of the kubelet's", () => {
    const world = waiting("1.5.6", "refresh");
    world.restart("kubelet", "node-0", 60_000);
    expect(requestsLater(world)).toBeGreaterThan(0);
  });
});
