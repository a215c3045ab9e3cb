/** `world.metrics`: what a process's endpoint would answer in the middle of somebody's test. */
import { expect, test } from "vitest";
import { aWorld, refusal } from "./fixture-support.ts";

test("a fixture asks its own world, as often as it likes", () => {
  const world = aWorld();
  const rotations = () => {
    const page = world.metrics("node-0", "csi-driver");
    const series = /^rotation_reconcile_total\{.*rotated="false"\} (\d+)$/m;
    return Number(series.exec(page)?.[1]);
  };
  world.advance("10m");
  const once = rotations();
  expect(once).toBeGreaterThanOrEqual(4);
  expect(rotations()).toBe(once);
  world.advance("10m");
  // One every 2m.
  expect(rotations()).toBe(once + 5);
});

test("counts of a restored world are those of the instant it went back to", () => {
  const world = aWorld();
  world.advance("10m");
  const snapshot = world.snapshot();
  const before = world.metrics("node-0", "kubelet");
  world.advance("10m");
  expect(world.metrics("node-0", "kubelet")).not.toBe(before);
  world.restore(snapshot);
  expect(world.metrics("node-0", "kubelet")).toBe(before);
});

test("no page holds a value, and a process that counted nothing has an empty one", () => {
  const world = aWorld({ manifests: [] });
  world.advance("10m");
  expect(world.metrics("node-0", "csi-driver")).toBe("");
  const full = aWorld();
  full.vault("kvdemo").setSecret("secret1", "canary");
  full.advance("10m");
  for (const endpoint of ["csi-driver", "provider-azure", "kubelet"] as const)
    expect(full.metrics("node-0", endpoint)).not.toMatch(/canary|first value/);
});

test("a node that there is not, and a world without a trace, are refused", () => {
  expect(refusal(() => aWorld().metrics("node-1", "kubelet"))).toMatchObject({
    code: "NoSuchEndpoint",
    message:
      'Failed to read the metrics of node-1: there is no node of that name; did you mean "node-0"?',
  });
  const world = aWorld({ keepTrace: false });
  expect(refusal(() => world.metrics("node-0", "kubelet"))).toMatchObject({
    code: "NoTrace",
  });
});

test("Reloader's page is that of its pod", () => {
  const world = aWorld({ settings: { reloader: { installed: true } } });
  world.advance("1m");
  const started = world
    .trace()
    .find(({ type }) => type === "reloader.started")!;
  expect(world.metrics(started.about, "reloader")).toContain("reloader_");
  expect(
    refusal(() => world.metrics("default/other", "reloader")),
  ).toMatchObject({ code: "NoSuchEndpoint" });
});
