/** Every published scenario is an example and an acceptance test: its expectations hold and its trace is golden. */
import { expect, test } from "vitest";
import { playScenario } from "../src/emulator/index.ts";
import { FactLog } from "./support/facts-log.ts";
import { expectGolden, traceText } from "./support/golden.ts";
import { PUBLISHED, playsOf } from "./support/published.ts";

test("the scenarios that people were promised are there", () => {
  expect(PUBLISHED).toEqual(
    expect.arrayContaining([
      "access-denied",
      "app-polls-vault",
      "cache-strategy",
      "certificate-rotation",
      "csi-file",
      "database-password",
      "database-password-dual",
      "deaf-watcher",
      "directory-watcher",
      "disabled-secret",
      "driver-restart",
      "env-var-stale",
      "first-mount-fails",
      "first-of-the-list",
      "get-strategy",
      "lanes",
      "node-restart",
      "object-alias",
      "objects-one-missing",
      "other-triggers",
      "pinned-version",
      "projected",
      "reloader-annotations",
      "reloader-csi",
      "reloader-env",
      "reloader-two-rollouts",
      "reloader-while-down",
      "republish-1h",
      "republish-2m",
      "restart-too-early",
      "rollout-restart",
      "rotation-off",
      "rotation-switched-on",
      "secret-deleted-recovered",
      "secret-on-mount",
      "subpath-never",
      "sync-secret-disabled",
      "synced-secret",
      "throttled-vault",
      "two-pods-one-node",
      "two-pods-two-nodes",
      "upgrade-1.5-to-1.6",
      "vault-outage",
      "walkthrough-rollout-reloader",
      "write-back",
    ]),
  );
});

for (const name of PUBLISHED)
  for (const scenario of playsOf(name)) {
    test(`${scenario.name}: every expectation holds`, () => {
      expect(scenario.name.split("@")[0]).toBe(name);
      expect(scenario.source).not.toBe("");
      const { results, refusals } = playScenario(scenario);
      expect(refusals).toEqual([]);
      expect(results.length).toBeGreaterThan(0);
      expect(results.filter(({ passed }) => !passed)).toEqual([]);
    });

    test(`${scenario.name}: the trace is the golden one`, async () => {
      const log = new FactLog();
      playScenario(scenario, { sinks: [log] });
      const text = traceText(log.facts, scenario.start);
      await expectGolden(`${scenario.name}.trace.txt`, text);
      // Versions travel as ids and ordinals; a value would be a leak.
      expect(text).not.toMatch(/the (first|second|third|other) value/);
      expect(text).not.toContain("PRIVATE KEY");
    });
  }
