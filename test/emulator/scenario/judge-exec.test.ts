import { describe, expect, test } from "vitest";
import type { ExecOutcome } from "../../../src/emulator/scenario/model.ts";
import type { RevealBytes } from "../../../src/emulator/trace/versions.ts";
import { bytesToBase64, utf8ToBytes } from "../../../src/kernel/bytes.ts";
import { durationMs } from "../../../src/kernel/time.ts";
import type { Run } from "../../support/facts.ts";
import { aRotation } from "../../support/facts.ts";
import { POSITION, judge } from "../../support/scenarios.ts";

const VALUES: Readonly<Record<string, string>> = {
  "secret1-version-1": "the first value",
  "secret1-version-2": "the second value",
};
const COMMAND = {
  kind: "exec",
  exec: "exec-1",
  namespace: "default",
  pod: "busybox",
  container: null,
  command: ["cat", "/mnt/secrets-store/secret1"],
} as const;
const CONTAINER = {
  namespace: "default",
  name: "busybox",
  uid: "uid-busybox",
  container: "busybox",
};

interface Printed {
  readonly stdout?: readonly string[];
  readonly stderr?: readonly string[];
  readonly exitCode?: number | null;
}

function reveal({ stdout = [], stderr = [] }: Printed): RevealBytes {
  return ({ object, version }) => {
    const [stream, index] = version.split("-");
    const pieces = stream === "stdout" ? stdout : stderr;
    const text =
      object === "exec/exec-1" ? pieces[Number(index)] : VALUES[version];
    return text === undefined ? null : utf8ToBytes(text);
  };
}

/** A rotation, then the command at 15m. */
function aRunWith({ stdout = [], stderr = [], exitCode = 0 }: Printed): Run {
  const { run } = aRotation();
  const kind = { kind: "exec", id: "", target: "default/Pod/busybox" };
  run.at("15m").record("command", kind);
  const of = { ...CONTAINER, exec: "exec-1" };
  run.record("container.exec.started", { ...of, command: ["cat"] });
  if (exitCode !== null)
    run.later(5).record("container.exec.finished", {
      ...of,
      exitCode,
      stdout: stdout.length,
      stderr: stderr.length,
    });
  return run.end("20m");
}

function judged(
  outcome: Partial<ExecOutcome>,
  printed: Printed,
  run = aRunWith(printed),
) {
  const line = {
    kind: "exec",
    name: "exec",
    position: POSITION,
    at: durationMs("15m"),
    command: COMMAND,
    outcome: { stdout: null, exitCode: null, ...outcome },
  } as const;
  return judge(run, line, { reveal: reveal(printed) });
}

describe("exec", () => {
  test.each<[string, string[], boolean]>([
    ["the second value", ["the second value"], true],
    ["the second value", ["the second value\n"], true],
    ["the second value\n", ["the ", "second value"], true],
    ["the second value", ["the second value\n\n"], false],
    ["the second value", [" the second value"], false],
    ["the second value", [], false],
    ["", [], true],
  ])("%j against %j: %s", (stdout, pieces, passed) => {
    expect(judged({ stdout }, { stdout: pieces }).passed).toBe(passed);
  });

  test.each([
    [0, 0, true],
    [0, 1, false],
    [1, 1, true],
  ])("exit code %i against %i: %s", (exitCode, got, passed) => {
    expect(judged({ exitCode }, { exitCode: got }).passed).toBe(passed);
  });

  test("names values by their versions, in whatever form they were printed", () => {
    const base64 = bytesToBase64(utf8ToBytes("the second value"));
    const result = judged(
      { stdout: "the second value", exitCode: 0 },
      { stdout: [`the first value ${base64}\n`], stderr: ["the first value?"] },
    );
    expect(result).toMatchObject({
      passed: false,
      expected:
        'exec in busybox at 15m prints "<v2 of kvdemo/secrets/secret1>" and exits with 0',
      actual:
        'it printed "<v1 of kvdemo/secrets/secret1> <v2 of kvdemo/secrets/secret1>" and exited with 0; on stderr "<v1 of kvdemo/secrets/secret1>?"',
    });
  });

  test("explains the file that the command names", () => {
    const { chain } = judged(
      { stdout: "the first value" },
      { stdout: ["the second value"] },
    );
    expect(chain?.sink).toMatchObject({ path: "/mnt/secrets-store/secret1" });
    expect(chain?.hops.at(-1)?.fact.type).toBe("volume.switched");
  });

  test("says nothing of a value when there is none, and cuts long texts", () => {
    expect(judged({ exitCode: 1 }, {})).toMatchObject({
      actual: "it printed nothing and exited with 0",
      chain: null,
    });
    const long = judged({ exitCode: 1 }, { stdout: ["x".repeat(400)] });
    expect(long.actual).toContain('x" and 100 more characters');
  });

  test("fails when the command never ends", () => {
    expect(judged({ exitCode: 0 }, { exitCode: null })).toMatchObject({
      passed: false,
      actual: "it still ran at the end (20m)",
    });
  });

  test("fails with the reason when the command was refused", () => {
    const { run } = aRotation();
    const of = { kind: "exec", id: "" };
    const command = run
      .at("15m")
      .record("command", { ...of, target: "default/Pod/busybox" });
    const error = 'pods "busybox" not found';
    run.record("command.refused", { ...of, error }, [command]);
    const result = judged({ exitCode: 0 }, {}, run.end("20m"));
    expect(result).toMatchObject({
      passed: false,
      actual: 'it was refused: pods "busybox" not found',
    });
  });
});
