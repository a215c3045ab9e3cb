/** csi-driver.md 2.2, 6, 7.3: polls that fail, what stays, and when they are tried again. */
import { expect, test } from "vitest";
import type { CommandBody } from "../../../src/emulator/world/commands.ts";
import { HOUR_MS, MINUTE_MS } from "../../../src/kernel/time.ts";
import type { TestWorld } from "../../support/world.ts";
import {
  ROTATION,
  VAULT,
  aClass,
  aPod,
  aSecret,
  aSecretObject,
  aWorld,
  csiVolume,
} from "../../support/world.ts";

const FILE = "/mnt/csi/secret1";
const MOUNT_MS = 25 + 40 + 25;
const RETRY_MS = 10_000;
const POD = aPod({ volumes: { csi: csiVolume("kv") } });
const SECRET1 = { vault: VAULT, name: "secret1" };

/** A pod that mounts two objects and syncs the first; the clock stands one second before the tick. */
function beforeTheTick(): { readonly w: TestWorld; readonly tick: number } {
  const w = aWorld({
    settings: ROTATION,
    secrets: { secret1: "v1", secret2: "w1" },
    manifests: [
      aClass({
        objects: ["secret2", "secret1"],
        secretObjects: [aSecretObject()],
      }),
      POD,
    ],
  });
  const tick = w.firstTick();
  w.until(tick - 1_000);
  return { w, tick };
}

test.each<[string, CommandBody, number, string]>([
  [
    "a disabled secret",
    { kind: "updateSecret", ...SECRET1, enabled: false },
    403,
    "Operation get is not allowed on a disabled secret.",
  ],
  [
    "a deleted secret",
    { kind: "deleteSecret", ...SECRET1 },
    404,
    "ERROR CODE: SecretNotFound",
  ],
  [
    "a revoked permission",
    {
      kind: "access",
      vault: VAULT,
      access: { mode: "accessPolicy", policies: [] },
    },
    403,
    "ERROR CODE: Forbidden",
  ],
])(
  "%s fails the poll; files, Secret and status stay [CSI-12.2-06]",
  (_, command, status, part) => {
    const { w, tick } = beforeTheTick();
    const recorded = w.get(
      "SecretProviderClassPodStatus",
      "busybox-default-kv",
    );
    w.setSecret("secret2", "w2");
    w.do(command);
    w.until(tick + 5_000);
    const [text] = w.messages("MountRotationFailed");
    expect(text).toContain(
      "provider mount err: rpc error: code = Unknown desc = failed to mount objects, error: failed to get objectType:secret, objectName:",
    );
    expect(text).toContain(part);
    expect(w.last("vault.request").data["status"]).toBe(status);
    expect(w.events("MountRotationFailed")[0]!.data).toMatchObject({
      type: "Warning",
      source: "csi-secrets-store-rotation",
    });
    // The good object of the class keeps its old content, too.
    expect(w.read(FILE)).toBe("v1");
    expect(w.read("/mnt/csi/secret2")).toBe("w1");
    expect(w.secret("app-secret", "password")).toBe("v1");
    expect(w.get("SecretProviderClassPodStatus", "busybox-default-kv")).toEqual(
      recorded,
    );
    expect(w.messages("MountRotationComplete")).toEqual([]);
    expect(w.messages("FailedMount")).toEqual([]);
  },
);

test("a failed poll is tried again every 10 s, without growth, besides the ticks [CSI-12.0-02] [CSI-12.2-06]", () => {
  const { w, tick } = beforeTheTick();
  w.do({ kind: "deleteSecret", ...SECRET1 });
  // Two objects: the second one fails.
  const call = MOUNT_MS + 25;
  const failed = () => w.all("csi.rotation.failed").length;
  expect(w.around(tick + call, failed)).toEqual([0, 1]);
  const again = tick + call + RETRY_MS + call;
  expect(w.around(again, failed)).toEqual([1, 2]);
  w.until(tick + 110_000);
  const times = w.times("csi.rotation.failed");
  const gaps = times.slice(1).map((t, i) => t - times[i]!);
  expect(gaps.length).toBeGreaterThan(8);
  expect(new Set(gaps)).toEqual(new Set([RETRY_MS + call]));
});

test("what was waiting arrives at the next retry, once the vault answers again [CSI-12.2-06]", () => {
  const { w, tick } = beforeTheTick();
  w.setSecret("secret1", "v2");
  w.do({ kind: "updateSecret", ...SECRET1, enabled: false });
  const failed = w.untilFact("csi.rotation.failed").t;
  expect(failed).toBe(tick + MOUNT_MS + 25);
  w.until(failed + 5_000);
  w.do({ kind: "updateSecret", ...SECRET1, enabled: true });
  const due = failed + RETRY_MS + MOUNT_MS + 25;
  expect(w.around(due, () => w.read(FILE))).toEqual(["v1", "v2"]);
  w.until(failed + 60_000);
  expect(w.all("csi.rotation.failed")).toHaveLength(1);
});

test("a new pod cannot start while the old one lives on its files", () => {
  const { w } = beforeTheTick();
  w.do({ kind: "deleteSecret", ...SECRET1 });
  w.apply(aPod({ name: "second", volumes: { csi: csiVolume("kv") } }));
  w.advance("10m");
  expect(w.read(FILE)).toBe("v1");
  expect(w.read(FILE, "second")).toBeNull();
  expect(w.messages("FailedMount", "second").length).toBeGreaterThan(0);
});

test("a class that is gone fails each poll without an event [CSI-12.2-04]", () => {
  const { w, tick } = beforeTheTick();
  w.remove("secretproviderclass/kv");
  w.until(tick + RETRY_MS + 1);
  expect(w.times("csi.rotation.failed")).toEqual([tick, tick + RETRY_MS]);
  expect(w.first("csi.rotation.failed").data["error"]).toBe(
    'failed to get secret provider class default/kv, err: SecretProviderClass.secrets-store.csi.x-k8s.io "kv" not found',
  );
  expect(w.messages("MountRotationFailed")).toEqual([]);
  expect(w.read(FILE)).toBe("v1");
});

test("an alias that secretObjects does not use fails the Secret's part, and the whole key comes back in 10 s [CSI-12.2-12]", () => {
  const objects = [{ objectName: "secret1", objectAlias: "SECRET_1" }];
  const w = aWorld({
    settings: ROTATION,
    manifests: [aClass({ objects, secretObjects: [aSecretObject()] }), POD],
  });
  const tick = w.firstTick();
  w.until(tick - 1_000);
  w.setSecret("secret1", "v2");
  w.until(tick + 25_000);
  // The files rotate all the same.
  expect(w.read("/mnt/csi/SECRET_1")).toBe("v2");
  const failed = w.events("SecretRotationFailed");
  expect(failed.map(({ t }) => t - tick)).toEqual([
    MOUNT_MS + 4,
    MOUNT_MS + 4 + RETRY_MS + MOUNT_MS,
    MOUNT_MS + 4 + 2 * (RETRY_MS + MOUNT_MS),
  ]);
  expect(failed[0]!.data).toMatchObject({
    type: "Warning",
    message:
      "failed to get data in spc default/kv for secret app-secret, err: file matching objectName secret1 not found in the pod",
  });
});

test("a secretObject without a type fails validation", () => {
  const { type: _, ...untyped } = aSecretObject();
  const w = aWorld({
    settings: ROTATION,
    manifests: [aClass({ secretObjects: [untyped] }), POD],
  });
  w.until(w.firstTick() + 1_000);
  expect(w.messages("SecretRotationFailed")[0]).toBe(
    "failed validation for secret object in spc default/kv, err: secret type is empty",
  );
});

test("a Secret that is not the driver's own is not patched, and the poll is no failure [CSI-12.2-11]", () => {
  const w = aWorld({
    settings: ROTATION,
    manifests: [
      aSecret({ password: "mine" }),
      aClass({ secretObjects: [aSecretObject()] }),
      POD,
    ],
  });
  const tick = w.firstTick();
  w.until(tick - 1_000);
  w.setSecret("secret1", "v2");
  w.until(tick + MINUTE_MS);
  expect(w.messages("SecretRotationFailed")).toEqual([
    "failed to patch secret app-secret with new data, err: timed out waiting for the condition",
  ]);
  expect(w.secret("app-secret", "password")).toBe("mine");
  expect(w.read(FILE)).toBe("v2");
  expect(w.all("csi.rotation.failed")).toEqual([]);
  expect(w.times("csi.rotation.rotated")).toHaveLength(1);
});

test("two volumes of one class share one status: the first volume of the pod is the only one that matches", () => {
  const w = aWorld({
    settings: ROTATION,
    manifests: [
      aClass(),
      aPod({ volumes: { a: csiVolume("kv"), b: csiVolume("kv") } }),
    ],
  });
  const tick = w.firstTick();
  w.until(tick - 1_000);
  expect(
    w.get("SecretProviderClassPodStatus", "busybox-default-kv"),
  ).toMatchObject({
    status: { targetPath: expect.stringContaining("/kubernetes.io~csi/b/") },
  });
  w.setSecret("secret1", "v2");
  w.until(tick + 1_000);
  expect(w.last("csi.rotation.failed").data["error"]).toBe(
    "secret provider class pod status(spcps) volume name does not match the volume name in the pod default/busybox",
  );
  expect(w.read("/mnt/a/secret1")).toBe("v1");
  expect(w.read("/mnt/b/secret1")).toBe("v1");
});

test("a volume that the class does not name any more fails the poll [CSI-12.2-04]", () => {
  const { w, tick } = beforeTheTick();
  w.patch("patch", "SecretProviderClassPodStatus/busybox-default-kv", {
    status: { secretProviderClassName: "other" },
  });
  w.apply(aClass({ name: "other" }));
  w.until(tick + 1_000);
  expect(w.first("csi.rotation.failed").data["error"]).toBe(
    "could not find secret provider class pod status volume for pod default/busybox",
  );
});

test("a status whose path belongs to another pod fails the poll [CSI-12.2-04]", () => {
  const { w, tick } = beforeTheTick();
  const targetPath =
    "/var/lib/kubelet/pods/another/volumes/kubernetes.io~csi/csi/mount";
  w.patch("patch", "SecretProviderClassPodStatus/busybox-default-kv", {
    status: { targetPath },
  });
  w.until(tick + 1_000);
  expect(w.first("csi.rotation.failed").data["error"]).toBe(
    "secret provider class pod status(spcps) targetPath did not match pod UID for pod default/busybox",
  );
});

function aServicePrincipalPod(labels: Record<string, string>): TestWorld {
  const volume = csiVolume("kv", { nodePublishSecretRef: { name: "creds" } });
  const w = aWorld({
    settings: ROTATION,
    manifests: [
      aSecret(
        { clientid: "a-client", clientsecret: "a-secret" },
        { name: "creds", metadata: { labels } },
      ),
      aClass({ parameters: { clientID: "" } }),
      aPod({ volumes: { csi: volume } }),
    ],
  });
  w.until(w.firstTick() - 1_000);
  w.setSecret("secret1", "v2");
  return w;
}

test("credentials without the driver's label mount at the start and fail every poll [CSI-12.2-04]", () => {
  const w = aServicePrincipalPod({});
  expect(w.read(FILE)).toBe("v1");
  const asked = w.all("vault.request").length;
  w.until(w.firstTick() + RETRY_MS + 1);
  const text =
    'failed to get node publish secret default/creds, err: secrets "creds" not found';
  expect(w.messages("MountRotationFailed")).toEqual([text, text]);
  expect(w.times("csi.rotation.failed")).toHaveLength(2);
  expect(w.all("vault.request")).toHaveLength(asked);
  expect(w.read(FILE)).toBe("v1");
});

test("credentials with the driver's label rotate", () => {
  const w = aServicePrincipalPod({ "secrets-store.csi.k8s.io/used": "true" });
  w.until(w.firstTick() + MOUNT_MS);
  expect(w.read(FILE)).toBe("v2");
  expect(w.messages("MountRotationFailed")).toEqual([]);
});

test("a rotation without any identity words its error by the empty map it sends", () => {
  const w = aServicePrincipalPod({ "secrets-store.csi.k8s.io/used": "true" });
  w.apply(
    aSecret(
      { other: "x" },
      {
        name: "creds",
        metadata: { labels: { "secrets-store.csi.k8s.io/used": "true" } },
      },
    ),
  );
  w.until(w.firstTick() + 1_000);
  expect(w.messages("MountRotationFailed")[0]).toContain(
    "could not find clientid in secrets",
  );
});

test("a long failure is retried every 10 s, however many ticks fall into it", () => {
  const { w } = beforeTheTick();
  w.do({ kind: "updateSecret", ...SECRET1, enabled: false });
  w.advance("10m");
  const from = w.now;
  w.advance("1h");
  const failures = w
    .times("csi.rotation.failed")
    .filter((t) => t > from && t <= from + HOUR_MS).length;
  // A retry comes 10 s after a failure, and each of the 30 ticks adds one reconcile of its own.
  const most = HOUR_MS / RETRY_MS + HOUR_MS / (2 * MINUTE_MS);
  expect(failures).toBeGreaterThan(most - 60);
  expect(failures).toBeLessThanOrEqual(most);
});
