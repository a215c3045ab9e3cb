import { describe, expect, test } from "vitest";
import type { Run } from "../../support/facts.ts";
import { aPod, aRun, aWebPod } from "../../support/facts.ts";
import {
  audit,
  event,
  judge,
  object,
  podNamed,
} from "../../support/scenarios.ts";

const MINUTE = 60_000;
const exactly = (n: number) => ({ min: n, max: n });

/** Polls every two minutes from 1m to 19m for two pods: ten records of each operation and pod, folded. */
function polled(): Run {
  const run = aRun();
  const v1 = run.setSecret("secret1");
  const pods = ["busybox", "busybox-2"].map((name) => aPod({ name }));
  for (let minute = 1; minute < 20; minute += 2) {
    const tick = run.at(`${minute}m`).tick("node-0");
    for (const pod of pods) run.get(pod, v1, tick);
  }
  return run.end("20m");
}

function emit(run: Run, parts: Record<string, string> = {}) {
  const about = `${parts["name"] ?? "busybox"}/${parts["message"] ?? ""}`;
  return run.repeat("k8s.event", about, {
    reason: "SecretRotationComplete",
    type: "Normal",
    message: "done",
    kind: "Pod",
    namespace: "default",
    name: "busybox",
    uid: "u",
    source: "csi-secrets-store-rotation",
    host: "node-0",
    ...parts,
  });
}

describe("audit", () => {
  test("counts every instance of a folded run, for all pods or one", () => {
    const run = polled();
    const count = (parts: Parameters<typeof audit>[0]) =>
      judge(run, audit(parts)).actual;
    expect(count({})).toBe("counted 20");
    expect(count({ pod: podNamed("busybox") })).toBe("counted 10");
    expect(count({ operation: "Authentication" })).toBe("counted 20");
    expect(count({ pod: podNamed("nobody") })).toBe("counted 0");
    expect(count({ vault: "other" })).toBe("counted 0");
  });

  test.each([
    [MINUTE, 3 * MINUTE, 1],
    [MINUTE, 3 * MINUTE + 1, 2],
    [MINUTE + 1, 3 * MINUTE, 0],
    [0, 20 * MINUTE, 10],
  ])("counts within [%d, %d): %d", (from, to, n) => {
    const pod = podNamed("busybox");
    const result = judge(polled(), audit({ pod, between: { from, to } }));
    expect(result.actual).toBe(`counted ${n}`);
  });

  test("narrows by HTTP status and takes a workload's pods together", () => {
    const run = aRun();
    const v1 = run.setSecret("secret1");
    const pods = [aWebPod(0), aWebPod(1), aPod({ name: "other-0" })];
    for (const pod of pods) run.addPod(pod);
    const refused = { status: 403, version: null, ordinal: null };
    for (const pod of pods) run.get(pod, v1, run.tick("node-0"), refused);
    run.get(pods[0]!, v1, run.later(1).tick("node-0"));
    run.end("20m");
    const pod = {
      kind: "statefulset",
      namespace: "default",
      name: "web",
    } as const;
    const count = (status: number) => judge(run, audit({ pod, status })).actual;
    expect([count(403), count(200)]).toEqual(["counted 2", "counted 1"]);
  });

  test.each([
    [{ min: 10, max: 10 }, true, "exactly 10"],
    [{ min: 11, max: 12 }, false, "11 to 12"],
    [{ min: 11, max: Infinity }, false, "at least 11"],
    [{ min: 10, max: Infinity }, true, "at least 10"],
    [{ min: 0, max: 9 }, false, "at most 9"],
    [{ min: 0, max: 10 }, true, "at most 10"],
  ])("of ten records %o: %s", (count, passed, words) => {
    const line = audit({ pod: podNamed("busybox"), count });
    expect(judge(polled(), line)).toMatchObject({
      passed,
      expected: `${words} SecretGet records of kvdemo for default/busybox`,
    });
  });

  test("says its window and status", () => {
    const between = { from: 0, to: 20 * MINUTE };
    const line = audit({ status: 403, between, count: exactly(0) });
    expect(judge(polled(), line).expected).toBe(
      "exactly 0 SecretGet records of kvdemo with status 403 in [0s, 20m)",
    );
  });
});

describe("event", () => {
  /** Ten emissions about busybox, one about another pod, one with another message. */
  function emitted(): Run {
    const run = aRun();
    for (let minute = 1; minute <= 10; minute++) emit(run.at(`${minute}m`));
    emit(run, { name: "other" });
    emit(run, { message: "failed to patch" });
    return run.end("20m");
  }
  const pod = { kind: "Pod", namespace: "default", name: "busybox" };

  test("counts emissions, folded ones included", () => {
    const run = emitted();
    const count = (parts: Parameters<typeof event>[0]) =>
      judge(run, event(parts)).actual;
    expect(count({})).toBe("counted 12");
    expect(count({ object: pod })).toBe("counted 11");
    expect(count({ object: pod, message: "patch" })).toBe("counted 1");
    expect(count({ reason: "FailedMount" })).toBe("counted 0");
    const between = { from: 2 * MINUTE, to: 4 * MINUTE };
    expect(count({ between })).toBe("counted 2");
  });

  test("says what it counts", () => {
    const line = event({ object: pod, message: "patch", count: exactly(2) });
    expect(judge(emitted(), line)).toMatchObject({
      passed: false,
      expected:
        'exactly 2 SecretRotationComplete events about default/Pod/busybox with "patch"',
    });
  });

  test("counts Event objects by the emission that made them", () => {
    const run = aRun();
    for (let minute = 1; minute <= 10; minute++) {
      const emission = emit(run.at(`${minute}m`));
      const name = `busybox.${minute}`;
      if (minute <= 3) run.apiObject("created", "Event", name, {}, [emission]);
    }
    run.apiObject("created", "Event", "other.1", {}, [
      emit(run, { name: "other" }),
    ]);
    run.apiObject("created", "Event", "unknown.1");
    run.end("20m");
    const count = (parts: Parameters<typeof event>[0]) =>
      judge(run, event({ objects: true, ...parts })).actual;
    expect(count({})).toBe("counted 4");
    expect(count({ object: pod })).toBe("counted 3");
    const between = { from: MINUTE, to: 3 * MINUTE };
    expect(count({ object: pod, between })).toBe("counted 2");
  });
});

describe("object", () => {
  /** There from 2m to 5m and again from 7m on. */
  function history(): Run {
    const run = aRun();
    run.at("2m").secret("created", "app-secret", {});
    run.at("5m").secret("deleted", "app-secret", {});
    run.at("7m").secret("created", "app-secret", {});
    return run.end("20m");
  }

  test.each([
    [2 * MINUTE - 1, false],
    [2 * MINUTE, true],
    [5 * MINUTE - 1, true],
    [5 * MINUTE, false],
    [7 * MINUTE, true],
  ])("at %d ms is there: %s", (at, there) => {
    expect(judge(history(), object({ at })).passed).toBe(there);
    expect(judge(history(), object({ at, exists: false })).passed).toBe(!there);
  });

  test.each([
    [2 * MINUTE, 5 * MINUTE, true],
    [2 * MINUTE - 1, 5 * MINUTE, false],
    [2 * MINUTE, 5 * MINUTE + 1, false],
    [7 * MINUTE, 20 * MINUTE, true],
    [5 * MINUTE, 5 * MINUTE, true],
  ])("is there throughout [%d, %d): %s", (from, to, passed) => {
    const line = object({ between: { from, to } });
    expect(judge(history(), line).passed).toBe(passed);
  });

  test("is away throughout a window only if it never comes in it", () => {
    const away = (from: number, to: number) =>
      judge(history(), object({ exists: false, between: { from, to } }));
    expect(away(5 * MINUTE, 7 * MINUTE).passed).toBe(true);
    expect(away(5 * MINUTE, 7 * MINUTE + 1)).toMatchObject({
      passed: false,
      expected:
        "default/Secret/app-secret does not exist throughout in [5m, 7m0.001s)",
      actual: "default/Secret/app-secret exists at 7m",
    });
  });

  test("without an instant is looked at in the end", () => {
    expect(judge(history(), object())).toMatchObject({
      passed: true,
      expected: "default/Secret/app-secret exists at 20m",
    });
  });

  test("replaced within one instant is there throughout", () => {
    const run = aRun();
    run.secret("created", "app-secret", {});
    run.at("5m").secret("deleted", "app-secret", {});
    run.secret("created", "app-secret", {});
    run.end("20m");
    const line = object({ between: { from: 0, to: 20 * MINUTE } });
    expect(judge(run, line).passed).toBe(true);
  });

  test("that never came to exist is away", () => {
    const run = aRun().end("20m");
    expect(judge(run, object({ exists: false })).passed).toBe(true);
    expect(judge(run, object())).toMatchObject({
      passed: false,
      actual: "default/Secret/app-secret does not exist at 20m",
    });
  });
});
