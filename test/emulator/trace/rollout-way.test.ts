import { describe, expect, test } from "vitest";
import { chainOf } from "../../../src/emulator/trace/causality.ts";
import { RolloutHistory } from "../../../src/emulator/trace/rollout-history.ts";
import type { Run, Version } from "../../support/facts.ts";
import { START, aRun } from "../../support/facts.ts";
import { createContainer } from "../../support/facts-node.ts";
import {
  aReader,
  aRollout,
  aWebPod,
  appHolds,
  createPodObject,
  decide,
  laneHolds,
  lanePass,
  startApp,
  startLane,
  writeWorkload,
} from "../../support/facts-workloads.ts";

/** `12m patch: rule` for each hop, instants from the start. */
function chain(run: Run, cause: number, version: Version): string[] {
  return chainOf(run.index, cause, version).map(
    ({ t, label, rule }) => `${(t - START) / 1000}s ${label}: ${rule}`,
  );
}

/** Deployment web with one pod, and v2 in its Secret 100 s after it was set. */
function deployed() {
  const run = aRun();
  const v1 = run.setSecret("secret1");
  const made = writeWorkload(run, "created", "Deployment/web", {
    generation: 1,
    rollout: aRollout({ complete: false, revision: "" }),
  });
  const v2 = run.at("600s").setSecret("secret1", "rotate");
  const secret = run
    .at("700s")
    .secret("modified", "app-secret", { mysecret1: v2 }, { causes: [v2.set] });
  return { run, v1, v2, made, secret };
}

/** What follows a new template: Deployment, ReplicaSet, pod and container, a second apart. */
function rollOut(
  run: Run,
  cause: number,
  { by = "Reloader", generation = 2 } = {},
) {
  const deployment = writeWorkload(
    run,
    "modified",
    "Deployment/web",
    { by, generation, rollout: aRollout({ complete: false, revision: "1" }) },
    [cause],
  );
  const replicaSet = writeWorkload(
    run.later(1000),
    "created",
    "ReplicaSet/web-abc",
    { by: "deployment-controller", rollout: aRollout({ revision: "2" }) },
    [deployment],
  );
  const pod = aWebPod("abc-x", {});
  const created = createPodObject(run.later(1000), pod, [replicaSet]);
  run.later(30).addPod(pod);
  return { pod, created, deployment, replicaSet };
}

const READ = { source: "Secret/app-secret", resourceVersion: "2" };

describe("the chain of a variable", () => {
  test("leads from the Secret over Reloader and the rollout to the new container", () => {
    const { run, v2, secret } = deployed();
    const reloaded = decide(run.later(150), "reloaded", [secret]);
    const { pod, created } = rollOut(run.later(5), reloaded);
    const container = createContainer(run.later(970), pod, {
      variables: { PASSWORD: { ...v2, ...READ } },
      causes: [secret, created],
    });
    expect(chain(run, container, { ...v2, ...READ })).toEqual([
      "600s command: step rotate: setSecret kvdemo/secrets/secret1",
      "600s set: the vault has a new version at once",
      "700s Secret: the driver patches the Secret in the same reconcile, after the files",
      "700.15s reload: Reloader patches the template of Deployment web (env-vars) since Secret app-secret changed (latency.watch 20ms, latency.reloader 130ms)",
      "700.155s workload: Deployment web is of generation 2 from here on, written by Reloader",
      "701.155s ReplicaSet: the Deployment controller makes ReplicaSet web-abc for the new template, revision 2",
      "702.155s pod: the controller creates pod web-abc-x of the new template",
      expect.stringContaining("703.155s container: environment variables"),
    ]);
  });

  test("leads over the step that restarted the workload", () => {
    const { run, v2, secret } = deployed();
    const command = run.at("900s").record("command", {
      kind: "rolloutRestart",
      id: "restart",
      target: "default/Deployment/web",
    });
    const { pod, created } = rollOut(run, command, { by: "kubectl" });
    const container = createContainer(run.later(970), pod, {
      variables: { PASSWORD: { ...v2, ...READ } },
      causes: [secret, created],
    });
    const labels = chainOf(run.index, container, v2).map((hop) => hop.label);
    expect(labels).toEqual([
      "command",
      "set",
      "Secret",
      "command",
      "workload",
      "ReplicaSet",
      "pod",
      "container",
    ]);
    const delays = chainOf(run.index, container, v2).map((hop) => hop.delayMs);
    expect(delays.reduce((sum, each) => sum + each, 0)).toBe(303_000);
  });

  test("leaves the rollout out where the content came after it", () => {
    const run = aRun();
    run.setSecret("secret1");
    const made = writeWorkload(run, "created", "Deployment/web", {});
    const v2 = run.at("600s").setSecret("secret1", "rotate");
    const { pod, created } = rollOut(run.at("700s"), made);
    const causes = [v2.set];
    const secret = run
      .at("900s")
      .secret("modified", "app-secret", { mysecret1: v2 }, { causes });
    const container = createContainer(run.at("901s"), pod, {
      variables: { PASSWORD: { ...v2, ...READ, resourceVersion: "99" } },
      causes: [secret, created],
    });
    const labels = chainOf(run.index, container, v2).map((hop) => hop.label);
    expect(labels).toEqual(["command", "set", "Secret", "container"]);
  });
});

describe("the chain of a program", () => {
  test.each([
    ["polls-file", "app poll", "again every 30s and compares"],
    ["watches-directory", "app watch", "..data being moved over (latency.app"],
    ["reloads-on-signal", "SIGHUP", "a sidecar sees ..data being moved over"],
    ["watches-file", "app watch", "dies with the file that it watched"],
  ])("%s ends with its own hop", (how, label, rule) => {
    const run = aRun();
    const v1 = run.setSecret("secret1");
    const pod = run.addPod(aReader());
    run.file(pod, { secret1: v1 });
    const every = how === "polls-file" ? "30s" : null;
    startApp(run, pod, how, { every });
    appHolds(run, pod, v1);
    const v2 = run.at("10m").setSecret("secret1", "rotate");
    const tick = run.at("11m").tick("node-0");
    const request = run.later(65).get(pod, v2, tick);
    const file = run.later(25).file(pod, { secret1: v2 }, [request, tick]);
    const holds = appHolds(run.later(5000), pod, v2, [file]);
    const hops = chainOf(run.end("12m").index, holds, v2);
    expect(hops.map((hop) => hop.label)).toEqual([
      "command",
      "set",
      "poll",
      "file",
      label,
    ]);
    expect(hops.at(-1)).toMatchObject({ delayMs: 5000 });
    expect(hops.at(-1)!.rule).toContain(rule);
  });

  test("that asks the vault itself has the wait at its request", () => {
    const run = aRun();
    const reads = "kvdemo/secrets/secret1";
    const v1 = run.setSecret("secret1");
    const pod = run.addPod(aReader());
    startApp(run, pod, "polls-vault", { reads, every: "5m" });
    appHolds(run, pod, v1, [], reads);
    const v2 = run.at("10m").setSecret("secret1", "rotate");
    const userAgent = "azsdk-js-keyvault-secrets/4.11.2";
    const request = run.at("12m").get(pod, v2, 1, { userAgent });
    const holds = appHolds(run.later(25), pod, v2, [request], reads);
    run.end("13m");
    expect(chain(run, holds, v2).slice(2)).toEqual([
      "720s vault poll: the program asks the vault itself every 5m, in its own phase; no file and no Secret is on the way",
      "720.025s app: the program takes what the vault answered",
    ]);
  });
});

describe("the chain of a lane", () => {
  test("says what made it fetch", () => {
    const run = aRun();
    startLane(run, "eso");
    const v2 = run.at("10m").setSecret("secret1", "rotate");
    const pass = lanePass(run.at("12m"), "eso", "changed", {
      trigger: "forced",
    });
    const holds = laneHolds(run, "eso", v2, [v2.set, pass]);
    run.end("13m");
    expect(chain(run, holds, v2).at(-1)).toBe(
      "720s lane poll: lane eso asks the vault, since somebody asked it to refresh",
    );
  });
});

describe("RolloutHistory", () => {
  test("has a rollout from the write of its template to its end, and tells which was overtaken", () => {
    const run = aRun();
    const write = (generation: number, revision: string, complete: boolean) =>
      writeWorkload(run, "modified", "Deployment/web", {
        generation,
        rollout: aRollout({ revision, complete }),
      });
    write(1, "1", true);
    write(2, "1", false);
    write(2, "2", false);
    run.at("10s");
    write(3, "2", false);
    write(3, "3", false);
    run.at("50s");
    write(3, "3", true);
    const history = new RolloutHistory();
    for (const fact of run.facts) history.fact(fact);
    expect(
      history.rollouts.map(({ revision, beganAt, completedAt, ...rest }) => [
        revision,
        beganAt - START,
        completedAt === null ? null : completedAt - START,
        rest.overtakenAt !== null,
      ]),
    ).toEqual([
      ["1", 0, null, true],
      ["2", 0, null, true],
      ["3", 10_000, 50_000, false],
    ]);
  });
});
