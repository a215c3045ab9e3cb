import { describe, expect, test } from "vitest";
import {
  rolloutsOf,
  rolloutsText,
} from "../../../src/emulator/views/rollouts.ts";
import {
  markdownTable,
  textTable,
} from "../../../src/emulator/views/text-table.ts";
import { textWidth } from "../../../src/emulator/views/terminal.ts";
import { durationMs, toRfc3339Ms } from "../../../src/kernel/time.ts";
import type { Run } from "../../support/facts.ts";
import { START, aRun } from "../../support/facts.ts";
import {
  aRollout,
  decide,
  writeWorkload,
} from "../../support/facts-workloads.ts";

/** Complete at the start; Reloader at 10 m, overtaken by a step at 10 m 5 s, which is complete a minute later. */
function rolled(): Run {
  const run = aRun();
  const write = (generation: number, parts: object, causes: number[] = []) =>
    writeWorkload(
      run,
      "modified",
      "Deployment/web",
      { generation, rollout: aRollout({ complete: false, ...parts }) },
      causes,
    );
  writeWorkload(run, "created", "Deployment/web", { generation: 1 });
  const secret = run.at("10m").secret("modified", "app-secret", {});
  write(2, {}, [decide(run, "reloaded", [secret])]);
  write(2, { revision: "2" });
  const target = "default/Deployment/web";
  const command = run.at("10m5s").record("command", {
    kind: "rolloutRestart",
    id: "again",
    target,
  });
  write(3, { revision: "2" }, [command]);
  write(3, { revision: "3" });
  run.at("11m5s");
  write(3, { revision: "3", complete: true });
  return run;
}

describe("rolloutsOf", () => {
  test("has each with its cause, its end or that it was overtaken", () => {
    const { index } = rolled();
    const at = (since: string) => toRfc3339Ms(START + durationMs(since));
    const found = rolloutsOf(index, START + durationMs("20m"));
    expect(found.slice(1)).toEqual([
      {
        workload: "default/deployment/web",
        revision: "2",
        began: at("10m"),
        completed: null,
        durationMs: null,
        overtaken: true,
        cause: "Reloader: Secret app-secret",
      },
      {
        workload: "default/deployment/web",
        revision: "3",
        began: at("10m5s"),
        completed: at("11m5s"),
        durationMs: 60_000,
        overtaken: false,
        cause: "step again: rolloutRestart",
      },
    ]);
  });

  test("leaves out what happened after the end", () => {
    const found = rolloutsOf(rolled().index, START + durationMs("10m30s"));
    expect(found.at(-1)).toMatchObject({ revision: "3", completed: null });
    const early = rolloutsOf(rolled().index, START + durationMs("5m"));
    expect(early).toHaveLength(1);
  });
});

describe("rolloutsText", () => {
  const start = toRfc3339Ms(START);

  test("has a row for each rollout after the start, within 80 columns", () => {
    const found = rolloutsOf(rolled().index, START + durationMs("20m"));
    const lines = rolloutsText(found, { start }).split("\n");
    expect(lines).toEqual([
      "rollouts",
      "workload        revision  began       took       cause",
      "deployment/web  2         +10:00.000  overtaken  Reloader: Secret app-secret",
      "deployment/web  3         +10:05.000  1m         step again: rolloutRestart",
      "",
    ]);
    for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(80);
  });

  test("is empty where nothing was rolled out after the start", () => {
    const run = aRun();
    writeWorkload(run, "created", "Deployment/web", { generation: 1 });
    const found = rolloutsOf(run.index, START + durationMs("20m"));
    expect(found).toHaveLength(1);
    expect(rolloutsText(found, { start })).toBe("");
  });
});

describe("a table", () => {
  const rows = [
    ["name", "what"],
    ["a", "some words that need room"],
    ["pipe|d", "x"],
  ];

  test("wraps its widest column where there is no room", () => {
    expect(textTable(rows, 20)).toEqual([
      "name    what",
      "a       some words",
      "        that need",
      "        room",
      "pipe|d  x",
    ]);
    expect(textTable(rows, 80)).toHaveLength(3);
  });

  test("cuts words only where even they do not fit", () => {
    for (const line of textTable(rows, 8))
      expect(textWidth(line)).toBeLessThanOrEqual(8);
  });

  test("is Markdown with its bars escaped", () => {
    expect(markdownTable(rows)).toBe(
      "| name | what |\n| --- | --- |\n| a | some words that need room |\n| pipe\\|d | x |\n",
    );
  });
});
