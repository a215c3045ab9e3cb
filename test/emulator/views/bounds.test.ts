import { describe, expect, test } from "vitest";
import { durationMs } from "../../../src/kernel/time.ts";
import { classesOf } from "../../../src/emulator/trace/classes.ts";
import type { SinkName } from "../../../src/emulator/trace/names.ts";
import { versionsOf } from "../../../src/emulator/trace/versions.ts";
import type { SettingsOverride } from "../../../src/emulator/world/settings.ts";
import { boundSentence } from "../../../src/emulator/views/bound.ts";
import { boundOf } from "../../../src/emulator/views/bounds.ts";
import type { Pod, Run } from "../../support/facts.ts";
import {
  SECRET_PROVIDER_CLASS,
  START,
  aMount,
  aPod,
  aRun,
} from "../../support/facts.ts";
import { createContainer } from "../../support/facts-node.ts";
import {
  CSI_FILE,
  SECRET,
  SECRET_FILE,
  file,
} from "../../support/scenarios.ts";

const classes = classesOf([SECRET_PROVIDER_CLASS]);

/** A run with mounted pods in which secret1 rotates at 10m. */
function mounted({
  settings = {},
  pods = [aPod()],
  nodes = ["node-0"],
  firstTick = "1m43.150s",
}: {
  settings?: SettingsOverride;
  pods?: readonly Pod[];
  nodes?: readonly string[];
  firstTick?: string | null;
} = {}): Run {
  const run = aRun({ nodes, settings, firstTick });
  const v1 = run.setSecret("secret1");
  for (const pod of pods) run.addPod(pod);
  for (const pod of pods) run.mount(pod, v1);
  run.at("10m").setSecret("secret1", "rotate");
  return run;
}

function bound(run: Run, sink: SinkName, known = classes) {
  const { index, sinks } = run;
  const set = versionsOf(index, "kvdemo/secrets/secret1").at(-1)!;
  return boundOf({ index, sinks, classes: known }, sink, set);
}

const sentence = (run: Run, sink: SinkName) => boundSentence(bound(run, sink));

describe("with the rotation reconciler", () => {
  test("a CSI file waits for one interval and its node's pass", () => {
    // 401, token, one get; then the pod status and one Secret.
    expect(sentence(mounted(), CSI_FILE)).toBe(
      "at most 2m0.098s: 2m rotationPollInterval + 98ms one pass of node-0 over its volume",
    );
  });

  test("the Secret is written in the same pass", () => {
    expect(bound(mounted(), SECRET)).toEqual(bound(mounted(), CSI_FILE));
  });

  test("a secret volume adds the watch, the longest resync, its ticker and the volume loops", () => {
    expect(sentence(mounted(), SECRET_FILE)).toBe(
      "at most 3m31.318s: 2m rotationPollInterval + 98ms one pass of node-0 over its volume + 20ms watch + 1m30s 1.5 x syncFrequency + 1s sync ticker + 200ms volume loops",
    );
  });

  test("its parts add up", () => {
    const found = bound(mounted(), SECRET_FILE);
    const sum =
      found.kind === "within" &&
      found.parts.reduce((total, part) => total + part.ms, 0);
    expect(found).toMatchObject({ kind: "within", ms: sum });
  });

  test("pods of one node share its worker, pods of another do not", () => {
    const on = (name: string, node: string) => aPod({ name, node });
    const together = [on("busybox", "node-0"), on("two", "node-0")];
    const apart = [on("busybox", "node-0"), on("two", "node-1")];
    const nodes = ["node-0", "node-1"];
    expect(bound(mounted({ pods: together, nodes }), CSI_FILE)).toMatchObject({
      ms: durationMs("2m") + 2 * 98,
    });
    expect(bound(mounted({ pods: apart, nodes }), CSI_FILE)).toMatchObject({
      ms: durationMs("2m") + 98,
    });
  });

  test("the Secret follows the fastest of the nodes that sync it, a workload's file the slowest", () => {
    const workload = "default/statefulset/web";
    const pods = [
      aPod({ name: "web-0", node: "node-0", workload }),
      aPod({ name: "web-1", node: "node-0", workload }),
      aPod({ name: "web-2", node: "node-1", workload }),
    ];
    const run = mounted({ pods, nodes: ["node-0", "node-1"] });
    const who = {
      kind: "statefulset",
      namespace: "default",
      name: "web",
    } as const;
    const web = file(who, "/mnt/secrets-store/secret1");
    expect(bound(run, SECRET)).toMatchObject({ ms: durationMs("2m") + 98 });
    expect(bound(run, web)).toMatchObject({ ms: durationMs("2m") + 2 * 98 });
  });

  test("a pass longer than the interval takes its place", () => {
    const settings = { addon: { rotationPollInterval: 90 } };
    expect(sentence(mounted({ settings }), CSI_FILE)).toContain(
      "98ms a whole pass, longer than rotationPollInterval",
    );
  });

  test.each([
    ["Watch", 20, "watch"],
    ["Get", 4, "GET"],
    ["Cache", 4, "cached Secret and GET"],
  ] as const)(
    "%s adds its own way to read the Secret",
    (strategy, ms, what) => {
      const kubelet = { configMapAndSecretChangeDetectionStrategy: strategy };
      const found = bound(mounted({ settings: { kubelet } }), SECRET_FILE);
      expect(found).toMatchObject({
        parts: expect.arrayContaining([{ ms, what }]),
      });
    },
  );

  test("goes by the settings of the rotation's instant", () => {
    const run = mounted();
    const addon = { rotationPollInterval: durationMs("1m") };
    run.settings({ addon });
    expect(bound(run, CSI_FILE)).toMatchObject({
      parts: expect.arrayContaining([
        { ms: durationMs("1m"), what: "rotationPollInterval" },
        { ms: durationMs("33s"), what: "rollout of the new settings" },
      ]),
    });
    const later = mounted();
    later.later(1).settings({ addon });
    expect(bound(later, CSI_FILE)).toMatchObject({ ms: 120_098 });
  });
});

describe("never", () => {
  const off = { addon: { enableSecretRotation: false } };

  test.each([CSI_FILE, SECRET, SECRET_FILE])(
    "with rotation off: $kind",
    (sink) => {
      const run = mounted({ settings: off, firstTick: null });
      expect(sentence(run, sink)).toBe("never: enableSecretRotation is false");
    },
  );

  test("tells when rotation is switched on afterwards", () => {
    const run = mounted({ settings: off, firstTick: null });
    run.at("15m").settings({});
    expect(sentence(run, CSI_FILE)).toBe(
      "never: enableSecretRotation is false; it is switched on 5m later",
    );
  });

  test("where the driver may not write Secrets", () => {
    const run = mounted({ settings: { addon: { syncSecret: false } } });
    expect(sentence(run, SECRET)).toBe(
      "never: syncSecret is false, so the driver may not write Secrets",
    );
    expect(bound(run, CSI_FILE).kind).toBe("within");
  });

  test("for an object that is pinned to a version", () => {
    const run = aRun();
    const v1 = run.setSecret("secret1");
    const pod = run.addPod(aPod());
    const uri =
      "/secrets/secret1/0123456789abcdef0123456789abcdef?api-version=7.4";
    run.file(pod, { secret1: v1 }, [
      run.get(pod, v1, run.tick("node-0"), { uri }),
    ]);
    run.at("10m").setSecret("secret1", "rotate");
    run.end("20m");
    expect(sentence(run, CSI_FILE)).toBe(
      "never: the object is pinned to an objectVersion",
    );
  });

  test("is not said of a history of versions, which names versions but follows", () => {
    const run = aRun();
    const v1 = run.setSecret("secret1");
    const pod = run.addPod(aPod());
    const list = { operation: "SecretListVersions", version: null };
    const listed = run.get(pod, v1, run.tick("node-0"), list);
    const uri = "/secrets/secret1/0123456789abcdef?api-version=7.4";
    run
      .later(1)
      .file(pod, { "secret1/0": v1 }, [run.get(pod, v1, listed, { uri })]);
    run.at("10m").setSecret("secret1", "rotate");
    run.end("20m");
    const history = file("busybox", "/mnt/secrets-store/secret1/0");
    expect(bound(run, history).kind).toBe("within");
  });

  test("behind a subPath", () => {
    const mounts = [aMount({ mountPath: "/etc/key", subPath: "secret1" })];
    const pod = aPod({ mounts });
    const run = mounted({ pods: [pod] });
    const key = file("busybox", "/etc/key");
    expect(sentence(run, key)).toBe(
      "no container had it then; it gets what is there when it is created",
    );
    const [v1] = versionsOf(run.index, "kvdemo/secrets/secret1");
    const held = { object: "kvdemo/secrets/secret1", ordinal: 1 };
    const { version } = v1!.data;
    const pinned = { "/etc/key": { ...held, version, form: "as-is" } };
    createContainer(run, pod, { pinned });
    run.later(1).setSecret("secret1");
    expect(sentence(run, key)).toBe(
      "never: a subPath mount keeps its file until its container is created anew",
    );
  });

  test("for a Secret that somebody else writes", () => {
    const run = aRun();
    const v1 = run.setSecret("secret1");
    run.secret("created", "other", { key: v1 }, { by: "kubectl" });
    run.at("10m").setSecret("secret1", "rotate");
    const other = { ...SECRET, secret: "other", key: "key" } as SinkName;
    expect(sentence(run, other)).toBe(
      "never: the Secret is written by kubectl, not by the driver",
    );
  });

  test("for a Secret whose pods are gone: it goes stale", () => {
    const run = aRun();
    const v1 = run.setSecret("secret1");
    const pod = run.addPod(aPod());
    run.mount(pod, v1);
    run.at("5m").pod("terminating", pod).pod("gone", pod);
    run.at("10m").setSecret("secret1", "rotate");
    expect(sentence(run, SECRET)).toBe(
      "never: no pod mounts the volume that syncs the Secret",
    );
  });
});

describe("at start", () => {
  test("for a pod that comes later, one that is not mounted yet, and a Secret that is not there", () => {
    const run = aRun();
    run.setSecret("secret1");
    run.at("9m").addPod(aPod());
    run.at("10m").setSecret("secret1", "rotate");
    const later = aPod({ name: "later" });
    run.at("11m").addPod(later);
    expect(bound(run, file("later", "/mnt/secrets-store/secret1"))).toEqual({
      kind: "atStart",
      reason: "the pod was not there; it starts with the newest version",
    });
    expect(bound(run, CSI_FILE)).toEqual({
      kind: "atStart",
      reason: "not mounted yet; the mount brings the newest version",
    });
    expect(bound(run, SECRET)).toEqual({
      kind: "atStart",
      reason: "the Secret was not there; a mount creates it",
    });
  });
});

test("a class whose manifest is not known is told by what the driver wrote", () => {
  const none = classesOf([]);
  expect(bound(mounted(), SECRET, none)).toMatchObject({ ms: 120_098 });
  expect(bound(mounted(), SECRET_FILE, none)).toMatchObject({ ms: 211_318 });
});

test("classesOf reads secretObjects and lets a later manifest replace an earlier one", () => {
  const other = { ...SECRET_PROVIDER_CLASS, spec: {} };
  const name = "default/azure-keyvault-wi";
  expect(classes.get(name)).toEqual([
    { secret: "app-secret", key: "mysecret1", file: "secret1" },
  ]);
  expect(classesOf([SECRET_PROVIDER_CLASS, other]).get(name)).toEqual([]);
  expect(classesOf([{ kind: "Pod" }]).size).toBe(0);
});

test("a bound belongs to the rotation it is asked for, not to the end of the run", () => {
  const run = mounted();
  const pod = aPod({ name: "late" });
  run.at("15m").addPod(pod);
  expect(run.now).toBe(START + durationMs("15m"));
  expect(bound(run, CSI_FILE)).toMatchObject({ ms: 120_098 });
});
