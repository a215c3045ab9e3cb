import { describe, expect, test } from "vitest";
import { databaseOutages } from "../../../src/emulator/trace/database-outages.ts";
import { outageText } from "../../../src/emulator/views/outage-table.ts";
import { durationMs, toRfc3339Ms } from "../../../src/kernel/time.ts";
import type { Pod, Run, Version } from "../../support/facts.ts";
import { START, aPod, aRun } from "../../support/facts.ts";
import {
  WEB,
  aWebPod,
  appHolds,
  startApp,
  switchDatabase,
  useDatabase,
} from "../../support/facts-workloads.ts";

const END = START + durationMs("30m");

/** Requests every 10 s from `from` to `to`, in seconds since the start. */
function uses(
  run: Run,
  pod: Pod,
  version: Version,
  { from, to, accepted }: { from: number; to: number; accepted: boolean },
): void {
  for (let s = from; s <= to; s += 10)
    useDatabase(run.at(s * 1000), pod, version, accepted);
}

/** v2 in the vault at 600 s, the database switches at 605 s, the program has it at 663 s. */
function slow(pod = aWebPod("a")) {
  const run = aRun();
  const v1 = run.setSecret("secret1");
  run.addPod(pod);
  startApp(run, pod, "polls-file");
  appHolds(run, pod, v1);
  uses(run, pod, v1, { from: 580, to: 600, accepted: true });
  const v2 = run.at("600s").setSecret("secret1", "rotate");
  switchDatabase(run.at("605s"), v1.object, [2], [1]);
  uses(run, pod, v1, { from: 610, to: 660, accepted: false });
  appHolds(run.at("663s"), pod, v2);
  uses(run, pod, v2, { from: 670, to: 700, accepted: true });
  return run.end("30m");
}

describe("databaseOutages", () => {
  test("counts the refused requests, and the outage from the switch to the refresh", () => {
    const [outage] = databaseOutages(slow().index, END);
    expect(outage).toMatchObject({
      database: "sql",
      switches: [{ accepts: [2], refuses: [1] }],
      pods: [
        {
          pod: "default/web-a",
          workload: WEB,
          requests: 13,
          refused: 6,
          firstRefusedAt: toRfc3339Ms(START + 610_000),
          lastRefusedAt: toRfc3339Ms(START + 660_000),
          outageMs: 58_000,
          open: false,
        },
      ],
      workloads: [{ workload: WEB, pods: 1, refused: 6, outageMs: 58_000 }],
    });
  });

  test("of a program that is faster than the database lasts until that switches", () => {
    const run = aRun();
    const pod = run.addPod(aPod());
    const v1 = run.setSecret("secret1");
    startApp(run, pod, "polls-vault");
    appHolds(run, pod, v1);
    uses(run, pod, v1, { from: 580, to: 590, accepted: true });
    const v2 = run.at("600s").setSecret("secret1");
    appHolds(run, pod, v2);
    uses(run, pod, v2, { from: 601, to: 621, accepted: false });
    switchDatabase(run.at("630s"), v1.object, [2], [1]);
    uses(run, pod, v2, { from: 631, to: 641, accepted: true });
    expect(
      databaseOutages(run.end("30m").index, END)[0]!.pods[0],
    ).toMatchObject({
      workload: "",
      refused: 3,
      outageMs: 30_000,
      open: false,
    });
  });

  test("of a program that never refreshes lasts to the end", () => {
    const run = aRun();
    const pod = run.addPod(aPod());
    const v1 = run.setSecret("secret1");
    startApp(run, pod, "reads-once");
    appHolds(run, pod, v1);
    uses(run, pod, v1, { from: 580, to: 600, accepted: true });
    switchDatabase(run.at("605s"), v1.object, [2], [1]);
    uses(run, pod, v1, { from: 610, to: 700, accepted: false });
    const [pods] = databaseOutages(run.end("30m").index, END)[0]!.pods;
    expect(pods).toMatchObject({ outageMs: 1_195_000, open: true });
  });

  test("is nothing where both credentials are taken", () => {
    const run = aRun();
    const pod = run.addPod(aPod());
    const v1 = run.setSecret("secret1");
    startApp(run, pod, "reads-once");
    appHolds(run, pod, v1);
    switchDatabase(run.at("605s"), v1.object, [1, 2], []);
    uses(run, pod, v1, { from: 610, to: 700, accepted: true });
    const [pods] = databaseOutages(run.end("30m").index, END)[0]!.pods;
    expect(pods).toMatchObject({ refused: 0, outageMs: 0, open: false });
  });
});

describe("outageText", () => {
  test("has a row for each pod and a sentence for each workload", () => {
    const outages = databaseOutages(slow().index, END);
    const text = outageText(outages, { start: toRfc3339Ms(START) });
    expect(text.split("\n")).toEqual([
      "database sql, takes v2 since +10:05.000",
      "pod            requests  refused  first       last        outage",
      "default/web-a  13        6        +10:10.000  +11:00.000  58s",
      "default/deployment/web: 6 requests of its pod were refused, at most 58s long",
      "",
    ]);
  });

  test("is empty where nobody used a database", () => {
    expect(outageText([], { start: toRfc3339Ms(START) })).toBe("");
  });
});
