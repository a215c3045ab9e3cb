/** Scenarios with variants on the command line: each is played, and the runs end up side by side. */
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import * as builtIn from "../../../src/emulator/cli/built-in.ts";
import type { Comparison } from "../../../src/emulator/views/compare.ts";
import type { Summary } from "../../../src/emulator/views/summary.ts";
import { textWidth } from "../../../src/emulator/views/terminal.ts";
import { firstMistakeIn } from "../../support/xml.ts";
import { CANARIES, aScenario, folderWith, keyturn } from "./support.ts";

const FILE = '{ file: "busybox:/mnt/store/secret1" }';
const VARIANTS = `variants:
  poll-2m: { addon: { rotationPollInterval: 2m } }
  poll-30s: { addon: { rotationPollInterval: 30s } }
`;
const EXPECT = `expect:
  - { name: within two minutes, sink: ${FILE}, sees: rotate, within: 2m10s }
  - { name: soon, sink: ${FILE}, sees: rotate, within: 31s, variants: [poll-30s] }
`;
const FILES = {
  "small.yaml": aScenario(VARIANTS + EXPECT),
  "failing.yaml": aScenario(
    VARIANTS + EXPECT.replace("31s, variants: [poll-30s]", "31s"),
    "failing",
  ),
  "plain.yaml": aScenario("", "plain"),
};

test("run plays each variant under a heading and ends with the comparison", async () => {
  const folder = folderWith(FILES);
  const { code, out, err } = await keyturn(`run ${folder}/small.yaml`);
  expect([code, err]).toEqual([0, ""]);
  const places = [
    "keyturn run ",
    "variant poll-2m ──",
    "✓ within two minutes\n",
    "variant poll-30s ──",
    "✓ within two minutes\n✓ soon\n",
    "small under 2 variants\n",
    "  addon.rotationPollInterval ",
    "delay of v2 of kvdemo/secrets/secret1 by step rotate\n",
  ].map((text) => out.indexOf(text));
  expect(places).not.toContain(-1);
  expect([...places].sort((a, b) => a - b)).toEqual(places);
  expect(out.split("✓ soon")).toHaveLength(2);
  expect(out).toMatch(/^ {2}addon\.rotationPollInterval +2m +30s$/m);
  expect(out).toMatch(/^ {2}busybox:\/mnt\/store\/secret1 +\S+s +\d+\.\d+s$/m);
  expect(out).toMatch(/^ {4}bound +2m[\d.]+s +30[\d.]+s$/m);
  expect(out).toMatch(/^ {2}held +1 +2$/m);
  for (const line of out.split("\n")) {
    expect(textWidth(line)).toBeLessThanOrEqual(80);
    expect(line).toBe(line.trimEnd());
  }
  for (const value of CANARIES) expect(out).not.toContain(value);
});

test("an expectation that fails under one variant is exit code 1", async () => {
  const folder = folderWith(FILES);
  const { code, out } = await keyturn(`run ${folder}/failing.yaml`);
  expect(code).toBe(1);
  expect(out).toContain("✗ soon\n");
  expect(out).toContain("✓ soon\n");
  expect(out).toMatch(/^ {2}failed +1 +–$/m);
});

test("--variant plays one of them alone, as a plain scenario under its name", async () => {
  const folder = folderWith(FILES);
  const line = `run ${folder}/small.yaml --variant poll-30s`;
  const { code, out } = await keyturn(line);
  expect(code).toBe(0);
  expect(out).toContain("--seed 1 --variant poll-30s\n");
  expect(out).not.toContain("variant poll-2m");
  const json = await keyturn(`${line} --format json`);
  expect(JSON.parse(json.out)).toMatchObject({
    scenario: { name: "small@poll-30s" },
  });
  const typo = await keyturn(`run ${folder}/small.yaml --variant poll-20s`);
  expect(typo.code).toBe(2);
  expect(typo.err).toContain('did you mean "poll-30s"?');
});

test("--out gives each variant a directory, and compare.json beside them", async () => {
  const folder = folderWith(FILES);
  const out = join(folder, "out");
  const printed = await keyturn(`run ${folder}/small.yaml --out ${out}`);
  expect(printed.code).toBe(0);
  expect(printed.out).toContain("compare.json");
  expect(readdirSync(out).sort()).toEqual([
    "compare.json",
    "poll-2m",
    "poll-30s",
  ]);
  const read = (name: string) => readFileSync(join(out, name), "utf8");
  const comparison = JSON.parse(read("compare.json")) as Comparison;
  expect(comparison.variants).toEqual(["poll-2m", "poll-30s"]);
  for (const [i, name] of comparison.variants.entries()) {
    const { scenario, rotations, cost } = JSON.parse(
      read(`${name}/summary.json`),
    ) as Summary;
    expect(scenario.name).toBe(`small@${name}`);
    const [sink] = rotations[0]!.sinks;
    expect(comparison.rotations[0]!.sinks[0]!.under[i]).toEqual({
      bound: sink!.bound,
      delayMs: sink!.delayMs,
    });
    expect(comparison.cost.billedOperations[i]).toBe(cost.billedOperations);
    expect(read(`${name}/trace.ndjson`).split("\n")[0]).toContain(
      `"scenario":"small@${name}"`,
    );
    expect(read(`${name}/journal.yaml`)).toContain(`small@${name}`);
  }
  for (const value of CANARIES)
    expect(read("compare.json")).not.toContain(value);
  const again = await keyturn(`run ${folder}/small.yaml --out ${out}`);
  expect(again.code).toBe(0);
});

test("a compare.json of somebody else is left alone, before anything is played", async () => {
  const folder = folderWith({ ...FILES, "out/compare.json": "mine" });
  const out = join(folder, "out");
  const printed = await keyturn(`run ${folder}/small.yaml --out ${out}`);
  expect([printed.code, printed.out]).toEqual([2, ""]);
  expect(printed.err).toContain(
    "it holds compare.json, which no run of Keyturn wrote",
  );
  expect(readFileSync(join(out, "compare.json"), "utf8")).toBe("mine");
  expect(existsSync(join(out, "poll-2m"))).toBe(false);
});

test("--format json is the comparison with each variant's summary", async () => {
  const folder = folderWith(FILES);
  const { out } = await keyturn(`run ${folder}/small.yaml --format json`);
  const document = JSON.parse(out) as Comparison & { summaries: Summary[] };
  expect(document.format).toBe("keyturn-compare/v1");
  expect(document.scenario.name).toBe("small");
  expect(document.summaries.map(({ scenario }) => scenario.name)).toEqual([
    "small@poll-2m",
    "small@poll-30s",
  ]);
});

test("--format junit has a suite for each variant", async () => {
  const folder = folderWith(FILES);
  const { code, out } = await keyturn(
    `run ${folder}/failing.yaml ${folder}/plain.yaml --format junit`,
  );
  expect(code).toBe(1);
  expect(firstMistakeIn(out)).toBeNull();
  expect(out.match(/<testsuite name="[^"]*"/g)).toEqual([
    '<testsuite name="failing@poll-2m"',
    '<testsuite name="failing@poll-30s"',
    '<testsuite name="plain"',
  ]);
  expect(out.match(/<failure /g)).toHaveLength(1);
});

test("--seeds gives a distribution for each variant", async () => {
  const folder = folderWith(FILES);
  const line = `run ${folder}/small.yaml --seeds 1..3`;
  const text = await keyturn(line);
  expect(text.code).toBe(0);
  expect(text.out).toContain("small@poll-2m: 3 seeds, 1 to 3\n");
  expect(text.out).toContain("small@poll-30s: 3 seeds, 1 to 3\n");
  const json = await keyturn(`${line} --format json`);
  const { scenario, variants } = JSON.parse(json.out) as {
    scenario: string;
    variants: { scenario: string; delays: { delayMs: { max: number } }[] }[];
  };
  expect(scenario).toBe("small");
  const [slow, fast] = variants.map(({ delays }) => delays[0]!.delayMs.max);
  expect(fast!).toBeLessThanOrEqual(30_100);
  expect(slow!).toBeGreaterThan(fast!);
});

test("--set changes a setting with the file's own checks, and is part of the command to paste", async () => {
  const folder = folderWith(FILES);
  const set = "--set addon.rotationPollInterval=30s --set latency.vault=1ms";
  const { code, out } = await keyturn(`run ${folder}/plain.yaml ${set}`);
  expect(code).toBe(0);
  expect(out.replaceAll("\n", " ")).toContain(`--seed 1 ${set}`);
  expect(out).toContain("polls every 30s");
  const later = await keyturn(
    `run ${folder}/plain.yaml ${set} --set addon.rotationPollInterval=1m`,
  );
  expect(later.out).toContain("polls every 1m,");
});

test("--set of what the variants differ in is refused, of anything else it holds for all", async () => {
  const folder = folderWith(FILES);
  const refused = await keyturn(
    `run ${folder}/small.yaml --set addon.rotationPollInterval=1m`,
  );
  expect([refused.code, refused.out]).toEqual([2, ""]);
  expect(refused.err).toContain(
    "choose one with --variant: poll-2m and poll-30s",
  );
  const { out } = await keyturn(
    `run ${folder}/small.yaml --set addon.enableSecretRotation=false --format json`,
  );
  const { rotations } = JSON.parse(out) as Comparison;
  expect(rotations[0]!.sinks[0]!.under).toMatchObject([
    { bound: { kind: "never" }, delayMs: null },
    { bound: { kind: "never" }, delayMs: null },
  ]);
});

test("why, inspect and metrics look at the first variant, or at the one that is named", async () => {
  const folder = folderWith(FILES);
  for (const line of [
    `why busybox:/mnt/store/secret1 ${folder}/small.yaml --at 10m31s`,
    `inspect ${folder}/small.yaml --pod busybox --at 10m31s`,
    `metrics ${folder}/small.yaml`,
  ]) {
    const first = await keyturn(line);
    expect(await keyturn(`${line} --variant poll-2m`)).toEqual(first);
    const second = await keyturn(`${line} --variant poll-30s`);
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(second.out).not.toBe(first.out);
  }
});

test("validate counts the variants", async () => {
  const folder = folderWith(FILES);
  const { out } = await keyturn(`validate ${folder}/small.yaml`);
  expect(out).toContain("valid, 1 step, 2 expectations, 2 variants\n");
});

test("demo plays the first variant and says which others there are", async () => {
  const folder = folderWith(FILES);
  const file = join(folder, "small.yaml");
  writeFileSync(file, FILES["small.yaml"]);
  const found = vi.spyOn(builtIn, "builtInFile").mockReturnValue(file);
  const { code, out } = await keyturn("demo small");
  found.mockRestore();
  expect(code).toBe(0);
  expect(out.replaceAll("\n", " ")).toContain(
    "Played as poll-2m; the command below plays poll-30s, too, and compares them.",
  );
  expect(out).not.toContain("✓ soon");
});
