import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  DAY_MS,
  HOUR_MS,
  LONGEST_DURATION_MS,
  MINUTE_MS,
  durationMs,
  formatDuration,
  parseDuration,
  parseInstant,
  toRfc3339,
  toRfc3339Ms,
  toUnixSeconds,
  utcParts,
} from "../../src/kernel/time.ts";

describe("durations", () => {
  test.each<[text: string, ms: number]>([
    ["0s", 0],
    ["500ms", 500],
    ["30s", 30_000],
    ["1.5s", 1500],
    ["0.25s", 250],
    ["0.001s", 1],
    ["2m", 2 * MINUTE_MS],
    ["90m", 90 * MINUTE_MS],
    ["1h30m", 90 * MINUTE_MS],
    ["1d", DAY_MS],
    ["7d12h", 7 * DAY_MS + 12 * HOUR_MS],
    ["1s500ms", 1500],
    ["36525d", LONGEST_DURATION_MS],
  ])("%s is %d ms", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each([
    "",
    " ",
    "2",
    "-2m",
    "+2m",
    "2 m",
    "2M",
    "2min",
    "30m1h",
    "1m1m",
    "1.5m",
    "1.5ms",
    "1.2345s",
    ".5s",
    "1.s",
    "1e3s",
    "P1D",
    "2m ",
    "36525d1ms",
    "9".repeat(40) + "s",
  ])("%j is not a duration", (text) => {
    expect(parseDuration(text)).toBe(null);
  });

  test("are written so that they read back as the same length", () => {
    const length = fc.oneof(
      fc.integer({ min: 0, max: 5 * MINUTE_MS }),
      fc.integer({ min: 0, max: LONGEST_DURATION_MS }),
    );
    fc.assert(
      fc.property(length, (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
      { seed: 1, numRuns: 2000 },
    );
  });

  test("are written with the largest units first and no empty ones", () => {
    const written = [0, 500, 90_000, 3_600_000, 90_061_001].map(formatDuration);
    expect(written).toEqual(["0s", "500ms", "1m30s", "1h", "1d1h1m1s1ms"]);
  });

  test("in our own data that cannot be read are an error with the text in it", () => {
    expect(durationMs("2m")).toBe(120_000);
    expect(() => durationMs("soon")).toThrow(
      'Failed to read a duration: "soon" is not like 500ms, 30s, 2m, 1h30m or 1d',
    );
  });
});

describe("instants", () => {
  test.each<[text: string, rfc3339: string]>([
    ["2024-04-29T09:00:00Z", "2024-04-29T09:00:00.000Z"],
    ["2024-04-29t09:00:00z", "2024-04-29T09:00:00.000Z"],
    ["2024-04-29 09:00:00Z", "2024-04-29T09:00:00.000Z"],
    ["2024-04-29T09:00:00.5Z", "2024-04-29T09:00:00.500Z"],
    ["2024-04-29T09:00:00.123999999Z", "2024-04-29T09:00:00.123Z"],
    ["2024-04-29T11:00:00+02:00", "2024-04-29T09:00:00.000Z"],
    ["2024-04-28T22:30:00-10:30", "2024-04-29T09:00:00.000Z"],
    ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"],
    ["2000-02-29T00:00:00Z", "2000-02-29T00:00:00.000Z"],
    ["2024-12-31T23:59:59.999Z", "2024-12-31T23:59:59.999Z"],
  ])("%s is read", (text, rfc3339) => {
    expect(toRfc3339Ms(parseInstant(text)!)).toBe(rfc3339);
  });

  test.each([
    "2024-02-30T09:00:00Z",
    "2023-02-29T09:00:00Z",
    "1900-02-29T09:00:00Z",
    "2024-04-31T09:00:00Z",
    "2024-04-00T09:00:00Z",
    "2024-00-10T09:00:00Z",
    "2024-13-10T09:00:00Z",
    "2024-04-29T24:00:00Z",
    "2024-04-29T09:60:00Z",
    "2024-04-29T09:00:60Z",
    "2024-04-29T09:00:00+24:00",
    "2024-04-29T09:00:00+05:60",
    "2024-04-29T09:00:00",
    "2024-04-29T09:00Z",
    "2024-04-29",
    "2024-4-29T09:00:00Z",
    "2024-04-29T09:00:00.Z",
    "now",
    "",
  ])("%j does not exist", (text) => {
    expect(parseInstant(text)).toBe(null);
  });

  test("are written so that they read back as the same instant", () => {
    const instant = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) });
    fc.assert(
      fc.property(instant, (at) => {
        expect(parseInstant(toRfc3339Ms(at))).toBe(at);
      }),
      { seed: 1, numRuns: 1000 },
    );
  });

  test("lose their milliseconds downwards on the wires that carry seconds", () => {
    const at = Date.UTC(2024, 3, 29, 9, 0, 0, 999);
    expect(toRfc3339(at)).toBe("2024-04-29T09:00:00Z");
    expect(toUnixSeconds(at)).toBe(Date.UTC(2024, 3, 29, 9) / 1000);
  });

  test("have their calendar parts in UTC, whatever the host's zone", () => {
    expect(utcParts(Date.UTC(2024, 1, 29, 23, 59, 58, 7))).toEqual({
      year: 2024,
      month: 2,
      day: 29,
      hour: 23,
      minute: 59,
      second: 58,
      ms: 7,
    });
  });
});
