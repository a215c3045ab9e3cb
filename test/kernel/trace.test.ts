import { describe, expect, test } from "vitest";
import { HOUR_MS, MINUTE_MS } from "../../src/kernel/time.ts";
import type { Cause, Fact, FactInput } from "../../src/kernel/trace.ts";
import { Recorder, instance, instances } from "../../src/kernel/trace.ts";

const START = Date.UTC(2024, 3, 29, 9);

const poll: FactInput = {
  type: "csi.poll",
  at: "node-0/csi-driver",
  about: "default/web",
  causes: [],
  data: { version: "v1" },
};

/** A recorder whose clock the test moves; times are minutes from the start. */
function aRecorder() {
  let now = START;
  const facts: Fact[] = [];
  const recorder = new Recorder(START, () => now);
  recorder.addSink({ fact: (fact) => facts.push(fact) });
  const at = (minutes: number) => {
    now = START + minutes * MINUTE_MS;
    return recorder;
  };
  const runs = () =>
    facts.map(({ seq, t, run }) => ({
      seq,
      written: (t - START) / MINUTE_MS,
      first: (run!.first - START) / MINUTE_MS,
      every: run!.every / MINUTE_MS,
      count: run!.count,
    }));
  return { recorder, facts, at, runs };
}

describe("a fact", () => {
  test("has its number, its time and one order of members", () => {
    const { at, facts } = aRecorder();
    const { data, about, type, at: place } = poll;
    const seq = at(1).record({ data, causes: [7], about, at: place, type });
    expect(seq).toBe(1);
    expect(JSON.stringify(facts[0])).toBe(
      JSON.stringify({
        seq: 1,
        t: START + MINUTE_MS,
        type,
        at: place,
        about,
        causes: [7],
        data,
      }),
    );
  });

  test("without causes of its own has the ambient ones, and becomes them", () => {
    const { recorder, facts } = aRecorder();
    const { causes: _, ...bare } = poll;
    recorder.causes = [[3, 2]];
    recorder.record(bare);
    recorder.record(bare);
    recorder.repeat(bare);
    recorder.record(bare);
    expect(facts.map((fact) => fact.causes)).toEqual([[[3, 2]], [1], [[3, 0]]]);
  });

  test("reaches every sink, and those added later from then on", () => {
    const { recorder, facts } = aRecorder();
    recorder.record(poll);
    const late: Fact[] = [];
    recorder.addSink({ fact: (fact) => late.push(fact) });
    recorder.record(poll);
    expect([facts.length, late.length]).toEqual([2, 1]);
  });
});

describe("a run", () => {
  test("of equal distances is one fact, written at the full hour", () => {
    const { at, runs } = aRecorder();
    for (let minute = 2; minute <= 60; minute += 2) at(minute).repeat(poll);
    expect(runs()).toEqual([
      { seq: 1, written: 60, first: 2, every: 2, count: 29 },
    ]);
  });

  test("is not written before the full hour", () => {
    const { at, facts, recorder } = aRecorder();
    at(2).repeat(poll);
    at(59.999).record({ ...poll, about: "other" });
    expect(facts.map((fact) => fact.about)).toEqual(["other"]);
    expect(recorder.openRuns()).toMatchObject([{ seq: 1, run: { count: 1 } }]);
    expect(facts.length).toBe(1);
  });

  test("ends when the next instance comes at another distance", () => {
    const { at, runs, recorder } = aRecorder();
    for (const minute of [2, 4, 6, 9, 12]) at(minute).repeat(poll);
    recorder.close();
    expect(runs()).toEqual([
      { seq: 1, written: 9, first: 2, every: 2, count: 3 },
      { seq: 2, written: 12, first: 9, every: 3, count: 2 },
    ]);
  });

  test.each<[what: string, change: Partial<FactInput>]>([
    ["other data", { data: { version: "v2" } }],
    ["a member more", { data: { version: "v1", more: 1 } }],
    ["a member less", { data: {} }],
    ["another cause", { causes: [5] }],
  ])("ends with %s", (_, change) => {
    const { at, runs, recorder } = aRecorder();
    at(2).repeat(poll);
    at(4).repeat({ ...poll, ...change });
    recorder.close();
    expect(runs().map((run) => run.count)).toEqual([1, 1]);
  });

  test("of one object is not disturbed by another's, or by single facts", () => {
    const { at, recorder, facts } = aRecorder();
    for (const minute of [2, 4, 6]) {
      at(minute).repeat(poll);
      recorder.repeat({ ...poll, about: "default/other" });
      recorder.record({ ...poll, type: "single" });
    }
    recorder.close();
    const counts = facts.flatMap((fact) => fact.run?.count ?? []);
    expect(counts).toEqual([3, 3]);
  });

  test("never holds two instances of one instant", () => {
    const { at, runs, recorder } = aRecorder();
    at(2).repeat(poll);
    recorder.repeat(poll);
    recorder.close();
    expect(runs().map((run) => run.count)).toEqual([1, 1]);
  });

  test("follows its draws by their stride, and ends when they leave it", () => {
    const { at, facts, recorder } = aRecorder();
    [0, 3, 6, 7].forEach((index, i) =>
      at(2 + 2 * i).repeat({ ...poll, draw: { name: "latency", index } }),
    );
    recorder.close();
    expect(facts.map((fact) => fact.run?.draw)).toEqual([
      { name: "latency", index: 0, stride: 3 },
      { name: "latency", index: 7, stride: 0 },
    ]);
  });

  test("can be the cause of another run, instance by instance", () => {
    const { at, facts, recorder } = aRecorder();
    for (const minute of [2, 4, 6]) {
      const cause = at(minute).repeat(poll);
      recorder.repeat({ ...poll, about: "effect", causes: [cause, 9] });
    }
    recorder.close();
    expect(facts[1]).toMatchObject({ causes: [[1, 0], 9], run: { count: 3 } });
    expect(instance(facts[1]!, 2).causes).toEqual([[1, 2], 9]);
  });

  test("gives each of its instances a name of its own", () => {
    const { at } = aRecorder();
    const names: Cause[] = [2, 4, 7].map((minute) => at(minute).repeat(poll));
    expect(names).toEqual([
      [1, 0],
      [1, 1],
      [2, 0],
    ]);
  });
});

describe("the stream", () => {
  test("writes what is open at the full hour before what happens then", () => {
    const { at, facts } = aRecorder();
    at(58).repeat(poll);
    at(60).record({ ...poll, type: "single" });
    expect(facts.map(({ type, t }) => [type, (t - START) / MINUTE_MS])).toEqual(
      [
        ["csi.poll", 60],
        ["single", 60],
      ],
    );
  });

  test("holds open runs only, however long it was", () => {
    const { at, recorder } = aRecorder();
    const sizes = new Set<number>();
    for (let minute = 0; minute < 48 * 60; minute += 2) {
      for (const about of ["a", "b", "c"])
        at(minute).repeat({ ...poll, about });
      sizes.add(recorder.state.open.size);
    }
    expect([...sizes]).toEqual([3]);
    expect(recorder.state.facts).toBe(47 * 3);
  });

  test("starts its hours at full hours, wherever the run starts", () => {
    let now = START + 30 * MINUTE_MS;
    const facts: Fact[] = [];
    const recorder = new Recorder(now, () => now);
    recorder.addSink({ fact: (fact) => facts.push(fact) });
    recorder.repeat(poll);
    now = START + 5 * HOUR_MS;
    recorder.repeat(poll);
    expect(facts.map((fact) => (fact.t - START) / HOUR_MS)).toEqual([1]);
  });

  test("has a hash that every member of every fact changes", () => {
    const hashOf = (input: FactInput) => {
      const { recorder } = aRecorder();
      recorder.record(input);
      return recorder.hash;
    };
    const hashes = new Set(
      [
        poll,
        { ...poll, type: "t" },
        { ...poll, at: "a" },
        { ...poll, about: "b" },
        { ...poll, causes: [1] },
        { ...poll, data: {} },
      ].map(hashOf),
    );
    expect(hashes.size).toBe(6);
    expect(hashOf(poll)).toBe(hashOf({ ...poll }));
  });
});

test("a trace of any length has a hash that its first and its last fact change", () => {
  const hashOf = (count: number, odd: number) => {
    const { recorder } = aRecorder();
    for (let i = 0; i < count; i++)
      recorder.record({ ...poll, data: { odd: i === odd } });
    return recorder.hash;
  };
  const hashes = [1, 150, 151, 1000].flatMap((count) =>
    [-1, 0, count - 1].map((odd) => hashOf(count, odd)),
  );
  // With one fact, the first is the last.
  expect(new Set(hashes).size).toBe(hashes.length - 1);
});

test("a single fact is its own only instance", () => {
  const { recorder, facts } = aRecorder();
  recorder.record({ ...poll, causes: [4] });
  expect([...instances(facts[0]!)]).toEqual([
    { fact: facts[0], t: START, n: null, causes: [4], draw: null },
  ]);
});

describe("a tally", () => {
  const refresh = {
    type: "kubelet.volume.refreshed",
    at: "node-0/kubelet",
    about: "node-0",
    data: { node: "node-0" },
  };

  test("counts what happens at no regular times, and is one fact at each full hour and at the end", () => {
    const { at, facts } = aRecorder();
    for (const minute of [0, 1, 7, 59]) at(minute).tally(refresh);
    expect(facts).toEqual([]);
    at(60).tally(refresh);
    at(61).close();
    expect(facts.map(({ t, data }) => [(t - START) / MINUTE_MS, data])).toEqual(
      [
        [60, { node: "node-0", count: 4 }],
        [61, { node: "node-0", count: 1 }],
      ],
    );
    expect(facts.map(({ seq }) => seq)).toEqual([1, 2]);
  });

  test("is seen before it is written, and causes nothing", () => {
    const { at, recorder } = aRecorder();
    recorder.causes = [7];
    at(1).tally(refresh);
    at(2).tally(refresh);
    expect(recorder.openRuns()).toMatchObject([
      { seq: 1, causes: [], data: { count: 2 } },
    ]);
    expect(recorder.causes).toEqual([7]);
  });

  test("is apart for each place and each object", () => {
    const { at, recorder } = aRecorder();
    at(1).tally(refresh);
    at(1).tally({ ...refresh, about: "node-1" });
    at(1).tally({ ...refresh, at: "node-1/kubelet" });
    expect(recorder.openRuns()).toHaveLength(3);
  });
});
