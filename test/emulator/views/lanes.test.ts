import { describe, expect, test } from "vitest";
import type { DeclaredLane } from "../../../src/emulator/trace/declared-lane.ts";
import { classesOf } from "../../../src/emulator/trace/classes.ts";
import {
  lanesMarkdown,
  lanesText,
} from "../../../src/emulator/views/lanes-text.ts";
import { laneTables } from "../../../src/emulator/views/lanes.ts";
import { textWidth } from "../../../src/emulator/views/terminal.ts";
import { durationMs, toRfc3339Ms } from "../../../src/kernel/time.ts";
import type { Run } from "../../support/facts.ts";
import {
  SECRET_PROVIDER_CLASS,
  START,
  aPod,
  aRun,
} from "../../support/facts.ts";
import { laneCaller } from "../../../src/emulator/trace/callers.ts";
import { CSI_FILE, SECRET_FILE } from "../../support/scenarios.ts";
import {
  aReader,
  appHolds,
  laneHolds,
  startApp,
  startLane,
} from "../../support/facts-workloads.ts";

const lane = (name: string, parts: Partial<DeclaredLane>): DeclaredLane => ({
  name,
  title: name,
  kind: null,
  spec: null,
  sink: null,
  ...parts,
});

const LANES: readonly DeclaredLane[] = [
  lane("csi", { title: "CSI file", sink: CSI_FILE }),
  lane("volume", { title: "Synced Secret's volume", sink: SECRET_FILE }),
  lane("app", {
    title: "The app polls the vault",
    sink: {
      kind: "app",
      who: { kind: "pod", namespace: "default", name: "reader" },
    },
  }),
  lane("eso", {
    title: "External Secrets Operator",
    kind: "external-secrets",
  }),
  lane("dapr", { title: "Dapr", kind: "dapr" }),
];

/** One rotation at 10 m on the CSI way, a program that polls, and External Secrets, whose hour is over at 40 m. */
function rotated(): Run {
  const run = aRun();
  const v1 = run.setSecret("secret1");
  const pod = run.at(20).addPod(aPod());
  run.at(400).mount(pod, v1);
  const reader = run.addPod(aReader());
  const reads = "kvdemo/secrets/secret1";
  startApp(run, reader, "polls-vault", { reads, every: "5m" });
  appHolds(run, reader, v1, [], reads);
  startLane(run, "eso");
  startLane(run, "dapr", {
    kind: "dapr",
    everyMs: null,
    publishes: "memory",
    target: "",
  });
  laneHolds(run, "eso", v1);
  const v2 = run.at("10m").setSecret("secret1", "rotate");
  const { secret } = run.at("11m43.150s").poll(pod, v2);
  run.later(37_862).resync(pod, v2, secret);
  appHolds(run.at("15m"), reader, v2, [], reads);
  const caller = { pod: laneCaller("eso"), node: null };
  run.at("40m").get(reader, v2, 1, caller);
  laneHolds(run.later(60), "eso", v2);
  return run.end("1h");
}

function tables(run: Run, lanes = LANES) {
  const classes = classesOf([SECRET_PROVIDER_CLASS]);
  const end = START + durationMs("1h");
  const { index, sinks } = run;
  return laneTables({ index, sinks, classes, lanes, start: START, end });
}

describe("laneTables", () => {
  test("has every lane for each rotation, with delay, bound and reads, the requests without a token left out", () => {
    const [table, ...others] = tables(rotated());
    expect(others).toEqual([]);
    expect(table).toMatchObject({
      object: "kvdemo/secrets/secret1",
      ordinal: 2,
      step: "rotate",
      lanes: [
        {
          lane: "csi",
          hears: "driver's ticker",
          everyMs: 120_000,
          delayMs: 103_240,
          vaultReadsPerHour: 2,
          restart: "no",
        },
        { lane: "volume", hears: "Secret, pod sync", everyMs: 60_000 },
        {
          lane: "app",
          hears: "polls the vault",
          everyMs: 300_000,
          delayMs: 300_000,
          refreshes: "memory",
        },
        {
          lane: "eso",
          everyMs: 3_600_000,
          delayMs: 1_800_060,
          bound: { kind: "within", ms: 3_600_098 },
          vaultReadsPerHour: 1,
          restart: "for env",
        },
        {
          lane: "dapr",
          hears: "each use",
          everyMs: null,
          delayMs: null,
          bound: { kind: "unbounded" },
          vaultReadsPerHour: null,
        },
      ],
    });
  });

  test("is empty where no lane is declared", () => {
    expect(tables(rotated(), [])).toEqual([]);
  });

  test("adds the jitter that a lane was declared with", () => {
    const spec = { version: null, jitterMs: 60_000 } as DeclaredLane["spec"];
    const lanes = [lane("eso", { kind: "external-secrets", spec })];
    expect(tables(rotated(), lanes)[0]!.lanes[0]).toMatchObject({
      bound: { kind: "within", ms: 3_660_098 },
    });
  });
});

describe("the table of lanes", () => {
  const start = toRfc3339Ms(START);

  test("fits into 80 columns, with wrapped titles", () => {
    const text = lanesText(tables(rotated()), { start });
    const lines = text.split("\n");
    for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(80);
    expect(lines[0]).toBe(
      "v2 of kvdemo/secrets/secret1, set at +10:00.000 by step rotate, on every lane",
    );
    expect(text).toContain("External");
    expect(text).toContain("30m1s");
  });

  test("is Markdown for a design document", () => {
    const lines = lanesMarkdown(tables(rotated()), { start }).split("\n");
    expect(lines[0]).toMatch(/^## v2 of kvdemo\/secrets\/secret1/);
    expect(lines[2]).toBe(
      "| Lane | Hears of a change by | Interval | Delay seen | Worst case | Vault reads per hour | Becomes new | Restart needed |",
    );
    expect(lines[3]).toBe(`|${" --- |".repeat(8)}`);
    expect(lines).toHaveLength(10);
    expect(lines).toContain(
      "| Dapr | each use | – | not seen | none | – | what the app holds | no |",
    );
  });
});
