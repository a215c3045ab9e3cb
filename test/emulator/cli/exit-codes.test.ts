/** What the process says about a run, over one file and several, and what machines read on stdout. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { gravest } from "../../../src/emulator/cli/exit-codes.ts";
import { reportError } from "../../../src/emulator/cli/report-error.ts";
import {
  InvariantViolation,
  KeyturnError,
  NoProgressError,
} from "../../../src/kernel/errors.ts";
import { firstMistakeIn } from "../../support/xml.ts";
import { expectGolden } from "../../support/golden.ts";
import {
  MORE_LINE,
  CANARIES,
  aScenario,
  folderWith,
  keyturn,
} from "./support.ts";

const FILE = '{ file: "busybox:/mnt/store/secret1" }';
const FAILING = aScenario(
  `expect:
  - { name: the file follows at once, sink: ${FILE}, sees: rotate, within: 1s }
  - { sink: ${FILE}, at: 20m, holds: the canary of version one }
  - { audit: { vault: kvdemo, operation: SecretGet, pod: busybox }, count: { min: 1000 } }
  - { name: it is there, object: pod/busybox, exists: true }
`,
  "failing",
);
const REFUSED = aScenario(
  "  - { at: 12m, id: again, recoverSecret: { vault: kvdemo, name: secret1 } }\n",
  "refused",
);

const FILES = {
  "held.yaml": aScenario("", "held"),
  "failing.yaml": FAILING,
  "refused.yaml": REFUSED,
  "wrong.yaml": "kind: [\n",
};

test("an expectation that failed is exit code 1, with what was expected, what happened and why", async () => {
  const folder = folderWith(FILES);
  const { code, out, err } = await keyturn(`run ${folder}/failing.yaml`);
  expect([code, err]).toEqual([1, ""]);
  const text = out.replaceAll(`${folder}/`, "");
  expect(text).toContain(`    at failing.yaml:${MORE_LINE + 1}:5\n`);
  for (const value of CANARIES) expect(out).not.toContain(value);
  await expectGolden("cli/run-failing.txt", text);
});

test("a step that the vault refuses is exit code 1, with its place and Azure's text", async () => {
  const folder = folderWith(FILES);
  const { code, out } = await keyturn(`run ${folder}/refused.yaml`);
  expect(code).toBe(1);
  expect(out).toContain("✗ step again was refused\n");
  expect(out.replaceAll(/\n {4}/g, " ")).toMatch(
    /refused\.yaml:\d+:\d+: \(SecretNotFound\) Deleted Secret not found: secret1/,
  );
});

test("a refused step is a failed case in JUnit and in the summary, too", async () => {
  const folder = folderWith(FILES);
  const xml = await keyturn(`run ${folder}/refused.yaml --format junit`);
  expect(xml.out).toContain("step again is accepted");
  expect(xml.out).toMatch(/failures="[1-9]/);
  const json = await keyturn(`run ${folder}/refused.yaml --format json`);
  const { expectations } = JSON.parse(json.out) as {
    expectations: { name: string; passed: boolean }[];
  };
  expect(expectations[0]).toMatchObject({
    name: "step again is accepted",
    passed: false,
  });
});

test.each<[files: string, code: number]>([
  ["held", 0],
  ["held failing", 1],
  ["failing held", 1],
  ["held wrong", 2],
  ["failing wrong held", 2],
  ["wrong failing", 2],
])("over the files %s the exit code is %i", async (names, expected) => {
  const folder = folderWith(FILES);
  const files = names.split(" ").map((name) => join(folder, `${name}.yaml`));
  const { code, out } = await keyturn(["run", ...files]);
  expect(code).toBe(expected);
  // A file that cannot be read keeps nobody from the others.
  const played = names.split(" ").filter((name) => name !== "wrong");
  for (const name of played) expect(out).toContain(`${name}.yaml --seed 1\n`);
});

test("of several exit codes the gravest counts: 3, 2, 4, 1, 0", () => {
  expect(gravest([0, 1, 4, 2, 3])).toBe(3);
  expect(gravest([0, 1, 4, 2])).toBe(2);
  expect(gravest([0, 1, 4])).toBe(4);
  expect(gravest([0, 1])).toBe(1);
  expect(gravest([0])).toBe(0);
  expect(gravest([])).toBe(0);
});

test.each<[error: unknown, code: number, stack: boolean]>([
  [new KeyturnError("Bad", "Failed to x: y"), 2, false],
  [new NoProgressError("Failed to advance time: y"), 4, false],
  [new InvariantViolation("Broke", "Failed to x: y"), 3, true],
  [new TypeError("x is not a function"), 3, true],
  ["no error at all", 3, false],
])("%s ends with exit code %i", (error, code, stack) => {
  let err = "";
  const io = {
    out: () => expect.unreachable(),
    err: (text: string) => void (err += text),
    width: 80,
    color: false,
    interactive: false,
    showsProgress: false,
  };
  expect(reportError(error, io)).toBe(code);
  expect(err).toContain(error instanceof Error ? error.message : String(error));
  expect(/^ {4}at /m.test(err)).toBe(stack);
  expect(err.includes("please report it")).toBe(code === 3);
});

test("an error message cannot steer the terminal", () => {
  let err = "";
  const error = new KeyturnError("Bad", "a\u001b[31mb\u0007\n  fix");
  reportError(error, {
    out: () => expect.unreachable(),
    err: (text) => void (err += text),
    width: 80,
    color: true,
    interactive: true,
    showsProgress: true,
  });
  expect(err).toBe("a\\x1b[31mb\\x07\n  fix\n");
});

test("--format json is one document: the summary of the one file, or a list of those of several", async () => {
  const folder = folderWith(FILES);
  const [held, failing, wrong] = ["held", "failing", "wrong"].map((name) =>
    join(folder, `${name}.yaml`),
  ) as [string, string, string];
  const json = ["--format", "json"];
  const one = await keyturn(["run", held, ...json]);
  expect(JSON.parse(one.out)).toMatchObject({ scenario: { name: "held" } });
  const two = await keyturn(["run", failing, held, ...json]);
  expect(two.code).toBe(1);
  const list = JSON.parse(two.out) as { scenario: { name: string } }[];
  expect(list.map(({ scenario }) => scenario.name)).toEqual([
    "failing",
    "held",
  ]);
  const left = await keyturn(["run", wrong, held, ...json]);
  expect(left.code).toBe(2);
  expect(left.err).toContain("wrong.yaml:");
  expect(JSON.parse(left.out)).toEqual([list[1]]);
  const seeds = await keyturn(["run", failing, held, ...json, "--seeds=1..3"]);
  const reports = JSON.parse(seeds.out) as { failures: unknown[] }[];
  expect(reports.map(({ failures }) => failures.length)).toEqual([3, 0]);
  expect(seeds.code).toBe(1);
});

test("--format junit has a case for each expectation of each file", async () => {
  const folder = folderWith(FILES);
  const files = ["failing", "held"].map((name) => join(folder, `${name}.yaml`));
  const { code, out, err } = await keyturn([
    "run",
    ...files,
    "--format",
    "junit",
  ]);
  expect([code, err]).toEqual([1, ""]);
  expect(firstMistakeIn(out)).toBeNull();
  expect(out.match(/<testsuite /g)).toHaveLength(2);
  expect(out.match(/<testcase /g)).toHaveLength(4);
  expect(out.match(/<failure /g)).toHaveLength(3);
});

test.each(["json", "junit"])(
  "--format %s holds no value, whatever failed",
  async (format) => {
    const folder = folderWith(FILES);
    const { out } = await keyturn(
      `run ${folder}/failing.yaml --format ${format} --show-values`,
    );
    expect(out).not.toBe("");
    for (const value of CANARIES) {
      const bytes = Buffer.from(value);
      expect(out).not.toContain(value);
      expect(out).not.toContain(bytes.toString("base64").slice(0, -4));
      expect(out).not.toContain(bytes.toString("hex"));
    }
  },
);

test("progress goes to stderr, only where somebody looks, and is wiped away", async () => {
  const shown = await keyturn("run scenarios/csi-file.yaml --seeds 1..3", {
    showsProgress: true,
  });
  expect(shown.err).toContain("csi-file 66%");
  expect(shown.err.endsWith("\r\u001b[K")).toBe(true);
  const quiet = await keyturn("run scenarios/csi-file.yaml --seeds 1..3");
  expect(quiet).toEqual({ ...shown, err: "" });
});
