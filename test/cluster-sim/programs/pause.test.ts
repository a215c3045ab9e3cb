import { describe, expect, it } from "vitest";
import { goDuration } from "../../../src/cluster-sim/programs/reloader/go-duration.ts";
import type { ApiObject } from "../../../src/cluster-sim/ports.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import { MINUTE_MS, SECOND_MS } from "../../../src/kernel/time.ts";
import type { ProgramCluster } from "./support.ts";
import {
  HANDLING_MS,
  PATCHED_AFTER_MS,
  aDeployment,
  aProgramCluster,
  aSecretOf,
  variablesOf,
} from "./support.ts";
import { LATENCY_MS, WATCH_LATENCY_MS } from "../support.ts";

const NAMED = { "secret.reloader.stakater.com/reload": "app" };
const PERIOD = { "deployment.reloader.stakater.com/pause-period": "5m" };
const PAUSED_AT = "deployment.reloader.stakater.com/paused-at";
const UPDATED_HASH = "51abd8fbaeb1dc08794ca1e649cd91b57ad65e38";

/** The pause is patched first; the timer begins when the Deployment has been fetched again. */
const ARMED_AFTER_MS = PATCHED_AFTER_MS + 2 * LATENCY_MS;

function aPausingReloader(
  options: {
    readonly version?: string;
    readonly spec?: JsonObject;
  } = {},
): ProgramCluster {
  const { version = "1.4.21", spec = {} } = options;
  const cluster = aProgramCluster();
  cluster.apply(aSecretOf({ mysecret: "one" }));
  const annotations = { ...NAMED, ...PERIOD };
  cluster.apply(aDeployment({ annotations, spec }));
  cluster.start({ image: `ghcr.io/stakater/reloader:v${version}` });
  cluster.runTo(MINUTE_MS);
  return cluster;
}

const deploymentOf = (cluster: ProgramCluster): ApiObject =>
  cluster.read("Deployment", "web");

const isPaused = (cluster: ProgramCluster): boolean =>
  (deploymentOf(cluster)["spec"] as JsonObject)["paused"] === true;

const pausedAt = (cluster: ProgramCluster): string | undefined =>
  deploymentOf(cluster).metadata.annotations?.[PAUSED_AT];

const change = (cluster: ProgramCluster, text: string): void =>
  void cluster.apply(aSecretOf({ mysecret: text }));

function patch(cluster: ProgramCluster, body: JsonObject): void {
  const key = { kind: "Deployment", namespace: "default", name: "web" };
  cluster.ask({ verb: "patch", ...key, patch: body });
}

describe("Reloader's pause period", () => {
  it("(g) changes at 0 and 60 s give one unpaused Deployment after 300 s, with the second hash [RELOADER-1.13-07]", () => {
    const cluster = aPausingReloader();
    change(cluster, "two");
    cluster.runTo(2 * MINUTE_MS);
    expect(isPaused(cluster)).toBe(true);
    expect(pausedAt(cluster)).toBe("2024-04-29T09:01:00Z");
    change(cluster, "Updated Secret");
    const over = MINUTE_MS + ARMED_AFTER_MS + 5 * MINUTE_MS;
    // It is fetched before it is resumed.
    cluster.runTo(over + LATENCY_MS);
    expect(isPaused(cluster)).toBe(true);
    cluster.runTo(over + LATENCY_MS + 1);
    expect(isPaused(cluster)).toBe(false);
    expect(pausedAt(cluster)).toBeUndefined();
    expect(variablesOf(deploymentOf(cluster))["STAKATER_APP_SECRET"]).toBe(
      UPDATED_HASH,
    );
    expect(cluster.writes("Deployment", "web")).toEqual([
      MINUTE_MS + PATCHED_AFTER_MS,
      MINUTE_MS + ARMED_AFTER_MS,
      2 * MINUTE_MS + PATCHED_AFTER_MS,
      over + LATENCY_MS,
    ]);
  });

  it("leaves a Deployment alone that somebody else has paused", () => {
    const cluster = aPausingReloader({ spec: { paused: true } });
    change(cluster, "two");
    cluster.wait(10 * MINUTE_MS);
    expect(isPaused(cluster)).toBe(true);
    expect(pausedAt(cluster)).toBeUndefined();
    expect(cluster.writes("Deployment", "web")).toHaveLength(1);
  });

  it("after a restart a paused Deployment waits for the next change, then for the rest of its period", () => {
    const cluster = aPausingReloader();
    change(cluster, "two");
    cluster.wait();
    cluster.sim.command(() => cluster.programs.restartReloader(null, 1000));
    const next = 3 * MINUTE_MS;
    cluster.runTo(next);
    change(cluster, "three");
    // By the annotation, which has whole seconds.
    const over = MINUTE_MS + 5 * MINUTE_MS;
    cluster.runTo(over + LATENCY_MS);
    expect(isPaused(cluster)).toBe(true);
    cluster.runTo(over + LATENCY_MS + 1);
    expect(isPaused(cluster)).toBe(false);
  });

  it("after a restart a Deployment whose period is over stays paused until the next change", () => {
    const cluster = aPausingReloader();
    change(cluster, "two");
    cluster.wait();
    cluster.sim.command(() => cluster.programs.restartReloader(null, 1000));
    const next = 20 * MINUTE_MS;
    cluster.runTo(next);
    expect(isPaused(cluster)).toBe(true);
    change(cluster, "three");
    cluster.runTo(next + PATCHED_AFTER_MS + LATENCY_MS);
    expect(isPaused(cluster)).toBe(true);
    cluster.runTo(next + PATCHED_AFTER_MS + LATENCY_MS + 1);
    expect(isPaused(cluster)).toBe(false);
  });

  it("a Deployment that somebody resumes early is paused for the rest of the first period", () => {
    const cluster = aPausingReloader();
    change(cluster, "two");
    cluster.runTo(2 * MINUTE_MS);
    const annotations = { [PAUSED_AT]: null };
    patch(cluster, { metadata: { annotations }, spec: { paused: false } });
    cluster.runTo(4 * MINUTE_MS);
    change(cluster, "three");
    cluster.wait();
    expect(isPaused(cluster)).toBe(true);
    cluster.runTo(7 * MINUTE_MS);
    expect(isPaused(cluster)).toBe(false);
  });

  it("a timer that finds nothing to resume leaves the next pause without an end", () => {
    const cluster = aPausingReloader();
    change(cluster, "two");
    cluster.runTo(2 * MINUTE_MS);
    const annotations = { [PAUSED_AT]: null };
    patch(cluster, { metadata: { annotations }, spec: { paused: false } });
    cluster.runTo(8 * MINUTE_MS);
    change(cluster, "three");
    cluster.runTo(60 * MINUTE_MS);
    expect(isPaused(cluster)).toBe(true);
  });

  it("is unknown before 1.4.6", () => {
    const cluster = aPausingReloader({ version: "1.4.5" });
    change(cluster, "two");
    cluster.wait();
    expect(isPaused(cluster)).toBe(false);
    expect(cluster.writes("Deployment", "web")).toEqual([
      MINUTE_MS + WATCH_LATENCY_MS + HANDLING_MS + LATENCY_MS,
    ]);
  });
});

describe("a duration as Go reads it", () => {
  it.each<[string, number]>([
    ["5m", 5 * MINUTE_MS],
    ["1h30m", 90 * MINUTE_MS],
    ["1.5s", 1500],
    ["30s1m", 90 * SECOND_MS],
    ["0", 0],
    ["-2s", -2 * SECOND_MS],
    ["100us", 0],
  ])("%s is %i ms", (text, ms) => {
    expect(goDuration(text)).toEqual({ ok: true, ms });
  });

  it.each<[string, string]>([
    ["", 'time: invalid duration ""'],
    ["soon", 'time: invalid duration "soon"'],
    ["5", 'time: missing unit in duration "5"'],
    ["5x", 'time: unknown unit "x" in duration "5x"'],
    ["1d", 'time: unknown unit "d" in duration "1d"'],
  ])("%j is none", (text, error) => {
    expect(goDuration(text)).toEqual({ ok: false, error });
  });
});
