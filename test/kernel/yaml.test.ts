import { expect, test } from "vitest";
import {
  MAX_DEPTH,
  YamlError,
  parseYaml,
  readYaml,
} from "../../src/kernel/yaml.ts";

function problemOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    return `${error.line}:${error.column} ${error.problem}`;
  }
  return "none";
}

/** Nine aliases of nine aliases of …, eight levels of it. */
const BOMB = [..."abcdefgh"]
  .map((name, i, all) => {
    const item = i === 0 ? "x" : `*${all[i - 1]}`;
    return `${name}: &${name} [${Array(9).fill(item).join(", ")}]`;
  })
  .join("\n");

test("reads YAML 1.2 unless Kubernetes' rules are asked for", () => {
  const text =
    "a: 0644\nb: yes\nc: 0o17\nd: 2024-01-01\ne: null\nf: [1.5, 'x']";
  expect(parseYaml(text)).toEqual({
    a: 644,
    b: "yes",
    c: 15,
    d: "2024-01-01",
    e: null,
    f: [1.5, "x"],
  });
});

test("reads manifests as Kubernetes does: octal, yes, merge keys; dates and 22:22 stay text", () => {
  const text = [
    "a: 0644",
    "b: yes",
    "c: 0o17",
    "d: 2024-01-01",
    "e: 22:22",
    "f: -0o17",
    "<<: {g: 1}",
  ].join("\n");
  expect(parseYaml(text, { kubernetes: true })).toEqual({
    a: 420,
    b: true,
    c: 15,
    d: "2024-01-01",
    e: "22:22",
    f: -15,
    g: 1,
  });
});

test("an empty text is null", () => {
  expect(parseYaml("")).toBeNull();
  expect(readYaml("# only a comment\n")).toBeNull();
});

test.each([
  ["a duplicate key", "a: 1\nb: 2\na: 3", "3:1 DUPLICATE_KEY"],
  ["a second document", "a: 1\n---\nb: 2", "2:1 MULTIPLE_DOCS"],
  ["an unknown anchor", "a:\n  b: *x", "2:6 UNKNOWN_ANCHOR"],
  ["an anchor that contains itself", "a: &x [*x]", "1:8 SELF_ANCHOR"],
  ["a syntax error", "a: b: c", "1:4 BLOCK_AS_IMPLICIT_KEY"],
  ["a collection as key", "? [a]\n: b", "1:3 BAD_KEY"],
  ["infinity", "a: .inf", "1:4 NOT_JSON"],
  ["a bomb of aliases", BOMB, "1:1 ALIAS_BOMB"],
  ["a bomb of brackets", "[".repeat(100_000), "1:257 TOO_DEEP"],
  ["a bomb of dashes", "- ".repeat(100_000), "1:513 TOO_DEEP"],
])("refuses %s with its place", (_, text, problem) => {
  expect(problemOf(() => parseYaml(text))).toBe(problem);
});

test("a merge key whose value is no mapping is an error of the text", () => {
  const read = () => parseYaml("a: 1\n<<: 5", { kubernetes: true });
  expect(problemOf(read)).toBe("1:1 BAD_MERGE");
});

test("nesting up to the bound is read, one level more is not", () => {
  const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
  expect(problemOf(() => parseYaml(nested(MAX_DEPTH)))).toBe("none");
  expect(problemOf(() => parseYaml(nested(MAX_DEPTH + 1)))).toBe(
    "1:257 TOO_DEEP",
  );
});

test("the message says what failed, where and why", () => {
  expect(() => parseYaml("a: 1\na: 2")).toThrow(
    "Failed to read YAML at line 2, column 1: Map keys must be unique",
  );
});

test("a key named __proto__ is a key like any other", () => {
  const value = parseYaml("__proto__: {a: 1}") as Record<string, unknown>;
  expect(Object.keys(value)).toEqual(["__proto__"]);
});

test("the node tree keeps scalars as written, with line, style and tag", () => {
  expect(readYaml("a: 0400\nb: '5'\nc: !!int 7\nd:\n  - |\n    x\n")).toEqual({
    kind: "mapping",
    line: 1,
    tag: null,
    entries: [
      [scalar("a", 1), scalar("0400", 1)],
      [scalar("b", 2), { ...scalar("5", 2), plain: false }],
      [scalar("c", 3), { ...scalar("7", 3), tag: "tag:yaml.org,2002:int" }],
      [
        scalar("d", 4),
        {
          kind: "sequence",
          line: 5,
          tag: null,
          items: [{ ...scalar("x\n", 5), plain: false }],
        },
      ],
    ],
  });
});

test("the node tree shares what aliases stand for, so that a bomb stays small", () => {
  const tree = readYaml(BOMB);
  expect(tree?.kind).toBe("mapping");
  expect(readYaml("a: &x q\nb: *x")).toMatchObject({
    entries: [
      [{}, { text: "q" }],
      [{}, { text: "q", line: 1 }],
    ],
  });
});

test("the node tree leaves duplicate keys to its reader and reads the first document only", () => {
  expect(readYaml("a: 1\na: 2\n---\nb: 3")).toMatchObject({
    entries: [
      [{ text: "a" }, {}],
      [{ text: "a" }, {}],
    ],
  });
});

function scalar(text: string, line: number) {
  return { kind: "scalar", line, tag: null, plain: true, text };
}
