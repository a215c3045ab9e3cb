import fc from "fast-check";
import { expect, test } from "vitest";
import type { DrawRef } from "../../src/kernel/draw.ts";
import type { JsonObject } from "../../src/kernel/json.ts";
import { HOUR_MS, MINUTE_MS } from "../../src/kernel/time.ts";
import type { Cause, Fact } from "../../src/kernel/trace.ts";
import { Recorder, instances } from "../../src/kernel/trace.ts";

const START = Date.UTC(2024, 3, 29, 9, 17);

interface Reported {
  readonly about: string;
  readonly data: JsonObject;
  readonly draw?: DrawRef;
  readonly causes: readonly Cause[];
}

interface Report {
  readonly wait: number;
  readonly about: string;
  readonly data: JsonObject;
  /** Steps of the draw index; null: no draw. */
  readonly stride: number | null;
  /** Caused by the latest instance of another object's run, or by a plain fact. */
  readonly causedBy: "nothing" | "other" | "fact";
  readonly single: boolean;
}

/** Mostly regular, as polls are, with now and then something else. */
const report: fc.Arbitrary<Report> = fc.record({
  wait: fc.oneof(
    { weight: 6, arbitrary: fc.constant(2 * MINUTE_MS) },
    { weight: 2, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 * HOUR_MS }) },
  ),
  about: fc.constantFrom("a", "b"),
  data: fc.oneof(
    { weight: 5, arbitrary: fc.constant<JsonObject>({ version: "v1" }) },
    { weight: 1, arbitrary: fc.constant<JsonObject>({ version: "v2" }) },
    { weight: 1, arbitrary: fc.constant<JsonObject>({}) },
  ),
  stride: fc.oneof(
    { weight: 5, arbitrary: fc.constant(1) },
    { weight: 1, arbitrary: fc.constantFrom(0, 2, null) },
  ),
  causedBy: fc.oneof(
    { weight: 4, arbitrary: fc.constant("other" as const) },
    {
      weight: 1,
      arbitrary: fc.constantFrom("nothing" as const, "fact" as const),
    },
  ),
  single: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
});

function play(reports: readonly Report[]) {
  let now = START;
  const facts: Fact[] = [];
  const recorder = new Recorder(START, () => now);
  recorder.addSink({
    fact: (fact, line) => {
      // A run's line is put together from kept parts: it must be the fact's JSON all the same.
      expect(line).toBe(JSON.stringify(fact));
      facts.push(fact);
    },
  });
  const told: string[] = [];
  const latest = new Map<string, Cause>();
  const indices = new Map<string, number>();
  let plain = 0;
  for (const { wait, about, data, stride, causedBy, single } of reports) {
    now += wait;
    if (single)
      plain = recorder.record({ type: "plain", at: "x", about, data });
    const other = latest.get(about === "a" ? "b" : "a");
    const causes: Cause[] = [];
    if (causedBy === "other" && other !== undefined) causes.push(other);
    if (causedBy === "fact") causes.push(plain);
    const index = (indices.get(about) ?? 0) + (stride ?? 0);
    indices.set(about, index);
    const draw = stride === null ? {} : { draw: { name: about, index } };
    const reported: Reported = { about, data, causes, ...draw };
    const cause = recorder.repeat({ type: "poll", at: "x", ...reported });
    latest.set(about, cause);
    told.push(JSON.stringify([now, cause, about, data, causes, draw]));
  }
  recorder.close();
  return { facts, told };
}

function expanded(facts: readonly Fact[]): string[] {
  return facts
    .filter((fact) => fact.type === "poll")
    .flatMap((fact) => [...instances(fact)])
    .map(({ fact, t, n, causes, draw }) =>
      JSON.stringify([
        t,
        [fact.seq, n],
        fact.about,
        fact.data,
        causes,
        draw === null ? {} : { draw },
      ]),
    );
}

const reports = fc.array(report, { maxLength: 80 });
const options = { seed: 20240429, numRuns: 500 };

test("expanding the run facts gives back every repeated fact with its time, name, causes and draw", () => {
  fc.assert(
    fc.property(reports, (all) => {
      const { facts, told } = play(all);
      expect(expanded(facts).sort()).toEqual(told.sort());
    }),
    options,
  );
});

test("time never decreases from line to line, and no run reaches over a full hour", () => {
  fc.assert(
    fc.property(reports, (all) => {
      let before = START;
      for (const { t, run } of play(all).facts) {
        expect(t).toBeGreaterThanOrEqual(before);
        before = t;
        if (run === undefined) continue;
        const last = run.first + run.every * (run.count - 1);
        const hour = Math.floor(run.first / HOUR_MS);
        expect(Math.floor(last / HOUR_MS)).toBe(hour);
        expect(last).toBeLessThanOrEqual(t);
        expect(t).toBeLessThanOrEqual((hour + 1) * HOUR_MS);
      }
    }),
    options,
  );
});

test("numbers are given out once", () => {
  fc.assert(
    fc.property(reports, (all) => {
      const numbers = play(all).facts.map((fact) => fact.seq);
      expect(new Set(numbers).size).toBe(numbers.length);
    }),
    options,
  );
});

test("a day of regular polls is one line an hour", () => {
  const regular: Report = {
    wait: 2 * MINUTE_MS,
    about: "a",
    data: { version: "v1" },
    stride: 1,
    causedBy: "nothing",
    single: false,
  };
  const { facts } = play(Array.from({ length: 720 }, () => regular));
  expect(facts.length).toBe(25);
});
