import { describe, expect, test } from "vitest";
import { durationMs } from "../../../src/kernel/time.ts";
import { classesOf } from "../../../src/emulator/trace/classes.ts";
import type { Expectation } from "../../../src/emulator/scenario/model.ts";
import { summary } from "../../../src/emulator/views/summary.ts";
import { summaryText } from "../../../src/emulator/views/summary-text.ts";
import { junit } from "../../../src/emulator/views/junit.ts";
import { why } from "../../../src/emulator/views/why.ts";
import type { Run } from "../../support/facts.ts";
import {
  SECRET_PROVIDER_CLASS,
  START,
  aPod,
  aRotation,
  aRun,
} from "../../support/facts.ts";
import {
  CSI_FILE,
  SECRET_FILE,
  holds,
  judge,
  revealing,
  sees,
} from "../../support/scenarios.ts";

const classes = classesOf([SECRET_PROVIDER_CLASS]);
const END = START + durationMs("20m");

function summaryOf(run: Run, lines: readonly Expectation[] = []) {
  const { index, sinks, usage } = run;
  return summary({
    index,
    sinks,
    usage,
    classes,
    end: END,
    results: lines.map((line) => judge(run, line)),
    scenario: {
      name: "synced-secret",
      seed: 7,
      start: START,
      profile: "aks",
      namespace: "default",
    },
  });
}

describe("summary", () => {
  const run = aRotation().run.end("20m");
  const found = summaryOf(run, [sees(CSI_FILE)]);

  test("says for each sink of a rotation its bound, when it was seen and how", () => {
    expect(found.rotations).toMatchObject([
      {
        object: "kvdemo/secrets/secret1",
        ordinal: 2,
        step: "rotate",
        setAt: "2024-04-29T09:10:00.000Z",
        sinks: [
          {
            kind: "file",
            sink: "busybox:/mnt/secrets-store/secret1",
            bound: { kind: "within", ms: 120_098 },
            seenAt: "2024-04-29T09:11:43.240Z",
            delayMs: 103_240,
          },
          { kind: "secret", sink: "app-secret/mysecret1", delayMs: 103_244 },
          { sink: "busybox:/mnt/secrets-volume/mysecret1", delayMs: 141_256 },
        ],
      },
    ]);
  });

  test("has hops that add up to the delay, from the vault to the sink", () => {
    for (const sink of found.rotations[0]!.sinks) {
      const sum = sink.hops.reduce((total, hop) => total + hop.delayMs, 0);
      expect(sum).toBe(sink.delayMs);
    }
    const volume = found.rotations[0]!.sinks[2]!;
    expect(volume.hops.map((hop) => hop.label)).toEqual([
      "poll",
      "file",
      "Secret",
      "resync",
    ]);
    expect(volume.hops[0]).toMatchObject({
      fact: "vault.request",
      at: "2024-04-29T09:11:43.215Z",
    });
  });

  test("counts what each pod asked for, and what that costs without the 401s", () => {
    expect(found.vault.operations).toEqual([
      {
        vault: "kvdemo",
        pod: "default/busybox",
        operation: "Authentication",
        count: 2,
        refused: {},
      },
      {
        vault: "kvdemo",
        pod: "default/busybox",
        operation: "SecretGet",
        count: 2,
        refused: {},
      },
    ]);
    expect(found.cost).toEqual({
      billedOperations: 2,
      usdPer10kOperations: 0.03,
      otherKeyOperations: 0,
      usdPer10kOtherKeyOperations: 0.15,
      certificateRenewals: 0,
      usdPerCertificateRenewal: 3,
      usd: 0.000006,
    });
  });

  test("has the expectations without their chains, and is plain JSON", () => {
    expect(found.expectations).toMatchObject([
      { name: "sees", passed: true, position: { line: 30 } },
    ]);
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
  });

  test("has its members in one order", () => {
    expect(Object.keys(found)).toEqual([
      "scenario",
      "rotations",
      "outages",
      "rollouts",
      "databases",
      "lanes",
      "vault",
      "cost",
      "findings",
      "expectations",
    ]);
    expect(JSON.stringify(summaryOf(run, [sees(CSI_FILE)]))).toBe(
      JSON.stringify(found),
    );
  });

  test("does not take a version that was there from the start for a rotation", () => {
    const quiet = aRun();
    quiet.setSecret("secret1");
    expect(summaryOf(quiet.end("20m")).rotations).toEqual([]);
  });

  test("takes a first version that a step sets for one", () => {
    const late = aRun();
    late.addPod(aPod());
    late.at("5m").setSecret("secret1", "create");
    expect(summaryOf(late.end("20m")).rotations).toMatchObject([
      { ordinal: 1, step: "create", sinks: [] },
    ]);
  });

  test("names a declared Secret that nobody may write", () => {
    const addon = { syncSecret: false };
    const plain = aRun({ settings: { addon } });
    const v1 = plain.setSecret("secret1");
    plain.file(plain.addPod(aPod()), { secret1: v1 });
    plain.at("10m").setSecret("secret1", "rotate");
    expect(summaryOf(plain.end("20m")).rotations[0]!.sinks).toMatchObject([
      { sink: "busybox:/mnt/secrets-store/secret1", bound: { kind: "within" } },
      {
        sink: "app-secret/mysecret1",
        bound: { kind: "never" },
        seenAt: null,
        delayMs: null,
        hops: [],
      },
    ]);
  });

  test("leaves out pods that came after the rotation and those that were gone before", () => {
    const busy = aRun();
    const v1 = busy.setSecret("secret1");
    const [early, late] = ["early", "late"].map((name) => aPod({ name }));
    busy.addPod(early!);
    busy.file(early!, { secret1: v1 });
    busy.at("1m").pod("terminating", early!).pod("gone", early!);
    const v2 = busy.at("10m").setSecret("secret1", "rotate");
    busy.at("11m").addPod(late!);
    busy.file(late!, { secret1: v2 });
    expect(summaryOf(busy.end("20m")).rotations[0]!.sinks).toEqual([]);
  });

  test("does not know what happened after its end", () => {
    const { index, sinks, usage } = run;
    const cut = summary({
      index,
      sinks,
      usage,
      classes,
      results: [],
      end: START + durationMs("11m43.240s"),
      scenario: {
        name: "",
        seed: 1,
        start: START,
        profile: "aks",
        namespace: "default",
      },
    });
    expect(cut.rotations[0]!.sinks.map((sink) => sink.seenAt)).toEqual([
      "2024-04-29T09:11:43.240Z",
      null,
      null,
    ]);
  });
});

describe("summaryText", () => {
  const run = aRotation().run.end("20m");

  test("is a table of sink, bound, observed delay and hops", () => {
    const lines = summaryText(summaryOf(run)).split("\n");
    expect(lines[0]).toBe(
      "v2 of kvdemo/secrets/secret1, set at +10:00.000 by step rotate",
    );
    expect(lines[1]).toMatch(/^sink +bound +observed +hops$/);
    expect(lines[2]).toMatch(
      /^busybox:\/mnt\/secrets-store\/secret1 +2m0\.098s +1m43\.240s +poll 1m43\.215s/,
    );
  });

  test.each([60, 80, 120])("keeps within %d columns", (width) => {
    const lines = summaryText(summaryOf(run), { width }).split("\n");
    const longest = Math.max(...lines.map((line) => line.length));
    expect(longest).toBeLessThanOrEqual(width);
  });
});

test("no view shows a secret value, neither as it is nor encoded", () => {
  const canary = "canary-7f3a";
  const run = aRotation().run.end("20m");
  const reveal = revealing({ "secret1-version-2": canary });
  const lines = [holds(CSI_FILE, "20m", canary), holds(CSI_FILE, "5m", canary)];
  const results = lines.map((line) => judge(run, line, { reveal }));
  expect(results.map((result) => result.passed)).toEqual([true, false]);
  const { index, sinks, usage } = run;
  const input = {
    index,
    sinks,
    usage,
    classes,
    results,
    end: END,
    scenario: {
      name: "x",
      seed: 1,
      start: START,
      profile: "aks",
      namespace: "default",
    },
  };
  const everything = [
    JSON.stringify(results),
    JSON.stringify(summary(input)),
    summaryText(summary(input)),
    why(run, SECRET_FILE, END, { namespace: "default", classes }),
    junit([
      {
        scenario: {
          name: "x",
          file: "x.yaml",
        },
        duration: 0,
        results,
        explain: () => "",
      },
    ]),
  ].join("\n");
  for (const encoding of ["utf8", "base64", "hex"] as const)
    expect(everything).not.toContain(Buffer.from(canary).toString(encoding));
});
