/** kubelet.md 8.4, 1.3 and 13.6: a container that ends is started again, at once and then after longer and longer waits. */
import { expect, test } from "vitest";
import type { TestWorld, WorldOptions } from "../../support/world.ts";
import { aPod, aWorld } from "../../support/world.ts";
import { containerOf, kill, statusOf, uidOf } from "./support.ts";

const BACKOFF = "kubelet/node-0/default/busybox/backoff";

function aRunningPod(options: WorldOptions = {}): TestWorld {
  return aWorld({ manifests: [aPod()], ...options }).until("10s");
}

/** A pod whose container fails as soon as it has started. */
function aCrashingPod(minor: number): TestWorld {
  const annotations = {
    "keyturn.dev/exit-after": "0s",
    "keyturn.dev/exit-code": "1",
  };
  return aWorld({
    settings: { kubernetes: { minor } },
    manifests: [aPod({ metadata: { annotations } })],
  });
}

/** Kills it and says when the pod is to be synced again, once the kubelet has left it in its back-off. */
function retryAfterKill(w: TestWorld, index: number): number {
  kill(w, 1);
  const exited = w.now;
  const seen = w.relistAfter(exited);
  w.until(seen);
  const wait = Math.min(exited + 10_000 - seen, 60_000);
  const jitter = w.world.sim.draws.between(
    0,
    Math.floor(wait / 2),
    BACKOFF,
    index,
  );
  return w.syncTickAfter(seen + wait + jitter);
}

const created = (w: TestWorld) => () => w.all("container.created").length;

test("a container is created, runs, ends, and the first time it is started again at the relist that sees its end [KUBELET-13.6-01, KUBELET-13.6-02]", () => {
  const w = aRunningPod();
  expect(containerOf(w)).toMatchObject({
    state: { running: {} },
    lastState: {},
    restartCount: 0,
    ready: true,
    started: true,
  });
  kill(w, 7);
  const seen = w.relistAfter(w.now);
  expect(w.around(seen, created(w))).toEqual([1, 2]);
  expect(containerOf(w)).toMatchObject({
    state: { terminated: { exitCode: 7, reason: "Error" } },
    restartCount: 0,
    ready: false,
    started: false,
  });
  const started = w.around(seen + 200, () => w.all("container.started").length);
  expect(started).toEqual([1, 2]);
  w.advance("2s");
  expect(containerOf(w)).toMatchObject({
    state: { running: {} },
    lastState: { terminated: { exitCode: 7 } },
    restartCount: 1,
    ready: true,
  });
  expect(w.last("container.created").data["attempt"]).toBe(1);
});

test.each([
  [34, 1.5 * 10_000 + 1_000],
  [36, 0.5 * 60_000 + 31_000],
])(
  "Kubernetes 1.%i restarts a crashing container after 10 s, 20 s … 5 minutes, when a sync finds the wait over [KUBELET-13.6-03]",
  (minor, late) => {
    const w = aCrashingPod(minor).until("1h");
    const exits = w.times("container.exited");
    const starts = w.times("container.created");
    expect(starts[1]! - exits[0]!).toBeLessThanOrEqual(1_000);
    const waits = [10, 20, 40, 80, 160, 300, 300].map((s) => s * 1_000);
    for (const [i, wait] of waits.entries()) {
      const took = starts[i + 2]! - exits[i + 1]!;
      expect(took).toBeGreaterThanOrEqual(wait);
      expect(took).toBeLessThanOrEqual(wait + late);
    }
    const texts = w
      .all("container.waiting")
      .map(({ data }) => /back-off (\S+)/.exec(data["message"] as string)![1]);
    expect(texts.slice(0, 7)).toEqual([
      "10s",
      "20s",
      "40s",
      "1m20s",
      "2m40s",
      "5m0s",
      "5m0s",
    ]);
  },
);

test("a crash loop is told in the status at the sync after the one that waited, and by Events at each", () => {
  const w = aRunningPod();
  kill(w, 1);
  w.advance("5s");
  kill(w, 1);
  const seen = w.relistAfter(w.now);
  w.until(seen);
  expect(containerOf(w)["state"]).toMatchObject({ terminated: {} });
  const next = w.untilFact("kubelet.pod.sync").t;
  expect(next).toBeGreaterThan(seen);
  const uid = uidOf(w);
  const text = `back-off 10s restarting failed container=main pod=busybox_default(${uid})`;
  expect(w.all("container.waiting").map(({ data }) => data)).toMatchObject([
    { reason: "CrashLoopBackOff", message: text },
  ]);
  expect(containerOf(w)).toMatchObject({
    state: { waiting: { reason: "CrashLoopBackOff", message: text } },
    lastState: { terminated: { exitCode: 1 } },
    restartCount: 1,
  });
  expect(statusOf(w)["phase"]).toBe("Running");
  expect(w.messages("BackOff")).toEqual([
    `Back-off restarting failed container main in pod busybox_default(${uid})`,
  ]);
});

test.each([
  ["1 ms before the wait is over", -1, 2],
  ["when the wait is over", 0, 3],
])("a sync %s decides about the restart", (_, ms, count) => {
  const w = aRunningPod();
  kill(w, 1);
  w.advance("5s");
  kill(w, 1);
  const over = w.now + 10_000;
  w.untilQuiet(over + ms - 20);
  w.patch("patch", "Pod/busybox", { metadata: { labels: { a: "b" } } });
  w.until(over + ms);
  expect(w.last("kubelet.pod.sync").t).toBe(over + ms);
  expect(w.all("container.created")).toHaveLength(count);
});

test("from 1.35 a sync that leaves a container in its back-off comes back after what is left of it, and up to half more [KUBELET-13.1-12, KUBELET-13.1-14]", () => {
  const w = aRunningPod();
  kill(w, 1);
  w.advance("5s");
  const due = retryAfterKill(w, 0);
  const syncs = () => w.all("kubelet.pod.sync").length;
  const before = syncs();
  expect(w.around(due, syncs)).toEqual([before, before + 1]);
  expect(w.last("container.created").t).toBe(due);
});

test("before 1.35 it comes back after 10 to 15 s, whatever is left [KUBELET-13.1-12, KUBELET-13.1-14]", () => {
  const w = aRunningPod({ settings: { kubernetes: { minor: 34 } } });
  for (let i = 0; i < 3; i++) {
    kill(w, 1);
    w.advance("70s");
  }
  kill(w, 1);
  const seen = w.relistAfter(w.now);
  w.until(seen);
  const index = w
    .times("kubelet.pod.sync")
    .filter((t) => t <= seen)
    .filter((t) => w.times("container.created").every((at) => at !== t)).length;
  expect(index).toBeGreaterThan(0);
  const next = w.untilFact("kubelet.pod.sync").t;
  expect(next - seen).toBeGreaterThan(10_000);
  expect(next - seen).toBeLessThanOrEqual(16_000);
  expect(w.last("kubelet.pod.sync").data["trigger"]).toBe("backoff");
});

test.each([
  [600_000, false],
  [600_001, true],
])(
  "a container that ended %i ms after its last restart begins anew: %s",
  (ms, anew) => {
    const w = aRunningPod();
    kill(w, 1);
    w.advance("5s");
    const restarted = w.last("container.created").t;
    w.untilQuiet(restarted + ms);
    kill(w, 1);
    const seen = w.relistAfter(w.now);
    const again = w.around(seen, created(w));
    expect(again).toEqual([2, anew ? 3 : 2]);
  },
);

test.each([
  [35, 5],
  [34, 10],
])(
  "Kubernetes 1.%i with a longest restart back-off of 5 s waits for %i s",
  (minor, seconds) => {
    const w = aRunningPod({
      settings: {
        kubernetes: { minor },
        kubelet: { maxContainerRestartPeriod: "5s" },
      },
    });
    for (const _ of [1, 2, 3]) {
      kill(w, 1);
      w.advance("1m");
    }
    const texts = w.all("container.waiting").map(({ data }) => data["message"]);
    expect(texts[0]).toContain(`back-off ${seconds}s restarting`);
    const last = seconds === 5 ? 5 : 20;
    expect(texts.at(-1)).toContain(`back-off ${last}s restarting`);
  },
);

test("a pod made anew under its name has no restart back-off", () => {
  const w = aRunningPod();
  for (const _ of [1, 2]) {
    kill(w, 1);
    w.advance("20s");
  }
  w.remove("pod/busybox");
  w.advance("10s");
  w.apply(aPod());
  w.advance("10s");
  const before = w.all("container.created").length;
  kill(w, 1);
  w.until(w.relistAfter(w.now));
  expect(w.all("container.created")).toHaveLength(before + 1);
  expect(w.last("container.created").data["attempt"]).toBe(1);
});

test("another image ends the container and starts the new one, whatever the back-off", () => {
  const w = aRunningPod();
  w.patch("patch", "Pod/busybox", {
    spec: { containers: [{ ...mainOf(w), image: "busybox:2" }] },
  });
  const heard = w.now + 20;
  w.until(heard + 1_000 + 200);
  expect(w.messages("Killing")).toEqual([
    "Container main definition changed, will be restarted",
  ]);
  expect(w.last("container.exited").t).toBe(heard + 1_000);
  expect(w.last("container.started").t).toBe(heard + 1_200);
  w.advance("2s");
  expect(containerOf(w)).toMatchObject({ image: "busybox:2", restartCount: 1 });
});

function mainOf(w: TestWorld) {
  const spec = w.get("Pod", "busybox")!["spec"] as {
    readonly containers: readonly [{ readonly name: string }];
  };
  return spec.containers[0];
}
