/** csi-driver.md 5.1 to 5.3, 5.5 and 12.4: Secrets made from mounted files, and who owns them. */
import { expect, test } from "vitest";
import type { JsonObject } from "../../../src/kernel/json.ts";
import { MINUTE_MS } from "../../../src/kernel/time.ts";
import { tickAfter } from "../../../src/kubelet-sim/phases.ts";
import type { TestWorld, WorldOptions } from "../../support/world.ts";
import {
  ROTATION,
  aClass,
  aPod,
  aSecret,
  aSecretObject,
  aWorld,
  csiVolume,
} from "../../support/world.ts";

const POD = aPod({ volumes: { csi: csiVolume("kv") } });
const SECRET = "default/Secret/app-secret";
const STATUS = "default/SecretProviderClassPodStatus/busybox-default-kv";

function syncing(
  secretObjects: readonly JsonObject[] = [aSecretObject()],
  options: WorldOptions = {},
): TestWorld {
  return aWorld({ manifests: [aClass({ secretObjects }), POD], ...options });
}

function metadata(w: TestWorld): JsonObject {
  return w.get("Secret", "app-secret")!["metadata"] as JsonObject;
}

function ownerNames(w: TestWorld): string[] {
  const owners = (metadata(w)["ownerReferences"] ?? []) as { name: string }[];
  return owners.map(({ name }) => name);
}

test("a class alone makes no Secret; the Secret is made when the driver hears of the pod's status [CSI-12.4-07] [CSI-12.4-01]", () => {
  const w = aWorld({
    manifests: [aClass({ secretObjects: [aSecretObject()] })],
  });
  w.until("10m");
  expect(w.get("Secret", "app-secret")).toBeNull();
  w.apply(POD);
  const recorded = w.untilFact("api.object.created", "1m", STATUS).t;
  const made = () => w.secret("app-secret", "password");
  expect(w.around(recorded + 20, made)).toEqual([null, "v1"]);
});

test("the Secret has the class's type, labels and annotations, and the driver's label", () => {
  const w = syncing([
    aSecretObject({
      type: "kubernetes.io/basic-auth",
      labels: { team: "red" },
      annotations: { note: "made here" },
    }),
  ]).until("3s");
  expect(w.get("Secret", "app-secret")).toMatchObject({
    type: "kubernetes.io/basic-auth",
    metadata: {
      labels: { team: "red", "secrets-store.csi.k8s.io/managed": "true" },
      annotations: { note: "made here" },
    },
  });
});

test("labels, annotations and type of an existing Secret are not followed [CSI-12.4-06]", () => {
  const w = syncing([aSecretObject({ labels: { team: "red" } })], {
    settings: ROTATION,
  });
  const tick = w.firstTick();
  w.until(tick - 1_000);
  const labels = { team: "blue" };
  w.apply(aClass({ secretObjects: [aSecretObject({ labels })] }));
  w.setSecret("secret1", "v2");
  w.until(tick + 1_000);
  expect(w.secret("app-secret", "password")).toBe("v2");
  expect(metadata(w)["labels"]).toMatchObject({ team: "red" });
});

test("several Secrets of one class are made, the good ones in spite of a bad one [CSI-12.4-05]", () => {
  const w = syncing([
    aSecretObject({ secretName: "first" }),
    aSecretObject({
      secretName: "bad",
      data: [{ objectName: "nothing", key: "password" }],
    }),
    aSecretObject({ secretName: "last" }),
  ]).until("3s");
  expect(w.secret("first", "password")).toBe("v1");
  expect(w.secret("last", "password")).toBe("v1");
  expect(w.get("Secret", "bad")).toBeNull();
  expect(w.messages("FailedToCreateSecret")[0]).toBe(
    "failed to get data in spc default/kv for secret bad, err: file matching objectName nothing not found in the pod",
  );
});

test("an object with an alias is found by the alias alone", () => {
  const objects = [{ objectName: "secret1", objectAlias: "SECRET_1" }];
  const using = (objectName: string) =>
    aWorld({
      manifests: [
        aClass({
          objects,
          secretObjects: [
            aSecretObject({ data: [{ objectName, key: "password" }] }),
          ],
        }),
        POD,
      ],
    }).until("3s");
  const byName = using("secret1");
  expect(byName.get("Secret", "app-secret")).toBeNull();
  const events = byName.events("FailedToCreateSecret");
  expect(events[0]!.data).toMatchObject({
    type: "Warning",
    source: "csi-secrets-store-controller",
    message:
      "failed to get data in spc default/kv for secret app-secret, err: file matching objectName secret1 not found in the pod",
  });
  expect(using("SECRET_1").secret("app-secret", "password")).toBe("v1");
});

test.each<[string, JsonObject]>([
  ["type", { secretName: "app-secret", data: [] }],
  ["data", { secretName: "app-secret", type: "Opaque", data: [] }],
])("a secretObject without %s is passed over without an event", (_, object) => {
  const w = syncing([object]).until("1m");
  expect(w.get("Secret", "app-secret")).toBeNull();
  expect(w.messages("FailedToCreateSecret")).toEqual([]);
});

test("without the right to write Secrets the controller tries five times, says it timed out, and comes back after 5, 10, 20 ms … [CSI-12.4-09] [CSI-12.0-07]", () => {
  const w = syncing(undefined, { settings: { addon: { syncSecret: false } } });
  const recorded = w.untilFact("api.object.created", "1m", STATUS).t;
  w.until(recorded + 20 + 400);
  const events = w.events("FailedToCreateSecret");
  expect(events.map(({ t }) => t - recorded - 20)).toEqual([
    4, 13, 27, 51, 95, 179, 343,
  ]);
  expect(new Set(w.messages("FailedToCreateSecret"))).toEqual(
    new Set(["timed out waiting for the condition"]),
  );
  w.until("1h");
  const times = w.times("k8s.event", events[0]!.about);
  expect(times.at(-1)! - times.at(-2)!).toBe(1_000_000 + 4);
  expect(w.get("Secret", "app-secret")).toBeNull();
});

test("without rotation an existing Secret is left alone, whatever new pods mount [CSI-12.4-06]", () => {
  const w = syncing().until("10s");
  w.setSecret("secret1", "v2");
  w.apply(aPod({ name: "second", volumes: { csi: csiVolume("kv") } }));
  w.until("30m");
  expect(w.read("/mnt/csi/secret1", "second")).toBe("v2");
  expect(w.read("/mnt/csi/secret1")).toBe("v1");
  expect(w.secret("app-secret", "password")).toBe("v1");
});

test("somebody else's Secret of the name is left alone, without a word", () => {
  const w = aWorld({
    manifests: [
      aSecret({ password: "mine" }),
      aClass({ secretObjects: [aSecretObject()] }),
      POD,
    ],
  }).until("20m");
  expect(w.secret("app-secret", "password")).toBe("mine");
  expect(metadata(w)).not.toHaveProperty("labels");
  expect(metadata(w)).not.toHaveProperty("ownerReferences");
  expect(w.messages("FailedToCreateSecret")).toEqual([]);
});

test("a Secret deleted by hand is made again five minutes after the controller's last look [CSI-12.4-10] [CSI-12.0-08]", () => {
  const w = syncing();
  const made = w.untilFact("api.object.created", "1m", SECRET).t;
  w.until("1m");
  w.setSecret("secret1", "v2");
  w.remove("secret/app-secret");
  // The look ended with the API server's answer.
  const again = made + 4 + 5 * MINUTE_MS;
  const value = () => w.secret("app-secret", "password");
  // From the files on the node, not from the vault.
  expect(w.around(again, value)).toEqual([null, "v1"]);
});

test("until it is made again, each poll says that the Secret could not be patched", () => {
  const w = syncing(undefined, { settings: ROTATION });
  const tick = w.firstTick();
  w.until(tick - 1_000);
  w.remove("secret/app-secret");
  w.until(tick + 1_000);
  expect(w.messages("SecretRotationFailed")).toEqual([
    "failed to patch secret app-secret with new data, err: timed out waiting for the condition",
  ]);
  w.until(tick + 6 * MINUTE_MS);
  expect(w.secret("app-secret", "password")).toBe("v1");
});

test("a new version of the pod's status makes a deleted Secret again at once [CSI-12.4-11]", () => {
  const w = syncing(undefined, { settings: ROTATION });
  const tick = w.firstTick();
  w.until(tick - 1_000);
  w.remove("secret/app-secret");
  w.setSecret("secret1", "v2");
  const written = tick + 25 + 40 + 25;
  const value = () => w.secret("app-secret", "password");
  expect(w.around(written + 20, value)).toEqual([null, "v2"]);
});

test("a class that gets its secretObjects later is synced at the next event of a status [CSI-12.4-02]", () => {
  const w = aWorld({ manifests: [aClass(), POD], settings: ROTATION });
  const tick = w.firstTick();
  w.until(tick - 1_000);
  w.apply(aClass({ secretObjects: [aSecretObject()] }));
  w.until(tick + MINUTE_MS);
  expect(w.get("Secret", "app-secret")).toBeNull();
  w.setSecret("secret1", "v2");
  w.until(tick + 2 * MINUTE_MS + 1_000);
  expect(w.secret("app-secret", "password")).toBe("v2");
});

function patcherGrid(w: TestWorld, after: number): number {
  const phase = w.world.sim.draws.between(
    ...([1, 5_001, "csi-driver/node-0/phase/owner-patcher", 0] as const),
  );
  return tickAfter(after, 5_000, w.start - phase);
}

test("a bare pod's status owns the Secret from the patcher's next run, on a grid of 5 s [CSI-12.4-12] [CSI-12.0-09]", () => {
  const w = syncing();
  const made = w.untilFact("api.object.created", "1m", SECRET).t;
  const run = patcherGrid(w, made + 20);
  expect(w.around(run, () => ownerNames(w))).toEqual([
    [],
    ["busybox-default-kv"],
  ]);
  const status = w.get("SecretProviderClassPodStatus", "busybox-default-kv")!;
  expect(metadata(w)["ownerReferences"]).toEqual([
    {
      apiVersion: "secrets-store.csi.x-k8s.io/v1",
      kind: "SecretProviderClassPodStatus",
      name: "busybox-default-kv",
      uid: (status["metadata"] as JsonObject)["uid"],
    },
  ]);
});

test("a pod that has owners passes them on, without their flags", () => {
  const owner = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "owner", namespace: "default" },
  };
  const w = aWorld({
    manifests: [owner, aClass({ secretObjects: [aSecretObject()] })],
  });
  w.advance(1);
  const { uid } = w.get("ConfigMap", "owner")!["metadata"] as { uid: string };
  const reference = { apiVersion: "v1", kind: "ConfigMap", name: "owner", uid };
  w.apply(
    aPod({
      volumes: { csi: csiVolume("kv") },
      metadata: {
        ownerReferences: [
          { ...reference, controller: true, blockOwnerDeletion: true },
        ],
      },
    }),
  );
  w.until("10s");
  expect(metadata(w)["ownerReferences"]).toEqual([reference]);
});

test("each pod that shares the Secret is an owner; it goes when the last one has gone [CSI-12.4-13]", () => {
  const w = syncing().until("20s");
  w.apply(aPod({ name: "second", volumes: { csi: csiVolume("kv") } }));
  w.until("40s");
  expect(ownerNames(w)).toEqual(["busybox-default-kv", "second-default-kv"]);
  w.remove("pod/busybox");
  w.until("1m");
  expect(w.get("Secret", "app-secret")).not.toBeNull();
  w.remove("pod/second");
  w.until("2m");
  expect(w.get("SecretProviderClassPodStatus", "second-default-kv")).toBeNull();
  expect(w.get("Secret", "app-secret")).toBeNull();
});

test("a pod that ends before the patcher's run never owns the Secret, which then outlives it [CSI-12.4-13]", () => {
  const w = aWorld({
    manifests: [aClass({ secretObjects: [aSecretObject()] })],
  });
  w.until(patcherGrid(w, w.start) + 500);
  w.apply(
    aPod({
      volumes: { csi: csiVolume("kv") },
      spec: { terminationGracePeriodSeconds: 0 },
    }),
  );
  w.advance("2s");
  expect(w.get("Secret", "app-secret")).not.toBeNull();
  w.remove("pod/busybox");
  w.until("10m");
  expect(ownerNames(w)).toEqual([]);
  expect(w.get("Secret", "app-secret")).not.toBeNull();
});

test("one status whose class cannot be read stops the patcher's whole run [CSI-12.4-12]", () => {
  const w = aWorld({
    manifests: [
      aClass(),
      aClass({ name: "other" }),
      POD,
      aPod({ name: "broken", volumes: { csi: csiVolume("other") } }),
    ],
  }).until("20s");
  w.remove("secretproviderclass/other");
  w.apply(aClass({ secretObjects: [aSecretObject()] }));
  w.apply(aPod({ name: "second", volumes: { csi: csiVolume("kv") } }));
  w.until("1m");
  expect(w.secret("app-secret", "password")).toBe("v1");
  expect(ownerNames(w)).toEqual([]);
  w.remove("pod/broken");
  w.until("2m");
  expect(ownerNames(w)).toEqual(["busybox-default-kv", "second-default-kv"]);
});

test("the Secret stays when its class is deleted", () => {
  const w = syncing().until("20s");
  w.remove("secretproviderclass/kv");
  w.until("20m");
  expect(w.secret("app-secret", "password")).toBe("v1");
});

test("a class that is missing from the cache is looked for again after 5 s [CSI-12.4-03] [CSI-12.0-06]", () => {
  const WATCH_MS = 20;
  const recorded = syncing().untilFact("api.object.created", "1m", STATUS).t;
  // The same world again; the class goes while the first mount runs, and comes back before the retry.
  const w = syncing().until(recorded - 5);
  w.remove("secretproviderclass/kv");
  w.until(recorded + 2_000);
  w.apply(aClass({ secretObjects: [aSecretObject()] }));
  const retried = recorded + WATCH_MS + 5_000;
  const made = () => w.secret("app-secret", "password");
  expect(w.around(retried, made)).toEqual([null, "v1"]);
});
