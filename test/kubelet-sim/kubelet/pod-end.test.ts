/** kubelet.md 8.7: from the deletion of a pod to the end of its object. */
import { expect, test } from "vitest";
import type { JsonObject } from "../../../src/kernel/json.ts";
import type { TestWorld } from "../../support/world.ts";
import {
  aClass,
  aPod,
  aSecret,
  aWorld,
  csiVolume,
  secretVolume,
} from "../../support/world.ts";

const PASSWORD = "/mnt/secret/password";

function aRunningPod(spec: JsonObject = {}): TestWorld {
  const w = aWorld({
    manifests: [
      aSecret({ password: "one" }),
      aClass(),
      aPod({
        volumes: { secret: secretVolume("app-secret"), csi: csiVolume("kv") },
        spec,
      }),
    ],
  });
  w.untilFact("kubelet.pod.running");
  return w.advance("5s");
}

test("a deleted pod terminates when the kubelet hears of it, unmounts when its containers are gone, and disappears", () => {
  const w = aRunningPod();
  w.remove("pod/busybox");
  const heard = w.now + 20;
  const count = (type: string) => () => w.all(type).length;
  expect(w.around(heard, count("kubelet.pod.terminating"))).toEqual([0, 1]);
  expect(w.get("Pod", "busybox")).not.toBeNull();
  const stopped = heard + 1_000;
  expect(w.around(stopped, count("volume.unmounted"))).toEqual([0, 2]);
  expect(w.times("kubelet.pod.gone")).toEqual([stopped]);
  expect(w.get("Pod", "busybox")).toBeNull();
});

test("the volumes of a terminating pod are not refreshed by a sync", () => {
  const w = aRunningPod({ terminationGracePeriodSeconds: 300 });
  w.changeSettings({ latency: { containerStop: "5m" } });
  w.remove("pod/busybox");
  w.apply(aSecret({ password: "two" }));
  w.advance("1m");
  w.patch("patch", "Pod/busybox", { metadata: { annotations: { a: "b" } } });
  w.advance("3m");
  expect(w.read(PASSWORD)).toBe("one");
  expect(w.all("kubelet.pod.sync")).toHaveLength(1);
});

test("containers get no more than the pod's grace period to stop", () => {
  const w = aRunningPod({ terminationGracePeriodSeconds: 2 });
  w.changeSettings({ latency: { containerStop: "5m" } });
  w.remove("pod/busybox");
  const gone = w.now + 20 + 2_000;
  const count = () => w.all("kubelet.pod.gone").length;
  expect(w.around(gone, count)).toEqual([0, 1]);
});

test("a pod that is removed at once is stopped and unmounted all the same", () => {
  const w = aRunningPod({ terminationGracePeriodSeconds: 0 });
  w.remove("pod/busybox");
  expect(w.get("Pod", "busybox")).toBeNull();
  const heard = w.now + 20;
  const count = (type: string) => () => w.all(type).length;
  expect(w.around(heard, count("kubelet.pod.terminating"))).toEqual([0, 1]);
  const gone = w.around(heard + 1_000, count("volume.unmounted"));
  expect(gone).toEqual([0, 2]);
  expect(w.all("kubelet.pod.gone")).toHaveLength(1);
});

test("a pod made anew under its name at once gets files of its own", () => {
  const w = aRunningPod({ terminationGracePeriodSeconds: 0 });
  const before = w.first("kubelet.pod.added").data["uid"];
  w.remove("pod/busybox");
  w.apply(aSecret({ password: "two" }));
  w.apply(aPod({ volumes: { secret: secretVolume("app-secret") } }));
  w.advance("10s");
  expect(w.read(PASSWORD)).toBe("two");
  expect(w.all("kubelet.pod.gone").map(({ data }) => data["uid"])).toEqual([
    before,
  ]);
  expect(w.last("kubelet.pod.added").data["uid"]).not.toBe(before);
});

test("a deletion cancels the wait for volumes", () => {
  const w = aWorld({
    manifests: [aPod({ volumes: { secret: secretVolume("missing") } })],
  });
  const added = w.untilFact("kubelet.pod.added").t;
  w.until(added + 30_000);
  w.remove("pod/busybox");
  w.untilFact("kubelet.pod.gone", "2s");
  const failures = w.all("volume.failed").length;
  w.advance("10m");
  expect(w.all("volume.failed")).toHaveLength(failures);
  expect(w.get("Pod", "busybox")).toBeNull();
});

test("a volume that is being set up when the pod ends is taken down after it", () => {
  const w = aWorld({
    settings: { latency: { vault: "20s" } },
    manifests: [aClass(), aPod({ volumes: { csi: csiVolume("kv") } })],
  });
  const asked = w.untilFact("vault.request").t;
  w.advance("1s");
  w.remove("pod/busybox");
  w.until(asked + 20_000 + 40 + 20_000 + 3);
  expect(w.all("kubelet.pod.gone")).toEqual([]);
  w.advance("1s");
  expect(w.all("volume.unmounted")).toHaveLength(1);
  expect(w.all("kubelet.pod.gone")).toHaveLength(1);
});

test("the pod's Secrets are no longer watched when it is gone", () => {
  const w = aRunningPod();
  const deliveries = (password: string) => {
    const ran = w.world.sim.eventsRun;
    w.apply(aSecret({ password }));
    w.advance("25ms");
    return w.world.sim.eventsRun - ran;
  };
  const before = deliveries("two");
  w.remove("pod/busybox");
  w.untilFact("kubelet.pod.gone");
  w.advance("1s");
  expect(deliveries("three")).toBe(before - 1);
});
