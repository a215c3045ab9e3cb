import { describe, expect, it } from "vitest";
import { MINUTE_MS } from "../../../src/kernel/time.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import { START, WATCH_LATENCY_MS } from "../support.ts";
import type { ProgramCluster } from "./support.ts";
import {
  HANDLING_MS,
  NAMED,
  PATCHED_AFTER_MS,
  aDeployment,
  aRunningReloader,
  aSecretOf,
  aWorkload,
  outcomes,
  templateAnnotationsOf,
  variablesOf,
} from "./support.ts";

const VARIABLE = "STAKATER_APP_SECRET";
const HELLO = { mysecret: "Hello From Key Vault CSI" };
const HELLO_HASH = "7f8cfa08b06f946ed77ed48136233e27fe714c8b";
const UPDATED = { mysecret: "Updated Secret" };
const UPDATED_HASH = "51abd8fbaeb1dc08794ca1e649cd91b57ad65e38";

const eventsOf = (cluster: ProgramCluster, reason: string): JsonObject[] =>
  cluster
    .told("k8s.event")
    .map(({ data }) => data)
    .filter((data) => data["reason"] === reason);

describe("Reloader", () => {
  it("(a) patches a Deployment that names the Secret, once, with the hash of its data [RELOADER-1.13-01]", () => {
    const cluster = aRunningReloader({ data: HELLO });
    cluster.apply(aSecretOf(UPDATED));
    cluster.runTo(MINUTE_MS + PATCHED_AFTER_MS);
    expect(cluster.writes("Deployment", "web")).toEqual([]);
    cluster.wait();
    cluster.sim.trace.close();
    expect(cluster.writes("Deployment", "web")).toEqual([
      MINUTE_MS + PATCHED_AFTER_MS,
    ]);
    const deployment = cluster.read("Deployment", "web");
    expect(variablesOf(deployment)[VARIABLE]).toBe(UPDATED_HASH);
    expect(deployment.metadata.generation).toBe(2);
    expect(eventsOf(cluster, "Reloaded")).toMatchObject([
      {
        type: "Normal",
        source: "reloader-secrets",
        kind: "Deployment",
        name: "web",
        message:
          "Changes detected in 'app' of type 'SECRET' in namespace 'default', Updated 'web' of type 'Deployment' in namespace 'default'",
      },
    ]);
  });

  it("tells the chain from the Secret's write to the Deployment's", () => {
    const cluster = aRunningReloader();
    cluster.apply(aSecretOf({ password: "two" }));
    cluster.wait();
    const [secret] = cluster.facts.filter(
      ({ type, about }) =>
        type === "api.object.modified" && about === "default/Secret/app",
    );
    const [reloaded] = cluster.told("reloader.reloaded");
    const [write] = cluster.facts.filter(
      ({ type, about }) =>
        type === "api.object.modified" && about === "default/Deployment/web",
    );
    expect(reloaded).toMatchObject({
      at: "programs",
      about: "default/Deployment/web",
      causes: [secret!.seq],
      data: {
        resource: "SECRET",
        object: "app",
        strategy: "env-vars",
        container: "main",
        reason: "",
      },
    });
    expect(write).toMatchObject({
      causes: [reloaded!.seq],
      data: { by: "reloader" },
    });
    expect(cluster.told("reloader.event")).toMatchObject([
      {
        about: "default/Secret/app",
        causes: [secret!.seq],
        data: {
          resource: "SECRET",
          name: "app",
          change: "update",
          outcome: "handled",
          scanned: 1,
          matched: 1,
        },
      },
    ]);
  });

  it("(b) does nothing for an update that leaves the data as they are [RELOADER-1.13-02]", () => {
    const cluster = aRunningReloader();
    const labels = { team: "blue" };
    cluster.apply(aSecretOf({ password: "one" }, { labels }));
    cluster.wait();
    expect(cluster.writes("Deployment", "web")).toEqual([]);
    expect(outcomes(cluster)).toEqual(["no_data_change"]);
    expect(cluster.told("reloader.event")[0]).toMatchObject({
      t: START + MINUTE_MS + WATCH_LATENCY_MS,
      data: { scanned: 0, matched: 0 },
    });
  });

  it("(c) handles A -> B -> A as two changes and ends with the hash of A [RELOADER-1.13-03]", () => {
    const cluster = aRunningReloader({ data: HELLO });
    cluster.apply(aSecretOf(UPDATED));
    cluster.apply(aSecretOf(HELLO));
    cluster.wait();
    expect(cluster.writes("Deployment", "web")).toHaveLength(2);
    const deployment = cluster.read("Deployment", "web");
    expect(variablesOf(deployment)[VARIABLE]).toBe(HELLO_HASH);
  });

  it("(d) misses what changes while it is down [RELOADER-1.13-04]", () => {
    const cluster = aRunningReloader({ data: HELLO });
    const down = 3000;
    cluster.sim.command(() => cluster.programs.restartReloader(null, down));
    cluster.apply(aSecretOf(UPDATED));
    cluster.wait(down);
    cluster.wait();
    expect(cluster.writes("Deployment", "web")).toEqual([]);
    cluster.apply(aSecretOf(HELLO));
    cluster.wait();
    expect(cluster.writes("Deployment", "web")).toHaveLength(1);
  });

  it("(e) writes the annotation for different data only, with the time of the second [RELOADER-1.13-05]", () => {
    const args = ["--reload-strategy=annotations"];
    const cluster = aRunningReloader({ args, data: HELLO });
    cluster.apply(aSecretOf(HELLO, { labels: { a: "1" } }));
    cluster.apply(aSecretOf(HELLO, { labels: { a: "2" } }));
    cluster.wait();
    expect(cluster.writes("Deployment", "web")).toEqual([]);
    cluster.apply(aSecretOf(UPDATED));
    cluster.apply(aSecretOf(HELLO));
    cluster.wait();
    expect(cluster.writes("Deployment", "web")).toHaveLength(2);
    const mark =
      templateAnnotationsOf(cluster.read("Deployment", "web"))[
        "reloader.stakater.com/last-reloaded-from"
      ] ?? "";
    expect(JSON.parse(mark)).toMatchObject({
      type: "SECRET",
      hash: HELLO_HASH,
      containerRefs: ["main"],
      observedAt: Math.floor((START + MINUTE_MS) / 1000) + 2,
    });
  });

  it("(i) `ignore` on the workload has no effect [RELOADER-1.13-09]", () => {
    const annotations = { ...NAMED, "reloader.stakater.com/ignore": "true" };
    const cluster = aRunningReloader({
      before: [aDeployment({ annotations })],
    });
    cluster.apply(aSecretOf({ password: "two" }));
    cluster.wait();
    expect(cluster.writes("Deployment", "web")).toHaveLength(1);
  });

  it("(i) `ignore` on the Secret reloads nothing [RELOADER-1.13-09]", () => {
    const cluster = aRunningReloader();
    const annotations = { "reloader.stakater.com/ignore": "true" };
    cluster.apply(aSecretOf({ password: "two" }, { annotations }));
    cluster.wait();
    expect(cluster.writes("Deployment", "web")).toEqual([]);
    expect(cluster.told("reloader.skipped")).toMatchObject([
      { data: { reason: "ignored_or_not_selected", container: "" } },
    ]);
  });

  it("goes by the object that it saw, not by what is stored when it looks", () => {
    const cluster = aRunningReloader({ data: HELLO });
    cluster.apply(aSecretOf(UPDATED));
    cluster.runTo(MINUTE_MS + WATCH_LATENCY_MS + 1);
    cluster.apply(aSecretOf(HELLO));
    cluster.runTo(MINUTE_MS + PATCHED_AFTER_MS + 1);
    const deployment = cluster.read("Deployment", "web");
    expect(variablesOf(deployment)[VARIABLE]).toBe(UPDATED_HASH);
  });

  it("handles ten quick changes of one Secret one after the other, ten times", () => {
    const cluster = aRunningReloader();
    for (let n = 0; n < 10; n++)
      cluster.apply(aSecretOf({ password: `new ${n}` }));
    cluster.wait();
    const writes = cluster.writes("Deployment", "web");
    expect(writes).toHaveLength(10);
    // Lists of five kinds and one patch follow the handling of each.
    const steps = writes.slice(1).map((at, i) => at - writes[i]!);
    expect(new Set(steps)).toEqual(new Set([HANDLING_MS + 60]));
  });

  it.each([
    ["env-vars", 1],
    ["annotations", 2],
  ])(
    "a change that is handled again in another second is written %s: %i times",
    (strategy, times) => {
      const period = {
        "deployment.reloader.stakater.com/pause-period": "soon",
      };
      const cluster = aRunningReloader({
        args: [`--reload-strategy=${strategy}`],
        before: [
          aDeployment({ annotations: NAMED }),
          // It fails after the other, and the whole change is tried again for half a second.
          aDeployment({ name: "zzz", annotations: { ...NAMED, ...period } }),
        ],
      });
      cluster.runTo(MINUTE_MS + 800);
      cluster.apply(aSecretOf({ password: "two" }));
      cluster.wait();
      expect(outcomes(cluster).at(-1)).toBe("dropped");
      expect(cluster.writes("Deployment", "web")).toHaveLength(times);
    },
  );

  it("takes kinds in order: Deployment, CronJob, Job, DaemonSet, StatefulSet", () => {
    const annotations = NAMED;
    const cluster = aRunningReloader({
      before: [
        aWorkload("StatefulSet", { annotations, spec: { serviceName: "web" } }),
        aWorkload("DaemonSet", { annotations }),
        aWorkload("Job", { annotations }),
        {
          apiVersion: "batch/v1",
          kind: "CronJob",
          metadata: { name: "report", namespace: "default", annotations },
          spec: {
            schedule: "0 * * * *",
            jobTemplate: { spec: aWorkload("Job")["spec"]! },
          },
        },
        aDeployment({ annotations }),
      ],
    });
    const { uid } = cluster.read("Job", "web").metadata;
    cluster.apply(aSecretOf({ password: "two" }));
    cluster.wait();
    const reloaded = cluster.told("reloader.reloaded");
    expect(reloaded.map(({ data }) => data["kind"])).toEqual([
      "Deployment",
      "CronJob",
      "Job",
      "DaemonSet",
      "StatefulSet",
    ]);
    expect(outcomes(cluster)).toEqual(["handled"]);
    // The Job is another one under its name, and the CronJob has made one at once.
    expect(cluster.read("Job", "web").metadata.uid).not.toBe(uid);
    const jobs = cluster.server.state.store.objects.get("Job")!;
    expect([...jobs.keys()].join()).toMatch(/report-[a-z0-9]{5}/);
  });

  it("tells nothing of workloads that have nothing to do with it", () => {
    const cluster = aRunningReloader({
      before: [
        aDeployment({
          name: "stranger",
          podSpec: { containers: [{ name: "main", image: "busybox:1.36" }] },
        }),
        aDeployment({ name: "reader" }),
      ],
    });
    cluster.apply(aSecretOf({ password: "two" }));
    cluster.wait();
    expect(
      cluster.told("reloader.skipped").map(({ data }) => data["name"]),
    ).toEqual(["reader"]);
    expect(cluster.told("reloader.event")[0]?.data["scanned"]).toBe(2);
  });

  it("waits before each matched workload beyond seven", () => {
    const names = Array.from({ length: 9 }, (_, n) => `web-${n}`);
    const cluster = aRunningReloader({
      before: names.map((name) => aDeployment({ name, annotations: NAMED })),
    });
    cluster.apply(aSecretOf({ password: "two" }));
    cluster.wait();
    const times = names.flatMap((name) => cluster.writes("Deployment", name));
    const steps = times.slice(1).map((at, i) => at - times[i]!);
    expect(steps).toEqual([10, 10, 10, 10, 10, 10, 30, 30]);
  });

  it("a broken watch of a living process loses nothing", () => {
    const cluster = aRunningReloader();
    const { sim, server } = cluster;
    const until = START + MINUTE_MS + 10_000;
    sim.command(() => server.breakWatches("reloader", until));
    cluster.apply(aSecretOf({ password: "two" }));
    cluster.wait(60_000);
    expect(cluster.writes("Deployment", "web")).toHaveLength(1);
  });

  it("a change that is being handled when it is stopped is lost", () => {
    const cluster = aRunningReloader();
    cluster.apply(aSecretOf({ password: "two" }));
    cluster.runTo(MINUTE_MS + PATCHED_AFTER_MS - 1);
    cluster.sim.command(() => cluster.programs.restartReloader(null, 1000));
    cluster.wait(5000);
    expect(cluster.writes("Deployment", "web")).toEqual([]);
    expect(outcomes(cluster)).toEqual([]);
  });

  it("counts workloads that it cannot list as none: the change is lost", () => {
    const cluster = aRunningReloader();
    const { sim, server } = cluster;
    cluster.apply(aSecretOf({ password: "two" }));
    cluster.runTo(MINUTE_MS + WATCH_LATENCY_MS + 1);
    const refuse = { kind: "refuse" } as const;
    sim.command(() =>
      server.fault({ callers: "reloader", effect: refuse }, sim.now + 500),
    );
    cluster.wait();
    expect(cluster.writes("Deployment", "web")).toEqual([]);
    expect(outcomes(cluster)).toEqual(["handled"]);
  });

  it("tries a change again 5, 10, 20, 40 and 80 ms after errors, then drops it", () => {
    const cluster = aRunningReloader({
      before: [
        aDeployment({
          annotations: {
            ...NAMED,
            "deployment.reloader.stakater.com/pause-period": "soon",
          },
        }),
      ],
    });
    cluster.apply(aSecretOf({ password: "two" }));
    cluster.wait();
    const events = cluster.told("reloader.event");
    expect(outcomes(cluster)).toEqual([
      ...Array.from({ length: 5 }, () => "failed"),
      "dropped",
    ]);
    const gaps = events.slice(1).map(({ t }, i) => t - events[i]!.t);
    const handled = HANDLING_MS + 10;
    expect(gaps).toEqual([5, 10, 20, 40, 80].map((ms) => ms + handled));
  });

  it("fetches a workload again 10 ms after a conflict, and gives up after five tries", () => {
    const cluster = aRunningReloader();
    const { sim, server } = cluster;
    cluster.apply(aSecretOf({ password: "two" }));
    cluster.runTo(MINUTE_MS + PATCHED_AFTER_MS);
    const conflict = {
      kind: "respond",
      status: 409,
      code: "Conflict",
    } as const;
    sim.command(() =>
      server.fault({ callers: "reloader", effect: conflict }, sim.now + 5),
    );
    cluster.wait();
    expect(cluster.writes("Deployment", "web")).toEqual([
      MINUTE_MS + PATCHED_AFTER_MS + 30,
    ]);
    expect(outcomes(cluster)).toEqual(["handled"]);
  });
});
