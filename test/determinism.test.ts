/** The same input gives the same bytes: twice, elsewhere, from a snapshot, and by either back end. */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { loadScenario, playScenario } from "../src/emulator/index.ts";
import { World } from "../src/emulator/world/world.ts";
import { FactLog } from "./support/facts-log.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const FILES = readdirSync(`${ROOT}scenarios`)
  .filter((file) => file.endsWith(".yaml"))
  .map((file) => `${ROOT}scenarios/${file}`)
  .sort();
const SYNCED = `${ROOT}scenarios/synced-secret.yaml`;

function outputWith(env: Record<string, string>): string {
  return execFileSync(
    process.execPath,
    [
      `${ROOT}bin/keyturn.js`,
      "run",
      "scenarios/synced-secret.yaml",
      "--show-values",
    ],
    { cwd: ROOT, encoding: "utf8", env: { PATH: process.env["PATH"], ...env } },
  );
}

test("two runs in one process give the same facts", () => {
  for (const file of FILES) {
    const scenario = loadScenario(file);
    const [a, b] = [new FactLog(), new FactLog()];
    const first = playScenario(scenario, { sinks: [a] });
    const second = playScenario(scenario, { sinks: [b] });
    expect(second.world.traceHash).toBe(first.world.traceHash);
    expect(b.facts).toEqual(a.facts);
  }
});

test("another seed gives another trace", () => {
  const scenario = loadScenario(SYNCED);
  const first = playScenario(scenario, { seed: 1 });
  const second = playScenario(scenario, { seed: 2 });
  expect(second.world.traceHash).not.toBe(first.world.traceHash);
});

test("a child process with another time zone and locale prints the same bytes", () => {
  const here = outputWith({ TZ: "UTC", LANG: "C" });
  const there = outputWith({ TZ: "Pacific/Kiritimati", LANG: "tr_TR.UTF-8" });
  expect(there).toBe(here);
  expect(here).toContain("the second value");
});

test("both machine back ends give the same facts", () => {
  for (const file of FILES) {
    const scenario = loadScenario(file);
    const [tables, actors] = [new FactLog(), new FactLog()];
    playScenario(scenario, { backend: "table", sinks: [tables] });
    playScenario(scenario, { backend: "actor", sinks: [actors] });
    expect(actors.facts).toEqual(tables.facts);
  }
});

test("a snapshot taken in mid-run and restored ends in the same hash", () => {
  for (const file of FILES) {
    const scenario = loadScenario(file);
    const { seed, start, settings, nodes, setup, duration } = scenario;
    const make = () => new World({ seed, start, settings, nodes });
    const whole = make();
    for (const command of setup) whole.execute(command);
    whole.runUntil(start + Math.floor(duration / 3));
    const snapshot = JSON.parse(JSON.stringify(whole.snapshot()));
    whole.runUntil(start + duration);
    whole.close();
    const restored = make();
    restored.restore(snapshot);
    restored.runUntil(start + duration);
    restored.close();
    expect(restored.traceHash).toBe(whole.traceHash);
    expect(restored.sim.trace.state.facts).toBe(whole.sim.trace.state.facts);
  }
});

test("a snapshot under the actor back end is a clear error", () => {
  const { seed, start, settings, nodes } = loadScenario(SYNCED);
  const world = new World({ seed, start, settings, nodes, backend: "actor" });
  expect(() => world.snapshot()).toThrow(
    "Failed to take a snapshot: this world runs on XState's actors, whose timers cannot be saved; make it with the table back end",
  );
});
