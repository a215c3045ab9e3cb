/** Whatever happens, in whatever order, breaks no promise; a journal that does is shrunk to a scenario file. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Findings } from "../src/emulator/findings/index.ts";
import { loadScenario, playScenario } from "../src/emulator/index.ts";
import type { RandomJournal } from "./support/random-journals.ts";
import {
  STEP_NAMES,
  randomJournal,
  scenarioOf,
  scenarioText,
} from "./support/random-journals.ts";

/** At least this many journals in each run of the checks. */
const JOURNALS = 200;

/** Checks `holds` over random journals; a failure is shrunk, written to a file, and told with where it is. */
function expectEvery(
  holds: (journal: RandomJournal) => void,
  numRuns: number,
): void {
  const details = fc.check(fc.property(randomJournal, holds), {
    seed: 20_240_429,
    numRuns,
  });
  if (!details.failed) return;
  const [journal] = details.counterexample!;
  const file = join(mkdtempSync(join(tmpdir(), "keyturn-")), "shrunk.yaml");
  writeFileSync(file, scenarioText(journal), { mode: 0o600 });
  const reason = (details.errorInstance as Error | null)?.message ?? "";
  throw new Error(
    `${reason}\nshrunk ${details.numShrinks} times to ${file} (fast-check seed ${details.seed}, path ${details.counterexamplePath})`,
  );
}

test(`${JOURNALS} random journals of both generations break no invariant`, () => {
  const seen = new Map<string, number>();
  const count = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1);
  const happened = new Set<string>();
  let switches = 0;
  let reloads = 0;
  let created = 0;
  expectEvery((journal) => {
    const findings = new Findings();
    const sinks = [findings];
    const { index } = playScenario(scenarioOf(journal), { sinks });
    for (const { name } of journal.steps) count(name);
    count(journal.generation);
    count(journal.strategy);
    switches += index.ofType("volume.switched").length;
    reloads += index.ofType("reloader.reloaded").length;
    created += index
      .ofType("api.object.created")
      .filter(({ data }) => data.workload !== undefined).length;
    for (const { name } of findings.list()) happened.add(name);
  }, JOURNALS);
  // The journals did something: every kind of step under everything there is to choose, and files that changed.
  const kinds = ["1.5.6", "1.6.0", "Watch", "Cache", "Get", ...STEP_NAMES];
  expect(kinds.filter((kind) => (seen.get(kind) ?? 0) <= 20)).toEqual([]);
  expect(switches).toBeGreaterThan(JOURNALS * 10);
  expect(reloads).toBeGreaterThan(JOURNALS);
  expect(created).toBeGreaterThan(JOURNALS * 5);
  // Nor were they spared what upstream does wrong.
  expect(happened).toContain("write-back");
  expect(happened).toContain("one-object-holds-back-all");
}, 400_000);

test("a broken promise is shrunk to a scenario file that shows it", () => {
  const promise = (journal: RandomJournal) => {
    const { index } = playScenario(scenarioOf(journal));
    if (index.ofType("vault.secret.set").some(({ data }) => data.ordinal > 1))
      throw new Error("somebody rotated");
  };
  let told = "";
  try {
    expectEvery(promise, 20);
  } catch (error) {
    told = (error as Error).message;
  }
  expect(told).toContain("somebody rotated");
  const [, file = ""] = /shrunk \d+ times to (\S+)/.exec(told) ?? [];
  const scenario = loadScenario(file);
  // Beside the one step that matters stand the objects that the cluster begins with.
  const kinds = scenario.steps.map(({ command }) => command.kind);
  expect(kinds.filter((kind) => kind !== "apply")).toHaveLength(1);
  const { index } = playScenario(scenario);
  expect(index.ofType("vault.secret.set").at(-1)?.data.ordinal).toBe(2);
}, 100_000);
