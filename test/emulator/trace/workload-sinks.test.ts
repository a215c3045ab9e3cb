import { describe, expect, test } from "vitest";
import type { SinkName, Who } from "../../../src/emulator/trace/names.ts";
import { formatSink } from "../../../src/emulator/trace/names.ts";
import { firstSeen } from "../../../src/emulator/trace/observation.ts";
import { isVersion } from "../../../src/emulator/trace/versions.ts";
import type { Pod, Run, Version } from "../../support/facts.ts";
import { START, aPod, aRun } from "../../support/facts.ts";
import { createContainer, exitContainer } from "../../support/facts-node.ts";
import {
  aReader,
  aWebPod,
  app,
  appHolds,
  createPodObject,
  laneHolds,
  startApp,
  startLane,
} from "../../support/facts-workloads.ts";

const WHO: Who = { kind: "deployment", namespace: "default", name: "web" };
const FILE: SinkName = {
  kind: "file",
  who: WHO,
  container: null,
  path: "/mnt/secrets-store/secret1",
};
const ENV: SinkName = {
  kind: "env",
  who: WHO,
  container: null,
  variable: "PASSWORD",
};
const reader: SinkName = {
  kind: "app",
  who: { kind: "pod", namespace: "default", name: "reader" },
};

/** Milliseconds after `set` at which a sink first held its version; null for never. */
function seenAfter(run: Run, sink: SinkName, set: Version): number | null {
  const resolution = run.sinks.resolve(sink);
  if (!resolution.found) throw new Error(resolution.message);
  const made = run.index.ofType("vault.secret.set");
  const fact = made.find(({ seq }) => seq === set.set)!;
  const wanted = firstSeen(resolution.tracks, fact.t, (held) =>
    isVersion(run.index, fact, held),
  );
  return wanted === null ? null : wanted.t - fact.t;
}

function changes(run: Run, sink: SinkName): string[] {
  const resolution = run.sinks.resolve(sink);
  if (!resolution.found) return [resolution.message];
  return resolution.tracks.flatMap(({ entries }) =>
    entries.map(
      ({ t, version }) =>
        `${t - START} ${version === null ? "-" : `v${version.ordinal}`}`,
    ),
  );
}

/** A pod that is there with v1 in its file and its environment. */
function startPod(run: Run, pod: Pod, version: Version): Pod {
  createPodObject(run, pod, []);
  run.later(30).addPod(pod);
  run.later(100).file(pod, { secret1: version });
  createContainer(run, pod, { variables: { PASSWORD: version } });
  return pod;
}

describe("a workload", () => {
  function rolling() {
    const run = aRun();
    const v1 = run.setSecret("secret1");
    const a = startPod(run, aWebPod("a"), v1);
    const b = startPod(run, aWebPod("b"), v1);
    const v2 = run.at("10m").setSecret("secret1", "rotate");
    return { run, a, b, v1, v2 };
  }

  test("sees a version when the last of its pods holds it", () => {
    const { run, a, b, v2 } = rolling();
    run.at("11m").file(a, { secret1: v2 });
    expect(seenAfter(run, FILE, v2)).toBeNull();
    run.at("12m").file(b, { secret1: v2 });
    expect(seenAfter(run, FILE, v2)).toBe(120_000);
  });

  test("waits in a rolling update for the last old pod to terminate", () => {
    const { run, a, b, v2 } = rolling();
    startPod(run.at("12m"), aWebPod("c"), v2);
    run.at("13m").pod("terminating", a);
    startPod(run.at("14m"), aWebPod("d"), v2);
    expect(seenAfter(run, ENV, v2)).toBeNull();
    run.at("15m").pod("terminating", b);
    expect(seenAfter(run, ENV, v2)).toBe(300_000);
    run.at("16m").pod("gone", a).pod("gone", b);
    expect(seenAfter(run, ENV, v2)).toBe(300_000);
  });

  test("waits for a pod that was made and whose sink does not exist yet", () => {
    const { run, a, b, v2 } = rolling();
    const c = aWebPod("c");
    createPodObject(run.at("12m"), c, []);
    run.at("13m").file(a, { secret1: v2 });
    run.file(b, { secret1: v2 });
    expect(seenAfter(run, FILE, v2)).toBeNull();
    run.at("14m").addPod(c);
    expect(seenAfter(run, FILE, v2)).toBeNull();
    run.later(500).file(c, { secret1: v2 });
    expect(seenAfter(run, FILE, v2)).toBe(240_500);
  });

  test("sees nothing while it has no pod", () => {
    const { run, a, b, v2 } = rolling();
    run.at("11m").pod("terminating", a).pod("terminating", b);
    run.at("12m").pod("gone", a).pod("gone", b);
    expect(seenAfter(run, FILE, v2)).toBeNull();
    startPod(run.at("20m"), aWebPod("c"), v2);
    expect(seenAfter(run, FILE, v2)).toBe(600_130);
  });

  test("is what sinks of its pods go by", () => {
    const { run, v1 } = rolling();
    run.addPod(aPod());
    const sinks = run.sinks.sinksHolding(v1.object);
    expect(sinks.map((sink) => formatSink(sink, "default"))).toEqual([
      "deployment/web:/mnt/secrets-store/secret1",
      "deployment/web:PASSWORD",
    ]);
  });
});

describe("an app sink", () => {
  test("holds what the program holds, and ends with its container", () => {
    const run = aRun();
    const v1 = run.setSecret("secret1");
    const pod = run.addPod(aReader());
    createContainer(run, pod);
    startApp(run.later(10), pod, "reads-once");
    appHolds(run.later(1), pod, v1);
    const v2 = run.at("1m").setSecret("secret1");
    exitContainer(run.at("2m"), pod, 137);
    app(run, "ended", pod, { app: "reads-once", reads: "x", everyMs: null });
    createContainer(run.at("3m"), pod, { attempt: 1 });
    startApp(run, pod, "reads-once");
    appHolds(run.later(1), pod, v2);
    expect(changes(run, reader)).toEqual(["11 v1", "120000 -", "180001 v2"]);
    expect(run.sinks.sinksHolding(v1.object)).toContainEqual(reader);
  });

  test("of a pod without an application is the user's mistake", () => {
    const run = aRun();
    const pod = run.addPod(aReader());
    createContainer(run, pod);
    expect(run.sinks.resolve(reader)).toEqual({
      found: false,
      reason: "unmounted",
      message:
        "no container of default/reader has an application (annotation keyturn.dev/app)",
    });
  });

  test("of a pod whose container has not started is empty", () => {
    const run = aRun();
    run.addPod(aReader());
    expect(run.sinks.resolve(reader)).toMatchObject({
      found: true,
      tracks: [{ entries: [] }],
    });
  });
});

describe("a lane sink", () => {
  const sink: SinkName = { kind: "lane", lane: "eso" };

  test("holds what the lane published, over restarts of its controller", () => {
    const run = aRun();
    const v1 = run.setSecret("secret1");
    startLane(run, "eso");
    laneHolds(run.later(90), "eso", v1);
    startLane(run.at("5m"), "eso");
    const v2 = run.at("10m").setSecret("secret1");
    laneHolds(run.at("1h"), "eso", v2);
    expect(changes(run, sink)).toEqual(["90 v1", "3600000 v2"]);
    expect(run.sinks.sinksHolding(v1.object)).toEqual([sink]);
  });

  test("that never began is absent", () => {
    expect(aRun().sinks.resolve(sink)).toEqual({
      found: false,
      reason: "absent",
      message: "lane eso never began",
    });
  });
});
