/** csi-driver.md 2.1, 2.2, 5.4 and 12.2: when the driver polls, and what a poll changes. */
import { expect, test } from "vitest";
import type { JsonObject } from "../../../src/kernel/json.ts";
import { MINUTE_MS } from "../../../src/kernel/time.ts";
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
/** Challenge, token, one value. */
const MOUNT_MS = 25 + 40 + 25;
const POD = aPod({ volumes: { csi: csiVolume("kv") } });

function aRotatingPod(options: WorldOptions = {}): TestWorld {
  return aWorld({
    settings: ROTATION,
    manifests: [aClass({ secretObjects: [aSecretObject()] }), POD],
    ...options,
  });
}

function statusVersions(w: TestWorld, name = "busybox-default-kv"): JsonObject {
  const { objects } = w.get("SecretProviderClassPodStatus", name)![
    "status"
  ] as { objects: { id: string; version: string }[] };
  return Object.fromEntries(objects.map(({ id, version }) => [id, version]));
}

function versionOf(w: TestWorld, name: string): unknown {
  return w.last("vault.secret.set", `kvdemo/secrets/${name}`).data["version"];
}

test("a driver that has run for a while ticks first within one interval, then exactly every interval [CSI-12.2-01] [CSI-12.0-01]", () => {
  const w = aRotatingPod();
  const first = w.firstTick();
  expect(first).toBeGreaterThan(w.start);
  expect(first).toBeLessThanOrEqual(w.start + 2 * MINUTE_MS);
  w.until(first + 10 * MINUTE_MS);
  expect(w.times("csi.rotation.tick")).toEqual(
    [0, 1, 2, 3, 4, 5].map((k) => first + k * 2 * MINUTE_MS),
  );
});

test("nothing is polled before the first tick [CSI-12.2-01]", () => {
  const w = aRotatingPod();
  const polls = () => w.all("csi.rotation.unchanged").length;
  expect(w.around(w.firstTick() + MOUNT_MS, polls)).toEqual([0, 1]);
});

test("rotation off: no tick, and no value ever changes", () => {
  const w = aRotatingPod({ settings: {} }).until("1m");
  expect(w.first("csi.driver.started").data["firstTickMs"]).toBeNull();
  w.setSecret("secret1", "v2");
  w.until("1h");
  expect(w.all("csi.rotation.tick")).toEqual([]);
  expect(w.read(FILE)).toBe("v1");
  expect(w.secret("app-secret", "password")).toBe("v1");
});

test("nodes have phases of their own, the pods of one node share a tick [CSI-12.2-01]", () => {
  const w = aWorld({
    settings: ROTATION,
    nodes: 2,
    manifests: [
      aClass(),
      ...["a", "b", "c"].map((name) =>
        aPod({
          name,
          volumes: { csi: csiVolume("kv") },
          spec: { nodeName: name === "c" ? "node-1" : "node-0" },
        }),
      ),
    ],
  }).until("5m");
  const polled = (pod: string) =>
    w.times("csi.rotation.unchanged", `default/${pod}`).at(-1)!;
  expect(polled("b") - polled("a")).toBe(MOUNT_MS);
  const ticks = (node: string) => w.times("csi.rotation.tick", node)[0]!;
  expect(ticks("node-0")).not.toBe(ticks("node-1"));
});

test("a new version is in the file at the next tick, one provider call later", () => {
  const w = aRotatingPod();
  const tick = w.firstTick();
  w.until(tick - 1);
  w.setSecret("secret1", "v2");
  const changed = w.around(tick + MOUNT_MS, () => w.read(FILE));
  expect(changed).toEqual(["v1", "v2"]);
});

test("a version that the vault gets after it was asked waits for the next tick", () => {
  const w = aRotatingPod();
  const tick = w.firstTick();
  // The value is asked for with the token, after challenge and token.
  w.until(tick + 25 + 40);
  w.setSecret("secret1", "v2");
  w.until(tick + 2 * MINUTE_MS + MOUNT_MS - 1);
  expect(w.read(FILE)).toBe("v1");
  w.advance(1);
  expect(w.read(FILE)).toBe("v2");
});

test("files, event, status, Secret and its event follow in this order [CSI-12.5-01] [CSI-12.2-08] [CSI-12.2-10]", () => {
  const w = aRotatingPod();
  const tick = w.firstTick();
  w.until(tick - 1);
  w.setSecret("secret1", "v2");
  w.until(tick + 1_000);
  const [mounted] = w.events("MountRotationComplete");
  const [synced] = w.events("SecretRotationComplete");
  const status = w.last(
    "api.object.modified",
    "default/SecretProviderClassPodStatus/busybox-default-kv",
  );
  const secret = w.last("api.object.modified", "default/Secret/app-secret");
  const inOrder = [
    w.last("volume.switched"),
    mounted!,
    status,
    secret,
    synced!,
  ];
  const seqs = inOrder.map(({ fact }) => fact.seq);
  expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
  const times = inOrder.map(({ t }) => t - tick - MOUNT_MS);
  // The API server's 4 ms lie between the status and the Secret, and between the Secret and its event.
  expect(times).toEqual([0, 0, 0, 4, 8]);
  expect(mounted!.data).toMatchObject({
    type: "Normal",
    source: "csi-secrets-store-rotation",
    message: "successfully rotated mounted contents for spc default/kv",
  });
  expect(synced!.data).toMatchObject({
    type: "Normal",
    source: "csi-secrets-store-rotation",
    message: "successfully rotated K8s secret app-secret",
  });
  expect(w.secret("app-secret", "password")).toBe("v2");
  expect(statusVersions(w)).toEqual({
    "secret/secret1": versionOf(w, "secret1"),
  });
});

test("a quiet poll writes nothing, and still says SecretRotationComplete [CSI-12.2-07] [CSI-12.2-09]", () => {
  const w = aRotatingPod();
  const tick = w.firstTick();
  w.until(tick + 6 * MINUTE_MS + 1_000);
  expect(w.times("csi.rotation.unchanged")).toHaveLength(4);
  expect(w.messages("MountRotationComplete")).toEqual([]);
  expect(w.messages("SecretRotationComplete")).toHaveLength(4);
  expect(w.all("volume.switched")).toHaveLength(1);
  expect(
    w.all(
      "api.object.modified",
      "default/SecretProviderClassPodStatus/busybox-default-kv",
    ),
  ).toEqual([]);
});

test("a class without secretObjects says nothing about Secrets", () => {
  const w = aRotatingPod({ manifests: [aClass(), POD] }).until("5m");
  expect(w.all("csi.rotation.unchanged").length).toBeGreaterThan(1);
  expect(w.messages("SecretRotationComplete")).toEqual([]);
});

test("a new version of equal bytes is announced and recorded, and the files are left alone [CSI-12.2-08]", () => {
  const w = aRotatingPod();
  const tick = w.firstTick();
  w.until(tick - 1);
  const uid = w.first("kubelet.pod.added").data["uid"] as string;
  const image = () => w.world.nodes[0]!.volumes.imageOf(uid, "csi")!;
  const { dirName, mtimeMs, generation } = image();
  w.setSecret("secret1", "v1");
  w.until(tick + 1_000);
  expect(image()).toMatchObject({ dirName, mtimeMs, generation });
  expect(w.all("volume.switched")).toHaveLength(1);
  expect(w.last("volume.verified").data["files"]).toMatchObject([
    { path: "secret1", ordinal: 2 },
  ]);
  expect(w.messages("MountRotationComplete")).toHaveLength(1);
  expect(statusVersions(w)).toEqual({
    "secret/secret1": versionOf(w, "secret1"),
  });
});

test("two versions between two polls: the older one is never mounted", () => {
  const w = aRotatingPod();
  const tick = w.firstTick();
  w.until(tick + MINUTE_MS);
  w.setSecret("secret1", "v2");
  w.advance("10s");
  w.setSecret("secret1", "v3");
  w.until(tick + 3 * MINUTE_MS);
  expect(w.all("volume.switched")).toHaveLength(2);
  expect(w.read(FILE)).toBe("v3");
});

test("an object added to the class, and one taken out, take effect at the next poll", () => {
  const w = aRotatingPod({
    secrets: { secret1: "v1", secret2: "w1", secret3: "x1" },
    manifests: [aClass({ objects: ["secret1", "secret2"] }), POD],
  });
  const tick = w.firstTick();
  w.until(tick - 1_000);
  w.apply(aClass({ objects: ["secret1", "secret3"] }));
  const files = () =>
    ["secret1", "secret2", "secret3"].map((name) => w.read(`/mnt/csi/${name}`));
  expect(w.around(tick + MOUNT_MS + 25, files)).toEqual([
    ["v1", "w1", null],
    ["v1", null, "x1"],
  ]);
  w.advance("1s");
  expect(Object.keys(statusVersions(w))).toEqual([
    "secret/secret1",
    "secret/secret3",
  ]);
});

test("a key taken out of secretObjects leaves the Secret at the next poll [CSI-12.2-10]", () => {
  const key = (name: string) => ({ objectName: "secret1", key: name });
  const secretObjects = (...keys: string[]) => [
    aSecretObject({ data: keys.map(key) }),
  ];
  const w = aRotatingPod({
    manifests: [aClass({ secretObjects: secretObjects("a", "b") }), POD],
  });
  const tick = w.firstTick();
  w.until(tick - 1_000);
  expect(w.secret("app-secret", "a")).toBe("v1");
  w.apply(aClass({ secretObjects: secretObjects("b", "c") }));
  w.until(tick + 1_000);
  const values = ["a", "b", "c"].map((name) => w.secret("app-secret", name));
  expect(values).toEqual([null, "v1", "v1"]);
});

test("two classes in one pod have a status each and are polled one after the other", () => {
  const w = aRotatingPod({
    secrets: { secret1: "v1", secret2: "w1" },
    manifests: [
      aClass({ name: "a" }),
      aClass({ name: "b", objects: ["secret2"] }),
      aPod({ volumes: { a: csiVolume("a"), b: csiVolume("b") } }),
    ],
  });
  const tick = w.firstTick();
  w.until(tick - 1);
  w.setSecret("secret1", "v2");
  w.setSecret("secret2", "w2");
  w.until(tick + 1_000);
  expect(w.read("/mnt/a/secret1")).toBe("v2");
  expect(w.read("/mnt/b/secret2")).toBe("w2");
  const switched = w.all("volume.switched").filter(({ t }) => t > tick);
  expect(switched.map(({ data, t }) => [data["volume"], t - tick])).toEqual([
    ["a", MOUNT_MS],
    ["b", MOUNT_MS + 4 + MOUNT_MS],
  ]);
  expect(statusVersions(w, "busybox-default-b")).toEqual({
    "secret/secret2": versionOf(w, "secret2"),
  });
});

test("a slow vault makes the one worker's pass longer than the interval, and that is the real period [CSI-12.0-04]", () => {
  const w = aWorld({
    settings: {
      addon: { enableSecretRotation: true, rotationPollInterval: "1m" },
      latency: { vault: "30s" },
    },
    manifests: [
      aClass(),
      ...["a", "b", "c"].map((name) =>
        aPod({ name, volumes: { csi: csiVolume("kv") } }),
      ),
    ],
  }).until("30m");
  const polls = w.times("csi.rotation.unchanged", "default/a");
  const gaps = polls.slice(1).map((t, i) => t - polls[i]!);
  expect(gaps.length).toBeGreaterThan(5);
  expect(new Set(gaps.slice(1))).toEqual(new Set([3 * 60_040]));
  // The ticker itself keeps its grid.
  const ticks = w.times("csi.rotation.tick");
  expect(new Set(ticks.slice(1).map((t, i) => t - ticks[i]!))).toEqual(
    new Set([MINUTE_MS]),
  );
});

test("a poll has no deadline: a vault that answers after minutes is waited for [CSI-12.2-05]", () => {
  const w = aRotatingPod();
  const tick = w.firstTick();
  w.until(tick - 1_000);
  w.setSecret("secret1", "v2");
  w.changeSettings({ latency: { vault: "3m" } });
  const done = tick + 2 * 3 * MINUTE_MS + 40;
  expect(w.around(done, () => w.read(FILE))).toEqual(["v1", "v2"]);
});

test("the shuffled order takes the pods of a pass in another order each time, and all of them", () => {
  const names = ["a", "b", "c", "d", "e"];
  const orders = (rotationOrder: string) => {
    const w = aWorld({
      settings: { ...ROTATION, driver: { rotationOrder } },
      manifests: [
        aClass(),
        ...names.map((name) =>
          aPod({ name, volumes: { csi: csiVolume("kv") } }),
        ),
      ],
    });
    const tick = w.firstTick();
    w.until(tick + 10 * MINUTE_MS + 5_000);
    const polls = names
      .flatMap((name) => w.all("csi.rotation.unchanged", `default/${name}`))
      .sort((a, b) => a.t - b.t)
      .map(({ about }) => about.at(-1)!);
    const passes: string[] = [];
    for (let i = 0; i < polls.length; i += names.length)
      passes.push(polls.slice(i, i + names.length).join(""));
    return passes;
  };
  expect(new Set(orders("sorted"))).toEqual(new Set(["abcde"]));
  const shuffled = orders("shuffled");
  expect(new Set(shuffled).size).toBeGreaterThan(1);
  for (const pass of shuffled) expect([...pass].sort().join("")).toBe("abcde");
});

test("a terminating pod is not polled any more [CSI-12.2-03]", () => {
  const w = aRotatingPod({
    settings: { ...ROTATION, latency: { containerStop: "5m" } },
    manifests: [
      aClass(),
      aPod({
        volumes: { csi: csiVolume("kv") },
        spec: { terminationGracePeriodSeconds: 300 },
      }),
    ],
  });
  const tick = w.firstTick();
  w.until(tick - 1_000);
  w.remove("pod/busybox");
  w.setSecret("secret1", "v2");
  const asked = w.all("vault.request").length;
  w.until(tick + 2 * MINUTE_MS + 1_000);
  expect(w.all("csi.rotation.tick")).toHaveLength(2);
  expect(w.all("vault.request")).toHaveLength(asked);
  expect(w.read(FILE)).toBe("v1");
});

test("a pod of the same name made anew is polled under its own uid", () => {
  const spec = { terminationGracePeriodSeconds: 0 };
  const pod = aPod({ volumes: { csi: csiVolume("kv") }, spec });
  const w = aRotatingPod({ manifests: [aClass(), pod] });
  const tick = w.firstTick();
  w.until(tick - 10_000);
  const old = w.get("Pod", "busybox")!["metadata"] as JsonObject;
  w.remove("pod/busybox");
  w.apply(pod);
  w.until(tick - 1_000);
  w.setSecret("secret1", "v2");
  w.until(tick + 1_000);
  const { uid } = w.get("Pod", "busybox")!["metadata"] as { uid: string };
  expect(uid).not.toBe(old["uid"]);
  expect(w.read(FILE)).toBe("v2");
  expect(
    w.get("SecretProviderClassPodStatus", "busybox-default-kv"),
  ).toMatchObject({
    metadata: { ownerReferences: [{ uid }] },
    status: {
      targetPath: `/var/lib/kubelet/pods/${uid}/volumes/kubernetes.io~csi/csi/mount`,
    },
  });
  expect(w.all("csi.rotation.failed")).toEqual([]);
});
