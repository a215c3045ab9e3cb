/** Scenarios on a real disk: what cannot be read, and what is proposed instead. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { loadScenario } from "../../../src/emulator/scenario/load.ts";
import { ScenarioError } from "../../../src/emulator/scenario/problems.ts";
import { KeyturnError } from "../../../src/kernel/errors.ts";
import { HEAD } from "./support.ts";

let folder = "";
const at = (name: string) => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "keyturn-load-"));
  mkdirSync(at("manifests"));
  writeFileSync(at("csi-file.yaml"), HEAD);
  writeFileSync(at("other.yml"), HEAD);
  writeFileSync(at("manifests/busybox.yaml"), "");
  writeFileSync(
    at("latin1.yaml"),
    Buffer.concat([
      Buffer.from(`${HEAD}profile: "ä`),
      Buffer.from([0xe4, 0x0a]),
    ]),
  );
  writeFileSync(at("utf16.yaml"), Buffer.from(`\uFEFF${HEAD}`, "utf16le"));
  writeFileSync(at("bom.yaml"), `\uFEFF${HEAD}`);
  writeFileSync(at("crlf.yaml"), `${HEAD}sede: 1\n`.replaceAll("\n", "\r\n"));
  writeFileSync(at("huge.yaml"), Buffer.alloc(4 * 1024 * 1024 + 1, "#"));
  writeFileSync(
    at("missing-manifest.yaml"),
    `${HEAD}manifests:\n  - manifests/busibox.yaml\n  - manifests\n`,
  );
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function failure(file: string): ScenarioError {
  try {
    loadScenario(file);
  } catch (error) {
    if (error instanceof ScenarioError) return error;
    throw error;
  }
  throw new Error(`${file} loads although it must not`);
}

describe("a scenario file", () => {
  it("that is there loads, with a byte order mark or without", () => {
    expect(loadScenario(at("csi-file.yaml")).name).toBe("t");
    expect(loadScenario(at("bom.yaml")).name).toBe("t");
  });

  it("that is missing gives its name and the nearest there is", () => {
    const file = at("csi-fil.yaml");
    const error = failure(file);
    expect(error).toBeInstanceOf(KeyturnError);
    expect(error.code).toBe("InvalidScenario");
    expect(error.problems).toEqual([
      {
        position: { file, line: 1, column: 1 },
        message: `Failed to read scenario ${file}: no such file`,
        fix: `did you mean ${at("csi-file.yaml")}?`,
      },
    ]);
    expect(error.message).toBe(
      `Failed to load scenario ${file}: 1 problem\n${file}:1:1: Failed to read scenario ${file}: no such file\n  did you mean ${at("csi-file.yaml")}?`,
    );
  });

  it("that is named without its ending is found", () => {
    expect(failure(at("csi-file")).problems[0]?.fix).toBe(
      `did you mean ${at("csi-file.yaml")}?`,
    );
  });

  it("that is a folder is refused", () => {
    const [problem] = failure(folder).problems;
    expect(problem?.message).toBe(
      `Failed to read scenario ${folder}: it is a folder`,
    );
    expect(problem?.fix).toContain(at("csi-file.yaml"));
  });

  it("that is no UTF-8 text is refused at the first wrong byte", () => {
    expect(failure(at("latin1.yaml")).problems).toEqual([
      {
        position: { file: at("latin1.yaml"), line: 5, column: 12 },
        message: `Failed to read scenario ${at("latin1.yaml")}: it is not UTF-8 text`,
        fix: "",
      },
    ]);
    expect(failure(at("utf16.yaml")).problems[0]?.message).toMatch(
      /: it is UTF-16 text; save it as UTF-8$/,
    );
  });

  it("of more than 4 MiB is not read", () => {
    expect(failure(at("huge.yaml")).problems[0]?.message).toMatch(
      /: it is too long: 4194305 bytes; at most 4194304 are read$/,
    );
  });

  it("with CR LF has the same positions", () => {
    expect(failure(at("crlf.yaml")).problems).toMatchObject([
      { position: { line: 5, column: 1 } },
    ]);
  });
});

it("a manifest that is missing points to where it is named and to the nearest there is", () => {
  const file = at("missing-manifest.yaml");
  expect(failure(file).problems).toEqual([
    {
      position: { file, line: 6, column: 5 },
      message: `Failed to read manifest ${at("manifests/busibox.yaml")}: no such file`,
      fix: `did you mean "${at("manifests/busybox.yaml")}"?`,
    },
    {
      position: { file, line: 7, column: 5 },
      message: `Failed to read manifest ${at("manifests")}: it is a folder`,
      fix: expect.any(String),
    },
  ]);
});
