/** Every published scenario is an example and an acceptance test: its expectations hold and its trace is golden. */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { loadScenario, playScenario } from "../src/emulator/index.ts";
import { FactLog } from "./support/facts-log.ts";
import { expectGolden, traceText } from "./support/golden.ts";

const DIRECTORY = fileURLToPath(new URL("../scenarios/", import.meta.url));
const NAMES = readdirSync(DIRECTORY)
  .filter((file) => file.endsWith(".yaml"))
  .map((file) => file.slice(0, -".yaml".length))
  .sort();

test("the scenarios of the first issue are there", () => {
  expect(NAMES).toEqual(
    expect.arrayContaining([
      "access-denied",
      "csi-file",
      "first-mount-fails",
      "object-alias",
      "rotation-off",
      "rotation-switched-on",
      "secret-on-mount",
      "sync-secret-disabled",
      "synced-secret",
      "two-pods-one-node",
      "two-pods-two-nodes",
    ]),
  );
});

for (const name of NAMES) {
  test(`${name}: every expectation holds`, () => {
    const scenario = loadScenario(`${DIRECTORY}${name}.yaml`);
    expect(scenario.name).toBe(name);
    expect(scenario.source).not.toBe("");
    const { results, refusals } = playScenario(scenario);
    expect(refusals).toEqual([]);
    expect(results.length).toBeGreaterThan(0);
    expect(results.filter(({ passed }) => !passed)).toEqual([]);
  });

  test(`${name}: the trace is the golden one`, async () => {
    const scenario = loadScenario(`${DIRECTORY}${name}.yaml`);
    const log = new FactLog();
    playScenario(scenario, { sinks: [log] });
    const text = traceText(log.facts, scenario.start);
    await expectGolden(`${name}.trace.txt`, text);
    // Versions travel as ids and ordinals; a value would be a leak.
    expect(text).not.toMatch(/the (first|second|third) value/);
  });
}
