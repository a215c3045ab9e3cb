/** The same input gives the same bytes: twice, elsewhere, from a snapshot, and by either back end. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { Scenario } from "../src/emulator/index.ts";
import { loadScenario, playScenario } from "../src/emulator/index.ts";
import { World } from "../src/emulator/world/world.ts";
import { FactLog } from "./support/facts-log.ts";
import { PUBLISHED, playsOf } from "./support/published.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const SCENARIOS = PUBLISHED.flatMap(playsOf);
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
  for (const scenario of SCENARIOS) {
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
  for (const scenario of SCENARIOS) {
    const [tables, actors] = [new FactLog(), new FactLog()];
    playScenario(scenario, { backend: "table", sinks: [tables] });
    playScenario(scenario, { backend: "actor", sinks: [actors] });
    expect(actors.facts).toEqual(tables.facts);
  }
});

/** Plays what the scenario does after `from` and up to `to`, both counted from its start. */
function play(world: World, scenario: Scenario, from: number, to: number) {
  const { steps, start } = scenario;
  for (const { at, command } of steps)
    if (at > from && at <= to) {
      world.runBefore(start + at);
      world.execute(command);
    }
  world.runUntil(start + to);
}

test.each([
  ["a third", 1 / 3],
  ["five ninths", 5 / 9],
])(
  "a snapshot taken in mid-run and restored ends in the same hash: after %s of it",
  (_, part) => {
    for (const scenario of SCENARIOS) {
      const { seed, start, settings, nodes, setup, duration } = scenario;
      const make = () => new World({ seed, start, settings, nodes });
      const middle = Math.floor(duration * part) + 7;
      const whole = make();
      for (const command of setup) whole.execute(command);
      play(whole, scenario, -1, middle);
      const snapshot = JSON.parse(JSON.stringify(whole.snapshot()));
      play(whole, scenario, middle, duration);
      whole.close();
      const restored = make();
      restored.restore(snapshot);
      play(restored, scenario, middle, duration);
      restored.close();
      expect(restored.traceHash).toBe(whole.traceHash);
      expect(restored.sim.trace.state.facts).toBe(whole.sim.trace.state.facts);
    }
  },
);

test("a snapshot under the actor back end is a clear error", () => {
  const { seed, start, settings, nodes } = loadScenario(SYNCED);
  const world = new World({ seed, start, settings, nodes, backend: "actor" });
  expect(() => world.snapshot()).toThrow(
    "Failed to take a snapshot: this world runs on XState's actors, whose timers cannot be saved; make it with the table back end",
  );
});
