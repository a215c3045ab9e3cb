/** Findings about workloads, Reloader and programs, from hand-made facts. */
import { describe, expect, test } from "vitest";
import type { Run, Version } from "../../support/facts.ts";
import { START, aPod, aRun } from "../../support/facts.ts";
import { createContainer } from "../../support/facts-node.ts";
import {
  aReader,
  aWebPod,
  app,
  appHolds,
  decide,
  reloader,
  startApp,
} from "../../support/facts-workloads.ts";
import { findingIn } from "./support.ts";

function rotated(): { run: Run; v1: Version; v2: Version } {
  const run = aRun();
  const v1 = run.setSecret("secret1");
  run.secret("created", "app-secret", { mysecret1: v1 });
  const v2 = run.at("10m").setSecret("secret1", "rotate");
  return { run, v1, v2 };
}

describe("restart-too-early", () => {
  const NAME = "restart-too-early";

  test("is a container with an older variable than its CSI file", () => {
    const { run, v1, v2 } = rotated();
    const pod = run.at("11m").addPod(aWebPod("b"));
    run.file(pod, { secret1: v2 });
    createContainer(run.later(500), pod, { variables: { PASSWORD: v1 } });
    expect(findingIn(run, NAME)).toMatchObject({
      count: 1,
      firstAt: START + 660_500,
      objects: ["default/Pod/web-b"],
    });
  });

  test("is not one whose variable is as new as its file, or newer", () => {
    const { run, v1, v2 } = rotated();
    const fresh = run.at("11m").addPod(aWebPod("b"));
    run.file(fresh, { secret1: v2 });
    createContainer(run, fresh, { variables: { PASSWORD: v2 } });
    const behind = run.addPod(aWebPod("c"));
    run.file(behind, { secret1: v1 });
    createContainer(run, behind, { variables: { PASSWORD: v2 } });
    expect(findingIn(run, NAME)).toBeUndefined();
  });

  test("is not a file that the kubelet filled from the Secret", () => {
    const { run, v1, v2 } = rotated();
    const pod = run.addPod(aPod());
    run.secretFile(pod, { mysecret1: v2 });
    createContainer(run, pod, { variables: { PASSWORD: v1 } });
    expect(findingIn(run, NAME)).toBeUndefined();
  });
});

describe("deaf-watcher", () => {
  const NAME = "deaf-watcher";

  function watching(how: string) {
    const run = aRun();
    const v1 = run.setSecret("secret1");
    const pod = run.addPod(aReader());
    run.file(pod, { secret1: v1 });
    startApp(run, pod, how);
    appHolds(run, pod, v1);
    const v2 = run.at("10m").setSecret("secret1");
    run.file(pod, { secret1: v2 });
    appHolds(run, pod, v2);
    return { run, pod };
  }

  test("counts what changes after the watch has died", () => {
    const { run, pod } = watching("watches-file");
    app(run, "deaf", pod, { delivered: false, detail: "IN_IGNORED" });
    expect(findingIn(run, NAME)).toBeUndefined();
    for (const at of ["20m", "30m"]) {
      const next = run.at(at).setSecret("secret1");
      run.file(pod, { secret1: next });
    }
    expect(findingIn(run, NAME)).toMatchObject({
      count: 2,
      firstAt: START + 1_200_000,
      objects: ["default/Pod/reader"],
    });
  });

  test("ends with the program", () => {
    const { run, pod } = watching("watches-file");
    app(run, "deaf", pod, { delivered: false, detail: "" });
    app(run, "ended", pod, { app: "watches-file", reads: "", everyMs: null });
    startApp(run, pod, "watches-file");
    const next = run.at("20m").setSecret("secret1");
    run.file(pod, { secret1: next });
    expect(findingIn(run, NAME)).toBeUndefined();
  });

  test("is not a program that hears", () => {
    const { run, pod } = watching("watches-directory");
    const next = run.at("20m").setSecret("secret1");
    run.file(pod, { secret1: next });
    expect(findingIn(run, NAME)).toBeUndefined();
  });
});

describe("lost-by-reloader", () => {
  const NAME = "lost-by-reloader";

  test("is a change of a Secret that a workload names while no Reloader runs", () => {
    const { run, v2 } = rotated();
    run.addPod(aWebPod("a"));
    reloader(run, "started");
    reloader(run.at("11m"), "stopped");
    run.at("12m").secret("modified", "app-secret", { mysecret1: v2 });
    reloader(run.at("13m"), "started");
    expect(findingIn(run, NAME)).toMatchObject({
      count: 1,
      firstAt: START + 720_000,
      objects: ["default/Secret/app-secret"],
    });
  });

  test("is one that happens between two leaders, too", () => {
    const { run, v2 } = rotated();
    run.addPod(aWebPod("a"));
    reloader(run, "started", { leading: false });
    reloader(run, "leading");
    reloader(run, "started", { leading: false, pod: "reloader-2" });
    reloader(run.at("11m"), "stopped");
    run.at("12m").secret("modified", "app-secret", { mysecret1: v2 });
    expect(findingIn(run, NAME)?.count).toBe(1);
  });

  test("is known from what Reloader did before", () => {
    const { run, v2 } = rotated();
    reloader(run, "started");
    decide(run, "reloaded", []);
    reloader(run.at("11m"), "stopped");
    run.at("12m").secret("modified", "app-secret", { mysecret1: v2 });
    expect(findingIn(run, NAME)?.count).toBe(1);
  });

  test("is not one while a Reloader leads, nor without any, nor one without new data", () => {
    const { run, v1, v2 } = rotated();
    run.addPod(aWebPod("a"));
    run.secret("modified", "app-secret", { mysecret1: v2 });
    reloader(run, "started");
    run.at("12m").secret("modified", "app-secret", { mysecret1: v1 });
    reloader(run.at("13m"), "stopped");
    run.at("14m").secret("modified", "app-secret", { mysecret1: v1 });
    expect(findingIn(run, NAME)).toBeUndefined();
  });

  test("is not a Secret that nobody names", () => {
    const { run, v1, v2 } = rotated();
    run.addPod(aWebPod("a"));
    run.secret("created", "other", { key: v1 });
    reloader(run, "started");
    reloader(run, "stopped");
    run.secret("modified", "other", { key: v2 });
    expect(findingIn(run, NAME)).toBeUndefined();
  });
});

describe("two-rollouts-one-rotation", () => {
  const NAME = "two-rollouts-one-rotation";
  const CLASS = { resource: "SECRETPROVIDERCLASS", object: "azure-kv" };

  test("is a reload for the class and one for the Secret since the vault changed", () => {
    const { run } = rotated();
    decide(run.at("11m"), "reloaded", [], CLASS);
    expect(findingIn(run, NAME)).toBeUndefined();
    decide(run.at("12m"), "reloaded", []);
    expect(findingIn(run, NAME)).toMatchObject({
      count: 1,
      firstAt: START + 720_000,
      objects: ["default/Deployment/web"],
    });
  });

  test("is not one reload for each rotation", () => {
    const { run } = rotated();
    decide(run.at("11m"), "reloaded", [], CLASS);
    run.at("20m").setSecret("secret1");
    decide(run.at("21m"), "reloaded", []);
    expect(findingIn(run, NAME)).toBeUndefined();
  });
});
