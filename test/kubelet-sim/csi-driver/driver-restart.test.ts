/** csi-driver.md 1.4, 2.1, 2.5 and 9: the driver's process replaced, as a change of its flags does. */
import { expect, test } from "vitest";
import { MINUTE_MS } from "../../../src/kernel/time.ts";
import { tickAfter } from "../../../src/kubelet-sim/phases.ts";
import type { TestWorld, WorldOptions } from "../../support/world.ts";
import {
  ROTATION,
  aClass,
  aPod,
  aSecretObject,
  aWorld,
  csiVolume,
} from "../../support/world.ts";

const FILE = "/mnt/csi/secret1";
const MOUNT_MS = 25 + 40 + 25;
const ROLLOUT_MS = 30_000;
const RESTART_MS = 3_000;
const POD = aPod({ volumes: { csi: csiVolume("kv") } });

function aRotatingPod(options: WorldOptions = {}): TestWorld {
  return aWorld({
    settings: ROTATION,
    manifests: [aClass({ secretObjects: [aSecretObject()] }), POD],
    ...options,
  });
}

/** Changes the interval; says when the process stops and when the new one starts. */
function restart(w: TestWorld, rotationPollInterval = "1m") {
  w.changeSettings({ addon: { rotationPollInterval } });
  const stop = w.now + ROLLOUT_MS;
  return { stop, start: stop + RESTART_MS };
}

test("the new process starts after the rollout's delay and the restart", () => {
  const w = aRotatingPod().until("5m");
  const { start } = restart(w);
  const starts = () => w.all("csi.driver.started").length;
  expect(w.around(start, starts)).toEqual([1, 2]);
  expect(w.last("csi.driver.started").data).toMatchObject({
    rotation: true,
    rotationPollIntervalMs: MINUTE_MS,
    firstTickMs: start + MINUTE_MS,
  });
});

test("the phase moves: the first tick comes one interval after the start, then every interval [CSI-12.2-15]", () => {
  const w = aRotatingPod().until("5m");
  const { stop, start } = restart(w);
  w.until(start + 3 * MINUTE_MS);
  const ticks = w.times("csi.rotation.tick").filter((t) => t > stop);
  expect(ticks).toEqual([1, 2, 3].map((k) => start + k * MINUTE_MS));
});

test("rotation switched on reaches the pods that run already", () => {
  const w = aRotatingPod({ settings: {} }).until("5m");
  w.setSecret("secret1", "v2");
  w.changeSettings({ addon: { enableSecretRotation: true } });
  const tick = w.now + ROLLOUT_MS + RESTART_MS + 2 * MINUTE_MS;
  const changed = w.around(tick + MOUNT_MS, () => w.read(FILE));
  expect(changed).toEqual(["v1", "v2"]);
});

test("rotation switched off ends the polls when the process is replaced [CSI-12.2-14]", () => {
  const w = aRotatingPod().until("5m");
  w.changeSettings({ addon: { enableSecretRotation: false } });
  const stop = w.now + ROLLOUT_MS;
  w.until("1h");
  expect(w.times("csi.rotation.tick").filter((t) => t > stop)).toEqual([]);
  expect(w.last("csi.driver.started").data["firstTickMs"]).toBeNull();
});

test("nodes are restarted one after the other", () => {
  const w = aRotatingPod({ nodes: 3 }).until("5m");
  const { start } = restart(w);
  w.until(start + MINUTE_MS);
  const starts = w.times("csi.driver.started").slice(3);
  expect(starts).toEqual([start, start + RESTART_MS, start + 2 * RESTART_MS]);
});

test("a setting that is no flag of the process restarts nothing", () => {
  const w = aRotatingPod().until("5m");
  w.changeSettings({ latency: { vault: "30ms" } });
  w.changeSettings({ addon: { rotationPollInterval: "2m" } });
  w.advance("5m");
  expect(w.all("csi.driver.started")).toHaveLength(1);
});

test("while the driver is down a publish fails as not registered, and the kubelet's retry recovers [CSI-12.1-02]", () => {
  const w = aRotatingPod().until("5m");
  const { stop, start } = restart(w);
  w.until(stop + 100);
  w.apply(aPod({ name: "second", volumes: { csi: csiVolume("kv") } }));
  w.until(start);
  const texts = w.messages("FailedMount", "second");
  expect(texts.length).toBeGreaterThan(0);
  expect(new Set(texts)).toEqual(
    new Set([
      'MountVolume.SetUp failed for volume "csi" : kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: driver name secrets-store.csi.k8s.io not found in the list of registered CSI drivers',
    ]),
  );
  expect(w.read(FILE)).toBe("v1");
  w.advance("10s");
  expect(w.read(FILE, "second")).toBe("v1");
});

test("a publish that is under way breaks off, leaves nothing mounted, and is tried again", () => {
  const w = aRotatingPod().until("5m");
  w.changeSettings({ latency: { vault: "5s" } });
  const { stop, start } = restart(w);
  w.until(stop - 3_000);
  w.apply(aPod({ name: "second", volumes: { csi: csiVolume("kv") } }));
  const texts = () => w.messages("FailedMount", "second");
  expect(w.around(stop, texts)).toEqual([
    [],
    [
      'MountVolume.SetUp failed for volume "csi" : rpc error: code = Unavailable desc = error reading from server: EOF',
    ],
  ]);
  expect(w.read(FILE, "second")).toBeNull();
  w.until(start + 30_000);
  expect(w.read(FILE, "second")).toBe("v1");
  // Only the publish of the new process wrote files.
  const written = w
    .all("volume.switched")
    .filter(({ data }) => data["name"] === "second");
  expect(written).toHaveLength(1);
});

test("a poll that is under way is forgotten: its answer changes nothing", () => {
  const w = aRotatingPod();
  const tick = w.firstTick() + 2 * MINUTE_MS;
  w.until(tick - ROLLOUT_MS + 5_000);
  w.setSecret("secret1", "v2");
  w.changeSettings({ latency: { vault: "10s" } });
  const { stop, start } = restart(w, "3m");
  expect(stop).toBeGreaterThan(tick);
  w.until(start + 3 * MINUTE_MS + 20_000);
  expect(w.read(FILE)).toBe("v1");
  w.advance("1s");
  expect(w.read(FILE)).toBe("v2");
  expect(w.messages("MountRotationFailed")).toEqual([]);
});

test("a retry of the old process does not reach the new one", () => {
  const w = aRotatingPod();
  const tick = w.firstTick() + 2 * MINUTE_MS;
  w.until(tick - ROLLOUT_MS + 500);
  w.do({ kind: "deleteSecret", vault: "kvdemo", name: "secret1" });
  const { stop, start } = restart(w);
  w.until(start + MINUTE_MS);
  const failed = w.times("csi.rotation.failed");
  expect(failed).toEqual([tick + MOUNT_MS]);
  expect(failed[0]).toBeLessThan(stop);
  w.advance("1s");
  expect(w.all("csi.rotation.failed")).toHaveLength(2);
});

test("a new process looks at every status again: a deleted Secret is made when it has its lists", () => {
  const w = aRotatingPod().until("5m");
  const { stop, start } = restart(w);
  w.until(stop + 100);
  w.remove("secret/app-secret");
  const made = () => w.secret("app-secret", "password");
  expect(w.around(start + 20, made)).toEqual([null, "v1"]);
  // The patcher's grid starts with the process, too.
  const seen = start + 40;
  const run = tickAfter(seen, 5_000, start);
  const owners = () => {
    const metadata = w.get("Secret", "app-secret")!["metadata"];
    return Object.keys(metadata as object).includes("ownerReferences");
  };
  expect(w.around(run, owners)).toEqual([false, true]);
});

test("no Secret is made while the driver is down", () => {
  const w = aRotatingPod().until("290s");
  const { stop, start } = restart(w);
  w.until(stop - 500);
  // The controller's five minutes would end within the restart.
  const looked = w.first("api.object.created", "default/Secret/app-secret").t;
  w.remove("secret/app-secret");
  w.until(start - 1);
  expect(looked + 5 * MINUTE_MS).toBeLessThan(stop);
  expect(w.secret("app-secret", "password")).toBeNull();
});

test("a pod that ends while the driver is down is unmounted once it is back", () => {
  const w = aRotatingPod().until("5m");
  const { stop, start } = restart(w);
  // Containers take a second to stop: the unmount falls into the driver's three seconds of absence.
  w.until(stop - 500);
  w.remove("pod/busybox");
  w.until(start);
  expect(w.all("volume.unmounted")).toEqual([]);
  w.until(start + 5_000);
  expect(w.all("volume.unmounted").length).toBe(1);
  expect(w.get("Pod", "busybox")).toBeNull();
});
