/** What the timeline, the watch view and the diagram say of workloads, Reloader, programs, lanes and databases. */
import { describe, expect, test } from "vitest";
import { SequenceDiagram } from "../../../src/emulator/views/sequence.ts";
import { textWidth } from "../../../src/emulator/views/terminal.ts";
import { Timeline } from "../../../src/emulator/views/timeline.ts";
import { watchLines } from "../../../src/emulator/views/watch-view.ts";
import type { Run } from "../../support/facts.ts";
import { START, aRun } from "../../support/facts.ts";
import {
  aReader,
  aRollout,
  app,
  appHolds,
  decide,
  laneHolds,
  lanePass,
  reloader,
  reloaderEvent,
  startApp,
  startLane,
  switchDatabase,
  useDatabase,
  writeWorkload,
} from "../../support/facts-workloads.ts";

function timeline(run: Run): string[] {
  const view = new Timeline();
  for (const fact of run.facts) view.fact(fact);
  const lines = view.lines();
  for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(80);
  return lines.slice(1).map((line) => line.trim().replace(/ {2,}/g, " | "));
}

function sequence(run: Run): string[] {
  const view = new SequenceDiagram();
  for (const fact of run.facts) view.fact(fact);
  return view
    .text()
    .split("\n")
    .map((line) => line.trim());
}

/** Deployment web is complete, and gets a new template at 10 m. */
function rollout(): Run {
  const run = aRun({ firstTick: null });
  writeWorkload(run, "created", "Deployment/web", { generation: 1 });
  writeWorkload(run, "created", "ReplicaSet/web-abc", { uid: "rs-1" });
  run.at("10m");
  const pending = aRollout({ complete: false });
  writeWorkload(run, "modified", "Deployment/web", {
    generation: 2,
    rollout: pending,
  });
  writeWorkload(run, "created", "ReplicaSet/web-def", { uid: "rs-2" });
  writeWorkload(run, "modified", "Deployment/web", {
    generation: 2,
    rollout: aRollout({ complete: false, revision: "2" }),
  });
  writeWorkload(run.later(2000), "modified", "ReplicaSet/web-abc", {
    uid: "rs-1",
    rollout: aRollout({ wanted: 0 }),
  });
  writeWorkload(run.later(31_000), "modified", "Deployment/web", {
    generation: 2,
    rollout: aRollout({ revision: "2" }),
  });
  return run;
}

describe("a rollout", () => {
  test("is told when it begins and when it is complete, its scaling counted", () => {
    expect(timeline(rollout()).slice(1)).toEqual([
      "+10:00.000 | controller | Deployment web rolls out revision 2",
      "… | web scaled down",
      "+10:33.000 | controller | Deployment web is complete after 33s: 1 pod",
    ]);
  });

  test("has the controllers in the diagram", () => {
    const lines = sequence(rollout());
    expect(lines).toContain("participant controller0 as controllers");
    expect(lines).toContain(
      "controller0->>api0: +10:00.000 create ReplicaSet web-def",
    );
    expect(lines.at(-2)).toBe(
      "controller0->>api0: +10:33.000 Deployment web is complete",
    );
  });
});

describe("Reloader", () => {
  function reloading(): Run {
    const run = aRun({ firstTick: null });
    reloader(run, "started");
    const v1 = run.setSecret("secret1");
    const secret = run.secret("created", "app-secret", { mysecret1: v1 });
    run.at("10m");
    decide(run, "reloaded", [secret]);
    decide(run, "skipped", [secret], { name: "api" });
    reloaderEvent(run, [secret]);
    reloaderEvent(run.at("11m"), [secret], { outcome: "no_data_change" });
    const later = run.at("12m").secret("modified", "app-secret", {});
    reloaderEvent(run, [later], { matched: 0 });
    reloader(run.at("15m"), "stopped");
    return run;
  }

  test("is told with what it patched, what it left alone and that it went down", () => {
    expect(timeline(reloading()).slice(3)).toEqual([
      "+10:00.000 | Reloader | patches Deployment web: Secret app-secret is",
      "new (env-vars)",
      "+10:00.000 | Reloader | leaves Deployment api alone: Secret app-secret",
      "is new (ignored_or_not_selected)",
      "… | Reloader saw no new data",
      "+12:00.000 | api | Secret app-secret modified: 0 keys",
      "+12:00.000 | Reloader | saw Secret app-secret: no workload asks for it",
      "+15:00.000 | Reloader | is down in reloader-1: changes are lost",
    ]);
  });

  test("takes part in the diagram once it acts", () => {
    const idle = aRun();
    reloader(idle, "started");
    expect(sequence(idle).join("\n")).not.toContain("Reloader");
    expect(sequence(reloading())).toContain(
      "reloader0->>api0: +10:00.000 patch Deployment web: app-secret is new",
    );
  });
});

describe("a program and its database", () => {
  function using(): Run {
    const run = aRun({ firstTick: null });
    const pod = run.addPod(aReader());
    const v1 = run.setSecret("secret1");
    startApp(run, pod, "watches-file");
    appHolds(run, pod, v1);
    useDatabase(run.at("1m"), pod, v1, true);
    const v2 = run.at("10m").setSecret("secret1");
    switchDatabase(run.later(5000), v1.object, [2], [1]);
    useDatabase(run.later(1000), pod, v1, false);
    app(run.later(1000), "signalled", pod, { delivered: true, detail: "" });
    appHolds(run.at("11m"), pod, v2);
    app(run, "deaf", pod, { delivered: false, detail: "IN_IGNORED" });
    useDatabase(run.at("12m"), pod, v2, true);
    return run.end("13m");
  }

  test("are told when something changes between them", () => {
    expect(timeline(using()).slice(2)).toEqual([
      expect.stringContaining("vault | v2 | secret1 set in kvdemo"),
      "+10:05.000 | database sql | v2 | takes v2 of secret1, no longer v1",
      "+10:06.000 | database sql | v1 | refuses reader",
      "+10:07.000 | app node-0 | SIGHUP to reader",
      "… | sql refuses",
      "+11:00.000 | app node-0 | v2 | holds secret1 in reader",
      "+11:00.000 | app node-0 | hears no more changes: reader",
      "IN_IGNORED",
      "+12:00.000 | database sql | v2 | takes again what comes from reader",
    ]);
  });

  test("stand in the diagram and in the watch view", () => {
    const run = using();
    expect(sequence(run)).toContain("database0-->>pod0: +10:06.000 refuses v1");
    expect(sequence(run)).toContain("pod0->>pod0: +11:00.000 holds secret1 v2");
    expect(sequence(run)).toContain(
      "database0-->>pod0: +12:00.000 takes again v2",
    );
    const who = { kind: "pod", namespace: "default", name: "reader" } as const;
    const lines = watchLines({
      history: run.sinks,
      sinks: [{ kind: "app", who }],
      namespace: "default",
      start: START,
    });
    expect(lines.map((line) => line.trim().replace(/ {2,}/g, " "))).toEqual([
      "time reader",
      "+00:00.000 v1 ← start",
      "+11:00.000 v2 ← watch",
    ]);
  });
});

describe("a lane", () => {
  function published(): Run {
    const run = aRun({ firstTick: null });
    startLane(run, "eso");
    const v1 = run.setSecret("secret1");
    laneHolds(run, "eso", v1);
    lanePass(run.at("1m"), "eso", "unchanged");
    const v2 = run.at("10m").setSecret("secret1");
    lanePass(run.at("20m"), "eso", "failed", { error: "403 Forbidden" });
    laneHolds(run.at("1h"), "eso", v2);
    return run.end("2h");
  }

  test("is told when it publishes something new, and when a pass fails", () => {
    expect(timeline(published()).slice(2)).toEqual([
      "… | quiet pass of a lane",
      expect.stringContaining("secret1 set in kvdemo"),
      "+20:00.000 | lane eso | pass failed",
      "403 Forbidden",
      "+1:00:00.000 | lane eso | v2 | publishes in Secret eso-password: secret1",
    ]);
  });

  test("gets its version from the vault in the diagram", () => {
    expect(sequence(published())).toContain(
      "vault0-->>lane0: +1:00:00.000 secret1 v2",
    );
  });
});

describe("what a user does", () => {
  function command(run: Run, kind: string, target: string): void {
    const places = { at: "world", about: target };
    run.record("command", { kind, id: "", target }, [], places);
  }

  test("a workload is scaled to a number, told once its write is there", () => {
    const run = rollout().at("20m");
    command(run, "scale", "default/Deployment/web");
    const three = aRollout({ wanted: 3 });
    writeWorkload(run, "modified", "Deployment/web", { rollout: three });
    command(run.at("21m"), "scale", "default/Deployment/other");
    expect(timeline(run).filter((line) => line.includes("scaled D"))).toEqual([
      "+20:00.000 | user | scaled Deployment web to 3",
      "+21:00.000 | user | scaled Deployment other",
    ]);
  });

  test("what gives rights to a manifest's workload is one line", () => {
    const run = aRun({ firstTick: null }).at("20m");
    for (const target of [
      "default/ServiceAccount/reloader",
      "default/Role/reloader",
      "default/RoleBinding/reloader",
      "default/Deployment/reloader",
    ])
      command(run, "apply", target);
    command(run.at("30m"), "apply", "default/Role/reloader");
    expect(timeline(run).filter((line) => line.includes("applied"))).toEqual([
      "+20:00.000 | user | applied ServiceAccount, Role, RoleBinding",
      "+20:00.000 | user | applied Deployment reloader",
      "+30:00.000 | user | applied Role reloader",
    ]);
  });
});
