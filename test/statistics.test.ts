/**
 * Over 4,000 seeds the delays follow the closed forms: from the vault to the CSI file uniform over the poll interval, from
 * the Secret to its volume the residual of the kubelet's resync (kubelet.md 3).
 */
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import type { Fact, FactSink } from "../src/emulator/index.ts";
import { loadScenario } from "../src/emulator/index.ts";
import { World } from "../src/emulator/world/world.ts";

const SEEDS = 4000;
const ROTATE_AT_MS = 10 * 60_000;
const INTERVAL_MS = 120_000;
const SYNC_MS = 60_000;

const scenario = loadScenario(
  fileURLToPath(new URL("../scenarios/synced-secret.yaml", import.meta.url)),
);

/** When each sink got the second version. */
class Arrivals implements FactSink {
  csiFile = 0;
  secret = 0;
  secretVolume = 0;

  fact(fact: Fact): void {
    if (fact.t < scenario.start + ROTATE_AT_MS) return;
    const { kind } = fact.data;
    if (fact.type === "volume.switched" && kind === "csi")
      this.csiFile ||= fact.t;
    if (fact.type === "volume.switched" && kind === "secret")
      this.secretVolume ||= fact.t;
    if (fact.type === "api.object.modified" && kind === "Secret")
      this.secret ||= fact.t;
  }
}

const toFile: number[] = [];
const toVolume: number[] = [];

beforeAll(() => {
  const { start, settings, nodes, setup, steps } = scenario;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const arrivals = new Arrivals();
    const world = new World({
      seed,
      start,
      settings,
      nodes,
      sinks: [arrivals],
    });
    for (const command of setup) world.execute(command);
    world.runBefore(start + ROTATE_AT_MS);
    world.execute(steps[0]!.command);
    world.runUntil(start + ROTATE_AT_MS + INTERVAL_MS + 2 * SYNC_MS);
    toFile.push(arrivals.csiFile - start - ROTATE_AT_MS);
    toVolume.push(arrivals.secretVolume - arrivals.secret);
  }
}, 120_000);

const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Kolmogorov-Smirnov: the largest distance between the sample and a distribution function. */
function distance(values: readonly number[], cdf: (x: number) => number) {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.max(
    ...sorted.map((x, i) =>
      Math.max(
        Math.abs(cdf(x) - i / sorted.length),
        Math.abs(cdf(x) - (i + 1) / sorted.length),
      ),
    ),
  );
}

/** P(delay <= t) of the residual of U(a, 1.5a). */
function residual(t: number): number {
  const a = SYNC_MS;
  if (t <= 0) return 0;
  if (t <= a) return t / (1.25 * a);
  if (t <= 1.5 * a) return 1 - (1.5 * a - t) ** 2 / (1.25 * a * a);
  return 1;
}

test("every seed brings the second version to every sink", () => {
  expect(toFile.length).toBe(SEEDS);
  expect(Math.min(...toFile, ...toVolume)).toBeGreaterThan(0);
});

test("the delay from the vault to the CSI file is uniform over the poll interval", () => {
  const uniform = (t: number) => Math.min(1, Math.max(0, t / INTERVAL_MS));
  expect(distance(toFile, uniform)).toBeLessThanOrEqual(0.05);
  expect(Math.max(...toFile)).toBeLessThanOrEqual(INTERVAL_MS + 200);
});

test("the delay from the Secret to its volume has mean 38.5 s and ends by 92 s", () => {
  expect(Math.abs(mean(toVolume) / 1000 - 38.5)).toBeLessThanOrEqual(1.5);
  expect(Math.max(...toVolume)).toBeLessThanOrEqual(92_000);
});

test("the delay from the Secret to its volume is the residual of the resync", () => {
  expect(distance(toVolume, residual)).toBeLessThanOrEqual(0.05);
});
