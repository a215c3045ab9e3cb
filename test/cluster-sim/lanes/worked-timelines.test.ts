/** The rows of alternatives.md 7.2 that are lanes: start at 0 with v1, v2 at 100 s, v3 at 130 s, no latencies. */
import { describe, expect, it } from "vitest";
import { HOUR_MS, MINUTE_MS } from "../../../src/kernel/time.ts";
import type { LaneWorld } from "./support.ts";
import { LaneWorld as World } from "./support.ts";

/** Begins lane by lane, so that each test reads as its row. */
const started = (...given: Parameters<LaneWorld["lane"]>): LaneWorld =>
  new World().lane(...given);

const times = (world: LaneWorld): readonly number[] =>
  world.passes.map(([at]) => at);

describe("the worked timelines of lanes", () => {
  it("akv2k8s at 30 s: sees v2 at 120 and v3 at 150 [ALT-7.2-04]", () => {
    const world = started("akv2k8s").setAt(100, "v2").until(119.999);
    expect(world.published).toBe("v1");
    world.until(120);
    expect(world.published).toBe("v2");
    world.setAt(130, "v3").until(149.999);
    expect(world.published).toBe("v2");
    world.until(150);
    expect(world.published).toBe("v3");
    expect(times(world)).toEqual([0, 30, 60, 90, 120, 150]);
    expect(world.held).toEqual([
      [0, "v1"],
      [120, "v2"],
      [150, "v3"],
    ]);
  });

  it("akv2k8s with v3 at 120, the instant of a resync: the vault's write comes first, v2 is never seen [ALT-7.2-05]", () => {
    const world = started("akv2k8s").setAt(100, "v2").setAt(120, "v3");
    world.until(180);
    expect(world.held).toEqual([
      [0, "v1"],
      [120, "v3"],
    ]);
  });

  it("External Secrets at 1 h: v2 is never seen, the Secret has v3 at 3600 [ALT-7.2-06]", () => {
    const world = started("external-secrets").rotated().until(3599.999);
    expect(world.published).toBe("v1");
    world.until(3600);
    expect(world.published).toBe("v3");
    expect(times(world)).toEqual([0, 3600]);
    expect(world.held).toEqual([
      [0, "v1"],
      [3600, "v3"],
    ]);
  });

  it("External Secrets with an annotation at 110: v2 at 110, v3 at 3710, since due counts from the forced start [ALT-7.2-07]", () => {
    const world = started("external-secrets").setAt(100, "v2");
    world.at(110, () => world.lanes.refresh("lane")).setAt(130, "v3");
    world.until(3709.999);
    expect(world.published).toBe("v2");
    world.until(3710);
    expect(world.published).toBe("v3");
    expect(world.passes).toEqual([
      [0, "start", "changed"],
      [110, "forced", "changed"],
      [3710, "interval", "changed"],
    ]);
  });

  it("the sync controller at 12 h: v2 is never seen, v3 at 43200 [ALT-7.2-08]", () => {
    const world = started("sync-controller").rotated().until(43199.999);
    expect(world.published).toBe("v1");
    world.until(43200);
    expect(world.published).toBe("v3");
    expect(times(world)).toEqual([0, 43200]);
  });

  it("the sync controller with forceSynchronization at 110: v2 at 110, v3 at 43200, the ticker is not shifted [ALT-7.2-09]", () => {
    const world = started("sync-controller").setAt(100, "v2");
    world.at(110, () => world.lanes.refresh("lane")).setAt(130, "v3");
    world.until(43200);
    expect(times(world)).toEqual([0, 110, 43200]);
    expect(world.held).toEqual([
      [0, "v1"],
      [110, "v2"],
      [43200, "v3"],
    ]);
  });

  it("the Secret Store extension at 1 h with jitter to 60 s: v2 is never seen, v3 between 3600 and 3660 [ALT-7.2-10]", () => {
    const jittered = (seed: number): number => {
      const world = new World({ seed });
      world.lane("secret-store-extension", { jitterMs: MINUTE_MS }).rotated();
      world.until(3599.999);
      expect(times(world)).toEqual([0]);
      world.until(3660);
      expect(world.held.map(([, version]) => version)).toEqual(["v1", "v3"]);
      return world.held[1]![0];
    };
    const drawn = [1, 2, 3].map(jittered);
    expect(drawn.every((at) => at >= 3600 && at <= 3660)).toBe(true);
    expect(new Set(drawn).size).toBe(3);
    expect(jittered(1)).toBe(drawn[0]);
  });

  it("the App Configuration provider at 1 m: v2 at 120, v3 at 180 [ALT-7.2-11]", () => {
    const world = started("app-configuration", { everyMs: MINUTE_MS });
    world.rotated().until(180);
    expect(times(world)).toEqual([0, 60, 120, 180]);
    expect(world.held).toEqual([
      [0, "v1"],
      [120, "v2"],
      [180, "v3"],
    ]);
  });

  it("the App Configuration provider with a forced reconcile at 110: v2 at 110, and what was due at 300 stays so", () => {
    const world = started("app-configuration", { everyMs: 5 * MINUTE_MS });
    world.setAt(100, "v2").at(110, () => world.lanes.refresh("lane"));
    world.setAt(130, "v3").until(600);
    expect(world.passes).toEqual([
      [0, "start", "changed"],
      [110, "forced", "changed"],
      [300, "interval", "changed"],
      [600, "interval", "unchanged"],
    ]);
  });

  it("an App Service reference with a change of the configuration at 110: v2 at 110, v3 at 86510 [ALT-7.2-12]", () => {
    const world = started("app-service").setAt(100, "v2");
    world.at(110, () => world.lanes.refresh("lane")).setAt(130, "v3");
    world.until(86_509.999);
    expect(world.held).toEqual([
      [0, "v1"],
      [110, "v2"],
    ]);
    world.until(86_510);
    expect(times(world)).toEqual([0, 110, 86_510]);
    expect(world.held[2]).toEqual([86_510, "v3"]);
  });

  it("Container Apps at 30 m: v2 is never seen, v3 at 1800", () => {
    const world = started("container-apps").rotated().until(1800);
    expect(times(world)).toEqual([0, 1800]);
    expect(world.held[1]).toEqual([1800, "v3"]);
  });

  it("Dapr: each use sees the newest version, whatever came between two of them", () => {
    const world = started("dapr", { everyMs: MINUTE_MS }).rotated().until(180);
    expect(world.passes.slice(1)).toEqual([
      [60, "use", "unchanged"],
      [120, "use", "changed"],
      [180, "use", "changed"],
    ]);
    expect(world.held.map(([at]) => at)).toEqual([0, 120, 180]);
  });

  it("akv2k8s' env injector: only another start of the container sees a new version", () => {
    const world = started("akv2k8s-env").rotated();
    world.until((24 * HOUR_MS) / 1000);
    expect(world.held).toEqual([[0, "v1"]]);
    world.at(86_500, () => world.lanes.restart("lane", 2000)).until(86_503);
    expect(world.passes).toEqual([
      [0, "start", "changed"],
      [86_502, "start", "changed"],
    ]);
    expect(world.held[1]).toEqual([86_502, "v3"]);
  });
});
