/** kubelet.md 6.2, 8.7 and 13.1: a sync that waits for volumes, and an end that waits for their unmount. */
import { expect, test } from "vitest";
import type { TestWorld } from "../../support/world.ts";
import {
  aClass,
  aPod,
  aSecret,
  aWorld,
  csiVolume,
  secretVolume,
} from "../../support/world.ts";
import { theNode } from "./support.ts";

const UNABLE =
  "Unable to attach or mount volumes: unmounted volumes=[csi], unattached volumes=[], failed to process volumes=[]: timed out waiting for the condition";

function unable(w: TestWorld): () => number[] {
  return () =>
    w
      .events("FailedMount")
      .filter(({ data }) => (data["message"] as string).startsWith("Unable"))
      .map(({ t }) => t);
}

function aPodThatWaits(minor: number): TestWorld {
  return aWorld({
    settings: { kubernetes: { minor } },
    manifests: [aPod({ volumes: { csi: csiVolume("missing") } })],
  });
}

test("up to 1.27 each sync that waited 123 s for a CSI volume says so, beside the mount's own back-off [CSI-12.1-09, KUBELET-13.1-09]", () => {
  const w = aPodThatWaits(27);
  const first = w.untilFact("kubelet.pod.sync").t;
  const ends = unable(w);
  expect(w.around(first + 123_000, ends)).toEqual([[], [first + 123_000]]);
  expect(w.messages("FailedMount").at(-1)).toBe(UNABLE);
  const second = w.untilFact("kubelet.pod.sync").t;
  expect(second - first - 123_000).toBeGreaterThan(10_000);
  expect(second - first - 123_000).toBeLessThanOrEqual(16_000);
  w.until(second + 123_000);
  expect(ends()).toEqual([first + 123_000, second + 123_000]);
  const tries = w
    .times("volume.failed")
    .map((t) => t - w.times("volume.failed")[0]!);
  expect(tries.slice(7, 10)).toEqual([64_200, 128_300, 250_400]);
});

test("from 1.28 a wait that ends is not told [CSI-12.1-09, KUBELET-13.1-09]", () => {
  const w = aPodThatWaits(28).until("10m");
  expect(unable(w)()).toEqual([]);
  expect(w.all("kubelet.pod.sync").length).toBeGreaterThan(4);
});

test("the wait looks at once and then every 300 ms [KUBELET-13.1-07, KUBELET-13.1-08]", () => {
  const w = aWorld({
    manifests: [
      aSecret({ password: "one" }),
      aPod({ volumes: { secret: secretVolume("app-secret") } }),
    ],
  });
  const began = w.untilFact("kubelet.pod.sync").t;
  const mounted = w.untilFact("volume.switched").t;
  const seen = began + Math.ceil((mounted - began) / 300) * 300;
  const sandbox = () => w.all("container.created").length;
  expect(w.around(seen + 500, sandbox)).toEqual([0, 1]);
});

test("a sync of a pod whose volumes are there flags them and goes on at once [KUBELET-13.1-06, KUBELET-13.1-11]", () => {
  const w = aWorld({
    manifests: [
      aSecret({ password: "one" }),
      aPod({ volumes: { secret: secretVolume("app-secret") } }),
    ],
  }).until("10s");
  w.apply(aSecret({ password: "two" }));
  w.advance("3s");
  w.patch("patch", "Pod/busybox", { metadata: { labels: { a: "b" } } });
  const synced = w.untilFact("kubelet.pod.sync").t;
  // The sync ended where it began: the next relist is enough for another one.
  w.patch("patch", "Pod/busybox", { metadata: { labels: { a: "c" } } });
  expect(w.untilFact("kubelet.pod.sync").t).toBe(w.relistAfter(synced));
  expect(w.first("volume.switched").t).toBeLessThan(synced);
  expect(w.last("volume.switched").t).toBe(w.refreshAfter(synced));
});

test("an unmount that the driver does not answer holds the pod's end up, over 123 s and the back-off [KUBELET-13.1-16]", () => {
  const w = aWorld({
    manifests: [aClass(), aPod({ volumes: { csi: csiVolume("kv") } })],
  }).until("10s");
  const down = 200_000;
  w.world.sim.command(() => theNode(w).restartDriver(w.now, down));
  const up = w.now + down;
  w.remove("pod/busybox");
  w.until(up - 1);
  expect(w.all("volume.unmounted")).toEqual([]);
  expect(w.get("Pod", "busybox")).not.toBeNull();
  w.advance("3m");
  expect(w.all("volume.unmounted")).toHaveLength(1);
  expect(w.all("kubelet.pod.gone")).toHaveLength(1);
  expect(w.get("Pod", "busybox")).toBeNull();
});
