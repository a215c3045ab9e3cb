/** What invariants hold of programs, lanes and Reloader, from hand-made facts. */
import { describe, expect, test } from "vitest";
import { EnvironmentFixed } from "../../../src/emulator/invariants/environment-fixed.ts";
import { NoGoingBack } from "../../../src/emulator/invariants/no-going-back.ts";
import { NobodyReadsAhead } from "../../../src/emulator/invariants/nobody-reads-ahead.ts";
import { ReadersWithinBound } from "../../../src/emulator/invariants/readers-within-bound.ts";
import { ReloadedOnce } from "../../../src/emulator/invariants/reloaded-once.ts";
import type { Pod, Run, Version } from "../../support/facts.ts";
import { aRun } from "../../support/facts.ts";
import { createContainer } from "../../support/facts-node.ts";
import {
  aReader,
  app,
  appHolds,
  decide,
  laneHolds,
  lanePass,
  reloader,
  reloaderEvent,
  startApp,
  startLane,
} from "../../support/facts-workloads.ts";
import { broken } from "./support.ts";

const VAULT = "kvdemo/secrets/secret1";

/** A pod whose container runs. */
function running(parts: { password?: Version } = {}): { run: Run; pod: Pod } {
  const run = aRun();
  const pod = run.addPod(aReader());
  const { password } = parts;
  createContainer(
    run,
    pod,
    password === undefined ? {} : { variables: { PASSWORD: password } },
  );
  const { namespace, name, uid } = pod;
  const data = { namespace, name, uid, container: "busybox", attempt: 0 };
  run.record("container.started", data);
  return { run, pod };
}

describe("nobody reads ahead", () => {
  test("in memory, and at the end of a lane", () => {
    const { run, pod } = running();
    const v1 = run.setSecret("secret1");
    appHolds(run, pod, v1, [], VAULT);
    laneHolds(run, "eso", v1);
    expect(broken(new NobodyReadsAhead(), run)).toBeNull();
    laneHolds(run, "eso", { ...v1, version: "unknown" });
    expect(broken(new NobodyReadsAhead(), run)?.message).toContain(
      "lane eso holds version unknown of kvdemo/secrets/secret1 before the vault had it",
    );
  });

  test("in a program before the vault had it", () => {
    const { run, pod } = running();
    const ahead = { object: VAULT, version: "x", ordinal: 1, form: "as-is" };
    appHolds(run, pod, ahead);
    expect(broken(new NobodyReadsAhead(), run)?.message).toContain(
      "the program in busybox, which reads /mnt/secrets-store/secret1, holds",
    );
  });
});

describe("no going back", () => {
  test("of a program that asks the vault itself, in one life", () => {
    const { run, pod } = running();
    const v1 = run.setSecret("secret1");
    const v2 = run.setSecret("secret1");
    startApp(run, pod, "polls-vault", { reads: VAULT, every: "5m" });
    appHolds(run, pod, v2, [], VAULT);
    app(run, "ended", pod, { app: "x", reads: VAULT, everyMs: null });
    startApp(run, pod, "polls-vault", { reads: VAULT, every: "5m" });
    appHolds(run, pod, v1, [], VAULT);
    expect(broken(new NoGoingBack(), run, "1h")).toBeNull();
    appHolds(run, pod, v2, [], VAULT);
    appHolds(run, pod, v1, [], VAULT);
    expect(broken(new NoGoingBack(), run, "1h")?.message).toContain(
      "default/reader memory went back from v2 to v1",
    );
  });

  test("of a lane, unless it is pinned to the older version", () => {
    const run = aRun();
    const v1 = run.setSecret("secret1");
    const v2 = run.setSecret("secret1");
    laneHolds(run, "eso", v2);
    laneHolds(run, "eso", v1);
    expect(broken(new NoGoingBack(), run, "1h")?.message).toContain(
      "eso value went back from v2 to v1",
    );
  });

  test("leaves what a program reads from a file to the file", () => {
    const { run, pod } = running();
    const v1 = run.setSecret("secret1");
    const v2 = run.setSecret("secret1");
    appHolds(run, pod, v2);
    appHolds(run, pod, v1);
    expect(broken(new NoGoingBack(), run, "1h")).toBeNull();
  });
});

describe("a program", () => {
  test("holds of its environment what its container was given", () => {
    const before = aRun();
    const v1 = before.setSecret("secret1");
    const v2 = before.setSecret("secret1");
    const { run, pod } = running({ password: v1 });
    appHolds(run, pod, v1, [], "env PASSWORD");
    expect(broken(new EnvironmentFixed(), run)).toBeNull();
    appHolds(run, pod, v2, [], "env PASSWORD");
    expect(broken(new EnvironmentFixed(), run)?.message).toContain(
      "holds v2 of kvdemo/secrets/secret1 from PASSWORD, which was not given that",
    );
  });

  test("holds nothing while its container does not run", () => {
    const run = aRun();
    const v1 = run.setSecret("secret1");
    const pod = run.addPod(aReader());
    createContainer(run, pod);
    appHolds(run, pod, v1);
    expect(broken(new EnvironmentFixed(), run)?.message).toContain(
      "has a program that reads /mnt/secrets-store/secret1 although it was not started",
    );
  });
});

describe("readers within their bound", () => {
  function polling() {
    const { run, pod } = running();
    const v1 = run.setSecret("secret1");
    run.file(pod, { secret1: v1 });
    startApp(run, pod, "polls-file", { every: "1m" });
    appHolds(run, pod, v1);
    const v2 = run.at("10m").setSecret("secret1");
    run.file(pod, { secret1: v2 });
    return { run, pod, v2 };
  }

  test("a program that polls a file follows within two intervals and a pass", () => {
    const { run, pod, v2 } = polling();
    appHolds(run.at("13m"), pod, v2);
    expect(broken(new ReadersWithinBound(), run, "1h")).toBeNull();
  });

  test("one that is later breaks it, and so does one that never follows", () => {
    const { run, pod, v2 } = polling();
    expect(broken(new ReadersWithinBound(), run, "13m")).toBeNull();
    expect(broken(new ReadersWithinBound(), run, "14m")?.message).toContain(
      "the program of default/reader held v1 of kvdemo/secrets/secret1 4m after it could read v2 (limit 3m)",
    );
    appHolds(run.at("13m").later(1), pod, v2);
    expect(broken(new ReadersWithinBound(), run, "1h")?.code).toBe(
      "StaleBeyondBound",
    );
  });

  test("a look that failed excuses it", () => {
    const { run, pod } = polling();
    app(run, "looked", pod, { outcome: "failed", error: "EACCES" });
    expect(broken(new ReadersWithinBound(), run, "1h")).toBeNull();
  });

  test("a lane follows within two intervals and a pass", () => {
    const run = aRun();
    const v1 = run.setSecret("secret1");
    startLane(run, "eso");
    laneHolds(run, "eso", v1);
    const v2 = run.at("10m").setSecret("secret1");
    expect(broken(new ReadersWithinBound(), run, "2h11m")).toBeNull();
    expect(broken(new ReadersWithinBound(), run, "2h12m")?.message).toContain(
      "lane eso held v1 of kvdemo/secrets/secret1 2h2m after it could read v2 (limit 2h1m)",
    );
    laneHolds(run.at("1h"), "eso", v2);
    expect(broken(new ReadersWithinBound(), run, "5h")).toBeNull();
  });

  test("a lane whose pass failed, or which was restarted, is judged no more", () => {
    for (const excuse of [
      (run: Run) => void lanePass(run, "eso", "failed"),
      (run: Run) =>
        void run.record("command", { kind: "restart", id: "", target: "eso" }),
    ]) {
      const run = aRun();
      const v1 = run.setSecret("secret1");
      startLane(run, "eso");
      laneHolds(run, "eso", v1);
      run.at("10m").setSecret("secret1");
      excuse(run.at("20m"));
      run.end("5h");
      expect(broken(new ReadersWithinBound(), run, "5h")).toBeNull();
    }
  });
});

describe("reloaded once", () => {
  function changed() {
    const run = aRun();
    const v1 = run.setSecret("secret1");
    run.secret("created", "app-secret", { mysecret1: v1 });
    reloader(run, "started");
    const v2 = run.setSecret("secret1");
    const secret = run.secret("modified", "app-secret", { mysecret1: v2 });
    return { run, secret };
  }

  test("a patch has the write behind it that it names", () => {
    const { run, secret } = changed();
    decide(run, "reloaded", [secret]);
    reloaderEvent(run, [secret]);
    expect(broken(new ReloadedOnce(), run)).toBeNull();
  });

  test("a second patch of a workload for one write breaks it", () => {
    const { run, secret } = changed();
    decide(run, "reloaded", [secret]);
    decide(run, "reloaded", [secret]);
    expect(broken(new ReloadedOnce(), run)?.message).toContain(
      "Reloader patched default/Deployment/web for SECRET app-secret twice for one change",
    );
  });

  test("two processes that handle changes may patch once each, and no more", () => {
    const run = aRun();
    const v1 = run.setSecret("secret1");
    run.secret("created", "app-secret", { mysecret1: v1 });
    reloader(run, "started");
    reloader(run, "started", { pod: "reloader-2" });
    const v2 = run.setSecret("secret1");
    const secret = run.secret("modified", "app-secret", { mysecret1: v2 });
    decide(run, "reloaded", [secret]);
    reloader(run, "stopped", { leading: false });
    decide(run, "reloaded", [secret]);
    expect(broken(new ReloadedOnce(), run)).toBeNull();
    decide(run, "reloaded", [secret]);
    expect(broken(new ReloadedOnce(), run)?.message).toContain(
      "twice for one change",
    );
  });

  test("one that waits for the lease handles nothing", () => {
    const run = aRun();
    const v1 = run.setSecret("secret1");
    run.secret("created", "app-secret", { mysecret1: v1 });
    reloader(run, "started", { leading: false });
    reloader(run, "started", { leading: false, pod: "reloader-2" });
    reloader(run, "leading");
    const v2 = run.setSecret("secret1");
    const secret = run.secret("modified", "app-secret", { mysecret1: v2 });
    decide(run, "reloaded", [secret]);
    decide(run, "reloaded", [secret]);
    expect(broken(new ReloadedOnce(), run)?.message).toContain(
      "twice for one change",
    );
  });

  test("what the first list of a process brings has its start behind it", () => {
    const { run, secret } = changed();
    decide(run, "reloaded", [secret]);
    reloader(run, "stopped", { leading: false });
    const start = reloader(run, "started");
    decide(run, "reloaded", [start]);
    expect(broken(new ReloadedOnce(), run)).toBeNull();
  });

  test("a change whose handling failed may be handled again", () => {
    const { run, secret } = changed();
    decide(run, "reloaded", [secret]);
    reloaderEvent(run, [secret], { outcome: "failed" });
    decide(run, "reloaded", [secret]);
    expect(broken(new ReloadedOnce(), run)).toBeNull();
  });

  test("a patch without a write, or with another one, breaks it", () => {
    const { run } = changed();
    const set = run.setSecret("secret1").set;
    decide(run, "reloaded", [set]);
    expect(broken(new ReloadedOnce(), run)?.message).toContain(
      "which nobody had changed",
    );
    const { run: other, secret } = changed();
    decide(other, "reloaded", [secret], { object: "other" });
    expect(broken(new ReloadedOnce(), other)?.message).toContain(
      "but saw SECRET default/app-secret",
    );
  });
});
