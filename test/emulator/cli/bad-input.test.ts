/** Every mistake of a user: exit code 2, its place, the reason and the fix on stderr, nothing on stdout, no stack trace. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { MORE_LINE, aScenario, folderWith, keyturn } from "./support.ts";

interface BadFile {
  readonly is: string;
  readonly text: string;
  readonly others?: Readonly<Record<string, string>>;
  /** What the report says, spaces and line breaks aside; the place is that in `bad.yaml` unless it names a file. */
  readonly says: readonly string[];
}

const step = (body: string) => aScenario(`  - { at: 11m, ${body} }\n`);
const LAST = `bad.yaml:${MORE_LINE}`;
const bomb = Array.from(
  { length: 9 },
  (_, i) => `  y${i + 1}: &y${i + 1} [${`*y${i},`.repeat(10)}]\n`,
).join("");

const BAD_FILES: readonly BadFile[] = [
  {
    is: "YAML that does not parse",
    text: aScenario("watch: [\n"),
    says: [
      `bad.yaml:${MORE_LINE + 1}:1: not valid YAML: `,
      "close the bracket",
    ],
  },
  {
    is: "an unknown key",
    text: aScenario("sede: 5\n"),
    says: [`${LAST}:1: unknown key "sede"; did you mean "seed"?`],
  },
  {
    is: "an unknown step",
    text: step("setSecert: { vault: kvdemo }"),
    says: [`${LAST}:16: unknown step "setSecert"; did you mean "setSecret"?`],
  },
  {
    is: "a step that is not built yet",
    text: step("webhookAnswer: { subscription: s, delivery: 1, status: 200 }"),
    says: [`${LAST}:16: `, "webhookAnswer", "not built yet"],
  },
  {
    is: "a variable that nobody sets",
    text: aScenario().replace("keyvaultName: kvdemo", "keyvaultName: ${vault}"),
    says: ["bad.yaml:30:23: the variable vault is not set", "variables:"],
  },
  {
    is: "a manifest that Kubernetes would reject",
    text: aScenario().replace("name: busybox }", "name: Busy_Box }"),
    says: [
      'bad.yaml:12:23: metadata.name: Invalid value: "Busy_Box": a lowercase RFC 1123 subdomain',
    ],
  },
  {
    is: "the same object twice",
    text: aScenario().replace(
      "steps:",
      "  - { apiVersion: v1, kind: Pod, metadata: { name: busybox }, spec: { containers: [{ name: a, image: b }] } }\nsteps:",
    ),
    says: ['the Pod "busybox" in namespace default stands twice', ":10:5"],
  },
  {
    is: "a negative duration",
    text: aScenario().replace("duration: 20m", "duration: -20m"),
    says: ["bad.yaml:4:11: duration: the duration -20m is negative"],
  },
  {
    is: "a secret's value that is too long",
    text: aScenario().replace("the canary of version one", "x".repeat(25_601)),
    says: [
      "bad.yaml:8:25: Secret is beyond the maximum permitted length of 25600 characters.",
      "shorten it: it has 25601",
    ],
  },
  {
    is: "a YAML bomb",
    text: aScenario(`variables:\n  y0: &y0 [${"x,".repeat(10)}]\n${bomb}`),
    says: ["bad.yaml:", "more than 250000 values"],
  },
  {
    is: "a manifest file that is missing",
    text: aScenario().replace("manifests:", "manifests:\n  - pods.yaml"),
    says: ["bad.yaml:10:5: ", "pods.yaml", "no such file"],
  },
  {
    is: "a mistake in a manifest file",
    text: aScenario().replace("manifests:", "manifests:\n  - pods/one.yaml"),
    others: { "pods/one.yaml": "apiVersion: v1\nkind: Pod\nspec: {}\n" },
    says: ["pods/one.yaml:1:1: metadata.name: Required value"],
  },
  {
    is: "an expectation about a pod that nobody declares",
    text: aScenario(
      'expect: [{ sink: { file: "busybux:/mnt/store/secret1" }, sees: rotate }]\n',
    ),
    says: [`${LAST}:26: `, 'there is no Pod "busybux"', 'mean "busybox"?'],
  },
  {
    is: "a setting that is not modelled",
    text: aScenario().replace(
      "settings: {",
      "settings: { driver: { version: 2.0.0 },",
    ),
    says: ["bad.yaml:5:", "2.0.0", "Use 1.5.6"],
  },
  {
    is: "a profile that does not exist",
    text: aScenario("profile: akz\n"),
    says: [`${LAST}:10: there is no profile "akz"; did you mean "aks"?`],
  },
  {
    is: "no text",
    text: "\u0000\u0001\ufffd",
    says: ["bad.yaml:1:1: "],
  },
];

test.each(BAD_FILES)("a file with $is", async ({ text, others, says }) => {
  const folder = folderWith({ "bad.yaml": text, ...others });
  const lines = [
    `run ${folder}/bad.yaml`,
    `run ${folder}/bad.yaml --format json`,
    `run ${folder}/bad.yaml --format junit`,
    `run ${folder}/bad.yaml --seeds 1..3`,
    `validate ${folder}/bad.yaml`,
    `why busybox:/mnt/store/secret1 ${folder}/bad.yaml`,
    `inspect ${folder}/bad.yaml --pod busybox`,
    `metrics ${folder}/bad.yaml`,
  ];
  for (const line of lines) {
    const { code, out, err } = await keyturn(line);
    expect([line, code, out]).toEqual([line, 2, ""]);
    expect(err).not.toMatch(/^ {4}at /m);
    const report = err.replaceAll(`${folder}/`, "");
    for (const part of says) expect(report).toContain(part);
    expect(err.length).toBeLessThan(2000);
  }
});

test("a file that is not there names the one that was meant", async () => {
  const folder = folderWith({ "rotation.yaml": aScenario() });
  const { code, out, err } = await keyturn(`run ${folder}/rotatoin.yaml`);
  expect([code, out]).toEqual([2, ""]);
  const report = err.replaceAll(`${folder}/`, "");
  expect(report).toContain("rotatoin.yaml:1:1: ");
  expect(report).toContain("no such file");
  expect(report).toContain("did you mean rotation.yaml?");
});

test("a folder is no scenario", async () => {
  const { code, err } = await keyturn(`run ${folderWith({})}`);
  expect(code).toBe(2);
  expect(err).toContain("it is a folder");
});

const CSI = "scenarios/csi-file.yaml";
const SINK = "busybox:/mnt/secrets-store/secret1";

test.each<[line: string, ...says: string[]]>([
  [`run ${CSI} --seed -1`, "'-1' is invalid", "a whole number from 0"],
  [`run ${CSI} --seed 1.5`, "'1.5' is invalid", "a whole number from 0"],
  [`run ${CSI} --seed 1e3`, "'1e3' is invalid", "a whole number from 0"],
  [`run ${CSI} --seed 9007199254740992`, "is invalid", "2^53 - 1"],
  [`run ${CSI} --seed`, "'--seed <n>' argument missing"],
  [`run ${CSI} --seeds 5`, "'5' is invalid", "like 1..100"],
  [`run ${CSI} --seeds 1...5`, "'1...5' is invalid", "like 1..100"],
  [`run ${CSI} --seeds 5..1`, "'5..1' is invalid", "must not lie before"],
  [`run ${CSI} --format xml`, "'xml' is invalid", "text, json, junit"],
  [`run ${CSI} --seed 1 --seeds 1..2`, "exclude each other"],
  [`run ${CSI} --seeds 1..2 --out o`, "cannot go with --seeds"],
  [`run ${CSI} --seeds 1..2 --format junit`, "use --format text or json"],
  [`run ${CSI} --seeed 1`, "unknown option '--seeed'", "Did you mean --seed?"],
  ["run", "missing required argument 'file'", "--help"],
  ["validate", "missing required argument 'file'"],
  ["why", "missing required argument 'sink'"],
  ["demo --speeed 3", "unknown option '--speeed'", "Did you mean --speed?"],
  ["demo --speed 0", "'0' is invalid", "a number above 0"],
  ["demo --speed fast", "'fast' is invalid", "a number above 0"],
  ["demo csi-fil", 'did you mean "csi-file"?', "keyturn scenarios"],
  ["demo one two", "too many arguments"],
  ["deom", "unknown command 'deom'", "Did you mean demo?"],
  ["", "Usage: keyturn"],
  [
    `why busybox ${CSI}`,
    "no container of default/busybox has an application",
    "a file is WHO:/PATH, a variable WHO:NAME, a key of a Secret SECRET/KEY",
    "SECRET/KEY",
  ],
  [`why bosybox:/mnt/secrets-store/secret1 ${CSI}`, 'mean "busybox"?'],
  [`why busybox:/mnt/secrets-store/secert1 ${CSI}`, 'mean "secret1"?'],
  [`why busybox:/elsewhere ${CSI}`, "mounted are /mnt/secrets-store"],
  [`why busybox@side:/mnt/secrets-store/secret1 ${CSI}`, "container side"],
  [`why busybox:PASSWORD ${CSI}`, "busybox has the variable PASSWORD from"],
  [
    "why app-secret/mysecret scenarios/synced-secret.yaml",
    'did you mean "app-secret/mysecret1"?',
  ],
  [`run ${CSI} --set driver.verison=1.6.0`, 'did you mean "version"?'],
  [`run ${CSI} --set driver.version`, "GROUP.KEY=VALUE"],
  [`run ${CSI} --set`, "'--set <group.key=value>' argument missing"],
  [`run ${CSI} --variant new`, 'no variant "new"', "variants: none"],
  [`metrics ${CSI} --node node-1`, 'did you mean "node-0"?'],
  [`metrics ${CSI} --of kubelt`, "csi-driver, provider-azure, kubelet"],
  [`metrics ${CSI} --at 1h`, "plays 15m from its start"],
  [`why ${SINK} ${CSI} --at 1x`, 'read --at "1x"', "12m30s", "RFC 3339"],
  [`why ${SINK} ${CSI} --at -1m`, "--at"],
  [`why ${SINK} ${CSI} --at 16m`, "plays 15m from its start"],
  [`why ${SINK} ${CSI} --at 2024-04-29T08:59:59Z`, "plays 15m from its start"],
])("keyturn %s", async (line, ...says) => {
  const { code, out, err } = await keyturn(line);
  expect([code, out]).toEqual([2, ""]);
  expect(err).not.toMatch(/^ {4}at /m);
  for (const part of says) expect(err).toContain(part);
});

test("two scenarios of one name do not write over each other's files", async () => {
  const folder = folderWith({ "a.yaml": aScenario(), "b.yaml": aScenario() });
  const { code, err } = await keyturn([
    "run",
    join(folder, "a.yaml"),
    join(folder, "b.yaml"),
    "--out",
    join(folder, "out"),
  ]);
  expect(code).toBe(2);
  expect(err).toMatch(
    /Failed to play .*b\.yaml: .* same name .*metadata\.name/,
  );
});

test("a scenario's name cannot lead out of the directory", async () => {
  const folder = folderWith({
    "a.yaml": aScenario("", "../../evil"),
    "b.yaml": aScenario("", "b"),
  });
  const { code, err } = await keyturn([
    "run",
    join(folder, "a.yaml"),
    join(folder, "b.yaml"),
    "--out",
    join(folder, "out"),
  ]);
  expect(code).toBe(2);
  expect(err).toContain('"../../evil" cannot be the name of a directory');
});

test("no mistake shows the value of a secret", async () => {
  const folder = folderWith({
    "a.yaml": aScenario().replace(
      "secret1: the canary of version one",
      "secret_1: the canary of version one",
    ),
    "b.yaml": step(
      "setSecret: { vault: kvdemo, name: secret1, value: [the canary of version two] }",
    ),
    "c.yaml": step(
      "setSecret: { vault: kvdemo, name: secret1, valu: the canary of version two }",
    ),
  });
  for (const name of ["a", "b", "c"]) {
    const { code, err } = await keyturn(`validate ${folder}/${name}.yaml`);
    expect(code).toBe(2);
    expect(err).not.toContain("canary");
  }
});
