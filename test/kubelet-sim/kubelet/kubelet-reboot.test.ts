/** kubelet.md 10, 8.4 and 1.3: a node that reboots comes up with the same pods, their containers and files made anew. */
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
import {
  aPodOf,
  conditionOf,
  containerOf,
  eventsOf,
  statusOf,
  theNode,
  uidOf,
} from "./support.ts";

const DOWN = 60_000;
const NETWORK = 5_000;
const TEXT =
  "network is not ready: container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized";

function aRunningPod(options: WorldOptions = {}): TestWorld {
  return aWorld({
    manifests: [
      aSecret({ password: "one" }),
      aClass(),
      aPod({
        volumes: { secret: secretVolume("app-secret"), csi: csiVolume("kv") },
      }),
    ],
    ...options,
  }).until("30s");
}

/** Down now; says when it is up again. */
function reboot(w: TestWorld): number {
  w.world.sim.command(() => theNode(w).restartNode(w.now, DOWN));
  return w.now + DOWN;
}

test("everything of the node goes down together and comes up together", () => {
  const w = aRunningPod();
  const up = reboot(w);
  w.until(up);
  for (const process of ["node", "kubelet", "csi.driver", "csi.provider"])
    expect(w.times(`${process}.stopped`)).toEqual([up - DOWN]);
  for (const process of ["node", "kubelet", "csi.provider"])
    expect(w.times(`${process}.started`)).toEqual([up]);
  expect(w.last("csi.driver.started").t).toBe(up);
});

test("its memory is gone at once: containers have ended, tmpfs is empty", () => {
  const w = aRunningPod();
  const uid = uidOf(w);
  reboot(w);
  w.until(w.now);
  expect(w.last("container.exited")).toMatchObject({
    t: w.now,
    data: { exitCode: 255, reason: "Unknown" },
  });
  expect(w.all("volume.unmounted")).toHaveLength(2);
  expect(theNode(w).runningContainer(uid, "main")).toBeNull();
  expect(w.read("/mnt/secret/password")).toBeNull();
  // The API server knows nothing of it.
  expect(statusOf(w)["phase"]).toBe("Running");
  expect(conditionOf(w, "Ready")["status"]).toBe("True");
});

test("the same pod runs again, with a new sandbox, new containers and fresh files", () => {
  const w = aRunningPod();
  const uid = uidOf(w);
  const up = reboot(w);
  w.advance("1s");
  w.apply(aSecret({ password: "two" }));
  w.setSecret("secret1", "v2");
  w.until(up + 20_000);
  expect(uidOf(w)).toBe(uid);
  expect(containerOf(w)).toMatchObject({
    state: { running: {} },
    lastState: { terminated: { exitCode: 255, reason: "Unknown" } },
    restartCount: 1,
    ready: true,
  });
  expect(w.read("/mnt/secret/password")).toBe("two");
  expect(w.read("/mnt/csi/secret1")).toBe("v2");
  expect(statusOf(w)).toMatchObject({ phase: "Running", podIP: "10.244.4.3" });
  expect(w.messages("SandboxChanged")).toEqual([
    "Pod sandbox changed, it will be killed and re-created.",
  ]);
  expect(w.all("kubelet.pod.added")).toHaveLength(1);
  expect(w.all("kubelet.pod.gone")).toEqual([]);
});

test("the node itself is told to have been rebooted", () => {
  const w = aRunningPod();
  const up = reboot(w);
  w.until(up);
  expect(eventsOf(w, "Rebooted")).toMatchObject([
    {
      type: "Warning",
      involvedObject: { kind: "Node", name: "node-0", uid: "node-0" },
    },
  ]);
  expect(w.messages("Rebooted", "node-0")[0]).toMatch(
    /^Node node-0 has been rebooted, boot id: [0-9a-f-]{36}$/,
  );
});

test("until the network is there a pod's sync fails, and is tried again after 1 to 1.5 s and the ticker [KUBELET-13.1-05, KUBELET-13.1-14]", () => {
  const w = aRunningPod();
  const up = reboot(w);
  w.until(up + NETWORK);
  const tries = w.times("kubelet.pod.sync").filter((t) => t > up);
  expect(tries[0]).toBe(up + 20);
  for (const [i, t] of tries.entries()) {
    if (i === 0) continue;
    expect(t - tries[i - 1]!).toBeGreaterThan(1_000);
    expect(t - tries[i - 1]!).toBeLessThanOrEqual(2_500);
  }
  expect(new Set(w.messages("NetworkNotReady"))).toEqual(new Set([TEXT]));
  expect(w.events("NetworkNotReady")).toHaveLength(tries.length);
  // What comes after the network's check does not happen either.
  expect(w.all("volume.switched").filter(({ t }) => t > up)).toEqual([]);
  w.untilFact("kubelet.pod.sync");
  expect(w.now).toBeGreaterThanOrEqual(up + NETWORK);
  w.untilFact("volume.switched", "1s");
});

test("a pod on the host network does not wait for the network [KUBELET-13.1-05]", () => {
  const w = aWorld({
    manifests: [aPod({ spec: { hostNetwork: true } })],
  }).until("10s");
  const up = reboot(w);
  w.until(up + 1_000);
  expect(w.messages("NetworkNotReady")).toEqual([]);
  expect(w.all("container.started")).toHaveLength(2);
});

test("init containers run again", () => {
  const initContainers = [{ name: "init", image: "busybox" }];
  const w = aWorld({
    manifests: [aPodOf([{ name: "main" }], { spec: { initContainers } })],
  }).until("10s");
  const up = reboot(w);
  w.until(up + 15_000);
  const names = w
    .all("container.started")
    .map(({ data }) => [data["container"], data["attempt"]]);
  expect(names).toEqual([
    ["init", 0],
    ["main", 0],
    ["init", 1],
    ["main", 1],
  ]);
});

test.each([
  ["Never", "Failed", 1],
  ["OnFailure", "Running", 2],
])(
  "a program that a reboot ended, under restartPolicy %s, leaves the pod %s",
  (restartPolicy, phase, count) => {
    const w = aWorld({
      manifests: [aPodOf([{ name: "main" }], { spec: { restartPolicy } })],
    }).until("10s");
    const up = reboot(w);
    w.until(up + 20_000);
    expect(statusOf(w)["phase"]).toBe(phase);
    expect(w.all("container.created")).toHaveLength(count);
  },
);

test("a pod that is bound while its node is down starts when it is up", () => {
  const w = aWorld().until("10s");
  const up = reboot(w);
  w.apply(aPod());
  w.until(up);
  expect(w.all("kubelet.pod.added")).toEqual([]);
  w.until(up + 15_000);
  expect(statusOf(w)["phase"]).toBe("Running");
  expect(containerOf(w)["restartCount"]).toBe(0);
});

test("a kubelet that was to start while its machine is down does not", () => {
  const w = aRunningPod();
  w.world.sim.command(() => theNode(w).restartKubelet(w.now, 20_000));
  w.advance("5s");
  const up = reboot(w);
  w.until(up - 1);
  expect(w.all("kubelet.started")).toEqual([]);
  w.until(up);
  expect(w.all("kubelet.started")).toHaveLength(1);
});

test("a deletion that a reboot interrupts is finished after it", () => {
  const w = aRunningPod();
  w.changeSettings({ latency: { containerStop: "20s" } });
  w.remove("pod/busybox");
  w.advance("5s");
  const up = reboot(w);
  w.until(up + 4_000);
  expect(w.get("Pod", "busybox")).toBeNull();
  expect(w.all("kubelet.pod.gone")).toHaveLength(1);
  expect(w.all("kubelet.pod.terminating")).toHaveLength(1);
});
