import { describe, expect, it } from "vitest";
import { isSince } from "../../../src/kernel/release.ts";
import { programOf } from "../../../src/cluster-sim/programs/image.ts";
import { MINUTE_MS } from "../../../src/kernel/time.ts";
import { START, WATCH_LATENCY_MS } from "../support.ts";
import type { ProgramCluster } from "./support.ts";
import {
  PATCHED_AFTER_MS,
  aDeployment,
  aProgramCluster,
  aReplica,
  aSecretOf,
} from "./support.ts";

const NAMED = { "secret.reloader.stakater.com/reload": "app" };

function aBusyCluster(seed = 1): ProgramCluster {
  const cluster = aProgramCluster(seed);
  cluster.apply(aSecretOf({ password: "one" }));
  const period = { "deployment.reloader.stakater.com/pause-period": "2m" };
  cluster.apply(aDeployment({ annotations: NAMED }));
  cluster.apply(
    aDeployment({ name: "paused", annotations: { ...NAMED, ...period } }),
  );
  const wave = { "wave.pusher.com/update-on-config-change": "true" };
  cluster.apply(aDeployment({ name: "waved", annotations: wave }));
  return cluster;
}

describe("an image", () => {
  it.each<[string, string | null, string?]>([
    ["ghcr.io/stakater/reloader:v1.4.14", "reloader", "1.4.14"],
    ["stakater/reloader:1.0.41", "reloader", "1.0.41"],
    [
      "mirror.example:5000/hub/stakater/reloader:v1.4.9-ubi",
      "reloader",
      "1.4.9",
    ],
    ["ghcr.io/stakater/reloader", "reloader", "1.4.21"],
    ["ghcr.io/stakater/reloader:latest", "reloader", "1.4.21"],
    ["ghcr.io/stakater/reloader@sha256:abc", "reloader", "1.4.21"],
    ["ghcr.io/stakater/reloader:v1.4.14@sha256:abc", "reloader", "1.4.14"],
    ["quay.io/wave-k8s/wave:v0.11.0", "wave", "0.11.0"],
    ["ghcr.io/other/reloader:v1.4.14", null],
    ["ghcr.io/notstakater/reloader:v1.4.14", null],
    ["busybox:1.36", null],
  ])("%s is %s %s", (image, program, version) => {
    expect(programOf(image)).toEqual(
      program === null ? null : { program, version },
    );
  });

  it("releases are compared by number", () => {
    expect(isSince("1.4.14", "1.4.9")).toBe(true);
    expect(isSince("1.4.9", "1.4.14")).toBe(false);
    expect(isSince("2.0.0", "1.4.14")).toBe(true);
    expect(isSince("1.4.14", "1.4.14")).toBe(true);
  });
});

describe("the host of programs", () => {
  it("knows Reloader and Wave, and nothing else", () => {
    const { programs } = aProgramCluster();
    expect(programs.knows("ghcr.io/stakater/reloader:v1.4.14")).toBe(true);
    expect(programs.knows("quay.io/wave-k8s/wave:v0.11.0")).toBe(true);
    expect(programs.knows("busybox:1.36")).toBe(false);
  });

  it("tells when a process starts and ends", () => {
    const cluster = aProgramCluster();
    const id = cluster.start({ image: "ghcr.io/stakater/reloader:v1.4.14" });
    cluster.wait();
    cluster.end(id);
    const data = { namespace: "default", pod: "reloader-1", version: "1.4.14" };
    expect(cluster.told("reloader.started", "reloader.stopped")).toMatchObject([
      {
        type: "reloader.started",
        at: "programs",
        about: "default/reloader-1",
        data: { ...data, leading: true },
      },
      { type: "reloader.stopped", data: { ...data, leading: false } },
    ]);
  });

  it("leaves nothing behind when a process ends", () => {
    const cluster = aBusyCluster();
    const id = cluster.start();
    cluster.wait(MINUTE_MS);
    cluster.apply(aSecretOf({ password: "two" }));
    cluster.wait(WATCH_LATENCY_MS + 1);
    cluster.end(id);
    cluster.wait(10 * MINUTE_MS);
    expect(cluster.writes("Deployment", "web")).toEqual([]);
    expect(cluster.sim.nextDueAt).toBeNull();
    const { byKind } = cluster.server.state.watches;
    expect([...byKind.values()].map(({ wide }) => wide.size)).toEqual([0, 0]);
  });

  it("leaves the causes of the node that tells it as they are", () => {
    const { sim, programs } = aProgramCluster();
    const process = {
      id: "uid/c/0",
      namespace: "default",
      pod: "p",
      serviceAccount: "default",
      image: "ghcr.io/stakater/reloader:v1.4.14",
      args: [],
      env: {},
    };
    sim.command(() => {
      const input = { type: "a", at: "x", about: "x", data: {} };
      const seq = sim.trace.record(input);
      programs.started(process);
      expect(sim.trace.causes).toEqual([seq]);
      programs.ended(process.id);
      expect(sim.trace.causes).toEqual([seq]);
    });
  });

  it("a process that it does not know ends without a word", () => {
    const cluster = aProgramCluster();
    cluster.end("nobody");
    expect(cluster.told("reloader.stopped")).toEqual([]);
  });

  it.each<[readonly string[], string]>([
    [["--auto-reload"], "unknown flag: --auto-reload"],
    [["-v"], "unknown shorthand flag: 'v' in -v"],
    [["--reload-strategy"], "flag needs an argument: --reload-strategy"],
    [
      ["--reload-strategy=rollout"],
      "reload-strategy must be one of: env-vars, annotations",
    ],
    [
      ["--enable-ha=maybe"],
      'invalid argument "maybe" for "--enable-ha" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
    ],
    [
      ["--webhook-url", "http://example.com"],
      "--webhook-url is not modelled: Reloader would send a webhook and reload nothing",
    ],
  ])("Reloader does not start with %j", (args, error) => {
    const cluster = aBusyCluster();
    cluster.start({ args });
    cluster.wait(MINUTE_MS);
    cluster.apply(aSecretOf({ password: "two" }));
    cluster.wait();
    expect(cluster.told("reloader.started")).toEqual([]);
    expect(cluster.told("reloader.stopped")).toMatchObject([
      { data: { error } },
    ]);
    expect(cluster.writes("Deployment", "web")).toEqual([]);
  });
});

describe("a restart of Reloader", () => {
  it("takes the time it is given, to the millisecond", () => {
    const cluster = aProgramCluster();
    cluster.start();
    cluster.runTo(MINUTE_MS);
    const { sim, programs } = cluster;
    const reply = sim.command(() => programs.restartReloader(null, 3000));
    expect(reply).toEqual({ ok: true });
    expect(cluster.told("reloader.stopped")).toHaveLength(1);
    cluster.runTo(MINUTE_MS + 3000);
    expect(cluster.told("reloader.started")).toHaveLength(1);
    cluster.runTo(MINUTE_MS + 3001);
    expect(cluster.told("reloader.started").map(({ t }) => t - START)).toEqual([
      0,
      MINUTE_MS + 3000,
    ]);
  });

  it("is of one pod when it is named", () => {
    const cluster = aProgramCluster();
    cluster.start(aReplica("a"));
    cluster.start(aReplica("b"));
    const { sim, programs } = cluster;
    for (const pod of ["b", "default/a"])
      sim.command(() => programs.restartReloader(pod, 1000));
    expect(
      cluster.told("reloader.stopped").map(({ data }) => data["pod"]),
    ).toEqual(["b", "a"]);
  });

  it("of a pod that does not run it names those that do", () => {
    const cluster = aProgramCluster();
    cluster.start(aReplica("a"));
    cluster.start(aReplica("b"));
    cluster.start({ image: "quay.io/wave-k8s/wave:v0.11.0" });
    expect(cluster.programs.restartReloader("c", 1000)).toEqual({
      ok: false,
      error: 'Failed to restart Reloader: no pod "c" runs it; these do: a, b',
    });
  });

  it("is refused when nothing runs it", () => {
    const { programs } = aProgramCluster();
    expect(programs.restartReloader(null, 1000)).toEqual({
      ok: false,
      error: "Failed to restart Reloader: no container runs it",
    });
  });

  it("is put off by another one, and forgotten when the container ends", () => {
    const cluster = aProgramCluster();
    const id = cluster.start();
    const { sim, programs } = cluster;
    cluster.runTo(MINUTE_MS);
    sim.command(() => programs.restartReloader(null, 3000));
    cluster.runTo(MINUTE_MS + 2000);
    sim.command(() => programs.restartReloader(null, 3000));
    cluster.runTo(MINUTE_MS + 4000);
    expect(cluster.told("reloader.started")).toHaveLength(1);
    expect(cluster.told("reloader.stopped")).toHaveLength(1);
    cluster.runTo(MINUTE_MS + 5001);
    expect(cluster.told("reloader.started")).toHaveLength(2);
    sim.command(() => programs.restartReloader(null, 3000));
    cluster.end(id);
    cluster.wait(MINUTE_MS);
    expect(cluster.told("reloader.started")).toHaveLength(2);
  });
});

describe("a snapshot", () => {
  function begin(cluster: ProgramCluster): void {
    cluster.start(aReplica("a"));
    cluster.start(aReplica("b"));
    cluster.start({ image: "quay.io/wave-k8s/wave:v0.11.0" });
    cluster.runTo(MINUTE_MS);
    cluster.apply(aSecretOf({ password: "two" }));
    cluster.apply(aSecretOf({ password: "three" }));
  }

  function finish(cluster: ProgramCluster): string {
    cluster.apply(aSecretOf({ password: "four" }));
    cluster.wait(5 * MINUTE_MS);
    return cluster.sim.trace.hash;
  }

  it.each([
    ["before the change is seen", 1],
    ["while it is handled", WATCH_LATENCY_MS + 1],
    ["while workloads are listed", PATCHED_AFTER_MS - 1],
    ["while a workload is written", PATCHED_AFTER_MS + 1],
    ["in the middle of the second change", 2 * PATCHED_AFTER_MS + 60],
    ["during a pause", 30_000],
  ])("taken %s goes on as if nothing had happened", (_, afterMs) => {
    const original = aBusyCluster();
    begin(original);
    original.wait(afterMs);
    const snapshot = original.sim.snapshot();
    const hash = finish(original);
    const copy = aProgramCluster();
    copy.sim.restore(snapshot);
    expect(finish(copy)).toBe(hash);
    expect(copy.read("Deployment", "web")).toEqual(
      original.read("Deployment", "web"),
    );
  });

  it("taken while Reloader is down starts it again in time", () => {
    const original = aBusyCluster();
    begin(original);
    original.sim.command(() => original.programs.restartReloader(null, 9000));
    original.wait(1000);
    const snapshot = original.sim.snapshot();
    const hash = finish(original);
    const copy = aProgramCluster();
    copy.sim.restore(snapshot);
    expect(finish(copy)).toBe(hash);
  });
});
