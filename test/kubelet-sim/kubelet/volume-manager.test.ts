/** kubelet.md 1.2, 6.3, 7, 10 and 13.2: how volumes are set up, refreshed, retried and taken down. */
import { expect, test } from "vitest";
import type { Stored } from "../../../src/cluster-sim/ports.ts";
import { tickAfter } from "../../../src/kubelet-sim/phases.ts";
import { aPod, aSecret, csiVolume, secretVolume } from "../../support/world.ts";
import type { TestNode } from "./sources-support.ts";
import { aConfigMap, aNode } from "./sources-support.ts";

const SECRET_POD = aPod({ volumes: { data: secretVolume("app-secret") } });
const CSI_POD = aPod({ volumes: { csi: csiVolume("kv") } });
const REPUBLISHING = { requiresRepublish: true, driverVersion: "1.6.0" };

function uid(pod: Stored): string {
  return pod.object.metadata.uid;
}

function withSecret(): TestNode {
  const node = aNode();
  node.apply(aSecret({ password: "one" }));
  return node.advance("1s");
}

/** The first reconciler pass strictly after an instant. */
function passAfter(node: TestNode, at: number): number {
  return tickAfter(at, 100, node.phases.reconciler);
}

test("a new volume is attached by one reconciler pass and mounted by the next [KUBELET-13.2-01] [KUBELET-13.2-02] [CSI-12.0-11]", () => {
  const node = withSecret();
  const pod = node.apply(SECRET_POD);
  node.sync(pod);
  const mounted = () => node.manager.allMounted(uid(pod));
  const setUp = node.refreshAfter(node.now) + 100;
  expect(node.around(setUp, mounted)).toEqual([false, true]);
  expect(node.told.map(({ what }) => what)).toEqual(["mounted"]);
});

test("a volume that no container mounts is never set up [KUBELET-13.2-01]", () => {
  const node = withSecret();
  const pod = node.start(
    aPod({ unused: { data: secretVolume("app-secret") } }),
  );
  expect(node.manager.allMounted(uid(pod))).toBe(true);
  expect(node.manager.followsSource(uid(pod))).toBe(false);
  expect(node.volumes.isMounted(uid(pod), "data")).toBe(false);
});

test("a final error of a first mount is an event, and the reconciler tries again after the back-off [KUBELET-13.2-03] [KUBELET-13.2-05] [CSI-12.1-08]", () => {
  const node = aNode();
  node.csi.reply = { ok: false, code: "Unknown", desc: "no" };
  const pod = node.apply(CSI_POD);
  node.sync(pod).advance("400s");
  const tries = node.csi.published.map(({ at }) => at);
  const first = tries[0]!;
  expect(tries.map((at) => (at - first) / 1000)).toEqual([
    0, 0.6, 1.7, 3.8, 7.9, 16, 32.1, 64.2, 128.3, 250.4, 372.5,
  ]);
  expect(new Set(node.failures())).toEqual(
    new Set([
      'MountVolume.SetUp failed for volume "csi" : rpc error: code = Unknown desc = no',
    ]),
  );
});

test.each([
  "Canceled",
  "DeadlineExceeded",
  "Unavailable",
  "ResourceExhausted",
  "Aborted",
])(
  "after %s a first mount is uncertain: tried again, and unpublished when the pod ends [KUBELET-13.2-04] [KUBELET-13.2-05] [KUBELET-13.2-12] [CSI-12.1-14]",
  (code) => {
    const node = aNode();
    node.csi.reply = { ok: false, code, desc: "busy" };
    const pod = node.apply(CSI_POD);
    node.sync(pod).advance("300ms");
    const first = node.csi.published[0]!.at;
    const second = passAfter(node, first + 500);
    const tries = () => node.csi.published.length;
    expect(node.around(second, tries)).toEqual([1, 2]);
    expect(node.manager.unmounted(uid(pod))).toEqual(["csi"]);
    node.sim.command(() => node.manager.endPod(uid(pod)));
    node.advance("1s");
    expect(node.csi.unpublished).toEqual(["csi"]);
    expect(node.told.at(-1)?.what).toBe("gone");
  },
);

test("a sync flags volumes that follow a source, and a reconciler pass refreshes them [KUBELET-13.2-06] [KUBELET-13.2-07] [KUBELET-13.2-08]", () => {
  const node = withSecret();
  const pod = node.start(SECRET_POD);
  node.apply(aSecret({ password: "two" }));
  node.advance("10s").sync(pod);
  const read = () => node.read(pod, "data", "password");
  expect(node.around(node.refreshAfter(node.now), read)).toEqual([
    "one",
    "two",
  ]);
});

test("a flag that is set while a refresh runs is cleared with it and comes back at the next sync [KUBELET-13.2-08]", () => {
  const node = aNode(REPUBLISHING);
  const pod = node.start(CSI_POD);
  node.csi.afterMs = 5_000;
  node.sync(pod).advance("1s");
  expect(node.csi.published).toHaveLength(2);
  node.sync(pod).advance("20s");
  expect(node.csi.published).toHaveLength(2);
  node.sync(pod).advance("1s");
  expect(node.csi.published).toHaveLength(3);
});

test("a failed refresh is an event, the content stays, and the volume counts as mounted [KUBELET-13.2-09] [KUBELET-13.2-10]", () => {
  const node = withSecret();
  const pod = node.start(SECRET_POD);
  node.remove("Secret", "app-secret");
  node.resync(pod);
  const first = node.told.at(-2)!.at;
  expect(node.failures()[0]).toBe(
    'MountVolume.SetUp failed for volume "data" : secret "app-secret" not found',
  );
  expect(node.read(pod, "data", "password")).toBe("one");
  expect(node.manager.allMounted(uid(pod))).toBe(true);
  node.apply(aSecret({ password: "two" }));
  node.sim.runUntil(first + 1_000);
  const read = () => node.read(pod, "data", "password");
  const third = passAfter(node, first + 600 + 1_000);
  expect(node.around(third, read)).toEqual(["one", "two"]);
});

test("a sync during the back-off of a refresh shortens nothing [KUBELET-13.2-11]", () => {
  const node = withSecret();
  const pod = node.start(SECRET_POD);
  node.remove("Secret", "app-secret");
  node.resync(pod).advance("20s");
  const last = node.told.at(-1)!.at;
  node.apply(aSecret({ password: "two" }));
  node.advance("1s").sync(pod).advance("1s");
  const retry = passAfter(node, last + 16_000);
  const read = () => node.read(pod, "data", "password");
  expect(node.around(retry, read)).toEqual(["one", "two"]);
});

test("when a pod's containers are gone its volumes are taken down, then the worker is told [KUBELET-13.2-12] [CSI-12.1-14] [CSI-12.1-15]", () => {
  const node = withSecret();
  const volumes = { data: secretVolume("app-secret"), csi: csiVolume("kv") };
  const pod = node.start(aPod({ volumes }));
  node.sim.command(() => node.manager.endPod(uid(pod)));
  node.advance("1s");
  expect(node.volumes.volumesOf(uid(pod))).toEqual([]);
  expect(node.told.at(-1)?.what).toBe("gone");
  expect(node.factsOf("volume.unmounted")).toHaveLength(2);
});

test("an unmount that the driver does not answer backs off and is tried again [CSI-12.1-16]", () => {
  const node = aNode();
  const pod = node.start(CSI_POD);
  node.csi.registered = false;
  node.sim.command(() => node.manager.endPod(uid(pod)));
  const first = node.now;
  node.advance("200ms");
  node.csi.registered = true;
  const retry = passAfter(node, first + 500);
  const gone = () => node.csi.unpublished.length;
  expect(node.around(retry, gone)).toEqual([0, 1]);
});

test("a driver that is not registered fails the mount with upstream's words [CSI-12.1-02]", () => {
  const node = aNode();
  node.csi.registered = false;
  node.sync(node.apply(CSI_POD)).advance("300ms");
  expect(node.failures()).toEqual([
    'MountVolume.SetUp failed for volume "csi" : kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: driver name secrets-store.csi.k8s.io not found in the list of registered CSI drivers',
  ]);
});

test("after a kubelet restart what is mounted is uncertain, and set up once more without the pass for attaching [KUBELET-13.2-13]", () => {
  const node = withSecret();
  const volumes = { data: secretVolume("app-secret"), csi: csiVolume("kv") };
  const pod = node.start(aPod({ volumes }));
  node.sim.command(() => {
    node.manager.stop();
    node.sources.stop();
  });
  node.advance("5s");
  expect(node.volumes.volumesOf(uid(pod))).toHaveLength(2);
  node.sim.command(() => node.sources.start());
  node.sync(pod);
  expect(node.manager.unmounted(uid(pod))).toEqual(["data", "csi"]);
  const confirmed = () => node.manager.unmounted(uid(pod));
  expect(node.around(node.refreshAfter(node.now), confirmed)).toEqual([
    ["data", "csi"],
    [],
  ]);
  expect(node.csi.published).toHaveLength(2);
  expect(node.factsOf("volume.switched")).toHaveLength(1);
});

test("a restart in the middle of a back-off starts it anew", () => {
  const node = withSecret();
  const pod = node.start(SECRET_POD);
  node.remove("Secret", "app-secret");
  node.resync(pod).advance("40s");
  node.sim.command(() => node.manager.stop());
  node.sync(pod).advance("200ms");
  expect(node.factsOf("volume.failed").at(-1)?.data["backoffMs"]).toBe(500);
  expect(node.manager.unmounted(uid(pod))).toEqual(["data"]);
  expect(node.read(pod, "data", "password")).toBe("one");
});

test("an answer of the driver to an earlier kubelet is nobody's", () => {
  const node = aNode();
  node.csi.afterMs = 10_000;
  const pod = node.apply(CSI_POD);
  node.sync(pod).advance("1s");
  node.sim.command(() => node.manager.stop());
  node.csi.afterMs = 60_000;
  node.sync(pod).advance("30s");
  expect(node.manager.unmounted(uid(pod))).toEqual(["csi"]);
});

test("volumes of a pod that ended while the kubelet was down are taken down", () => {
  const node = withSecret();
  const volumes = { data: secretVolume("app-secret"), csi: csiVolume("kv") };
  const pod = node.start(aPod({ volumes }));
  node.sim.command(() => {
    node.manager.stop();
    node.manager.endPod(uid(pod));
  });
  node.advance("1s");
  expect(node.volumes.volumesOf(uid(pod))).toEqual([]);
  expect(node.csi.unpublished).toEqual(["csi"]);
  expect(node.told.at(-1)?.what).toBe("gone");
});

test("a CSI volume is published once per sync when its driver asks for it, and otherwise once [KUBELET-13.2-06]", () => {
  const node = aNode(REPUBLISHING);
  const pod = node.start(CSI_POD);
  expect(node.manager.followsSource(uid(pod))).toBe(true);
  expect(node.manager.isStale(uid(pod), pod)).toBe(false);
  node.resync(pod).resync(pod);
  expect(node.csi.published).toHaveLength(3);
  node.config.requiresRepublish = false;
  node.resync(pod);
  expect(node.csi.published).toHaveLength(3);
  expect(node.manager.followsSource(uid(pod))).toBe(false);
});

test("a republish that fails is an event and is retried with the back-off; the volume stays mounted", () => {
  const node = aNode(REPUBLISHING);
  const pod = node.start(CSI_POD);
  node.csi.reply = { ok: false, code: "Unknown", desc: "no class" };
  node.resync(pod);
  const tries = node.csi.published.slice(1).map(({ at }) => at);
  expect(tries.map((at) => at - tries[0]!)).toEqual([0, 600]);
  expect(node.failures()[0]).toBe(
    'MountVolume.SetUp failed for volume "csi" : rpc error: code = Unknown desc = no class',
  );
  expect(node.volumes.isMounted(uid(pod), "csi")).toBe(true);
  expect(node.manager.allMounted(uid(pod))).toBe(true);
});

test("the Secret of nodePublishSecretRef is read past every cache, and its absence fails the publish", () => {
  const node = aNode({ changeDetection: "Cache", secretCacheTtlMs: 300_000 });
  const nodePublishSecretRef = { name: "creds" };
  const volumes = { csi: csiVolume("kv", { nodePublishSecretRef }) };
  const pod = node.start(aPod({ volumes }));
  expect(node.failures()[0]).toBe(
    'MountVolume.SetUp failed for volume "csi" : fetching NodePublishSecretRef default/creds failed: kubernetes.io/csi: failed to find the secret creds in the namespace default with error: secrets "creds" not found',
  );
  node.apply(aSecret({ clientid: "me" }, { name: "creds" }));
  node.resync(pod).advance("5s");
  expect(node.csi.published[0]?.request.secrets).toEqual({ clientid: "me" });
});

test("a reboot empties what is in memory and leaves what is on disk", () => {
  const node = withSecret();
  node.apply(aConfigMap({ greeting: "hello" }));
  const pod = node.start(
    aPod({
      volumes: {
        data: secretVolume("app-secret"),
        settings: { configMap: { name: "settings" } },
        scratch: { emptyDir: {} },
        memory: { emptyDir: { medium: "Memory" } },
      },
    }),
  );
  node.sim.command(() => {
    node.manager.stop();
    node.sources.stop();
    node.volumes.clear("node-0");
  });
  const left = node.volumes.volumesOf(uid(pod)).map(({ volume }) => volume);
  expect(left).toEqual(["settings", "scratch"]);
  expect(
    node.factsOf("volume.unmounted").map(({ data }) => data["volume"]),
  ).toEqual(["data"]);
  node.sources.start();
  node.resync(pod);
  expect(node.read(pod, "data", "password")).toBe("one");
  expect(node.manager.allMounted(uid(pod))).toBe(true);
});

test("a writer that fails takes the volume down, and the next success mounts it anew", () => {
  const node = withSecret();
  node.apply(aConfigMap({ "db.conf": "x" }));
  const sources = [
    { secret: { name: "app-secret" } },
    {
      configMap: {
        name: "settings",
        items: [{ key: "db.conf", path: "db/conf" }],
      },
    },
  ];
  const pod = node.start(
    aPod({ volumes: { all: { projected: { sources } } } }),
  );
  expect(node.read(pod, "all", "db/conf")).toBe("x");
  node.apply(aSecret({ password: "one", db: "a file in the way" }));
  node.advance("100ms").resync(pod);
  expect(node.failures()[0]).toMatch(
    /^MountVolume.SetUp failed for volume "all" : (mkdir|read|open) /,
  );
  expect(node.volumes.isMounted(uid(pod), "all")).toBe(false);
  node.apply(aSecret({ password: "two" }));
  node.advance("20s");
  expect(node.read(pod, "all", "db/conf")).toBe("x");
  expect(node.read(pod, "all", "password")).toBe("two");
});
