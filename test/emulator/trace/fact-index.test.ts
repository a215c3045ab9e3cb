import { describe, expect, test } from "vitest";
import type { Fact } from "../../../src/kernel/trace.ts";
import {
  FactIndex,
  countWithin,
  lastInstance,
} from "../../../src/emulator/trace/fact-index.ts";
import { aRun, SETTINGS, START } from "../../support/facts.ts";

function runFact(first: number, every: number, count: number): Fact {
  return {
    seq: 1,
    t: first + every * count,
    type: "x",
    at: "x",
    about: "x",
    causes: [[7, 3] as const, 4],
    data: {},
    run: {
      first,
      every,
      count,
    },
  };
}

describe("FactIndex", () => {
  test("resolves a plain cause to the fact itself", () => {
    const run = aRun();
    const seq = run.at("1m").record("command", { kind: "x" });
    expect(run.index.resolve(seq)).toMatchObject({
      t: START + 60_000,
      n: null,
      fact: { seq },
    });
  });

  test("resolves an instance of a run to its own time and causes", () => {
    const index = new FactIndex();
    index.fact(runFact(1000, 500, 4));
    expect(index.resolve([1, 2])).toMatchObject({
      t: 2000,
      n: 2,
      causes: [[7, 5], 4],
    });
  });

  test("knows neither instances beyond a run's count nor facts that were never written", () => {
    const index = new FactIndex();
    index.fact(runFact(1000, 500, 4));
    expect(index.resolve([1, 3])).not.toBeNull();
    expect(index.resolve([1, 4])).toBeNull();
    expect(index.resolve(2)).toBeNull();
  });

  test("does not know an open run before it is written", () => {
    const run = aRun();
    const tick = run.tick("node-0");
    expect(run.index.resolve(tick)).toBeNull();
    run.end("1m");
    expect(run.index.resolve(tick)?.t).toBe(START);
  });

  test("tells the settings in force, from the very instant of a change", () => {
    const run = aRun().at("5m");
    run.settings({ kubelet: { syncFrequency: 10_000 } });
    const at = (ms: number) => run.index.settingsAt(START + ms).kubelet;
    expect(at(299_999)).toEqual(SETTINGS.kubelet);
    expect(at(300_000).syncFrequency).toBe(10_000);
  });

  test("refuses to guess the settings of a trace without a start", () => {
    expect(() => new FactIndex().settingsAt(START)).toThrow(
      "Failed to read the settings of a run: its trace has no world.started",
    );
  });

  test("tells which driver process ran on a node", () => {
    const run = aRun({ firstTick: null }).at("5m").driver("node-0", "6m");
    const at = (ms: number) => run.index.driverAt("node-0", START + ms);
    expect(at(299_999)?.data.rotation).toBe(false);
    expect(at(300_000)?.data.rotation).toBe(true);
    expect(run.index.driverAt("node-1", START)).toBeNull();
  });
});

describe("instances of a run", () => {
  test.each([
    [1000, 2501, 4],
    [1001, 2500, 2],
    [1000, 1001, 1],
    [1001, 1500, 0],
    [2500, 2501, 1],
    [2501, 9999, 0],
    [-Infinity, Infinity, 4],
    [2000, 1000, 0],
  ])("within [%d, %d) are %d", (from, to, count) => {
    expect(countWithin(runFact(1000, 500, 4), from, to)).toBe(count);
  });

  test("of one single fact count once, with the end excluded", () => {
    const single = runFact(1000, 0, 1);
    expect(countWithin(single, 1000, 1001)).toBe(1);
    expect(countWithin(single, 999, 1000)).toBe(0);
  });

  test.each([
    [999, null],
    [1000, 0],
    [1499, 0],
    [1500, 1],
    [99_999, 3],
  ])("the last at or before %d is %s", (t, n) => {
    const last = lastInstance(runFact(1000, 500, 4), t);
    expect(last?.n ?? null).toBe(n);
  });
});
