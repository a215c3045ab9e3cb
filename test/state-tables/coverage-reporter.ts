/**
 * Holds the tests to the references' state tables: counts for each row the passed tests that carry its id, prints how
 * many rows are covered, and fails a whole run that left a row out. A run of some files only is told, not failed.
 */
import { readdirSync } from "node:fs";
import type { Reporter, TestCase, TestModule, Vitest } from "vitest/node";
import { STATE_TABLE_ROWS } from "./rows.ts";

const TAG = /\b(?:CSI|KUBELET|ALT|RELOADER)-\d+\.\d+-\d+\b/g;

export interface Coverage {
  /** Rows without a passed test, in the order of the tables. */
  readonly missing: readonly string[];
  /** Ids in names of tests that no table has. */
  readonly unknown: readonly string[];
  readonly rows: number;
}

/** `names` are those of passed tests. */
export function coverageOf(
  names: Iterable<string>,
  rows: Readonly<Record<string, string>> = STATE_TABLE_ROWS,
): Coverage {
  const seen = new Set<string>();
  for (const name of names) for (const [id] of name.matchAll(TAG)) seen.add(id);
  const ids = Object.keys(rows);
  return {
    missing: ids.filter((id) => !seen.has(id)),
    unknown: [...seen].filter((id) => !(id in rows)).sort(),
    rows: ids.length,
  };
}

/** What to print about a run, and whether it fails. */
export function verdict(
  coverage: Coverage,
  whole: boolean,
): { readonly text: string; readonly failed: boolean } {
  const { missing, unknown, rows } = coverage;
  const lines = [
    ` State tables  ${rows - missing.length} of ${rows} rows have a passed test${whole ? "" : " (some files only)"}`,
    ...(whole
      ? missing.map((id) => `   ${id} has none: ${STATE_TABLE_ROWS[id]}`)
      : []),
    ...unknown.map((id) => `   ${id} is the name of no row`),
  ];
  const failed = unknown.length > 0 || (whole && missing.length > 0);
  return { text: lines.join("\n"), failed };
}

function passedNames(modules: readonly TestModule[]): string[] {
  const passed = (test: TestCase) => test.result().state === "passed";
  return modules.flatMap((module) =>
    [...module.children.allTests()].filter(passed).map((test) => test.fullName),
  );
}

export class StateTableReporter implements Reporter {
  #vitest: Vitest | null = null;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const { text, failed } = verdict(
      coverageOf(passedNames(modules)),
      this.#isWhole(modules.length),
    );
    this.#vitest?.logger.log(`${text}\n`);
    if (failed) process.exitCode = 1;
  }

  /** Whether every test file ran, and no test was picked by its name. */
  #isWhole(files: number): boolean {
    if (this.#vitest?.config.testNamePattern !== undefined) return false;
    const all = readdirSync("test", { recursive: true, encoding: "utf8" });
    return files === all.filter((file) => file.endsWith(".test.ts")).length;
  }
}
