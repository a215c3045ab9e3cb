import fc from "fast-check";
import { expect, test } from "vitest";

import {
  pad,
  padStart,
  palette,
  printable,
  sinceStart,
  spokenDuration,
  textWidth,
  truncate,
  truncateMiddle,
  truncateStart,
  wrap,
} from "../../../src/emulator/views/terminal.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/kernel/time.ts";

test.each([
  ["plain", 5],
  ["日本語", 6],
  ["한글", 4],
  ["ｆｕｌｌ", 8],
  ["e\u0301", 1],
  ["🙂", 2],
  ["❤\ufe0f", 2],
  ["→ … ·", 5],
  ["𠀀", 2],
])("%s takes %i columns", (text, width) => {
  expect(textWidth(text)).toBe(width);
});

test("joined emoji count at most too much", () => {
  expect(textWidth("👩\u200d👩\u200d👧")).toBe(6);
});

test("cutting keeps the start, the end or both, and marks what is lost", () => {
  expect(truncate("the second value", 8)).toBe("the sec…");
  expect(truncateStart("aks-nodepool1-vmss000000", 8)).toBe("…s000000");
  expect(truncateMiddle("the first and the last", 9)).toBe("the …last");
  expect(truncate("short", 5)).toBe("short");
  expect(truncate("anything", 0)).toBe("");
});

test("a wide character that would stick out is left out whole", () => {
  expect(truncate("日本語", 4)).toBe("日…");
  expect(truncateStart("日本語", 4)).toBe("…語");
  expect(pad("日本語", 4)).toBe("日… ");
  expect(padStart("日", 4)).toBe("  日");
});

test("whatever the text, cutting, padding and wrapping keep to the width", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 60 });
  fc.assert(
    fc.property(text, fc.integer({ min: 2, max: 30 }), (raw, width) => {
      const safe = printable(raw);
      for (const cut of [truncate, truncateStart, truncateMiddle])
        expect(textWidth(cut(safe, width))).toBeLessThanOrEqual(width);
      expect(textWidth(pad(safe, width))).toBe(width);
      for (const line of wrap(safe, width))
        expect(textWidth(line)).toBeLessThanOrEqual(width);
    }),
    { seed: 7, numRuns: 500 },
  );
});

test("wrapping breaks at spaces and cuts words that are too long", () => {
  expect(wrap("one two three", 7)).toEqual(["one two", "three"]);
  expect(wrap("abcdefghij k", 4)).toEqual(["abcd", "efgh", "ij k"]);
  expect(wrap("", 4)).toEqual([""]);
});

test("nothing in printed text can move the cursor, change colour or direction, or hide", () => {
  expect(printable("a\nb\tc\r\u001b[31m\u0007\u0085")).toBe(
    "a\\nb\\tc\\r\\x1b[31m\\x07\\x85",
  );
  expect(printable("\u202etxt\u200b\ufeff\u2028")).toBe(
    "\\u{202e}txt\\u{200b}\\u{feff}\\u{2028}",
  );
  expect(printable("half \ud83d")).toBe("half \\u{d83d}");
  expect(printable("日本 🙂 é")).toBe("日本 🙂 é");
});

test("printable text holds no control character", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (raw) => {
      expect(printable(raw)).not.toMatch(
        /[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u,
      );
    }),
    { seed: 7 },
  );
});

test.each([
  [0, "+00:00.000"],
  [703_201, "+11:43.201"],
  [HOUR_MS - 1, "+59:59.999"],
  [HOUR_MS, "+1:00:00.000"],
  [25 * HOUR_MS + MINUTE_MS, "+1d 01:01:00.000"],
  [-1, "-00:00.001"],
])("%i ms after the start is %s", (ms, text) => {
  expect(sinceStart(DAY_MS + ms, DAY_MS)).toBe(text);
});

test.each([
  [0, "0s"],
  [450, "450ms"],
  [120_000, "2m"],
  [103_201, "1m43.201s"],
  [120_001, "2m0.001s"],
  [3_600_050, "1h0.050s"],
])("%i ms are spoken as %s", (ms, text) => {
  expect(spokenDuration(ms)).toBe(text);
});

test("colours come only when asked for", () => {
  expect(palette(false).red("text")).toBe("text");
  expect(palette(true).red("text")).toBe("\u001b[31mtext\u001b[39m");
});
