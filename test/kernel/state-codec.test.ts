import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeState, encodeState } from "../../src/kernel/state-codec.ts";

const leaf = fc.oneof(
  fc.string(),
  fc.boolean(),
  fc.constant(null),
  fc.integer(),
  fc.double({ noNaN: true }).filter((n) => !Object.is(n, -0)),
  fc.uint8Array({ maxLength: 8 }),
);
const key = fc.oneof(
  fc.string(),
  fc.constantFrom("$map", "$set", "$bytes", "$number", "$record", "$", "0"),
  fc.constantFrom("__proto__", "constructor", "toString"),
);

const mapKey = fc.oneof(key, fc.integer());

const { state } = fc.letrec<{ state: unknown; branch: unknown }>((tie) => ({
  state: fc.oneof({ maxDepth: 4, withCrossShrink: true }, leaf, tie("branch")),
  branch: fc.oneof(
    fc.array(tie("state"), { maxLength: 4 }),
    fc.array(fc.tuple(mapKey, tie("state"))).map((all) => new Map(all)),
    fc.array(tie("state"), { maxLength: 4 }).map((all) => new Set(all)),
    fc
      .array(fc.tuple(key, tie("state")), { maxLength: 4 })
      .map((entries) => Object.fromEntries(entries)),
  ),
}));

test("state comes back from JSON text as it was", () => {
  fc.assert(
    fc.property(state, (value) => {
      const text = JSON.stringify(encodeState(value));
      const back = decodeState(JSON.parse(text));
      // Not `toStrictEqual`, which takes an own key "constructor" for the class.
      expect(isDeepStrictEqual(back, value)).toBe(true);
    }),
    { seed: 20240429, numRuns: 1000 },
  );
});

test("maps and objects keep their order", () => {
  const value = new Map([
    ["b", { y: 1, x: 2, $z: 3 }],
    ["a", { y: 1, x: 2, $z: 3 }],
  ]);
  const back = decodeState(encodeState(value)) as typeof value;
  expect([...back.keys()]).toEqual(["b", "a"]);
  expect(Object.keys(back.get("a")!)).toEqual(["y", "x", "$z"]);
});

test.each([Infinity, -Infinity, NaN])("%d comes back", (value) => {
  expect(decodeState(encodeState(value))).toBe(value);
});

test("a member that is undefined is left out", () => {
  expect(encodeState({ a: 1, b: undefined })).toEqual({ a: 1 });
});

test("decoding gives fresh objects each time", () => {
  const encoded = encodeState({ list: [1] });
  const first = decodeState(encoded) as { list: number[] };
  first.list.push(2);
  expect(decodeState(encoded)).toEqual({ list: [1] });
});

test.each<[what: string, value: unknown, path: string]>([
  [
    "a closure",
    { a: { b: () => 1 } },
    "state.a.b is not plain data (function)",
  ],
  ["undefined in an array", [1, undefined], "state[1] is not plain data"],
  ["a class instance", { at: new Date(0) }, "state.at is not plain data"],
  ["a big integer", new Map([["k", 1n]]), "state.k is not plain data (bigint)"],
  ["a symbol", new Set([Symbol("s")]), "state is not plain data (symbol)"],
  ["an object without prototype", Object.create(null), "state is not plain"],
])("%s in a state is refused with its path", (_, value, path) => {
  expect(() => encodeState(value)).toThrow(
    `Failed to take a snapshot: ${path}`,
  );
});
