import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, test } from "vitest";

import { openOutput, traceLine } from "../../../src/emulator/output/index.ts";
import type { RunOutput } from "../../../src/emulator/output/index.ts";
import { KeyturnError } from "../../../src/kernel/errors.ts";
import type { Fact } from "../../../src/kernel/trace.ts";
import { CONFIG, aRequest, drawnIds } from "../views/audit-support.ts";
import { rotationStory } from "../views/story.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "keyturn-out-"));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const HEADER = {
  keyturn: "0.1.0",
  scenario: "synced-secret",
  seed: 7,
  start: "2024-04-29T09:00:00Z",
  profile: "aks",
};

const FINAL = {
  summary: { rotations: [] },
  sequence: "sequenceDiagram\n",
  junit: "<testsuites/>\n",
  journal: "apiVersion: keyturn/v1\n",
};

function opened(to: string = directory): RunOutput {
  const audit = { config: CONFIG, requestIds: drawnIds(1) };
  return openOutput({ directory: to, header: HEADER, audit });
}

/** The error of a call that must fail. */
function errorOf(act: () => unknown): KeyturnError {
  try {
    act();
  } catch (error) {
    if (error instanceof KeyturnError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

const read = (name: string) => readFileSync(join(directory, name), "utf8");

test("a run leaves its trace, audit logs, summary, sequence, JUnit report and journal", () => {
  const output = rotationStory().tell(opened());
  expect(output.finish(FINAL)).toEqual({
    written: [
      "audit/kvdemo.ndjson",
      "journal.yaml",
      "junit.xml",
      "sequence.mmd",
      "summary.json",
      "trace.ndjson",
    ],
    others: [],
  });
  expect(readdirSync(directory).sort()).toEqual([
    "audit",
    "journal.yaml",
    "junit.xml",
    "sequence.mmd",
    "summary.json",
    "trace.ndjson",
  ]);
  expect(read("summary.json")).toBe('{\n  "rotations": []\n}\n');
  expect(read("journal.yaml")).toBe(FINAL.journal);
});

test("the table of lanes is written where there is one, and goes with the next run that has none", () => {
  const lanes = "| Lane |\n| --- |\n";
  const first = rotationStory()
    .tell(opened())
    .finish({ ...FINAL, lanes });
  expect(first.written).toContain("lanes.md");
  expect(read("lanes.md")).toBe(lanes);
  const second = rotationStory().tell(opened()).finish(FINAL);
  expect(second).toMatchObject({ others: [] });
  expect(existsSync(join(directory, "lanes.md"))).toBe(false);
});

test("a trace starts with its header and has one fact a line, members in one order", () => {
  const story = rotationStory();
  story.tell(opened()).finish(FINAL);
  const [first, ...lines] = read("trace.ndjson").trimEnd().split("\n");
  expect(first).toBe(
    '{"format":"keyturn-trace/v1","keyturn":"0.1.0","scenario":"synced-secret","seed":7,"start":"2024-04-29T09:00:00Z","profile":"aks"}',
  );
  expect(lines.map((line) => JSON.parse(line) as Fact)).toEqual(story.facts);
  expect(Object.keys(JSON.parse(lines.at(-1)!) as Fact)).toEqual([
    "seq",
    "t",
    "type",
    "at",
    "about",
    "causes",
    "data",
    "run",
  ]);
});

test("a fact without a run has no member for it", () => {
  const fact = {
    data: {},
    about: "b",
    at: "a",
    type: "x",
    causes: [1, [2, 3] as const],
    t: 5,
    seq: 4,
  };
  expect(traceLine(fact)).toBe(
    '{"seq":4,"t":5,"type":"x","at":"a","about":"b","causes":[1,[2,3]],"data":{}}\n',
  );
});

test("the audit log has a record for each request", () => {
  rotationStory().tell(opened()).finish(FINAL);
  const records = read("audit/kvdemo.ndjson").trimEnd().split("\n");
  expect(records).toHaveLength(11);
  expect(JSON.parse(records[0]!)).toMatchObject({
    time: "2024-04-29T09:00:00.4000000Z",
    category: "AuditEvent",
  });
});

test("only the journal is kept from other people's eyes", () => {
  opened().finish(FINAL);
  expect(statSync(join(directory, "journal.yaml")).mode & 0o777).toBe(0o600);
  expect(statSync(join(directory, "summary.json")).mode & 0o044).not.toBe(0);
});

test("a directory that is not there is made", () => {
  opened(join(directory, "a", "b")).finish(FINAL);
  expect(existsSync(join(directory, "a", "b", "trace.ndjson"))).toBe(true);
});

test("nothing has its name before the run is over", () => {
  const output = opened();
  output.fact(aRequest());
  expect(readdirSync(directory)).toEqual(["trace.ndjson.partial"]);
  output.abandon();
  expect(readdirSync(directory)).toEqual([]);
});

test("what a killed run left half-written is cleared away", () => {
  rotationStory().tell(opened());
  mkdirSync(join(directory, "audit"));
  writeFileSync(join(directory, "audit", "old.ndjson.partial"), "half");
  opened().finish(FINAL);
  expect(readdirSync(join(directory, "audit"))).toEqual([]);
});

test("a second run replaces the first one's files, audit logs of vaults it does not have included", () => {
  const first = opened();
  first.fact(aRequest({ vault: "old" }));
  first.finish(FINAL);
  const second = opened();
  second.fact(aRequest({ vault: "new" }));
  second.finish({ ...FINAL, junit: "<second/>\n" });
  expect(readdirSync(join(directory, "audit"))).toEqual(["new.ndjson"]);
  expect(read("junit.xml")).toBe("<second/>\n");
  expect(read("trace.ndjson").split("\n")).toHaveLength(3);
});

test("files of others are left alone and named", () => {
  writeFileSync(join(directory, "notes.txt"), "mine");
  expect(opened().finish(FINAL).others).toEqual(["notes.txt"]);
  expect(read("notes.txt")).toBe("mine");
});

test.each(["junit.xml", "summary.json", "trace.ndjson"])(
  "somebody else's %s is not overwritten",
  (name) => {
    writeFileSync(join(directory, name), "mine");
    const error = errorOf(() => opened());
    expect(error.code).toBe("OutputInTheWay");
    expect(error.message).toBe(
      `Failed to write to ${directory}: it holds ${name}, which no run of Keyturn wrote; move it away or choose another directory with --out`,
    );
    expect(read(name)).toBe("mine");
  },
);

test("somebody else's audit logs are not overwritten", () => {
  mkdirSync(join(directory, "audit"));
  writeFileSync(join(directory, "audit", "linux.ndjson"), "mine");
  expect(errorOf(() => opened()).message).toContain(
    "it holds audit/linux.ndjson",
  );
});

test("a file where the directory should be is an error with path and fix", () => {
  const file = join(directory, "file");
  writeFileSync(file, "");
  const error = errorOf(() => opened(file));
  expect(error.code).toBe("OutputFailed");
  expect(error.message).toBe(
    `Failed to write ${file}: there is a file of that name (EEXIST); choose another directory with --out`,
  );
  expect(errorOf(() => opened(join(file, "deeper"))).message).toMatch(
    /a part of the path is a file, not a directory \(ENOTDIR\)/,
  );
});

test.runIf(existsSync("/dev/full"))(
  "a full disk is an error with path and fix",
  () => {
    const output = opened();
    symlinkSync("/dev/full", join(directory, "summary.json.partial"));
    const error = errorOf(() => output.finish(FINAL));
    expect(error.message).toBe(
      `Failed to write ${join(directory, "summary.json")}: no space left on the device (ENOSPC); free some space or choose another directory with --out`,
    );
  },
);

test("more than a buffer is written whole, in order, whatever the characters", () => {
  const output = opened();
  const facts: Fact[] = [];
  for (let seq = 1; seq <= 3000; seq++)
    facts.push({
      seq,
      t: seq,
      type: "x",
      at: "日本",
      about: "🙂".repeat(seq % 700),
      causes: [],
      data: {},
    });
  facts.push({
    seq: 3001,
    t: 3001,
    type: "x",
    at: "",
    about: "é".repeat(2 ** 20),
    causes: [],
    data: {},
  });
  for (const fact of facts) output.fact(fact);
  output.finish(FINAL);
  const [, ...lines] = read("trace.ndjson").trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line) as Fact)).toEqual(facts);
});

test("a vault's name that could leave the directory is refused", () => {
  const output = opened();
  output.fact(aRequest({ vault: "../evil" }));
  expect(() => output.finish(FINAL)).toThrow('"../evil" is no name of a vault');
});
