/** kubelet.md 1.2 to 1.4 and 3: when a running pod is synced, and so when its Secret volumes change. */
import { expect, test } from "vitest";
import type { TestWorld, WorldOptions } from "../../support/world.ts";
import { aPod, aSecret, aWorld, secretVolume } from "../../support/world.ts";

const PASSWORD = "/mnt/secret/password";
const RESYNC = "kubelet/node-0/default/busybox/resync";

interface RunningPod {
  readonly w: TestWorld;
  /** End of the last of the syncs that PLEG's relists brought while the pod started. */
  readonly synced: number;
  /** The draw that counts from it. */
  readonly drawn: number;
}

function aRunningPod(options: WorldOptions = {}): RunningPod {
  const w = aWorld({
    manifests: [
      aSecret({ password: "one" }),
      aPod({ volumes: { secret: secretVolume("app-secret") } }),
    ],
    ...options,
  });
  const running = w.untilFact("kubelet.pod.running").t;
  const relist = w.relistAfter(running);
  // A relist that saw the new sandbox while the first sync still ran brings one sync more.
  const more = w.relistAfter(running - 200) < running ? 1 : 0;
  const synced = relist + more * 1_000;
  return { w: w.until(synced), synced, drawn: 1 + more };
}

/** Syncs from now on. */
function newSyncs(w: TestWorld): () => number {
  const before = w.all("kubelet.pod.sync").length;
  return () => w.all("kubelet.pod.sync").length - before;
}

/** When the pod is synced next after its sync at `from`, which made the draw of `index`. */
function resyncAfter(
  w: TestWorld,
  from: number,
  index: number,
  frequency = 60_000,
): number {
  const jitter = w.world.sim.draws.between(0, frequency / 2, RESYNC, index);
  return w.syncTickAfter(from + frequency + jitter);
}

function rotate(w: TestWorld, password: string): void {
  w.apply(aSecret({ password }));
}

test("a running pod is synced 60 to 90 s after its last sync, at the ticker, and its files change right after [KUBELET-13.1-13]", () => {
  const { w, synced, drawn } = aRunningPod();
  w.until(synced + 5_000);
  rotate(w, "two");
  const due = resyncAfter(w, synced, drawn);
  expect(due - synced).toBeGreaterThan(60_000);
  expect(due - synced).toBeLessThanOrEqual(91_000);
  expect(w.around(due, newSyncs(w))).toEqual([0, 1]);
  expect(w.last("kubelet.pod.sync").data["trigger"]).toBe("resync");
  const changed = w.around(w.refreshAfter(due), () => w.read(PASSWORD));
  expect(changed).toEqual(["one", "two"]);
});

test("each resync draws its own delay", () => {
  const { w, synced, drawn } = aRunningPod();
  let from = synced;
  for (let index = drawn; index < drawn + 5; index++) {
    const due = resyncAfter(w, from, index);
    w.until(due - 1_000);
    rotate(w, `value ${index}`);
    const changed = () => w.read(PASSWORD) === `value ${index}`;
    expect(w.around(w.refreshAfter(due), changed)).toEqual([false, true]);
    from = due;
  }
});

test("syncFrequency sets the period: 20 s gives 20 to 30 s", () => {
  const settings = { kubelet: { syncFrequency: "20s" } };
  const { w, synced, drawn } = aRunningPod({ settings });
  w.until(synced + 5_000);
  rotate(w, "two");
  const due = resyncAfter(w, synced, drawn, 20_000);
  const changed = w.around(w.refreshAfter(due), () => w.read(PASSWORD));
  expect(changed).toEqual(["one", "two"]);
  expect(due - synced).toBeLessThanOrEqual(31_000);
});

test("a resync that is due at the very instant of a tick waits for the next one [KUBELET-13.1-01]", () => {
  const { w, synced, drawn } = aRunningPod();
  const { syncTicker } = w.phases;
  let from = synced;
  let index = drawn;
  const dueOf = () =>
    from + 60_000 + w.world.sim.draws.between(0, 30_000, RESYNC, index);
  while ((dueOf() - syncTicker) % 1000 !== 0) {
    from = resyncAfter(w, from, index);
    index += 1;
  }
  const due = dueOf();
  w.until(due - 5_000);
  rotate(w, "two");
  const syncs = newSyncs(w);
  expect(w.around(due, syncs)).toEqual([0, 0]);
  expect(w.around(due + 1_000, syncs)).toEqual([0, 1]);
});

test("PLEG syncs the pod at its first relist after a container started [KUBELET-13.1-02]", () => {
  const w = aWorld({
    manifests: [
      aSecret({ password: "one" }),
      aPod({ volumes: { secret: secretVolume("app-secret") } }),
    ],
  });
  w.untilFact("volume.switched");
  rotate(w, "two");
  const running = w.untilFact("kubelet.pod.running").t;
  const relist = w.relistAfter(running);
  const changed = w.around(w.refreshAfter(relist), () => w.read(PASSWORD));
  expect(changed).toEqual(["one", "two"]);
  expect(w.last("kubelet.pod.sync").data["trigger"]).toBe("pleg");
});

test("what came while a sync ran is synced after the next relist, the newest of it as the reason, and what came while it waited once more [KUBELET-13.1-03, KUBELET-13.1-04]", () => {
  const w = aWorld({ manifests: [aPod()] });
  const running = w.untilFact("kubelet.pod.added").t + 700;
  w.until(running - 100);
  w.patch("patch", "Pod/busybox", { metadata: { labels: { a: "b" } } });
  const relist = w.relistAfter(running);
  const triggers = () =>
    w.all("kubelet.pod.sync").map((s) => s.data["trigger"]);
  expect(w.around(relist, triggers)).toEqual([["add"], ["add", "update"]]);
  // That relist told the worker, too, while it waited for it.
  w.patch("patch", "Pod/busybox", { metadata: { labels: { a: "c" } } });
  expect(w.around(relist + 1_000, triggers)).toEqual([
    ["add", "update"],
    ["add", "update", "pleg"],
  ]);
});

test.each([
  ["an annotation", { annotations: { touched: "now" } }],
  ["a label", { labels: { touched: "now" } }],
])(
  "%s on the pod syncs it as soon as the kubelet hears of it [KUBELET-13.1-02]",
  (_, metadata) => {
    const { w, synced } = aRunningPod();
    w.until(synced + 5_000);
    rotate(w, "two");
    w.advance("3s");
    w.patch("patch", "Pod/busybox", { metadata });
    const heard = w.now + 20;
    expect(w.around(heard, newSyncs(w))).toEqual([0, 1]);
    expect(w.last("kubelet.pod.sync").data["trigger"]).toBe("update");
    const changed = w.around(w.refreshAfter(heard), () => w.read(PASSWORD));
    expect(changed).toEqual(["one", "two"]);
  },
);

test("an early sync starts the 60 to 90 s again [KUBELET-13.1-13]", () => {
  const { w, synced, drawn } = aRunningPod();
  const old = resyncAfter(w, synced, drawn);
  w.until(synced + 40_000);
  w.patch("patch", "Pod/busybox", { metadata: { annotations: { a: "b" } } });
  const heard = w.now + 20;
  w.until(heard + 1_000);
  rotate(w, "two");
  const passed = w.around(w.refreshAfter(old), () => w.read(PASSWORD));
  expect(passed).toEqual(["one", "one"]);
  const due = resyncAfter(w, heard, drawn + 1);
  const changed = w.around(w.refreshAfter(due), () => w.read(PASSWORD));
  expect(changed).toEqual(["one", "two"]);
});

test("a second change right after the first waits until PLEG has relisted [KUBELET-13.1-03]", () => {
  const { w, synced } = aRunningPod();
  w.until(w.relistAfter(synced + 5_000));
  w.patch("patch", "Pod/busybox", { metadata: { annotations: { a: "1" } } });
  const first = w.now + 20;
  w.until(w.refreshAfter(first));
  rotate(w, "two");
  w.patch("patch", "Pod/busybox", { metadata: { annotations: { a: "2" } } });
  const relist = w.relistAfter(first);
  expect(relist).toBeGreaterThan(w.now + 20);
  expect(w.around(relist, newSyncs(w))).toEqual([0, 1]);
  const changed = w.around(w.refreshAfter(relist), () => w.read(PASSWORD));
  expect(changed).toEqual(["one", "two"]);
});

test("a status change alone syncs nothing", () => {
  const { w, synced, drawn } = aRunningPod();
  w.until(synced + 5_000);
  rotate(w, "two");
  w.advance("3s");
  w.patch("patchStatus", "Pod/busybox", { status: { message: "hello" } });
  const due = resyncAfter(w, synced, drawn);
  const syncs = newSyncs(w);
  w.until(due - 1);
  expect(syncs()).toBe(0);
  expect(w.read(PASSWORD)).toBe("one");
  w.until(w.refreshAfter(due));
  expect(w.read(PASSWORD)).toBe("two");
});

test("of two versions between two syncs the older one is never seen", () => {
  const { w, synced } = aRunningPod();
  w.until(synced + 5_000);
  rotate(w, "two");
  w.advance("10s");
  rotate(w, "three");
  w.until(synced + 100_000);
  const ordinals = w
    .all("volume.switched")
    .map(({ data }) => (data["files"] as { ordinal: number }[])[0]!.ordinal);
  expect(ordinals).toHaveLength(2);
  expect(w.read(PASSWORD)).toBe("three");
});

test.each([
  [20, "two"],
  [19, "one"],
])(
  "a version written %i ms before the refresh reads leaves %s in the files",
  (ms, read) => {
    const { w, synced, drawn } = aRunningPod();
    const setUp = w.refreshAfter(resyncAfter(w, synced, drawn));
    w.until(setUp - 1_000);
    expect(w.untilQuiet(setUp - ms)).toBe(setUp - ms);
    rotate(w, "two");
    w.until(setUp);
    expect(w.read(PASSWORD)).toBe(read);
  },
);

test("pods of one node have delays of their own and share the ticker's phase", () => {
  const secret = { secret: secretVolume("app-secret") };
  const w = aWorld({
    manifests: [
      aSecret({ password: "one" }),
      aPod({ name: "a", volumes: secret }),
      aPod({ name: "b", volumes: secret }),
    ],
  });
  w.until("5s");
  rotate(w, "two");
  w.until("100s");
  const syncs = w
    .all("kubelet.pod.sync")
    .filter(({ data }) => data["trigger"] === "resync");
  const [a, b] = syncs.map(({ t }) => t);
  expect(a).not.toBe(b);
  for (const { t } of syncs) expect((t - w.phases.syncTicker) % 1000).toBe(0);
});

test("the delay of a change at any moment lies between nothing and 91.3 s", () => {
  const { w, synced } = aRunningPod();
  const delays: number[] = [];
  let at = synced + 5_000;
  for (let i = 0; i < 60; i++) {
    w.until(at);
    rotate(w, `value ${i}`);
    const set = w.now;
    w.untilFact("volume.switched", "2m");
    delays.push(w.now - set);
    at = w.now + 7_919 * ((i % 11) + 1);
  }
  for (const delay of delays) {
    expect(delay).toBeGreaterThan(0);
    expect(delay).toBeLessThanOrEqual(91_300);
  }
  const mean = delays.reduce((sum, delay) => sum + delay, 0) / delays.length;
  // 0.6333 of the sync frequency, loosely: one pod, sixty changes.
  expect(mean).toBeGreaterThan(28_000);
  expect(mean).toBeLessThan(48_000);
});
