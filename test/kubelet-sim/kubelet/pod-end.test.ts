/** kubelet.md 8.7: from the deletion of a pod to the end of its object. */
import { expect, test } from "vitest";
import type { JsonObject } from "../../../src/kernel/json.ts";
import type { TestWorld } from "../../support/world.ts";
import { removeWithin, theNode } from "./support.ts";
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

const count = (w: TestWorld, type: string) => () => w.all(type).length;

test("a deleted pod's containers stop, at the next relist its volumes go, then its object [KUBELET-13.1-15, KUBELET-13.1-16]", () => {
  const w = aRunningPod();
  w.remove("pod/busybox");
  const heard = w.now + 20;
  const terminating = count(w, "kubelet.pod.terminating");
  expect(w.around(heard, terminating)).toEqual([0, 1]);
  expect(w.messages("Killing")).toEqual(["Stopping container main"]);
  const stopped = heard + 1_000;
  expect(w.around(stopped, count(w, "container.exited"))).toEqual([0, 1]);
  expect(w.last("container.exited").data).toMatchObject({
    exitCode: 143,
    reason: "Error",
  });
  expect(w.get("Pod", "busybox")).toMatchObject({
    status: { phase: "Failed" },
  });
  const terminated = w.relistAfter(stopped);
  const unmounted = count(w, "volume.unmounted");
  expect(w.around(terminated, unmounted)).toEqual([0, 2]);
  w.advance("300ms");
  expect(w.all("kubelet.pod.gone")).toHaveLength(1);
  expect(w.get("Pod", "busybox")).toBeNull();
});

test("the volumes of a terminating pod are not refreshed by a sync", () => {
  const w = aRunningPod({ terminationGracePeriodSeconds: 300 });
  w.changeSettings({ latency: { containerStop: "5m" } });
  w.remove("pod/busybox");
  const syncs = w.all("kubelet.pod.sync").length;
  w.apply(aSecret({ password: "two" }));
  w.advance("1m");
  w.patch("patch", "Pod/busybox", { metadata: { annotations: { a: "b" } } });
  w.advance("3m");
  expect(w.read(PASSWORD)).toBe("one");
  expect(w.all("kubelet.pod.sync")).toHaveLength(syncs);
});

test.each([
  ["the pod's grace period", 7, 7_000],
  ["2 s, the least that the runtime gives", 1, 2_000],
])("a program that does not stop is killed after %s", (_, seconds, ms) => {
  const w = aRunningPod({ terminationGracePeriodSeconds: seconds });
  w.changeSettings({ latency: { containerStop: "5m" } });
  w.remove("pod/busybox");
  const killed = w.now + 20 + ms;
  expect(w.around(killed, count(w, "container.exited"))).toEqual([0, 1]);
  expect(w.last("container.exited").data["exitCode"]).toBe(137);
});

test("a grace period only shrinks: a second deletion with less time takes it, one with more does not [KUBELET-13.1-04]", () => {
  const w = aRunningPod({ terminationGracePeriodSeconds: 100 });
  w.changeSettings({ latency: { containerStop: "5m" } });
  w.remove("pod/busybox");
  w.advance("10s");
  removeWithin(w, "busybox", 200);
  w.advance("1s");
  removeWithin(w, "busybox", 5);
  const killed = w.now + 20 + 5_000;
  expect(w.around(killed, count(w, "container.exited"))).toEqual([0, 1]);
});

test("a pod that is removed at once is stopped and unmounted all the same", () => {
  const w = aRunningPod();
  removeWithin(w, "busybox", 0);
  expect(w.get("Pod", "busybox")).toBeNull();
  const heard = w.now + 20;
  const terminating = count(w, "kubelet.pod.terminating");
  expect(w.around(heard, terminating)).toEqual([0, 1]);
  const terminated = w.relistAfter(heard + 1_000);
  const unmounted = count(w, "volume.unmounted");
  expect(w.around(terminated, unmounted)).toEqual([0, 2]);
  w.advance("300ms");
  expect(w.all("kubelet.pod.gone")).toHaveLength(1);
});

test("a pod that is deleted before its kubelet has heard of it is never started, and its object goes", () => {
  const w = aWorld({ manifests: [aPod()] });
  w.untilFact("api.object.modified", "1m", "default/Pod/busybox");
  w.remove("pod/busybox");
  w.advance("3s");
  expect(w.all("container.created")).toEqual([]);
  expect(w.get("Pod", "busybox")).toBeNull();
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

test("a deletion cancels the wait for volumes [KUBELET-13.1-10]", () => {
  const w = aWorld({
    manifests: [aPod({ volumes: { secret: secretVolume("missing") } })],
  });
  const added = w.untilFact("kubelet.pod.added").t;
  w.until(added + 30_000);
  w.remove("pod/busybox");
  // The wait ends where it stands; the end begins when the cache is newer, and passes one relist more.
  const began = w.relistAfter(w.now + 20);
  const terminating = count(w, "kubelet.pod.terminating");
  expect(w.around(began, terminating)).toEqual([0, 1]);
  expect(w.untilFact("kubelet.pod.gone", "2s").t).toBe(began + 1_000);
  const failures = w.all("volume.failed").length;
  w.advance("10m");
  expect(w.all("volume.failed")).toHaveLength(failures);
  expect(w.get("Pod", "busybox")).toBeNull();
});

test("a pod whose volume was never mounted goes, although the driver that failed to is down [KUBELET-13.2-12]", () => {
  const w = aWorld({
    manifests: [aClass(), aPod({ volumes: { csi: csiVolume("kv") } })],
  });
  w.world.sim.command(() => theNode(w).restartDriver(w.now, 600_000));
  w.untilFact("volume.failed");
  w.advance("30s");
  w.remove("pod/busybox");
  const began = w.untilFact("kubelet.pod.terminating").t;
  expect(w.untilFact("kubelet.pod.gone", "2s").t).toBe(began + 1_000);
  expect(w.all("volume.unmounted")).toEqual([]);
  w.advance("20m");
  expect(w.get("Pod", "busybox")).toBeNull();
});

test.each([
  ["while its sandbox is made gets no container", 300, 0],
  ["while its container is started loses it again", 600, 1],
])("a pod that is deleted %s [KUBELET-13.1-10]", (_, ms, made) => {
  const w = aWorld({ manifests: [aPod()] });
  const added = w.untilFact("kubelet.pod.added").t;
  w.until(added + ms - 20);
  w.remove("pod/busybox");
  w.until(added + ms);
  expect(w.all("container.created")).toHaveLength(made);
  w.untilFact("kubelet.pod.gone", "5s");
  w.advance("5m");
  expect(w.all("container.created")).toHaveLength(made);
  expect(w.all("container.exited")).toHaveLength(made);
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

test("the pod's Secrets are no longer watched when it is gone [KUBELET-13.1-16]", () => {
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
