import { describe, expect, test } from "vitest";
import { durationMs } from "../../../src/kernel/time.ts";
import type { Scenario } from "../../../src/emulator/scenario/model.ts";
import type { Who } from "../../../src/emulator/trace/names.ts";
import { aRotation, aRun, aWebPod } from "../../support/facts.ts";
import {
  CSI_FILE,
  POSITION,
  file,
  holds,
  judge,
  revealing,
} from "../../support/scenarios.ts";

const reveal = revealing({
  "secret1-version-1": "the first value",
  "secret1-version-2": "the zweite value: ü",
});

const SET = { kind: "setSecret", vault: "kvdemo", name: "secret1" } as const;
const scenario: Partial<Scenario> = {
  setup: [{ ...SET, value: "the first value" }],
  steps: [
    {
      at: durationMs("10m"),
      position: POSITION,
      command: { ...SET, id: "rotate", value: "the zweite value: ü" },
    },
  ],
};

function rotated() {
  return aRotation().run.end("20m");
}

describe("holds", () => {
  test.each([
    ["11m43.239s", "the first value", true],
    ["11m43.239s", "the zweite value: ü", false],
    ["11m43.240s", "the zweite value: ü", true],
    ["11m43.240s", "the first value", false],
    ["11m43.240s", "the zweite value: ü\n", false],
    ["11m43.240s", "", false],
  ])("at %s compares the exact bytes with %j: %s", (at, value, passed) => {
    const result = judge(rotated(), holds(CSI_FILE, at, value), { reveal });
    expect(result.passed).toBe(passed);
  });

  test("names the value by who set it and what is there by its version", () => {
    const run = rotated();
    const line = (value: string) =>
      judge(run, holds(CSI_FILE, "11m", value), { reveal, scenario });
    expect(line("the first value")).toMatchObject({
      passed: true,
      expected:
        "busybox:/mnt/secrets-store/secret1 holds the first value of kvdemo/secrets/secret1 at 11m",
      actual: "pod busybox holds v1 of kvdemo/secrets/secret1",
    });
    expect(line("the zweite value: ü").expected).toContain(
      "holds the value that step rotate sets at 11m",
    );
    expect(line("another").expected).toContain("holds the value of the line");
  });

  test("has the chain of what is there instead when it fails", () => {
    const line = holds(CSI_FILE, "11m", "another");
    const { chain } = judge(rotated(), line, { reveal });
    expect(chain?.hops.at(-1)?.label).toBe("file");
  });

  test("fails when the bytes are known to nobody any more", () => {
    const line = holds(CSI_FILE, "11m", "the first value");
    expect(judge(rotated(), line).passed).toBe(false);
  });

  test("fails before the file is there, and for a pod that never was", () => {
    const run = rotated();
    expect(
      judge(run, holds(CSI_FILE, "10ms", "the first value"), { reveal }).actual,
    ).toBe("busybox:/mnt/secrets-store/secret1 is not there at 10ms");
    expect(
      judge(run, holds(CSI_FILE, "424ms", "the first value"), { reveal })
        .actual,
    ).toBe("pod busybox has no value there");
    const nobody = file("nobody", "/mnt/secrets-store/secret1");
    expect(judge(run, holds(nobody, "1m", "x"), { reveal })).toMatchObject({
      passed: false,
      problem: null,
      actual: "no pod default/nobody came to exist",
    });
  });

  test("wants the bytes in every pod of a workload, and names one that has others", () => {
    const run = aRun();
    const v1 = run.setSecret("secret1");
    const pods = [0, 1].map((n) => run.addPod(aWebPod(n)));
    for (const pod of pods) run.file(pod, { secret1: v1 });
    const v2 = run.at("1m").setSecret("secret1");
    run.file(pods[0]!, { secret1: v2 });
    run.at("2m").file(pods[1]!, { secret1: v2 });
    run.end("20m");
    const who: Who = { kind: "statefulset", namespace: "default", name: "web" };
    const sink = file(who, "/mnt/secrets-store/secret1");
    const at = (text: string) =>
      judge(run, holds(sink, text, "the zweite value: ü"), { reveal });
    expect(at("1m59.999s")).toMatchObject({
      passed: false,
      actual: "pod web-1 holds v1 of kvdemo/secrets/secret1",
    });
    expect(at("2m").passed).toBe(true);
  });
});
