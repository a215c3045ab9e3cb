import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { listNames } from "../../../src/emulator/profiles/input/nearest-name.ts";
import { editDistance, nearestName } from "../../../src/kernel/nearest-name.ts";

describe("the distance of two words", () => {
  it.each([
    ["", "", 0],
    ["abc", "abc", 0],
    ["abc", "", 3],
    ["abc", "abd", 1],
    ["abc", "ab", 1],
    ["abc", "xabc", 1],
    ["abc", "acb", 1],
    ["ca", "abc", 3],
    ["kitten", "sitting", 3],
  ])("%j and %j is %i", (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });

  it("is the same both ways and never more than the longer word", () => {
    const word = fc.string({ maxLength: 8 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        const distance = editDistance(a, b);
        expect(distance).toBe(editDistance(b, a));
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
      { seed: 5 },
    );
  });
});

describe("the nearest name", () => {
  it("ignores case and takes the first of equals", () => {
    expect(nearestName("SETSECRET", ["getSecret", "setSecret"])).toBe(
      "setSecret",
    );
    expect(nearestName("xat", ["cat", "bat"])).toBe("cat");
  });

  it("is none when every name is too far", () => {
    expect(nearestName("zzzz", ["seed", "start"])).toBeNull();
    expect(nearestName("a", [])).toBeNull();
    expect(nearestName("x".repeat(5000), ["x".repeat(4999)])).toBeNull();
  });
});

it("a list of names reads like a sentence and stays short", () => {
  expect(listNames([], "none")).toBe("none");
  expect(listNames(["a"], "none")).toBe("a");
  expect(listNames(["a", "b", "c"], "none")).toBe("a, b and c");
  expect(listNames([..."abcdefghij"], "none")).toBe(
    "a, b, c, d, e, f, g, h and 2 more",
  );
});
