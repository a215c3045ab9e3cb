/**
 * The package as somebody installs it: packed, unpacked into an empty project, used from JavaScript and TypeScript, and
 * by its command. Dependencies are linked from this checkout, and only those that the package declares, so that no
 * network is needed and a missing one shows.
 */
import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

/** A build, if one is due, and the packing. */
const SETUP_MS = 60_000;

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "keyturn-package-"));
const project = join(folder, "project");
const installed = join(project, "node_modules", "keyturn");

interface Manifest {
  readonly version: string;
  readonly bin: { readonly keyturn: string };
  readonly dependencies: Readonly<Record<string, string>>;
}

let names: readonly string[] = [];

/** npm is a script on some systems, a batch file on others: its own entry point serves on all. */
function pack(): readonly string[] {
  const npm = process.env["npm_execpath"];
  const args = ["pack", "--ignore-scripts", "--json", "--pack-destination"];
  const options = { cwd: ROOT, encoding: "utf8", shell: false } as const;
  const text =
    npm?.endsWith(".js") === true
      ? execFileSync(process.execPath, [npm, ...args, folder], options)
      : execFileSync("npm", [...args, folder], options);
  const [packed] = JSON.parse(text) as [
    { filename: string; files: { path: string }[] },
  ];
  execFileSync("tar", ["-xzf", packed.filename], { cwd: folder });
  return packed.files.map(({ path }) => path);
}

/** Links a package of this checkout into the project. */
function link(name: string): void {
  const path = join(project, "node_modules", name);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(join(ROOT, "node_modules", name), path, "junction");
}

function manifestOf(path: string): Manifest {
  return JSON.parse(
    readFileSync(join(path, "package.json"), "utf8"),
  ) as Manifest;
}

/** Runs a program of Node's in the project. */
function node(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: project,
    encoding: "utf8",
    env: { PATH: process.env["PATH"], NO_COLOR: "1" },
  });
  return { status, stdout, stderr };
}

beforeAll(() => {
  execFileSync(process.execPath, [
    join(ROOT, "scripts/build.mjs"),
    "--if-stale",
  ]);
  names = pack();
  mkdirSync(join(project, "node_modules"), { recursive: true });
  writeFileSync(join(project, "package.json"), '{ "type": "module" }\n');
  cpSync(join(folder, "package"), installed, { recursive: true });
  for (const name of Object.keys(manifestOf(installed).dependencies))
    link(name);
}, SETUP_MS);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the tarball holds what the package promises, and nothing of how it is made", () => {
  expect(names).toEqual(
    expect.arrayContaining([
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      "bin/keyturn.js",
      "dist/emulator/index.d.ts",
      "dist/emulator/index.js",
      "dist/emulator/profiles/aks.yaml",
      "docs/fidelity.md",
      "package.json",
      "scenarios/manifests/busybox.yaml",
      "scenarios/synced-secret.yaml",
      "schema/scenario.schema.json",
    ]),
  );
  const top = new Set(names.map((name) => name.split("/")[0]!));
  expect([...top].sort()).toEqual([
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "bin",
    "dist",
    "docs",
    "package.json",
    "scenarios",
    "schema",
  ]);
  expect(
    names.filter((name) =>
      /(?<!\.d)\.ts$|\.map$|\.test\.|(^|\/)test\//.test(name),
    ),
  ).toEqual([]);
});

test("the package imports from plain JavaScript and plays a rotation", () => {
  writeFileSync(
    join(project, "plain.js"),
    `import { createWorld, KeyturnError } from "keyturn";
import schema from "keyturn/schema/scenario.schema.json" with { type: "json" };
const world = createWorld({ vaults: { kvdemo: { a: "x" } } });
world.vault("kvdemo").setSecret("a", "y");
world.advance("1h");
try { world.vault("nope").setSecret("a", "y"); } catch (error) {
  console.log(world.now, error instanceof KeyturnError, schema.title ?? schema.type);
}
`,
  );
  const { status, stdout } = node(
    "--disable-warning=ExperimentalWarning",
    "plain.js",
  );
  expect(stdout).toMatch(/^2024-04-29T10:00:00\.\d{3}Z true \S/);
  expect(status).toBe(0);
});

test("nothing but the documented entries can be imported", () => {
  writeFileSync(
    join(project, "deep.js"),
    'import "keyturn/dist/kernel/time.js";\n',
  );
  const { status, stderr } = node("deep.js");
  expect(status).toBe(1);
  expect(stderr).toContain("ERR_PACKAGE_PATH_NOT_EXPORTED");
});

test("the declarations compile in a strict consumer that checks libraries, too", () => {
  writeFileSync(
    join(project, "typed.ts"),
    `import { createWorld, loadScenario, playScenario } from "keyturn";
import type { AuditRecord, Fact, FixtureConfig, FixtureWorld } from "keyturn";
const config: FixtureConfig = { nodes: 2, settings: { addon: { rotationPollInterval: "1m" } } };
const world: FixtureWorld = createWorld(config);
const facts: readonly Fact[] = world.trace();
const records: readonly AuditRecord[] = world.audit("kvdemo");
const text: string | null = world.readFile("pod", "/path");
export const results = playScenario(loadScenario("x.yaml")).results.map((r) => r.passed);
export const all = [facts.length, records.length, text];
// @ts-expect-error there is no such option
createWorld({ sede: 1 });
// @ts-expect-error a setting's type
createWorld({ settings: { addon: { enableSecretRotation: "yes" } } });
`,
  );
  writeFileSync(
    join(project, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: {
        module: "nodenext",
        moduleResolution: "nodenext",
        target: "es2023",
        lib: ["es2023"],
        types: [],
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        verbatimModuleSyntax: true,
        skipLibCheck: false,
        noEmit: true,
      },
      files: ["typed.ts"],
    }),
  );
  const tsc = join(ROOT, "node_modules", "typescript");
  const { bin } = JSON.parse(
    readFileSync(join(tsc, "package.json"), "utf8"),
  ) as {
    bin: { tsc: string };
  };
  const { stdout, stderr } = node(join(tsc, bin.tsc), "-p", ".");
  // Libraries that Keyturn uses have mistakes of their own under these options; consumers leave them out (skipLibCheck).
  const ours = stdout
    .split("\n")
    .filter((line) => /^(typed\.ts|node_modules\/keyturn\/|error)/.test(line));
  expect(ours).toEqual([]);
  expect(stderr).toBe("");
});

test("the keyturn command plays the demo", () => {
  const { bin, version } = manifestOf(installed);
  const command = join(installed, bin.keyturn);
  expect(readFileSync(command, "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
  expect(node(command, "--version").stdout).toBe(`${version}\n`);
  const demo = node(command, "demo");
  expect(demo.stderr).toBe("");
  expect(demo.stdout).toContain("secret1 set in kvdemo = the second value");
  expect(demo.status).toBe(0);
  expect(node(command, "scenarios").stdout).toContain("synced-secret");
});

test("the example's test runs as it stands", () => {
  cpSync(join(ROOT, "examples", "vitest"), join(project, "example"), {
    recursive: true,
    filter: (path) => !path.includes("node_modules"),
  });
  link("vitest");
  const vitest = join(project, "node_modules", "vitest", "vitest.mjs");
  const { status, stdout, stderr } = node(vitest, "run", "--root", "example");
  expect(`${stdout}${stderr}`).toMatch(/Tests {2}6 passed \(6\)/);
  expect(status).toBe(0);
});

test("the example's test is a rotation in ten lines", () => {
  const text = readFileSync(
    join(ROOT, "examples/vitest/rotation.test.ts"),
    "utf8",
  );
  const body = text.slice(text.indexOf("=> {\n") + 5, text.lastIndexOf("});"));
  expect(body.trimEnd().split("\n").length).toBeLessThanOrEqual(10);
});
