import { describe, expect, test } from "vitest";
import type { Part } from "./support/architecture-rules.ts";
import { ENTRIES, HOMES, PARTS } from "./support/architecture-rules.ts";
import type { Import, SourceFile } from "./support/source-tree.ts";
import { packageOf, sourceFiles } from "./support/source-tree.ts";

const src = sourceFiles("src");
const byPath = new Map(src.map((file) => [file.path, file]));
const everything = [
  ...src,
  ...["test", "scripts", "bench", "examples"].flatMap((folder) =>
    sourceFiles(folder),
  ),
];

function partOf(path: string): Part {
  const part = PARTS.find(({ files }) => files.test(path));
  if (part === undefined) throw new Error(`${path} belongs to no part`);
  return part;
}

/** Null when the import is allowed, else the sentence to show. */
function refusal(file: SourceFile, { target, typeOnly, line }: Import) {
  if (target === null) return null;
  const from = partOf(file.path);
  const to = partOf(target);
  if (from === to) return null;
  const allowed = from.mayImport.some(
    ({ targets, typesOnly }) =>
      targets.test(target) && (typeOnly || typesOnly !== true),
  );
  if (allowed) return null;
  const may = from.mayImport.map(({ what }) => what).join("; ") || "nothing";
  return `${file.path}:${line} imports ${target}: ${from.name} may not import this file of ${to.name}; it may import: ${may}`;
}

test("the reader of imports finds them all", () => {
  const kernel = sourceFiles("src/kernel");
  const runner = kernel.find(({ path }) => path.endsWith("machine-runner.ts"))!;
  const seen = runner.imports.map((i) => `${i.typeOnly} ${i.specifier}`);
  expect(seen).toEqual(
    expect.arrayContaining([
      "true xstate",
      "false xstate",
      "true ./machine-set.ts",
      "false ./machine-set.ts",
    ]),
  );
  // Every `from "…"` at the end of a line belongs to a statement that was read.
  for (const { path, text, imports } of src) {
    const written = text.match(/^(?!\s*\*).*\bfrom "[^"]+";$/gm) ?? [];
    const statements = imports.filter(
      ({ line }) => !text.split("\n")[line - 1]!.includes("import("),
    );
    expect([path, statements.length]).toEqual([path, written.length]);
  }
});

test.each<[from: string, target: string, typeOnly: boolean, allowed: boolean]>([
  ["kernel/time.ts", "cluster-sim/ports.ts", true, false],
  ["kernel/time.ts", "kernel/errors.ts", false, true],
  ["keyvault-mock/vault.ts", "kernel/time.ts", false, true],
  ["keyvault-mock/vault.ts", "cluster-sim/ports.ts", true, false],
  ["keyvault-mock/vault.ts", "keyvault-mock/http/app.ts", false, false],
  ["keyvault-mock/http/app.ts", "keyvault-mock/vault.ts", false, true],
  ["keyvault-mock/http/app.ts", "azure-mock/index.ts", false, false],
  ["cluster-sim/index.ts", "kubelet-sim/index.ts", true, false],
  ["kubelet-sim/node.ts", "cluster-sim/client/index.ts", false, true],
  ["kubelet-sim/node.ts", "cluster-sim/client/informer.ts", false, false],
  ["kubelet-sim/node.ts", "cluster-sim/ports.ts", true, true],
  ["kubelet-sim/node.ts", "cluster-sim/ports.ts", false, false],
  ["kubelet-sim/node.ts", "keyvault-mock/index.ts", true, false],
  ["azure-mock/entra/token.ts", "keyvault-mock/index.ts", false, true],
  ["azure-mock/entra/token.ts", "keyvault-mock/vault.ts", true, false],
  ["emulator/world/world.ts", "kubelet-sim/index.ts", false, true],
  ["emulator/world/world.ts", "kubelet-sim/node.ts", false, false],
  ["emulator/world/world.ts", "emulator/scenario/run.ts", true, false],
  ["emulator/views/audit.ts", "emulator/trace/facts.ts", false, true],
  ["emulator/views/audit.ts", "emulator/world/world.ts", true, false],
  ["emulator/views/audit.ts", "kubelet-sim/index.ts", true, false],
  ["emulator/cli/main.ts", "emulator/views/audit.ts", false, true],
  ["emulator/cli/main.ts", "keyvault-mock/http/index.ts", false, true],
  ["emulator/cli/main.ts", "keyvault-mock/vault.ts", false, false],
])("%s imports %s (types only: %j): allowed is %j", (...row) => {
  const [from, target, typeOnly, allowed] = row;
  const file = { path: `src/${from}`, text: "", imports: [] };
  const found = { line: 1, specifier: "", target: `src/${target}`, typeOnly };
  expect(refusal(file, found) === null).toBe(allowed);
});

describe("imports", () => {
  test("point only where the table of the architecture lets them", () => {
    const refusals = src.flatMap((file) =>
      file.imports.map((found) => refusal(file, found)),
    );
    expect(refusals.filter((text) => text !== null)).toEqual([]);
  });

  test("name files that exist, with their extension", () => {
    const missing = src.flatMap(({ path, imports }) =>
      imports
        .filter(({ target }) => target !== null && !byPath.has(target))
        .map(({ line, specifier }) => `${path}:${line} imports ${specifier}`),
    );
    expect(missing).toEqual([]);
  });

  test("form no cycle, types aside", () => {
    expect(cycles()).toEqual([]);
  });

  test("of a third-party library stand only in its home", () => {
    const strays = src.flatMap(({ path, imports }) =>
      imports
        .filter(({ target }) => target === null)
        .flatMap(({ specifier, typeOnly, line }) => {
          const library = packageOf(specifier);
          const home = HOMES.find((h) => h.library === library);
          if (home === undefined)
            return `${path}:${line} imports ${specifier}, which has no home yet: give it one in test/support/architecture-rules.ts`;
          if (home.files.test(path)) return [];
          if (typeOnly && home.types?.test(path) === true) return [];
          return `${path}:${line} imports ${specifier} outside its home ${home.files.source}: ${home.instead}`;
        }),
    );
    expect(strays).toEqual([]);
  });

  test("reach every file from the program's entries", () => {
    const reached = new Set<string>();
    const visit = (path: string) => {
      if (reached.has(path)) return;
      reached.add(path);
      for (const { target } of byPath.get(path)?.imports ?? [])
        if (target !== null) visit(target);
    };
    for (const entry of ENTRIES) visit(entry);
    const orphans = src.map(({ path }) => path).filter((p) => !reached.has(p));
    expect(orphans).toEqual([]);
  });
});

/** Each cycle once, as `a.ts -> b.ts -> a.ts`. */
function cycles(): string[] {
  const found = new Set<string>();
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]) => {
    const at = trail.indexOf(path);
    if (at >= 0) {
      found.add([...trail.slice(at), path].join(" -> "));
      return;
    }
    if (done.has(path)) return;
    for (const { target, typeOnly } of byPath.get(path)?.imports ?? [])
      if (target !== null && !typeOnly) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const { path } of src) visit(path, []);
  return [...found];
}

describe("files", () => {
  const NAME =
    /^[a-z0-9]+(-[a-z0-9]+)*(\.(machine|controller|router|middleware|command|shapes|lane|property|test))*\.(ts|mjs)$/;

  test("have kebab-case names that say what they are about", () => {
    const vague = /^(utils?|helpers?|common|misc)$/;
    const bad = everything
      .map(({ path }) => path)
      .filter((path) => {
        const parts = path.split("/");
        const name = parts.at(-1)!;
        return (
          !NAME.test(name) || parts.some((p) => vague.test(p.split(".")[0]!))
        );
      });
    expect(bad).toEqual([]);
  });

  test("of the source begin with a docstring that says what they model", () => {
    const bare = src.filter(({ text }) => !text.startsWith("/**"));
    expect(bare.map(({ path }) => path)).toEqual([]);
  });

  test("export names, never everything of another file", () => {
    const stars = src.filter(({ text }) => /^export \*(?! as )/m.test(text));
    expect(stars.map(({ path }) => path)).toEqual([]);
  });
});

describe("nothing is left over:", () => {
  /** Written in two halves, so that this file does not find itself. */
  const LEFTOVERS: readonly (readonly [pattern: RegExp, why: string])[] = [
    [/\b(test|it|describe)(\.\w+)*\.on(?:ly)\b/, "runs one test only"],
    [/\b(test|it|describe)(\.\w+)*\.sk(?:ip)\b/, "skips a test"],
    [
      /\b(FIX)(?:ME)\b|\b(TO)(?:DO)\b|\bXX(?:X)\b/,
      "is unfinished: do it, or open an issue",
    ],
    [
      /@ts-(?:ignore|nocheck)/,
      "hides type errors: fix them, or cast where it is true",
    ],
    [/^\s*debug(?:ger);/, "stops in the debugger"],
    [
      /(?:ox|es)lint-disable(?!.* -- )/,
      "disables a rule without a reason: add `-- why`",
    ],
    [/prettier-ig(?:nore)/, "keeps a layout of its own"],
  ];

  test("no focused or skipped tests, no open ends, no silenced checks without a reason", () => {
    const found = everything.flatMap(({ path, text }) =>
      text
        .split("\n")
        .flatMap((line, i) =>
          LEFTOVERS.filter(([pattern]) => pattern.test(line)).map(
            ([, why]) => `${path}:${i + 1} ${why}: ${line.trim()}`,
          ),
        ),
    );
    expect(found).toEqual([]);
  });
});
