/** csi-driver.md 12.5: what one change of a secret sets off, in order, from the poll to the synced Secret's owners. */
import { expect, test } from "vitest";
import { MINUTE_MS } from "../../../src/kernel/time.ts";
import type { TestWorld } from "../../support/world.ts";
import {
  aClass,
  aPod,
  aSecretObject,
  aWorld,
  csiVolume,
} from "../../support/world.ts";

const STATUS = "SecretProviderClassPodStatus";

function aSyncedPod(version: string): TestWorld {
  return aWorld({
    settings: {
      addon: { enableSecretRotation: true },
      driver: { version },
    },
    manifests: [
      aClass({ secretObjects: [aSecretObject()] }),
      aPod({ volumes: { csi: csiVolume("kv") } }),
    ],
  });
}

/** What happened from an instant on, each fact by the name that the table gives it. */
function effects(w: TestWorld, from: number): [name: string, t: number][] {
  const types = [
    "kubelet.pod.sync",
    "csi.rotation.tick",
    "csi.publish.skipped",
    "csi.publish.written",
    "vault.request",
    "volume.switched",
    "api.object.modified",
    "k8s.event",
  ];
  return types
    .flatMap((type) => w.all(type))
    .filter(({ t, data }) => t >= from && data["kind"] !== "Event")
    .sort((a, b) => a.fact.seq - b.fact.seq)
    .map(({ t, data, fact: { type } }) => {
      if (type === "volume.switched") return [type, t];
      const what = data["reason"] ?? data["status"] ?? data["kind"];
      const isNamed = typeof what === "string" || typeof what === "number";
      return [isNamed ? `${type} ${what}` : type, t];
    });
}

function ownersOf(w: TestWorld): unknown {
  const metadata = w.get("Secret", "app-secret")!["metadata"] as {
    readonly ownerReferences?: readonly { readonly name: string }[];
  };
  return metadata.ownerReferences?.map(({ name }) => name) ?? [];
}

test("up to 1.5: tick, probe, value, files, event, status, Secret, event; what is owned stays owned [CSI-12.5-01]", () => {
  const w = aSyncedPod("1.5.6");
  w.until("10s");
  const tick = w.firstTick() + 2 * MINUTE_MS;
  w.until(tick - 1);
  w.setSecret("secret1", "v2");
  w.until(tick + 4_000);
  const all = effects(w, tick);
  const seen = all.filter(([name]) => !name.includes(STATUS));
  const status = all.filter(([name]) => name.includes(STATUS));
  expect(seen.map(([name]) => name)).toEqual([
    "csi.rotation.tick",
    "vault.request 401",
    "vault.request 200",
    "volume.switched",
    "k8s.event MountRotationComplete",
    "api.object.modified Secret",
    "k8s.event SecretRotationComplete",
  ]);
  const at = new Map(seen);
  expect(status).toEqual([
    [`api.object.modified ${STATUS}`, at.get("volume.switched")],
  ]);
  expect(ownersOf(w)).toEqual(["busybox-default-kv"]);
});

test("from 1.6 on: sync, age, probe, value, files, status, Secret without owners, and within 5 s its owners [CSI-12.5-02]", () => {
  const w = aSyncedPod("1.6.0");
  w.until("10s");
  const mounted = w.first("volume.switched").t;
  // A sync of the first two minutes asks nobody.
  const young = w.untilFact("csi.publish.skipped").t;
  expect(young).toBeLessThan(mounted + 2 * MINUTE_MS);
  w.until(mounted + 2 * MINUTE_MS);
  w.setSecret("secret1", "v2");
  const from = w.now + 1;
  const written = w.untilFact("csi.publish.written").t;
  const put = w.untilFact(
    "api.object.modified",
    "1m",
    "default/Secret/app-secret",
  ).t;
  expect(w.secret("app-secret", "password")).toBe("v2");
  expect(ownersOf(w)).toEqual([]);
  const owned = w.untilFact(
    "api.object.modified",
    "1m",
    "default/Secret/app-secret",
  ).t;
  expect(owned - put).toBeLessThanOrEqual(5_000 + 24);
  expect(ownersOf(w)).toEqual(["busybox-default-kv"]);
  expect(effects(w, from).map(([name]) => name)).toEqual([
    "vault.request 401",
    "vault.request 200",
    "volume.switched",
    `api.object.modified ${STATUS}`,
    "csi.publish.written",
    "api.object.modified Secret",
    "api.object.modified Secret",
  ]);
  // What the Secret learns, it learns from the status: one watch latency after the write, then POST and PUT.
  expect(put).toBeGreaterThan(written);
});
