/** kubelet.md 6.1, 6.3, 6.4 and 1.1: volumes before containers, and the loops that carry each step. */
import { expect, test } from "vitest";
import type { TestWorld } from "../../support/world.ts";
import {
  aClass,
  aPod,
  aSecret,
  aSecretObject,
  aWorld,
  csiVolume,
  secretVolume,
} from "../../support/world.ts";

/** The reconciler's second pass after the populator has added a new pod's volumes. */
function firstSetUp(w: TestWorld, added: number): number {
  return w.refreshAfter(added) + 100;
}

function aPodWithSecret(): TestWorld {
  return aWorld({
    manifests: [
      aSecret({ password: "one" }),
      aPod({ volumes: { secret: secretVolume("app-secret") } }),
    ],
  });
}

const PASSWORD = "/mnt/secret/password";

test("a volume is set up at the reconciler's second pass after the populator has seen the pod", () => {
  const w = aPodWithSecret();
  const added = w.untilFact("kubelet.pod.added").t;
  const mounted = w.around(firstSetUp(w, added), () => w.read(PASSWORD));
  expect(mounted).toEqual([null, "one"]);
});

test("containers start when the 300 ms check has seen the volumes and the runtime has done its work", () => {
  const w = aPodWithSecret();
  const added = w.untilFact("kubelet.pod.added").t;
  const mounted = w.untilFact("volume.switched").t;
  const noticed = added + Math.ceil((mounted - added) / 300) * 300;
  const running = noticed + 500 + 200;
  const count = () => w.all("kubelet.pod.running").length;
  expect(w.around(running, count)).toEqual([0, 1]);
});

test("a pod that mounts nothing starts at once", () => {
  const w = aWorld({ manifests: [aPod()] });
  const added = w.untilFact("kubelet.pod.added").t;
  expect(w.untilFact("kubelet.pod.running").t).toBe(added + 700);
});

test("a CSI volume and a Secret volume of one pod are set up in the same pass", () => {
  const w = aWorld({
    manifests: [
      aPod({
        volumes: {
          csi: csiVolume("missing"),
          secret: secretVolume("missing"),
        },
      }),
    ],
  });
  const added = w.untilFact("kubelet.pod.added").t;
  w.until("1s");
  const at = firstSetUp(w, added);
  const failed = w.all("volume.failed").filter(({ t }) => t === at);
  expect(new Set(failed.map(({ data }) => data["volume"]))).toEqual(
    new Set(["csi", "secret"]),
  );
});

test("a Secret volume waits for the Secret that the pod's own CSI volume makes, and is tried again 0.6 s later", () => {
  const w = aWorld({
    manifests: [
      aClass({ secretObjects: [aSecretObject()] }),
      aPod({
        volumes: { csi: csiVolume("kv"), secret: secretVolume("app-secret") },
      }),
    ],
  });
  const failed = w.untilFact("volume.failed").t;
  w.until("1s");
  expect(w.messages("FailedMount")).toEqual([
    'MountVolume.SetUp failed for volume "secret" : secret "app-secret" not found',
  ]);
  const secretAt = w.first("api.object.created", "default/Secret/app-secret").t;
  expect(secretAt).toBeLessThan(failed + 500);
  const csi = w
    .all("volume.switched")
    .map(({ data, t }) => [data["volume"], t]);
  expect(csi).toEqual([
    ["csi", failed + 25 + 40 + 25],
    ["secret", failed + 600],
  ]);
});

test("no container runs before every used volume is mounted, and the pod stays ContainerCreating", () => {
  const w = aWorld({
    manifests: [
      aSecret({ password: "one" }),
      aPod({
        volumes: {
          secret: secretVolume("app-secret"),
          late: secretVolume("late-secret"),
        },
      }),
    ],
  });
  w.until("10s");
  expect(w.read(PASSWORD)).toBe("one");
  expect(w.all("kubelet.pod.running")).toEqual([]);
  expect(w.get("Pod", "busybox")).toMatchObject({
    status: {
      phase: "Pending",
      containerStatuses: [
        { state: { waiting: { reason: "ContainerCreating" } } },
      ],
    },
  });
  w.apply(aSecret({ password: "two" }, { name: "late-secret" }));
  w.untilFact("kubelet.pod.running");
  w.advance("100ms");
  expect(w.get("Pod", "busybox")).toMatchObject({
    status: { phase: "Pending" },
  });
  // The status goes out at the sync that follows the container's start.
  w.advance("1s");
  expect(w.get("Pod", "busybox")).toMatchObject({
    status: { phase: "Running" },
  });
});

test("a volume that no container mounts is ignored: it neither mounts nor holds the pod up", () => {
  const w = aWorld({
    manifests: [
      aClass({ secretObjects: [aSecretObject()] }),
      aPod({
        unused: { csi: csiVolume("kv"), secret: secretVolume("missing") },
      }),
    ],
  });
  w.until("10m");
  expect(w.all("kubelet.pod.running")).toHaveLength(1);
  expect(w.all("volume.switched")).toEqual([]);
  expect(w.all("volume.failed")).toEqual([]);
  expect(w.first("kubelet.pod.added").data["volumes"]).toEqual([]);
  expect(w.get("Secret", "app-secret")).toBeNull();
  const asked = w.all("vault.request").map(({ data }) => data["operation"]);
  expect(asked).not.toContain("SecretGet");
});

test("a volume that only an init container mounts is mounted, too", () => {
  const pod = aPod({ unused: { secret: secretVolume("app-secret") } });
  const initContainers = [
    {
      name: "init",
      image: "busybox",
      volumeMounts: [{ name: "secret", mountPath: "/mnt/secret" }],
    },
  ];
  const spec = { ...(pod["spec"] as object), initContainers };
  const w = aWorld({
    manifests: [aSecret({ password: "one" }), { ...pod, spec }],
  });
  const added = w.untilFact("kubelet.pod.added").t;
  const mounted = w.untilFact("volume.switched").t;
  const noticed = added + Math.ceil((mounted - added) / 300) * 300;
  const initialized = w.relistAfter(noticed + 500 + 200);
  expect(w.untilFact("kubelet.pod.running").t).toBe(initialized + 200);
});
