/** Runs of variants side by side: what is put beside what, and how it stands in columns. */
import { expect, test } from "vitest";
import type { ComparedRun } from "../../../src/emulator/views/compare.ts";
import { compare } from "../../../src/emulator/views/compare.ts";
import { comparisonText } from "../../../src/emulator/views/compare-text.ts";
import type {
  FindingSummary,
  SinkSummary,
  Summary,
} from "../../../src/emulator/views/summary.ts";
import { textWidth } from "../../../src/emulator/views/terminal.ts";

type Usage = Summary["vault"]["operations"][number];

function aSink(sink: string, delayMs: number | null, boundMs = 120_000) {
  return {
    kind: "file",
    sink,
    bound: { kind: "within", ms: boundMs, parts: [] },
    seenAt: null,
    delayMs,
    hops: [],
  } satisfies SinkSummary;
}

const usage = (operation: string, count: number, parts: Partial<Usage> = {}) =>
  ({
    vault: "kv",
    pod: null,
    refused: {},
    ...parts,
    operation,
    count,
  }) satisfies Usage;

function aFinding(name: string, count: number): FindingSummary {
  const firstAt = "2024-04-29T09:10:00.000Z";
  return {
    name,
    title: "It errs.",
    reference: "#1",
    firstAt,
    count,
    objects: [],
  };
}

function aSummary(parts: {
  readonly sinks?: readonly SinkSummary[];
  readonly operations?: readonly Usage[];
  readonly billed?: number;
  readonly usd?: number;
  readonly findings?: readonly FindingSummary[];
  readonly passed?: readonly boolean[];
}): Summary {
  const position = { file: "s.yaml", line: 1, column: 1 };
  return {
    scenario: {
      name: "s@x",
      seed: 7,
      start: "2024-04-29T09:00:00.000Z",
      profile: "aks",
      durationMs: 1_800_000,
    },
    rotations: [
      {
        object: "kv/secrets/s",
        ordinal: 2,
        step: "rotate",
        setAt: "2024-04-29T09:10:00.000Z",
        sinks: parts.sinks ?? [],
      },
    ],
    outages: [],
    rollouts: [],
    databases: [],
    lanes: [],
    vault: { operations: parts.operations ?? [] },
    cost: {
      billedOperations: parts.billed ?? 0,
      usdPer10kOperations: 0.03,
      otherKeyOperations: 0,
      usdPer10kOtherKeyOperations: 0.15,
      certificateRenewals: 0,
      usdPerCertificateRenewal: 3,
      usd: parts.usd ?? 0,
    },
    findings: parts.findings ?? [],
    expectations: (parts.passed ?? []).map((passed, i) => ({
      name: `e${i}`,
      position,
      passed,
      expected: "",
      actual: "",
    })),
  };
}

function aVariant(
  variant: string,
  summary: Summary,
  settings: Readonly<Record<string, string>> = {},
): ComparedRun {
  return { variant, summary, settings: new Map(Object.entries(settings)) };
}

const OLD = aVariant(
  "old",
  aSummary({
    sinks: [aSink("web:/a", 60_000), aSink("web:/b", null)],
    operations: [
      usage("SecretGet", 30, { refused: { "429": 4, "503": 1 } }),
      usage("SecretGet", 2, { pod: "default/web", refused: { "429": 1 } }),
      usage("Authentication", 9),
    ],
    billed: 32,
    usd: 0.0001,
    findings: [aFinding("write-back", 3)],
    passed: [true, true, false],
  }),
  { "driver.version": "1.5.6", "addon.syncSecret": "true" },
);
const NEW = aVariant(
  "new",
  aSummary({
    sinks: [aSink("web:/a", 13_617, 91_302), aSink("web:/c", 5)],
    operations: [usage("SecretGet", 45), usage("SecretSet", 1)],
    billed: 46,
    usd: 0.2,
    findings: [aFinding("hot-loop", 5), aFinding("write-back", 1)],
    passed: [true, true, true],
  }),
  { "driver.version": "1.6.0", "addon.syncSecret": "true" },
);

test("puts settings, delays, calls, cost, findings and verdicts beside each other", () => {
  expect(compare("s", [OLD, NEW])).toEqual({
    format: "keyturn-compare/v1",
    scenario: {
      name: "s",
      seed: 7,
      start: "2024-04-29T09:00:00.000Z",
      profile: "aks",
      durationMs: 1_800_000,
    },
    variants: ["old", "new"],
    settings: [{ setting: "driver.version", values: ["1.5.6", "1.6.0"] }],
    rotations: [
      {
        object: "kv/secrets/s",
        ordinal: 2,
        step: "rotate",
        sinks: [
          {
            kind: "file",
            sink: "web:/a",
            under: [seen(60_000, 120_000), seen(13_617, 91_302)],
          },
          { kind: "file", sink: "web:/b", under: [seen(null, 120_000), null] },
          { kind: "file", sink: "web:/c", under: [null, seen(5, 120_000)] },
        ],
      },
    ],
    vault: {
      operations: [
        { operation: "SecretGet", counts: [32, 45] },
        { operation: "Authentication", counts: [9, 0] },
        { operation: "SecretSet", counts: [0, 1] },
      ],
      refusals: [
        { status: "429", counts: [5, 0] },
        { status: "503", counts: [1, 0] },
      ],
    },
    cost: {
      billedOperations: [32, 46],
      usd: [0.0001, 0.2],
      // Half an hour stands for thirty days.
      in30Days: { billedOperations: [46_080, 66_240], usd: [0.14, 288] },
    },
    findings: [
      {
        name: "write-back",
        title: "It errs.",
        reference: "#1",
        counts: [3, 1],
      },
      { name: "hot-loop", title: "It errs.", reference: "#1", counts: [0, 5] },
    ],
    expectations: { held: [2, 3], failed: [1, 0] },
  });
});

function seen(delayMs: number | null, ms: number) {
  return { bound: { kind: "within", ms, parts: [] }, delayMs };
}

test("is plain JSON", () => {
  const comparison = compare("s", [OLD, NEW]);
  expect(JSON.parse(JSON.stringify(comparison))).toEqual(comparison);
});

test("is a table with a column for each variant", () => {
  const text = comparisonText(compare("s", [OLD, NEW]), { width: 48 });
  expect(text).toBe(
    `s under 2 variants

                                  old        new
settings
  driver.version                1.5.6      1.6.0
delay of v2 of kv/secrets/s by step rotate
  web:/a                           1m    13.617s
    bound                          2m  1m31.302s
  web:/b                     not seen          –
    bound                          2m          –
  web:/c                            –        5ms
    bound                           –         2m
vault calls
  SecretGet                        32         45
  Authentication                    9          –
  SecretSet                         –          1
  refused with 429                  5          –
  refused with 503                  1          –
  billed                           32         46
  USD                          0.0001        0.2
  billed in 30 days             46080      66240
  USD in 30 days                 0.14     288.00
what upstream does here
  write-back                        3          1
  hot-loop                          –          5
expectations
  held                              2          3
  failed                            1          –
`,
  );
});

test.each([40, 60, 80])(
  "of many variants shows as many beside each other as fit into %d columns",
  (width) => {
    const runs = Array.from({ length: 7 }, (_, i) =>
      aVariant(`a-variant-number-${i}`, OLD.summary, {
        "driver.version": `1.5.${i}`,
      }),
    );
    const text = comparisonText(compare("s", runs), { width });
    const lines = text.split("\n");
    expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(width);
    const said = text.replaceAll(/\s+/g, " ");
    for (let i = 0; i < 7; i++) {
      expect(said).toContain(`a-variant-number-${i}`);
      expect(said).toContain(`1.5.${i}`);
    }
  },
);

test("a long sink goes on in the next line, its figures in the first", () => {
  const sink =
    "web:/a/very/long/path/to/a/file/that/has/no/room/in/its/column/secret1";
  const run = aVariant("old", aSummary({ sinks: [aSink(sink, 1000)] }));
  const lines = comparisonText(compare("s", [run, run])).split("\n");
  const at = lines.findIndex((line) => line.includes("web:/a/very"));
  expect(lines[at]).toMatch(/ 1s {2,}1s$/);
  expect(lines[at + 1]).toMatch(/secret1$/);
});
