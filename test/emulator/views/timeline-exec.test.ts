/** The timeline of commands that run in containers. */
import { describe, expect, test } from "vitest";
import { utf8ToBytes } from "../../../src/kernel/bytes.ts";
import type { RevealBytes } from "../../../src/emulator/trace/versions.ts";
import { Timeline } from "../../../src/emulator/views/timeline.ts";
import type { TimelineOptions } from "../../../src/emulator/views/timeline.ts";
import type { Run } from "../../support/facts.ts";
import { aPod, aRun } from "../../support/facts.ts";
import { Execution } from "../../support/facts-node.ts";
import { tooWide } from "./story.ts";

const texts = new Map<string, string>();

/** Shows everything that is in the value book of the test. */
const reveal: RevealBytes = ({ object, version }) => {
  const text = texts.get(`${object}/${version}`);
  return text === undefined ? null : utf8ToBytes(text);
};

function lines(run: Run, options: TimelineOptions = { reveal }): string[] {
  const timeline = new Timeline();
  for (const fact of run.facts) timeline.fact(fact);
  const all = timeline.lines(options);
  expect(tooWide(all, options.width ?? 80)).toEqual([]);
  return all.slice(2);
}

function executed(command: readonly string[], exec = "exec-1") {
  const run = aRun();
  const pod = run.addPod(aPod());
  run.at("1m");
  return { run, execution: new Execution(run, pod, command, { texts, exec }) };
}

test("the command line comes first, then what it printed at once", () => {
  const { run, execution } = executed(["cat", "/mnt/secrets-store/secret1"]);
  execution.print("the first value\n").finish();
  run.end("2m");
  expect(lines(run)).toEqual([
    "  +01:00.000  exec               busybox $ cat /mnt/secrets-store/secret1",
    "                                 | the first value",
  ]);
});

test("words that a shell would split are quoted, a script is told as it is, a long one wraps", () => {
  const { run, execution } = executed(["grep", "a b", "/etc/key"]);
  execution.finish();
  run.end("2m");
  expect(lines(run)[0]).toContain("busybox $ grep 'a b' /etc/key");
  const script =
    "while true; do cat /mnt/secrets-store/secret1; echo; sleep 1; done";
  const long = executed(["/bin/sh", "-c", script]);
  long.execution.finish();
  long.run.end("2m");
  expect(lines(long.run)).toEqual([
    "  +01:00.000  exec               busybox $ while true; do cat",
    "                                 /mnt/secrets-store/secret1; echo; sleep 1; done",
  ]);
});

test("what comes later has a line of its own, errors their mark, a failure its exit code", () => {
  const { run, execution } = executed(["sh", "-c", "cat a; sleep 3; ls b"]);
  execution.print("one\ntwo\n");
  run.later(3000);
  execution.print("three").print("ls: b: No such file\n", "stderr").finish(1);
  run.end("2m");
  expect(lines(run)).toEqual([
    "  +01:00.000  exec               busybox $ cat a; sleep 3; ls b",
    "                                 | one",
    "                                 | two",
    "  +01:03.000  exec               | three",
    "                                 ! ls: b: No such file",
    "  +01:03.000  exec               exit code 1",
  ]);
});

test("the same output again is counted, also under the title of watch", () => {
  const { run, execution } = executed(["watch", "-n", "1", "cat", "a"]);
  for (let second = 0; second < 20; second++) {
    const title = `Every 1.0s: cat a  2024-04-29 09:01:${second}`;
    execution.print(`${title}\n\n`).print(second < 15 ? "v1\n" : "v2\n");
    run.later(1000);
  }
  run.end("2m");
  expect(lines(run).map((line) => line.trim())).toEqual([
    "+01:00.000  exec               busybox $ watch -n 1 cat a",
    "| Every 1.0s: cat a  2024-04-29 09:01:0",
    "|",
    "| v1",
    "…  busybox printed the same ×14",
    "+01:15.000  exec               | Every 1.0s: cat a  2024-04-29 09:01:15",
    "|",
    "| v2",
    "…  busybox printed the same ×4",
  ]);
});

test("of a long output the first lines are told and the others counted", () => {
  const { run, execution } = executed(["cat", "a"]);
  const text = Array.from({ length: 25 }, (_, i) => `line ${i}\n`).join("");
  execution.print(text).finish();
  run.end("2m");
  const told = lines(run);
  expect(told).toHaveLength(12);
  expect(told.at(-1)!.trim()).toBe("| … 15 more lines");
});

describe("a reader who may not see values", () => {
  const command = ["cat", "/mnt/secrets-store/secret1"];
  const { run, execution } = executed(command, "exec-2");
  execution.print("the first ").print("value\n").finish();
  run.end("2m");

  test("sees what whoever prints makes of the pieces of an instant together", () => {
    const masked = lines(run, {
      printed: (pieces) =>
        pieces
          .map((piece) => texts.get(`${piece.object}/${piece.version}`)!)
          .join("")
          .replace("the first value", "<v1 of kvdemo/secrets/secret1>"),
    });
    expect(masked[1]!.trim()).toBe("| <v1 of kvdemo/secrets/secret1>");
  });

  test("sees their size where nobody makes anything of them", () => {
    expect(lines(run, {})[1]!.trim()).toBe("| (16 bytes)");
  });
});

test("nothing that is printed can move the cursor or leave its column", () => {
  const { run, execution } = executed(["cat", "a"]);
  execution
    .print("a\u001b[31mred\rback\n".repeat(3) + "🙂".repeat(60))
    .finish();
  run.end("2m");
  for (const width of [40, 60, 80])
    expect(lines(run, { reveal, width }).join("\n")).not.toMatch(
      // oxlint-disable-next-line no-control-regex -- controls are what is looked for
      /[\u001b\r]/,
    );
});
