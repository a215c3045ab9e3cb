/** How long programs and what Reloader restarts may stay behind: bounds, and what `why` says of them. */
import { describe, expect, test } from "vitest";
import { classesOf } from "../../../src/emulator/trace/classes.ts";
import type { SinkName } from "../../../src/emulator/trace/names.ts";
import { boundAt } from "../../../src/emulator/views/bounds.ts";
import { why } from "../../../src/emulator/views/why.ts";
import { durationMs } from "../../../src/kernel/time.ts";
import type { Run } from "../../support/facts.ts";
import {
  SECRET_PROVIDER_CLASS,
  SETTINGS,
  START,
  aRun,
} from "../../support/facts.ts";
import { createContainer } from "../../support/facts-node.ts";
import {
  aReader,
  aWebPod,
  app,
  appHolds,
  decide,
  reloader,
  startApp,
  startLane,
} from "../../support/facts-workloads.ts";

const READER: SinkName = {
  kind: "app",
  who: { kind: "pod", namespace: "default", name: "reader" },
};
const OBJECT = "kvdemo/secrets/secret1";
const AT = START + durationMs("10m");
const CLASSES = classesOf([SECRET_PROVIDER_CLASS]);
/** One poll of the driver and one mount's requests. */
const CSI_MS = durationMs("2m") + 98;

function bound(run: Run, sink: SinkName) {
  const { index, sinks } = run;
  return boundAt({ index, sinks, classes: CLASSES }, sink, OBJECT, AT);
}

/** A program that holds v1 of what it reads. */
function reading(
  how: string,
  options: { reads?: string; every?: string } = {},
): Run {
  const run = aRun();
  const v1 = run.setSecret("secret1");
  const pod = run.addPod(aReader());
  run.file(pod, { secret1: v1 });
  startApp(run, pod, how, options);
  appHolds(run, pod, v1, [], options.reads);
  return run;
}

describe("the bound of a program", () => {
  test.each<[string, object, number]>([
    ["polls-file", { every: "30s" }, CSI_MS + 30_000],
    ["watches-directory", {}, CSI_MS + SETTINGS.latency.app],
    ["reloads-on-signal", {}, CSI_MS + 2 * SETTINGS.latency.app],
    ["watches-file", {}, CSI_MS + SETTINGS.latency.app],
    ["polls-vault", { every: "5m", reads: OBJECT }, 300_000 + 2 * 90],
    ["dotnet", { every: "5m", reads: OBJECT }, 300_000 + 2 * 115],
    ["spring", { every: "30m", reads: OBJECT }, 1_800_000 + 115],
  ])("that %s (%o) is %i ms", (how, options, ms) => {
    expect(bound(reading(how, options), READER)).toMatchObject({
      kind: "within",
      ms,
    });
  });

  test.each([
    ["reads-once", {}, "never"],
    ["dotnet", { reads: OBJECT }, "never"],
    ["caches-vault", { reads: OBJECT, every: "5m" }, "unbounded"],
    ["refetches-when-refused", { reads: OBJECT }, "unbounded"],
  ])("that %s (%o) is %s", (how, options, kind) => {
    expect(bound(reading(how, options), READER).kind).toBe(kind);
  });

  test("whose watch has died is never", () => {
    const run = reading("watches-file");
    app(run, "deaf", aReader(), { delivered: false, detail: "" });
    expect(bound(run, READER)).toEqual({
      kind: "never",
      reason: "its watch died with the first change",
    });
  });

  test("that no signal reaches is never", () => {
    const run = reading("reloads-on-signal");
    app(run.at("20m"), "signalled", aReader(), {
      delivered: false,
      detail: "",
    });
    expect(bound(run, READER)).toEqual({
      kind: "never",
      reason: "the sidecar's signal does not reach it",
    });
  });

  test("that does not run yet is its start", () => {
    const run = aRun();
    run.addPod(aReader());
    expect(bound(run, READER).kind).toBe("atStart");
  });
});

describe("the bound of a variable", () => {
  const ENV: SinkName = {
    kind: "env",
    who: { kind: "deployment", namespace: "default", name: "web" },
    container: null,
    variable: "PASSWORD",
  };

  function given(): Run {
    const run = aRun();
    const v1 = run.setSecret("secret1");
    const pod = run.addPod(aWebPod("a"));
    createContainer(run, pod, { variables: { PASSWORD: v1 } });
    return run;
  }

  test("is never, as long as nothing makes new pods", () => {
    const run = given();
    decide(run.at("5m"), "reloaded", []);
    run.at("20m");
    decide(run, "reloaded", [], { name: "other" });
    expect(bound(run, ENV).kind).toBe("never");
  });

  test("is none where Reloader made new pods later: nothing limits a rollout", () => {
    const run = given();
    reloader(run.at("10m"), "started");
    decide(run.at("11m"), "reloaded", []);
    expect(bound(run, ENV)).toEqual({
      kind: "unbounded",
      reason: "Reloader makes new pods, and nothing limits a rollout",
    });
  });

  test("is never for a version from before Reloader was there", () => {
    const run = given();
    reloader(run.later(1).at("10m1s"), "started");
    decide(run.at("11m"), "reloaded", []);
    expect(bound(run, ENV).kind).toBe("never");
  });

  test("is never for a version that the Secret had before the change that Reloader saw", () => {
    const run = given();
    reloader(run, "started");
    const write = (keys: Parameters<Run["secret"]>[2]) =>
      run.later(1000).secret("modified", "app-secret", keys);
    const v2 = run.at("10m").setSecret("secret1");
    const missed = write({ mysecret1: v2 });
    const seen = write({ mysecret1: run.setSecret("secret1") });
    decide(run, "reloaded", [seen]);
    expect(bound(run, ENV)).toEqual({
      kind: "never",
      reason:
        "Reloader did not see the Secret change, and looks at no old change",
    });
    const heard = given();
    expect(missed).toBeLessThan(seen);
    reloader(heard, "started");
    const next = heard.at("10m").setSecret("secret1");
    const change = heard.secret("modified", "app-secret", { mysecret1: next });
    decide(heard, "reloaded", [change]);
    expect(bound(heard, ENV).kind).toBe("unbounded");
  });
});

describe("the bound of a Secret that a lane publishes", () => {
  const key = (name: string): SinkName => ({
    kind: "secret",
    namespace: "default",
    secret: "eso-password",
    key: name,
  });

  test("is the lane's interval and a pass", () => {
    const run = aRun();
    startLane(run, "eso", { everyMs: durationMs("1h") });
    expect(bound(run, key("password"))).toMatchObject({
      kind: "within",
      ms: 3_600_098,
    });
    expect(bound(run, key("other")).kind).toBe("atStart");
  });

  test("is never for one that fetches once", () => {
    const run = aRun();
    startLane(run, "eso", { everyMs: null });
    expect(bound(run, key("password"))).toEqual({
      kind: "never",
      reason: "it fetches once, and again only when it is asked to",
    });
  });
});

describe("why", () => {
  const text = (run: Run, at: string) =>
    why(run, READER, START + durationMs(at), {
      namespace: "default",
      classes: CLASSES,
    }).replace(/\s+/g, " ");

  test("says of a program that is behind whether its file is new, and when it looks", () => {
    const run = reading("polls-file", { every: "30s" });
    run.at("10m").setSecret("secret1");
    run.end("11m");
    expect(text(run, "11m")).toContain(
      "The vault has v2 since 09:10:00.000. /mnt/secrets-store/secret1 still holds v1. The program (polls-file) looks every 30s.",
    );
  });

  test("says that a program that reads once never follows", () => {
    const run = reading("reads-once");
    run.at("10m").setSecret("secret1");
    run.end("11m");
    expect(text(run, "11m")).toContain(
      "This sink never follows: the program reads it when it starts, and never again.",
    );
  });
});
