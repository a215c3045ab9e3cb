/** The files of `--out`: what is in them, that the journal replays, that no value leaks, and what happens when it fails. */
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import {
  loadScenario,
  playScenario,
  variantOf,
} from "../../../src/emulator/index.ts";
import type { Scenario } from "../../../src/emulator/index.ts";
import { CanarySearch } from "../../../src/emulator/invariants/canary-search.ts";
import * as journal from "../../../src/emulator/journal/record.ts";
import { FactLog } from "../../support/facts-log.ts";
import {
  CANARIES,
  SHIPPED,
  aScenario,
  emptyFolder,
  folderWith,
  keyturn,
} from "./support.ts";

/** Plays a scenario into a folder of its own. */
async function filesOf(file: string, seed = ""): Promise<string> {
  const out = join(emptyFolder(), "out");
  const { code, err } = await keyturn(`run ${file} --out ${out}${seed}`);
  expect([code, err]).toEqual([0, ""]);
  return out;
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort();
}

const read = (folder: string, name: string) =>
  readFileSync(join(folder, name), "utf8");

const linesOf = (text: string) => text.trimEnd().split("\n");

test("a run writes the files that the design names, and says so", async () => {
  const out = join(emptyFolder(), "out");
  const printed = await keyturn(`run scenarios/csi-file.yaml --out ${out}`);
  expect(filesIn(out)).toEqual([
    "audit/kvdemo.ndjson",
    "journal.yaml",
    "junit.xml",
    "sequence.mmd",
    "summary.json",
    "trace.ndjson",
  ]);
  expect(statSync(join(out, "journal.yaml")).mode & 0o777).toBe(0o600);
  const said = printed.out.replaceAll("\n", " ");
  expect(said).toContain(
    "Wrote audit/kvdemo.ndjson, journal.yaml, junit.xml, sequence.mmd, summary.json, trace.ndjson to",
  );
  expect(said).toContain("journal.yaml holds the values of secrets.");
});

test("the trace begins with a header that tells how to play it again", async () => {
  const out = await filesOf("scenarios/csi-file.yaml", " --seed 5");
  const [header, ...facts] = linesOf(read(out, "trace.ndjson")).map(
    (line) => JSON.parse(line) as Record<string, unknown>,
  );
  expect(header).toEqual({
    format: "keyturn-trace/v1",
    keyturn: expect.stringMatching(/^\d+\.\d+\.\d+$/) as string,
    scenario: "csi-file",
    seed: 5,
    start: "2024-04-29T09:00:00.000Z",
    profile: "aks",
  });
  const log = new FactLog();
  playScenario(loadScenario("scenarios/csi-file.yaml"), {
    seed: 5,
    sinks: [log],
  });
  expect(facts).toEqual(JSON.parse(JSON.stringify(log.facts)));
});

/** The runs of a scenario, one for each variant, with the folder that each wrote to. */
function runsIn(
  out: string,
  file: string,
): readonly { readonly scenario: Scenario; readonly folder: string }[] {
  const scenario = loadScenario(file);
  return scenario.variants.length === 0
    ? [{ scenario, folder: out }]
    : scenario.variants.map(({ name }) => ({
        scenario: variantOf(scenario, name),
        folder: join(out, name),
      }));
}

test.each(SHIPPED)(
  "%s: the journal replays to the same facts",
  async (name) => {
    const file = `scenarios/${name}.yaml`;
    for (const { scenario, folder } of runsIn(await filesOf(file), file)) {
      const [recorded, played] = [new FactLog(), new FactLog()];
      const original = playScenario(scenario, { sinks: [played] });
      const journal = loadScenario(join(folder, "journal.yaml"));
      const again = playScenario(journal, { sinks: [recorded] });
      expect(recorded.facts).toEqual(played.facts);
      expect(again.world.traceHash).toBe(original.world.traceHash);
      // What the real system refuses, it refuses again.
      expect(again.refusals.length).toBe(original.refusals.length);
    }
  },
);

test.each(SHIPPED)(
  "%s: the audit log is in order of time and holds what the summary counts",
  async (name) => {
    const file = `scenarios/${name}.yaml`;
    for (const { folder } of runsIn(await filesOf(file), file)) {
      const found = auditCounts(folder);
      expect(found).toEqual(summaryCounts(folder));
      expect(Object.keys(found).length).toBeGreaterThan(1);
    }
  },
);

/** How often each operation of each vault stands in the summary. */
function summaryCounts(out: string): Record<string, number> {
  const { vault } = JSON.parse(read(out, "summary.json")) as {
    vault: {
      operations: { vault: string; operation: string; count: number }[];
    };
  };
  const counts: Record<string, number> = {};
  for (const { vault: at, operation, count } of vault.operations)
    counts[`${at} ${operation}`] = (counts[`${at} ${operation}`] ?? 0) + count;
  return counts;
}

/** And in the audit logs, whose records must be in order of time. */
function auditCounts(out: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const log of readdirSync(join(out, "audit"))) {
    let before = "";
    for (const line of linesOf(read(out, `audit/${log}`))) {
      const record = JSON.parse(line) as {
        time: string;
        category: string;
        operationName: string;
      };
      expect(record.category).toBe("AuditEvent");
      expect(record.time >= before).toBe(true);
      before = record.time;
      const key = `${log.replace(".ndjson", "")} ${record.operationName}`;
      counts[key] = (counts[key] ?? 0) + 1;
    }
  }
  return counts;
}

test("two runs into two directories give the same bytes", async () => {
  const [one, two] = [
    await filesOf("scenarios/synced-secret.yaml"),
    await filesOf("scenarios/synced-secret.yaml"),
  ];
  expect(filesIn(one)).toEqual(filesIn(two));
  for (const name of filesIn(one))
    expect([name, read(one, name) === read(two, name)]).toEqual([name, true]);
});

test("a run into the directory of an earlier one leaves only its own files", async () => {
  const folder = folderWith({ "a.yaml": aScenario() });
  const out = await filesOf("scenarios/synced-secret.yaml");
  expect((await keyturn(`run ${folder}/a.yaml --out ${out}`)).code).toBe(0);
  const fresh = await filesOf(`${folder}/a.yaml`);
  for (const name of filesIn(fresh))
    expect([name, read(out, name) === read(fresh, name)]).toEqual([name, true]);
  expect(filesIn(out)).toEqual(filesIn(fresh));
});

test("several files get a directory each, named after the scenario", async () => {
  const out = emptyFolder();
  const { code } = await keyturn(
    `run scenarios/csi-file.yaml scenarios/rotation-off.yaml --out ${out}`,
  );
  expect(code).toBe(0);
  expect(readdirSync(out).sort()).toEqual(["csi-file", "rotation-off"]);
  const alone = await filesOf("scenarios/csi-file.yaml");
  for (const name of filesIn(alone).filter((n) => n !== "junit.xml"))
    expect(read(out, `csi-file/${name}`)).toBe(read(alone, name));
});

test("no value of a secret is in any file but the journal, in no spelling", async () => {
  const values = [...CANARIES, 'canary: "quoted" & <b>é</b>\nsecond line'];
  const folder = folderWith({
    "canary.yaml": aScenario(
      `  - { at: 12m, setSecret: { vault: kvdemo, name: secret1, value: ${JSON.stringify(values[2])} } }
  - at: 13m
    apply: { apiVersion: v1, kind: Secret, metadata: { name: own }, stringData: { key: the canary of version two } }
expect:
  - { sink: { file: "busybox:/mnt/store/secret1" }, at: 11m, holds: the canary of version one }
  - { name: wrong, sink: { file: "busybox:/mnt/store/secret1" }, at: 20m, holds: the canary of version two }
`,
    ),
  });
  const out = join(folder, "out");
  const text = await keyturn(`run ${folder}/canary.yaml --out ${out}`);
  expect(text.code).toBe(1);
  const search = new CanarySearch(values.map((value) => Buffer.from(value)));
  const json = await keyturn(`run ${folder}/canary.yaml --format json`);
  const junit = await keyturn(`run ${folder}/canary.yaml --format junit`);
  for (const printed of [text, json, junit])
    expect(search.find(printed.out + printed.err)).toBeNull();
  const leaks = filesIn(out).filter(
    (name) => search.find(read(out, name)) !== null,
  );
  expect(leaks).toEqual(["journal.yaml"]);
});

test("values that YAML could misread come back from the journal as they were", async () => {
  const odd = [
    "yes",
    "on",
    "1_000",
    "0b11",
    "0644",
    "~",
    "null",
    "1e3",
    "12:30:45",
    "2024-04-29",
    "<<",
    "- a",
    "a: b",
    " padded ",
    "a\nb\n",
    "a\r\nb",
    "tab\t",
    "#",
    "'",
    '"',
    "\\",
    "é\u2028🙂",
    "",
  ];
  const text = aScenario(
    [
      ...odd.map(
        (value, i) =>
          `  - { at: 12m, setSecret: { vault: kvdemo, name: odd-${i}, value: ${JSON.stringify(value)}, tags: { why: ${JSON.stringify(value)} } } }\n`,
      ),
      `  - { at: 13m, apply: { apiVersion: v1, kind: Secret, metadata: { name: odd, annotations: ${JSON.stringify(Object.fromEntries(odd.map((value, i) => [`a${i}`, value])))} }, stringData: { "on": "off", "y": "n" } } }\n`,
    ].join(""),
  );
  const folder = folderWith({ "odd.yaml": text });
  const out = await filesOf(`${folder}/odd.yaml`);
  const again = loadScenario(join(out, "journal.yaml"));
  const commands = ({ setup, steps }: typeof again) =>
    [...setup, ...steps.map((s) => s.command)]
      .map((c) => JSON.stringify(c))
      .sort();
  expect(commands(again)).toEqual(commands(loadScenario(`${folder}/odd.yaml`)));
});

test("a journal needs no profile of the user's own", async () => {
  const folder = folderWith({
    "mine.yaml": read("scenarios/../src/emulator/profiles", "aks.yaml").replace(
      /name: aks/,
      "name: mine",
    ),
    "a.yaml": aScenario("profile: ./mine.yaml\n"),
  });
  const out = await filesOf(`${folder}/a.yaml`);
  const original = playScenario(loadScenario(`${folder}/a.yaml`));
  const again = playScenario(loadScenario(join(out, "journal.yaml")));
  expect(again.world.traceHash).toBe(original.world.traceHash);
});

test("files of others in the directory are named and left alone", async () => {
  const out = folderWith({ "notes.txt": "mine" });
  const printed = await keyturn(`run scenarios/csi-file.yaml --out ${out}`);
  expect(printed.code).toBe(0);
  expect(printed.out).toContain("Left alone what else is there: notes.txt.\n");
  expect(read(out, "notes.txt")).toBe("mine");
});

test("a path that is a file, or a file of somebody else in the way, is exit code 2 with path and fix", async () => {
  const folder = folderWith({ file: "mine", "other/summary.json": "mine" });
  for (const [out, reason] of [
    [join(folder, "file"), "there is a file of that name"],
    [join(folder, "file/deeper"), "a part of the path is a file"],
    [
      join(folder, "other"),
      "it holds summary.json, which no run of Keyturn wrote",
    ],
  ]) {
    const printed = await keyturn(`run scenarios/csi-file.yaml --out ${out}`);
    expect([printed.code, printed.out]).toEqual([2, ""]);
    expect(printed.err).toContain(`${out}`);
    expect(printed.err).toContain(reason);
    expect(printed.err).toContain("with --out");
    expect(printed.err).not.toMatch(/^ {4}at /m);
  }
  expect(filesIn(folder)).toEqual(["file", "other/summary.json"]);
  expect(read(folder, "file")).toBe("mine");
});

test.runIf(process.getuid?.() !== 0)(
  "a directory that may not be written to is exit code 2",
  async () => {
    const out = join(emptyFolder(), "locked");
    mkdirSync(out);
    chmodSync(out, 0o500);
    const printed = await keyturn(`run scenarios/csi-file.yaml --out ${out}`);
    expect([printed.code, printed.out]).toEqual([2, ""]);
    expect(printed.err).toContain("permission denied");
  },
);

test("where a file cannot be finished nothing half-written stays behind", async () => {
  const out = emptyFolder();
  // A directory in the place of the last file, which is found only when it is put there.
  mkdirSync(join(out, "journal.yaml"));
  writeFileSync(join(out, "journal.yaml", "x"), "mine");
  const printed = await keyturn(`run scenarios/csi-file.yaml --out ${out}`);
  expect([printed.code, printed.out]).toEqual([2, ""]);
  expect(printed.err).toContain("journal.yaml");
  expect(filesIn(out).filter((name) => name.endsWith(".partial"))).toEqual([]);
});

test("where the run itself breaks nothing half-written stays behind", async () => {
  const out = emptyFolder();
  const broken = vi.spyOn(journal, "journalText");
  broken.mockImplementation(() => {
    throw new TypeError("a bug of ours");
  });
  const printed = await keyturn(`run scenarios/csi-file.yaml --out ${out}`);
  broken.mockRestore();
  expect(printed.code).toBe(3);
  expect(printed.err).toContain("a bug of ours");
  expect(filesIn(out)).toEqual([]);
});
