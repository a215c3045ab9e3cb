/** Bounds under a driver from 1.6 on. */
import { describe, expect, test } from "vitest";
import { durationMs } from "../../../src/kernel/time.ts";
import { classesOf } from "../../../src/emulator/trace/classes.ts";
import type { SinkName } from "../../../src/emulator/trace/names.ts";
import { versionsOf } from "../../../src/emulator/trace/versions.ts";
import { boundSentence } from "../../../src/emulator/views/bound.ts";
import { boundOf } from "../../../src/emulator/views/bounds.ts";
import type { Run } from "../../support/facts.ts";
import { SECRET_PROVIDER_CLASS, aPod, aRun } from "../../support/facts.ts";
import { CSI_FILE, SECRET, SECRET_FILE } from "../../support/scenarios.ts";

const classes = classesOf([SECRET_PROVIDER_CLASS]);
const driver = { version: "1.6.0" };

/** Mounted at 425 ms; secret1 rotates at `at`. */
function rotated(at: string, addon = {}, firstTick: string | null = "1m"): Run {
  const run = aRun({ settings: { driver, addon }, firstTick });
  const pod = run.addPod(aPod());
  run.at(400).mount(pod, run.setSecret("secret1"));
  run.at(at).setSecret("secret1", "rotate");
  return run;
}

function bound(run: Run, sink: SinkName) {
  const { index, sinks } = run;
  const set = versionsOf(index, "kvdemo/secrets/secret1").at(-1)!;
  return boundOf({ index, sinks, classes }, sink, set);
}

const sentence = (run: Run, sink: SinkName) => boundSentence(bound(run, sink));

describe("a CSI file", () => {
  test("waits for the kubelet's next sync alone, once its mount is old enough", () => {
    // 401, token, one get; create, get and update of the pod status.
    expect(sentence(rotated("10m"), CSI_FILE)).toBe(
      "at most 1m31.302s: 1m30s 1.5 x syncFrequency + 1s sync ticker + 200ms volume loops + 102ms mount",
    );
  });

  test("waits for what is left until its mount is as old as the interval", () => {
    expect(sentence(rotated("1m"), CSI_FILE)).toContain(
      "at most 2m31.727s: 1m0.425s rotationPollInterval, as far as the mount is younger + 1m30s",
    );
    expect(bound(rotated("2m"), CSI_FILE)).toMatchObject({ ms: 91_302 + 425 });
    expect(bound(rotated("2m1s"), CSI_FILE)).toMatchObject({ ms: 91_302 });
  });

  test("gains nothing by a longer interval when the mount is older than that, too", () => {
    const addon = { rotationPollInterval: durationMs("1h") };
    const run = rotated("10m", addon);
    const driverRuns = run.index.driverAt("node-0", run.now)!.data;
    expect(driverRuns.rotationPollIntervalMs).toBe(durationMs("2m"));
    const old = aRun({ settings: { driver, addon } });
    old.driver("node-0", null, {
      version: "1.6.0",
      rotation: true,
      rotationPollIntervalMs: durationMs("1h"),
    });
    const pod = old.addPod(aPod());
    old.at(400).mount(pod, old.setSecret("secret1"));
    old.at("2h").setSecret("secret1", "rotate");
    expect(bound(old, CSI_FILE)).toMatchObject({ ms: 91_302 });
  });

  test("never follows with rotation off", () => {
    const run = rotated("10m", { enableSecretRotation: false }, null);
    expect(sentence(run, CSI_FILE)).toBe(
      "never: enableSecretRotation is false",
    );
  });
});

test("a Secret comes after the pod status's watch event and its controller's two calls", () => {
  expect(sentence(rotated("10m"), SECRET)).toBe(
    "at most 1m31.330s: 1m30s 1.5 x syncFrequency + 1s sync ticker + 200ms volume loops + 102ms mount + 20ms watch of the pod status + 8ms the controller of node-0",
  );
});

test("a secret volume adds a watch and the longest resync of its own", () => {
  expect(bound(rotated("10m"), SECRET_FILE)).toMatchObject({
    kind: "within",
    ms: 91_330 + 20 + 91_200,
  });
});
