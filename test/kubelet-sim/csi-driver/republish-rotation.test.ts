/** csi-driver.md 2.3, 2.5, 7.3 and 9: rotation by republish in a whole world, kubelet included. */
import { expect, it } from "vitest";
import { MINUTE_MS } from "../../../src/kernel/time.ts";
import type {
  SettingsText,
  TestWorld,
  WorldOptions,
} from "../../support/world.ts";
import {
  VAULT,
  aClass,
  aPod,
  aSecretObject,
  aWorld,
  csiVolume,
} from "../../support/world.ts";

const FILE = "/mnt/csi/secret1";
const INTERVAL_MS = 2 * MINUTE_MS;
const REPUBLISH: SettingsText = {
  addon: { enableSecretRotation: true },
  driver: { version: "1.6.0" },
};
const SYNCED = aClass({ secretObjects: [aSecretObject()] });
const POD = aPod({ volumes: { csi: csiVolume("kv") } });
const DISABLED = { vault: VAULT, name: "secret1", enabled: false };

function aRepublishedPod(options: WorldOptions = {}): TestWorld {
  return aWorld({ settings: REPUBLISH, manifests: [SYNCED, POD], ...options });
}

/** When the driver fetched and answered, whatever came of it. */
function fetches(w: TestWorld): number[] {
  return ["written", "unchanged", "masked"]
    .flatMap((outcome) => w.times(`csi.publish.${outcome}`))
    .sort((a, b) => a - b);
}

it("fetches nothing for one interval after the mount, then at every pod sync: 60 to 91 s apart, each time otherwise [CSI-12.0-10] [CSI-12.3-01] [CSI-12.3-05]", () => {
  const w = aRepublishedPod().until("1h");
  const [mounted, ...later] = fetches(w);
  expect(later[0]! - mounted!).toBeGreaterThanOrEqual(INTERVAL_MS);
  const gaps = later.slice(1).map((t, i) => t - later[i]!);
  expect(gaps.length).toBeGreaterThan(35);
  for (const gap of gaps) {
    expect(gap).toBeGreaterThanOrEqual(60_000 - 300);
    expect(gap).toBeLessThanOrEqual(91_000 + 300);
  }
  expect(new Set(gaps).size).toBeGreaterThan(5);
  expect(w.all("csi.rotation.tick")).toEqual([]);
});

it("brings a new version with the next sync, and rests for an interval after it [CSI-12.3-06] [CSI-12.0-01]", () => {
  const w = aRepublishedPod().until("10m");
  w.setSecret("secret1", "v2");
  const { t } = w.untilFact("csi.publish.written");
  expect(t - w.at("10m")).toBeLessThanOrEqual(92_000);
  expect(w.read(FILE)).toBe("v2");
  w.advance("1m");
  expect(w.secret("app-secret", "password")).toBe("v2");
  w.until(t + 10 * MINUTE_MS);
  const next = fetches(w).find((fetched) => fetched > t)!;
  expect(next - t).toBeGreaterThanOrEqual(INTERVAL_MS - 100);
  expect(
    w.times("csi.publish.skipped").filter((at) => at > t).length,
  ).toBeGreaterThan(0);
});

it("goes through a failing vault without a word to the pod, and catches up at the first sync afterwards [CSI-12.3-04]", () => {
  const w = aRepublishedPod().until("10m");
  w.setSecret("secret1", "v2");
  w.do({ kind: "updateSecret", ...DISABLED });
  w.until("20m");
  expect(w.all("csi.publish.masked").length).toBeGreaterThan(5);
  expect(w.read(FILE)).toBe("v1");
  expect(w.messages("FailedMount")).toEqual([]);
  expect(w.all("volume.failed")).toEqual([]);
  w.do({ kind: "updateSecret", ...DISABLED, enabled: true });
  w.untilFact("csi.publish.written", "92s");
  expect(w.read(FILE)).toBe("v2");
});

it("fails a running pod's publish when its class is deleted, with the kubelet's back-off, and the files stay [CSI-12.3-03]", () => {
  const w = aRepublishedPod().until("10m");
  w.remove("secretproviderclass/kv");
  const first = w.untilFact("volume.failed").t;
  w.until(first + 5_000);
  expect(w.messages("FailedMount")[0]).toBe(
    'MountVolume.SetUp failed for volume "csi" : rpc error: code = Unknown desc = failed to get secretproviderclass default/kv, error: SecretProviderClass.secrets-store.csi.x-k8s.io "kv" not found',
  );
  const failures = w.all("volume.failed").map(({ data }) => data["backoffMs"]);
  expect(failures.slice(0, 4)).toEqual([500, 1_000, 2_000, 4_000]);
  w.until("30m");
  expect(w.read(FILE)).toBe("v1");
});

it("publishes at once when the pod's metadata change, which the age check may still skip", () => {
  const w = aRepublishedPod().until("1m");
  const asked = w.all("vault.request").length;
  w.patch("patch", "Pod/busybox", { metadata: { annotations: { a: "1" } } });
  w.advance("2s");
  expect(w.all("vault.request")).toHaveLength(asked);
  w.until("10m");
  const before = fetches(w).length;
  w.patch("patch", "Pod/busybox", { metadata: { annotations: { a: "2" } } });
  w.advance("2s");
  expect(fetches(w)).toHaveLength(before + 1);
});

it("ends with the pod [CSI-12.3-07]", () => {
  const w = aRepublishedPod().until("10m");
  w.remove("pod/busybox");
  w.untilFact("kubelet.pod.gone");
  const count = fetches(w).length;
  w.advance("10m");
  expect(fetches(w)).toHaveLength(count);
});

it("fetches nothing with rotation off, though the kubelet publishes [CSI-12.1-10]", () => {
  const w = aRepublishedPod({
    settings: {
      driver: { version: "1.6.0", requiresRepublish: "always" },
    },
  }).until("10m");
  w.setSecret("secret1", "v2");
  w.until("20m");
  expect(w.all("csi.publish.skipped").length).toBeGreaterThan(5);
  expect(fetches(w)).toHaveLength(1);
  expect(w.read(FILE)).toBe("v1");
});

it("takes over from the ticker when the driver is upgraded in mid-run", () => {
  const w = aRepublishedPod({
    settings: { addon: { enableSecretRotation: true } },
  }).until("10m");
  w.changeSettings({ driver: { version: "1.6.0" } });
  const { t: started } = w.untilFact("csi.driver.started");
  w.until("20m");
  w.setSecret("secret1", "v2");
  w.untilFact("csi.publish.written", "92s");
  expect(w.read(FILE)).toBe("v2");
  expect(w.times("csi.rotation.tick").filter((t) => t > started)).toEqual([]);
  expect(w.all("csi.driver.stopped")).toHaveLength(1);
});

it("makes a Secret that was deleted again within five minutes, with its owners five seconds later", () => {
  const w = aRepublishedPod().until("10m");
  w.remove("secret/app-secret");
  w.advance("5m");
  w.advance("6s");
  expect(w.secret("app-secret", "password")).toBe("v1");
  expect(w.get("Secret", "app-secret")).toMatchObject({
    metadata: { ownerReferences: [{ name: "busybox-default-kv" }] },
  });
});

it("is not asked for by the CSIDriver object of a driver before 1.6, whatever the settings say", () => {
  const w = aRepublishedPod({
    settings: {
      addon: { enableSecretRotation: true },
      driver: { requiresRepublish: "always" },
    },
  }).until("20m");
  expect(fetches(w)).toHaveLength(1);
  expect(w.all("csi.publish.skipped")).toEqual([]);
});
