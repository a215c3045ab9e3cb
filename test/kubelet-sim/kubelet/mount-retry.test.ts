/** kubelet.md 6.2, 6.3, 13.2: the two independent clocks of a pod whose volume cannot be set up. */
import { expect, test } from "vitest";
import type { TestWorld, WorldOptions } from "../../support/world.ts";
import {
  aClass,
  aPod,
  aSecret,
  aWorld,
  csiVolume,
  secretVolume,
} from "../../support/world.ts";

function aWaitingPod(options: WorldOptions = {}): TestWorld {
  return aWorld({
    manifests: [aPod({ volumes: { secret: secretVolume("late-secret") } })],
    ...options,
  });
}

const LATE = aSecret({ password: "one" }, { name: "late-secret" });
const PASSWORD = "/mnt/secret/password";

/** Seconds after the first failure, with the reconciler's 100 ms after each delay. */
const FAILURES = [0, 0.6, 1.7, 3.8, 7.9, 16, 32.1, 64.2, 128.3, 250.4, 372.5];
const BACKOFFS = [0.5, 1, 2, 4, 8, 16, 32, 64, 122, 122, 122];

test("a failed mount is tried again after 0.5 s, doubling to 122 s, at the next reconciler pass [CSI-12.0-12] [CSI-12.1-08] [KUBELET-13.2-05]", () => {
  const w = aWaitingPod().until("400s");
  const first = w.first("volume.failed").t;
  const failed = w.all("volume.failed");
  expect(failed.map(({ t }) => (t - first) / 1000)).toEqual(FAILURES);
  expect(
    failed.map(({ data }) => (data["backoffMs"] as number) / 1000),
  ).toEqual(BACKOFFS);
});

test("each failure is a FailedMount event of one text", () => {
  const w = aWaitingPod().until("400s");
  const first = w.first("volume.failed").t;
  const events = w.events("FailedMount");
  expect(events.map(({ t }) => (t - first) / 1000)).toEqual(FAILURES);
  expect(new Set(w.messages("FailedMount"))).toEqual(
    new Set([
      'MountVolume.SetUp failed for volume "secret" : secret "late-secret" not found',
    ]),
  );
  expect(events[0]!.data).toMatchObject({ type: "Warning", source: "kubelet" });
});

test("a Secret that appears during a back-off is mounted when it ends, not before", () => {
  const w = aWaitingPod();
  const first = w.untilFact("volume.failed").t;
  w.until(first + 17_000);
  w.apply(LATE);
  const mounted = w.around(first + 32_100, () => w.read(PASSWORD));
  expect(mounted).toEqual([null, "one"]);
});

test("after a success the back-off begins anew at 0.5 s", () => {
  const w = aWaitingPod();
  const first = w.untilFact("volume.failed").t;
  w.until(first + 10_000);
  w.apply(LATE);
  w.untilFact("kubelet.pod.running");
  w.remove("secret/late-secret");
  const failed = w.untilFact("volume.failed");
  expect(failed.data["backoffMs"]).toBe(500);
});

test("a pod's sync gives up on its volumes after 123 s and comes back after 10 to 15 s and the ticker [CSI-12.0-13]", () => {
  const w = aWaitingPod();
  const began = w.untilFact("kubelet.pod.sync").t;
  const gaveUp = began + 123_000;
  const jitter = w.world.sim.draws.between(
    ...([0, 5000, "kubelet/node-0/default/busybox/backoff", 0] as const),
  );
  const due = w.syncTickAfter(gaveUp + 10_000 + jitter);
  const triggers = () =>
    w.all("kubelet.pod.sync").map((s) => s.data["trigger"]);
  expect(w.around(due, triggers)).toEqual([["add"], ["add", "backoff"]]);
  expect(due - gaveUp).toBeGreaterThan(10_000);
  expect(due - gaveUp).toBeLessThanOrEqual(16_000);
});

test("a mount that succeeds while the sync backs off is noticed by the next sync", () => {
  const w = aWaitingPod();
  const began = w.untilFact("kubelet.pod.sync").t;
  const first = w.untilFact("volume.failed").t;
  w.until(began + 100_000);
  w.apply(LATE);
  // The retry at 128.3 s falls between the end of the wait and the next sync.
  const mounted = w.untilFact("volume.switched").t;
  expect(mounted).toBe(first + 128_300);
  const sync = w.untilFact("kubelet.pod.sync").t;
  expect(mounted).toBeLessThan(sync);
  expect(w.all("kubelet.pod.running")).toEqual([]);
  expect(w.untilFact("kubelet.pod.running").t).toBe(sync + 700);
});

const twoWaitingVolumes = aPod({
  volumes: {
    b: secretVolume("late-b"),
    here: secretVolume("app-secret"),
    a: secretVolume("late-a"),
  },
});

test.each([
  [
    27,
    [
      "Unable to attach or mount volumes: unmounted volumes=[a b], unattached volumes=[], failed to process volumes=[]: timed out waiting for the condition",
    ],
  ],
  [
    26,
    [
      "Unable to attach or mount volumes: unmounted volumes=[a b], unattached volumes=[]: timed out waiting for the condition",
    ],
  ],
  [28, []],
])(
  "Kubernetes 1.%i ends the wait with the event it has for it [CSI-12.1-09]",
  (minor, texts) => {
    const w = aWorld({
      settings: { kubernetes: { minor } },
      manifests: [aSecret({ password: "one" }), twoWaitingVolumes],
    });
    const began = w.untilFact("kubelet.pod.sync").t;
    const unable = () =>
      w.messages("FailedMount").filter((text) => text.startsWith("Unable to"));
    expect(w.around(began + 123_000, unable)).toEqual([[], texts]);
  },
);

test("an update that came during the wait is synced as soon as the wait ends, without the back-off", () => {
  const w = aWaitingPod();
  const began = w.untilFact("kubelet.pod.sync").t;
  w.until(began + 60_000);
  w.patch("patch", "Pod/busybox", { metadata: { labels: { a: "b" } } });
  const due = w.relistAfter(began + 123_000);
  const triggers = () =>
    w.all("kubelet.pod.sync").map((s) => s.data["trigger"]);
  expect(w.around(due, triggers)).toEqual([["add"], ["add", "update"]]);
});

test("an update during the sync's back-off ends it", () => {
  const w = aWaitingPod();
  const began = w.untilFact("kubelet.pod.sync").t;
  w.until(began + 126_000);
  w.patch("patch", "Pod/busybox", { metadata: { labels: { a: "b" } } });
  const triggers = () =>
    w.all("kubelet.pod.sync").map((s) => s.data["trigger"]);
  expect(w.around(began + 126_020, triggers)).toEqual([
    ["add"],
    ["add", "update"],
  ]);
});

test("pods do not block each other: each volume has a back-off of its own", () => {
  const w = aWorld({
    manifests: [aPod({ volumes: { secret: secretVolume("late-secret") } })],
  });
  w.until("100s");
  w.apply(LATE);
  w.apply(
    aPod({ name: "second", volumes: { secret: secretVolume("late-secret") } }),
  );
  w.advance("2s");
  expect(w.read(PASSWORD, "second")).toBe("one");
  expect(w.read(PASSWORD)).toBeNull();
});

test("a CSI publish that has no answer after 120 s ends with DeadlineExceeded, and nothing stays mounted [CSI-12.0-14] [CSI-12.1-07]", () => {
  const w = aWorld({
    settings: { latency: { vault: "70s" } },
    manifests: [aClass(), aPod({ volumes: { csi: csiVolume("kv") } })],
  });
  const probe = w.untilFact("vault.request").t;
  expect(w.around(probe + 120_000, () => w.messages("FailedMount"))).toEqual([
    [],
    [
      'MountVolume.SetUp failed for volume "csi" : rpc error: code = DeadlineExceeded desc = context deadline exceeded',
    ],
  ]);
  expect(w.read("/mnt/csi/secret1")).toBeNull();
  w.changeSettings({ latency: { vault: "25ms" } });
  w.untilFact("kubelet.pod.running");
  expect(w.read("/mnt/csi/secret1")).toBe("v1");
});

test("a publish that is slow but in time mounts", () => {
  const w = aWorld({
    settings: { latency: { vault: "59s" } },
    manifests: [aClass(), aPod({ volumes: { csi: csiVolume("kv") } })],
  });
  w.untilFact("kubelet.pod.running");
  expect(w.messages("FailedMount")).toEqual([]);
});
