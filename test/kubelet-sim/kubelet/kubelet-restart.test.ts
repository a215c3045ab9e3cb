/** kubelet.md 10 and 1.4: a kubelet that restarts forgets everything, its containers run on, and it finds its way back. */
import { expect, test } from "vitest";
import type { TestWorld, WorldOptions } from "../../support/world.ts";
import {
  ROTATION,
  aClass,
  aPod,
  aSecret,
  aWorld,
  csiVolume,
  secretVolume,
} from "../../support/world.ts";
import {
  aPodOf,
  containerOf,
  kill,
  removeWithin,
  statusOf,
  theNode,
  uidOf,
} from "./support.ts";

const DOWN = 5_000;

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
function restart(w: TestWorld, downFor = DOWN): number {
  w.world.sim.command(() => theNode(w).restartKubelet(w.now, downFor));
  return w.now + downFor;
}

test("containers run on and nobody sees a difference", () => {
  const w = aRunningPod();
  const before = statusOf(w);
  const up = restart(w);
  w.until(up);
  expect(w.times("kubelet.stopped")).toEqual([up - DOWN]);
  expect(w.times("kubelet.started")).toEqual([up]);
  w.advance("20s");
  expect(statusOf(w)).toEqual(before);
  expect(w.all("container.created")).toHaveLength(1);
  expect(w.all("container.exited")).toEqual([]);
  expect(w.all("kubelet.pod.added")).toHaveLength(1);
  expect(w.all("kubelet.pod.running")).toHaveLength(1);
  expect(w.all("volume.unmounted")).toEqual([]);
});

test("every pod is synced as soon as the kubelet has heard of it [KUBELET-13.1-02]", () => {
  const w = aRunningPod();
  const up = restart(w);
  const syncs = () =>
    w.all("kubelet.pod.sync").filter(({ data }) => data["trigger"] === "add")
      .length;
  expect(w.around(up + 20, syncs)).toEqual([1, 2]);
});

test("while it is down nothing is refreshed and no exit is noticed; both are caught up with", () => {
  const w = aRunningPod();
  const up = restart(w, 120_000);
  w.advance("1s");
  w.apply(aSecret({ password: "two" }));
  kill(w, 9);
  w.until(up - 1);
  expect(w.read("/mnt/secret/password")).toBe("one");
  expect(containerOf(w)["state"]).toMatchObject({ running: {} });
  expect(w.all("container.created")).toHaveLength(1);
  w.until(up + 3_000);
  expect(w.read("/mnt/secret/password")).toBe("two");
  expect(containerOf(w)).toMatchObject({
    state: { running: {} },
    lastState: { terminated: { exitCode: 9 } },
    restartCount: 1,
  });
});

test("a container that exited meanwhile is not restarted before the volumes are confirmed", () => {
  const w = aRunningPod();
  const up = restart(w);
  w.remove("secret/app-secret");
  kill(w, 1);
  w.until(up + 60_000);
  expect(w.all("container.created")).toHaveLength(1);
  expect(w.messages("FailedMount").at(-1)).toBe(
    'MountVolume.SetUp failed for volume "secret" : secret "app-secret" not found',
  );
  w.apply(aSecret({ password: "two" }));
  w.advance("90s");
  expect(w.all("container.created")).toHaveLength(2);
});

test("restart back-offs are forgotten", () => {
  const w = aRunningPod();
  for (const _ of [1, 2, 3]) {
    kill(w, 1);
    w.advance("1m");
  }
  kill(w, 1);
  w.advance("2s");
  expect(w.last("container.waiting").data["message"]).toContain("back-off 40s");
  const created = w.all("container.created").length;
  const up = restart(w);
  w.until(up + 1_000);
  expect(w.all("container.created")).toHaveLength(created + 1);
  w.advance("5s");
  kill(w, 1);
  w.advance("2s");
  expect(w.last("container.waiting").data["message"]).toContain("back-off 10s");
});

test("the phases of its loops are drawn anew, and so are the delays of its resyncs", () => {
  const w = aRunningPod();
  const up = restart(w);
  w.until(up + 5_000);
  w.apply(aSecret({ password: "two" }));
  const { t } = w.untilFact("kubelet.pod.sync");
  expect((t - w.phases.syncTicker) % 1000).not.toBe(0);
});

test("a pod that was deleted while it was down is stopped and taken down when it is up", () => {
  const w = aRunningPod();
  const up = restart(w);
  w.advance("1s");
  w.remove("pod/busybox");
  w.until(up - 1);
  expect(w.get("Pod", "busybox")).not.toBeNull();
  w.until(up + 4_000);
  expect(w.get("Pod", "busybox")).toBeNull();
  expect(w.all("container.exited")).toHaveLength(1);
  expect(w.all("volume.unmounted")).toHaveLength(2);
  expect(w.all("kubelet.pod.gone")).toHaveLength(1);
});

test("a pod whose object went while it was down is found by the housekeeping, and nothing of it stays", () => {
  const w = aRunningPod();
  const uid = uidOf(w);
  const up = restart(w);
  w.advance("1s");
  removeWithin(w, "busybox", 0);
  w.apply(aPodOf([{ name: "other" }]));
  w.until(up + 8_000);
  expect(theNode(w).runningContainer(uid, "main")).toBeNull();
  expect(theNode(w).volumes.volumesOf(uid)).toEqual([]);
  expect(w.all("kubelet.pod.gone").map(({ data }) => data["uid"])).toEqual([
    uid,
  ]);
  expect(statusOf(w)["phase"]).toBe("Running");
});

test("a pod that is over stays over", () => {
  const metadata = { annotations: { "keyturn.dev/exit-after": "5s" } };
  const spec = { restartPolicy: "Never" };
  const w = aWorld({
    manifests: [aPodOf([{ name: "main" }], { metadata, spec })],
  });
  w.until("30s");
  const before = statusOf(w);
  const up = restart(w);
  w.until(up + 60_000);
  expect(statusOf(w)).toEqual(before);
  expect(w.all("container.created")).toHaveLength(1);
  expect(w.all("kubelet.pod.gone")).toHaveLength(1);
});

test("a pod that waited for its volumes goes on waiting, and starts", () => {
  const w = aWorld({
    manifests: [aPod({ volumes: { secret: secretVolume("late") } })],
  }).until("20s");
  const up = restart(w);
  w.until(up + 10_000);
  w.apply(aSecret({ password: "one" }, { name: "late" }));
  w.untilFact("kubelet.pod.running");
  expect(w.all("kubelet.pod.added")).toHaveLength(1);
});

test("a restart in the middle of a start loses nothing", () => {
  for (const after of [30, 400, 750, 1_000, 1_150]) {
    const w = aWorld({
      manifests: [
        aSecret({ password: "one" }),
        aPod({ volumes: { secret: secretVolume("app-secret") } }),
      ],
    });
    const added = w.untilFact("kubelet.pod.added").t;
    w.until(added + after);
    restart(w);
    w.advance("30s");
    expect(statusOf(w)["phase"]).toBe("Running");
    expect(containerOf(w)).toMatchObject({
      ready: true,
      state: { running: {} },
    });
    expect(w.read("/mnt/secret/password")).toBe("one");
    const created = w.all("container.created").length;
    expect(created - w.all("container.exited").length).toBe(1);
  }
});

test("republished volumes go on being refreshed after it", () => {
  const w = aRunningPod({
    settings: { ...ROTATION, driver: { version: "1.6.0" } },
  });
  const up = restart(w);
  w.until(up + 5_000);
  w.setSecret("secret1", "v2");
  w.advance("5m");
  expect(w.read("/mnt/csi/secret1")).toBe("v2");
});

test("a restart while it is down changes nothing", () => {
  const w = aRunningPod();
  const up = restart(w, 20_000);
  w.advance("5s");
  restart(w, 5_000);
  w.until(up + 5_000);
  expect(w.all("kubelet.stopped")).toHaveLength(1);
  expect(w.all("kubelet.started")).toHaveLength(1);
});

test("a command in a container does not get through meanwhile", () => {
  const w = aRunningPod();
  const up = restart(w);
  const uid = uidOf(w);
  const exec = (name: string) =>
    w.world.sim.command(() =>
      theNode(w).exec({ uid, container: "main", exec: name, command: ["ls"] }),
    );
  w.advance("1s");
  expect(exec("a")).toEqual({
    ok: false,
    error:
      "error dialing backend: dial tcp 10.224.0.4:10250: connect: connection refused",
  });
  w.until(up);
  expect(exec("b")).toEqual({ ok: true });
});
