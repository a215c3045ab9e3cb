import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Draws } from "../../src/kernel/draw.ts";

const BUCKETS = 64;
/** Chi-square with 63 degrees of freedom is above this once in ten thousand times. */
const CHI_SQUARE_LIMIT = 112;

function chiSquare(counts: readonly number[], total: number): number {
  const expected = total / counts.length;
  return counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
}

function spread(count: number, draw: (i: number) => number): number {
  const counts = Array.from({ length: BUCKETS }, () => 0);
  for (let i = 0; i < count; i++) counts[draw(i)]! += 1;
  return chiSquare(counts, count);
}

const NAMES = [
  "kubelet/node-0/default/deployment/default/web/2/resync",
  "kubelet/node-0/default/deployment/default/web/3/resync",
  "driver/node-0/phase",
  "",
];
const SEEDS = [0, 1, 2, 2 ** 32, 2 ** 53 - 1];
const cases = SEEDS.flatMap((seed) => NAMES.map((name) => [seed, name]));

describe("draws are uniform", () => {
  test.each(cases)("over the indices of seed %d, name %j", (seed, name) => {
    const draws = new Draws(seed as number);
    const high = spread(
      20_000,
      (i) => draws.uint32(name as string, i) >>> (32 - 6),
    );
    const low = spread(
      20_000,
      (i) => draws.uint32(name as string, i) & (BUCKETS - 1),
    );
    expect(high).toBeLessThan(CHI_SQUARE_LIMIT);
    expect(low).toBeLessThan(CHI_SQUARE_LIMIT);
  });

  test("over names at one index", () => {
    const draws = new Draws(1);
    const drawn = spread(20_000, (i) =>
      draws.between(0, BUCKETS, `pod-${i}`, 0),
    );
    expect(drawn).toBeLessThan(CHI_SQUARE_LIMIT);
  });

  test("over seeds at one name and index", () => {
    const drawn = spread(20_000, (seed) =>
      new Draws(seed).between(0, BUCKETS, "phase", 0),
    );
    expect(drawn).toBeLessThan(CHI_SQUARE_LIMIT);
  });

  test("over lanes", () => {
    const draws = new Draws(1);
    const drawn = spread(
      20_000,
      (lane) => draws.uint32("uid", 0, lane) & (BUCKETS - 1),
    );
    expect(drawn).toBeLessThan(CHI_SQUARE_LIMIT);
  });
});

describe("draws are independent", () => {
  const draws = new Draws(7);
  /** Each pair falls into one of 8 x 8 cells. */
  const cell = (a: number, b: number) => (a >>> 29) * 8 + (b >>> 29);

  test("of the neighbouring index", () => {
    const drawn = spread(20_000, (i) =>
      cell(draws.uint32("pair", i), draws.uint32("pair", i + 1)),
    );
    expect(drawn).toBeLessThan(CHI_SQUARE_LIMIT);
  });

  test("of the neighbouring name", () => {
    const drawn = spread(20_000, (i) =>
      cell(draws.uint32(`web/${i}`, 0), draws.uint32(`web/${i + 1}`, 0)),
    );
    expect(drawn).toBeLessThan(CHI_SQUARE_LIMIT);
  });

  test("of the neighbouring seed", () => {
    const drawn = spread(20_000, (i) =>
      cell(new Draws(i).uint32("pair", 0), new Draws(i + 1).uint32("pair", 0)),
    );
    expect(drawn).toBeLessThan(CHI_SQUARE_LIMIT);
  });

  test("of the neighbouring lane", () => {
    const drawn = spread(20_000, (i) =>
      cell(draws.uint32("pair", i, 0), draws.uint32("pair", i, 1)),
    );
    expect(drawn).toBeLessThan(CHI_SQUARE_LIMIT);
  });
});

test.each<[what: string, name: (i: number) => string]>([
  ["in sequence", (i) => `p${i}`],
  ["of pods on nodes", (i) => `kubelet/node-${i % 100}/web/${i}/resync`],
])("200,000 names %s have 200,000 different streams", (_, name) => {
  const draws = new Draws(1);
  const streams = new Set<string>();
  for (let i = 0; i < 200_000; i++)
    streams.add(`${draws.uint32(name(i), 0)} ${draws.uint32(name(i), 1)}`);
  expect(streams.size).toBe(200_000);
});

describe("what was drawn once is drawn for ever", () => {
  const draws = new Draws(1);

  test("as numbers", () => {
    const drawn = [0, 1, 2, 2 ** 32].map((i) => draws.uint32("resync", i));
    expect(drawn).toEqual([2778277553, 2901360222, 2399076084, 2955236584]);
    expect(new Draws(2 ** 40 + 1).uint32("resync", 0)).toBe(2957953335);
    expect(draws.uint32("", 0)).toBe(2423468975);
    expect(draws.uint32("Übergrößenträger 🚀", 3, 2)).toBe(3931539377);
  });

  test("as ranges, hexadecimal digits, ids and orders", () => {
    expect(draws.between(0, 120_000, "phase", 0)).toBe(63_521);
    expect(draws.hex("version", 0, 4)).toBe("25e5b70e530f316474dfc3c05e7777fa");
    expect(draws.uuid("uid", 0)).toBe("6ece5a24-1bf9-4e7b-a53b-dfedbae9802b");
    expect(draws.order(8, "pods", 0)).toEqual([2, 0, 3, 5, 4, 6, 7, 1]);
  });

  test("whatever was drawn before", () => {
    const fresh = new Draws(1);
    for (let i = 0; i < 100; i++) fresh.uint32("someone else", i);
    expect(fresh.uint32("resync", 5)).toBe(draws.uint32("resync", 5));
  });
});

describe("shapes", () => {
  const draws = new Draws(3);

  test("a draw between two bounds reaches both ends and never the upper bound", () => {
    const drawn = new Set(
      Array.from({ length: 1000 }, (_, i) => draws.between(5, 9, "b", i)),
    );
    expect([...drawn].sort((a, b) => a - b)).toEqual([5, 6, 7, 8]);
  });

  test("a draw from one value or from none is the lower bound", () => {
    expect(draws.between(5, 6, "b", 0)).toBe(5);
    expect(draws.between(5, 5, "b", 0)).toBe(5);
  });

  test("a draw stays within bounds as far apart as a century", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (low, span) => {
        const high = low + span * 1000 + 1;
        const drawn = draws.between(low, high, "wide", span);
        expect(Number.isInteger(drawn)).toBe(true);
        expect(drawn >= low && drawn < high).toBe(true);
      }),
      { seed: 1, numRuns: 1000 },
    );
  });

  test("an order is a permutation", () => {
    fc.assert(
      fc.property(fc.nat({ max: 60 }), fc.nat(), (count, index) => {
        const order = draws.order(count, "order", index);
        expect(order.toSorted((a, b) => a - b)).toEqual(
          Array.from({ length: count }, (_, i) => i),
        );
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  test("every order of three comes about equally often", () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = draws.order(3, "three", i).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    // Five degrees of freedom, once in ten thousand times.
    expect(chiSquare([...counts.values()], 6000)).toBeLessThan(25.7);
  });

  test("a UUID has the form of version 4", () => {
    for (let i = 0; i < 100; i++)
      expect(draws.uuid("uid", i)).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      );
  });
});
