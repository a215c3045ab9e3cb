import { describe, expect, test } from "vitest";
import { durationMs } from "../../../src/kernel/time.ts";
import type { SinkName, Who } from "../../../src/emulator/trace/names.ts";
import type { Pod, Run, Version } from "../../support/facts.ts";
import { aPod, WEB_WORKLOAD, aRotation, aRun } from "../../support/facts.ts";
import {
  CSI_FILE,
  SECRET,
  SECRET_FILE,
  file,
  judge,
  sees,
} from "../../support/scenarios.ts";

const WEB: Who = { kind: "statefulset", namespace: "default", name: "web" };
const WEB_FILE = file(WEB, "/mnt/secrets-store/secret1");

/** Pods with v1 since the start and `rotate` at 1m. */
function rotated(...names: string[]): {
  run: Run;
  pods: Pod[];
  v1: Version;
  v2: Version;
} {
  const run = aRun();
  const v1 = run.setSecret("secret1");
  const pods = names.map((name) => {
    const workload = name.startsWith("web-") ? WEB_WORKLOAD : "";
    return run.addPod(aPod({ name, workload }));
  });
  for (const pod of pods) run.file(pod, { secret1: v1 });
  const v2 = run.at("1m").setSecret("secret1", "rotate");
  return { run, pods, v1, v2 };
}

describe("within, from the step", () => {
  test.each([
    ["1m43.240s", true],
    ["1m43.239s", false],
  ])("of a file that follows after 1m43.240s: %s -> %s", (limit, passed) => {
    const { run } = aRotation();
    run.end("20m");
    const result = judge(run, sees(CSI_FILE, { within: durationMs(limit) }));
    expect(result.passed).toBe(passed);
    expect(result.actual).toBe(
      "busybox:/mnt/secrets-store/secret1 saw v2 of kvdemo/secrets/secret1 at 11m43.240s, 1m43.240s after the step",
    );
  });

  test("is said as expected, and a failed line has the chain that explains it", () => {
    const { run } = aRotation();
    run.end("20m");
    const failed = judge(run, sees(CSI_FILE, { within: 1000 }));
    expect(failed.expected).toBe(
      "busybox:/mnt/secrets-store/secret1 sees the version that step rotate sets, or a newer one, within 1s of the step",
    );
    expect(failed.chain?.hops.map((hop) => hop.label)).toEqual([
      "command",
      "set",
      "poll",
      "file",
    ]);
    const held = judge(run, sees(CSI_FILE));
    expect(held).toMatchObject({ passed: true, chain: null, problem: null });
  });

  test("says what the sink holds when it never saw the version", () => {
    const { run } = rotated("busybox");
    run.end("20m");
    const result = judge(run, sees(CSI_FILE));
    expect(result).toMatchObject({
      passed: false,
      actual:
        "busybox:/mnt/secrets-store/secret1 holds v1 of kvdemo/secrets/secret1 at the end (20m)",
    });
    expect(result.chain?.newer?.data.ordinal).toBe(2);
  });

  test("a version seen after the end was not seen", () => {
    const { run } = aRotation();
    run.end("20m");
    const scenario = { duration: durationMs("11m43.239s") };
    expect(judge(run, sees(CSI_FILE), { scenario }).passed).toBe(false);
    const longer = { duration: durationMs("11m43.240s") };
    expect(judge(run, sees(CSI_FILE), { scenario: longer }).passed).toBe(true);
  });
});

describe("provenance", () => {
  test("a newer version will do, unless exactly this one is wanted", () => {
    const { run, pods } = rotated("busybox");
    const v3 = run.at("2m").setSecret("secret1", "again");
    run.at("3m").file(pods[0]!, { secret1: v3 });
    run.end("20m");
    expect(judge(run, sees(CSI_FILE)).passed).toBe(true);
    expect(judge(run, sees(CSI_FILE, { exactly: true })).passed).toBe(false);
    const again = sees(CSI_FILE, { step: "again", exactly: true });
    expect(judge(run, again).passed).toBe(true);
  });

  test("an older version and another object's will not", () => {
    const { run, pods, v1 } = rotated("busybox");
    const other = run.at("2m").setSecret("secret2");
    run.file(pods[0]!, { secret1: other });
    run.at("3m").file(pods[0]!, { secret1: v1 });
    run.end("20m");
    expect(judge(run, sees(CSI_FILE)).passed).toBe(false);
  });

  test("newer goes by the vault's order, also when a purged name counts from 1 again", () => {
    const { run, pods, v2 } = rotated("busybox");
    const anew = { ...v2, version: "anew", ordinal: 1 };
    run.at("2m").record("vault.secret.set", {
      vault: "kvdemo",
      name: "secret1",
      version: "anew",
      ordinal: 1,
      enabled: true,
    });
    run.at("3m").file(pods[0]!, { secret1: anew });
    run.end("20m");
    expect(judge(run, sees(CSI_FILE)).passed).toBe(true);
  });

  test("equal bytes of a verified volume count from the instant they were verified", () => {
    const { run, pods, v2 } = rotated("busybox");
    run.at("2m").file(pods[0]!, { secret1: v2 }, [], "volume.verified");
    run.end("20m");
    const at = (ms: number) =>
      judge(run, sees(CSI_FILE, { within: ms })).passed;
    expect([at(59_999), at(60_000)]).toEqual([false, true]);
  });
});

describe("a workload", () => {
  test("sees a version when the last of its pods holds it", () => {
    const { run, pods, v2 } = rotated("web-0", "web-1");
    run.at("2m").file(pods[0]!, { secret1: v2 });
    run.at("3m").file(pods[1]!, { secret1: v2 });
    run.end("20m");
    const within = (text: string) =>
      judge(run, sees(WEB_FILE, { within: durationMs(text) })).passed;
    expect(within("1m59.999s")).toBe(false);
    expect(within("2m")).toBe(true);
  });

  test("does not wait for a pod that is terminating", () => {
    const { run, pods, v2 } = rotated("web-0", "web-1");
    run.at("2m").file(pods[0]!, { secret1: v2 });
    run.at("4m").pod("terminating", pods[1]!);
    run.end("20m");
    const result = judge(run, sees(WEB_FILE));
    expect(result.passed).toBe(true);
    expect(result.actual).toContain("at 4m, 3m after the step");
  });

  test("waits for a pod that has no volume yet", () => {
    const { run, pods, v2 } = rotated("web-0");
    run.apiObject("created", "Pod", "web-1", { workload: WEB_WORKLOAD });
    run.at("2m").file(pods[0]!, { secret1: v2 });
    run.end("20m");
    expect(judge(run, sees(WEB_FILE)).passed).toBe(false);
  });

  test("without a pod sees nothing, until one comes that holds it", () => {
    const { run, pods, v2 } = rotated("busybox");
    run.at("2m").pod("terminating", pods[0]!).later(1000).pod("gone", pods[0]!);
    const next = run.at("5m").addPod(aPod({ uid: "uid-next" }));
    run.later(300).file(next, { secret1: v2 });
    run.end("20m");
    expect(judge(run, sees(CSI_FILE)).actual).toContain(
      "at 5m0.300s, 4m0.300s after the step",
    );
  });

  test("is looked at after everything that happens in an instant", () => {
    const { run, pods, v2 } = rotated("busybox");
    const next = aPod({ uid: "uid-next" });
    run.at("2m").file(pods[0]!, { secret1: v2 });
    run.addPod(next);
    run.at("3m").file(next, { secret1: v2 });
    run.end("20m");
    expect(judge(run, sees(CSI_FILE)).actual).toContain("at 3m, 2m after");
  });
});

describe("never", () => {
  test("holds for a sink that keeps the old version until the end", () => {
    const { run } = rotated("busybox");
    run.end("20m");
    expect(judge(run, sees(CSI_FILE, { never: true }))).toMatchObject({
      passed: true,
      expected:
        "busybox:/mnt/secrets-store/secret1 never sees the version that step rotate sets, or a newer one",
    });
  });

  test("fails with the chain as soon as the version is seen, even at the very end", () => {
    const { run, pods, v2 } = rotated("busybox");
    run.at("20m").file(pods[0]!, { secret1: v2 });
    run.end("20m");
    const result = judge(run, sees(CSI_FILE, { never: true }));
    expect(result.passed).toBe(false);
    expect(result.chain?.holds?.ordinal).toBe(2);
  });
});

describe("after another sink", () => {
  const afterSecret = (within: string) =>
    sees(SECRET_FILE, { within: durationMs(within), after: SECRET });

  test.each([
    ["38.012s", true],
    ["38.011s", false],
  ])(
    "of a volume that follows its Secret after 38.012s: %s -> %s",
    (limit, passed) => {
      const { run } = aRotation();
      run.end("20m");
      const result = judge(run, afterSecret(limit));
      expect(result.passed).toBe(passed);
      expect(result.actual).toContain(
        "at 12m21.256s, 38.012s after app-secret/mysecret1",
      );
    },
  );

  test("a sink that was earlier is in time", () => {
    const { run } = aRotation();
    run.end("20m");
    const line = sees(CSI_FILE, { within: 0, after: SECRET });
    expect(judge(run, line)).toMatchObject({
      passed: true,
      actual: expect.stringContaining("4ms before app-secret/mysecret1"),
    });
  });

  test("fails and says so when the other sink never saw it", () => {
    const { run, pods, v2, v1 } = rotated("busybox");
    run.secret("created", "app-secret", { mysecret1: v1 });
    run.at("2m").secretFile(pods[0]!, { mysecret1: v2 });
    run.end("20m");
    const result = judge(run, afterSecret("92s"));
    expect(result).toMatchObject({
      passed: false,
      actual:
        "app-secret/mysecret1 never saw it, so there is nothing to count from",
    });
    expect(result.chain?.sink).toEqual(SECRET);
  });

  test("fails and says so when the other sink never came to exist", () => {
    const { run, pods, v2 } = rotated("busybox");
    run.at("2m").secretFile(pods[0]!, { mysecret1: v2 });
    run.end("20m");
    expect(judge(run, afterSecret("92s")).actual).toBe(
      "app-secret/mysecret1 never saw it, so there is nothing to count from: Secret default/app-secret never came to exist",
    );
  });

  test("says what the sink holds when only the other one saw it", () => {
    const { run, v1, v2, pods } = rotated("busybox");
    run.secretFile(pods[0]!, { mysecret1: v1 });
    run.at("2m").secret("created", "app-secret", { mysecret1: v2 });
    run.end("20m");
    expect(judge(run, afterSecret("92s")).actual).toContain(
      "holds v1 of kvdemo/secrets/secret1 at the end (20m)",
    );
  });

  /** Files of the same two pods: 10 s apart in each pod, although the pods are minutes apart. */
  function twoPods(): Run {
    const { run, pods, v2 } = rotated("web-0", "web-1");
    for (const [i, pod] of pods.entries()) {
      run.at(`${2 + 2 * i}m`).file(pod, { secret1: v2 });
      run.later(10_000).secretFile(pod, { mysecret1: v2 });
    }
    return run.end("20m");
  }
  const webVolume = file(WEB, "/mnt/secrets-volume/mysecret1");

  test("counts from the same pod's other sink", () => {
    const run = twoPods();
    const line = (within: number) =>
      judge(run, sees(webVolume, { within, after: WEB_FILE })).passed;
    expect([line(9_999), line(10_000)]).toEqual([false, true]);
  });

  test("counts from the last pod of the other sink where the pods are others", () => {
    const { run, pods, v2 } = rotated("busybox", "web-0", "web-1");
    run.at("2m").file(pods[1]!, { secret1: v2 });
    run.at("3m").file(pods[2]!, { secret1: v2 });
    run.at("3m10s").file(pods[0]!, { secret1: v2 });
    run.end("20m");
    const line = (within: number) =>
      judge(run, sees(CSI_FILE, { within, after: WEB_FILE })).passed;
    expect([line(9_999), line(10_000)]).toEqual([false, true]);
  });

  test("counts from the last pod where the sink itself is a Secret", () => {
    const { run, pods, v2 } = rotated("web-0", "web-1");
    run.at("2m").file(pods[0]!, { secret1: v2 });
    run.at("3m").file(pods[1]!, { secret1: v2 });
    run.at("3m10s").secret("created", "app-secret", { mysecret1: v2 });
    run.end("20m");
    const line = (within: number) =>
      judge(run, sees(SECRET, { within, after: WEB_FILE })).passed;
    expect([line(9_999), line(10_000)]).toEqual([false, true]);
  });
});

describe("things that are not there", () => {
  const nowhere: SinkName = file("nobody", "/mnt/secrets-store/secret1");

  test("a declared pod that never came to exist fails sees and passes never", () => {
    const { run } = rotated("busybox");
    run.end("20m");
    expect(judge(run, sees(nowhere))).toMatchObject({
      passed: false,
      problem: null,
      actual: "no pod default/nobody came to exist",
    });
    expect(judge(run, sees(nowhere, { never: true })).passed).toBe(true);
  });

  test("a path that no container has is bad input, not a verdict", () => {
    const { run } = rotated("busybox");
    run.end("20m");
    const line = sees(file("busybox", "/etc/key"), { never: true });
    expect(judge(run, line)).toMatchObject({
      passed: false,
      problem:
        "Failed to find busybox:/etc/key: no container of default/busybox has /etc/key: mounted are /mnt/secrets-store, /mnt/secrets-volume",
    });
  });

  test("a step that the vault refused is named with the vault's words", () => {
    const { run } = rotated("busybox");
    run.record("command.refused", {
      kind: "setSecret",
      id: "denied",
      error: "(Forbidden) Caller is not authorized",
    });
    run.end("20m");
    const line = sees(CSI_FILE, { step: "denied" });
    expect(judge(run, line)).toMatchObject({
      passed: false,
      actual: "step denied was refused: (Forbidden) Caller is not authorized",
    });
    const never = sees(CSI_FILE, { step: "late", never: true });
    expect(judge(run, never)).toMatchObject({
      passed: true,
      actual: "step late set no version",
    });
  });
});
