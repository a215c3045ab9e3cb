import { expect, test } from "vitest";
import { coverageOf, verdict } from "./coverage-reporter.ts";

const ROWS = { "CSI-12.1-01": "a", "CSI-12.1-02": "b", "KUBELET-13.1-01": "c" };

test("a row is covered by a passed test that carries its id, alone or among others", () => {
  const names = ["mounts [CSI-12.1-02, KUBELET-13.1-01]", "no row at all"];
  expect(coverageOf(names, ROWS)).toEqual({
    missing: ["CSI-12.1-01"],
    unknown: [],
    rows: 3,
  });
});

test("an id that no table has is told", () => {
  expect(coverageOf(["x [CSI-12.1-77]"], ROWS).unknown).toEqual([
    "CSI-12.1-77",
  ]);
});

test("a whole run fails when a row has no passed test, a part of one does not", () => {
  const coverage = { missing: ["CSI-12.1-01"], unknown: [], rows: 3 };
  expect(verdict(coverage, true)).toMatchObject({
    failed: true,
    text: expect.stringContaining("CSI-12.1-01 has none"),
  });
  expect(verdict(coverage, false)).toEqual({
    failed: false,
    text: " State tables  2 of 3 rows have a passed test (some files only)",
  });
});

test("an unknown id fails a part of a run, too", () => {
  const coverage = { missing: [], unknown: ["CSI-9.9-99"], rows: 3 };
  expect(verdict(coverage, false).failed).toBe(true);
});
