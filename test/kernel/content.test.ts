import { expect, test } from "vitest";
import { ValueBook, contentKey } from "../../src/kernel/content.ts";
import { KeyturnError, invariant } from "../../src/kernel/errors.ts";
import { byCodeUnit, isJsonObject, jsonEqual } from "../../src/kernel/json.ts";
import { decodeState, encodeState } from "../../src/kernel/state-codec.ts";

const content = {
  object: "kvdemo/secrets/secret1",
  version: "0123456789abcdef0123456789abcdef",
  ordinal: 1,
  form: "as-is",
};

test("the value book gives back the bytes of a content, by version and form", () => {
  const book = new ValueBook();
  book.put(content, Uint8Array.of(1, 2));
  expect(book.get({ ...content })).toEqual(Uint8Array.of(1, 2));
  expect(book.get({ ...content, form: "base64" })).toBe(null);
  expect(book.get({ ...content, version: "f".repeat(32) })).toBe(null);
});

test("the value book survives a snapshot", () => {
  const book = new ValueBook();
  book.put(content, Uint8Array.of(1, 2));
  const restored = new ValueBook();
  restored.state = decodeState(encodeState(book.state)) as typeof book.state;
  expect(restored.get(content)).toEqual(Uint8Array.of(1, 2));
});

test("a content's key names object, version and form, and no value", () => {
  expect(contentKey(content)).toBe(
    "kvdemo/secrets/secret1/0123456789abcdef0123456789abcdef#as-is",
  );
});

test.each<[a: unknown, b: unknown, equal: boolean]>([
  [{ a: 1, b: [1, 2] }, { b: [1, 2], a: 1 }, true],
  [{ a: 1 }, { a: 1, b: 1 }, false],
  [{ a: 1, b: 1 }, { a: 1, c: 1 }, false],
  [[1, 2], [2, 1], false],
  [[], {}, false],
  [null, {}, false],
  [null, null, true],
  ["1", 1, false],
])("%j and %j: equal is %j", (a, b, equal) => {
  expect(jsonEqual(a, b)).toBe(equal);
});

test("only objects are JSON objects", () => {
  const values = [{}, [], null, "x", 1];
  expect(values.map(isJsonObject)).toEqual([true, false, false, false, false]);
});

test("strings are ordered by code unit, on every machine", () => {
  const sorted = ["b", "a", "B", "ä", "a1", "a10", "a2"].sort(byCodeUnit);
  expect(sorted).toEqual(["B", "a", "a1", "a10", "a2", "b", "ä"]);
});

test("a broken invariant is an error with a code, apart from the outside's mistakes", () => {
  const broken = () => invariant(false, "Broken", "Failed to hold: 1 is not 2");
  expect(broken).toThrow("Failed to hold: 1 is not 2");
  expect(broken).toThrow(expect.objectContaining({ code: "Broken" }));
  expect(broken).not.toThrow(KeyturnError);
});
