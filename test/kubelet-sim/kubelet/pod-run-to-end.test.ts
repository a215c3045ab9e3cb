/** kubelet.md 8.1, 8.4, 9.5: programs that end by themselves, restart policies, init containers, pods that are over. */
import { expect, test } from "vitest";
import { exitAnnotationProblems } from "../../../src/kubelet-sim/index.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import type { TestWorld } from "../../support/world.ts";
import { aSecret, aWorld, secretVolume } from "../../support/world.ts";
import {
  aPodOf,
  conditionOf,
  containerOf,
  kill,
  statusOf,
  theNode,
} from "./support.ts";

const annotated = (after: string, code?: string) => ({
  annotations: {
    "keyturn.dev/exit-after": after,
    ...(code === undefined ? {} : { "keyturn.dev/exit-code": code }),
  },
});

function aRun(
  restartPolicy: string,
  after: string,
  code?: string,
  containers: readonly JsonObject[] = [{ name: "main" }],
): TestWorld {
  return aWorld({
    manifests: [
      aPodOf(containers, {
        metadata: annotated(after, code),
        spec: { restartPolicy },
      }),
    ],
  });
}

test.each([
  ["Never", undefined, "Succeeded", "PodCompleted"],
  ["Never", "2", "Failed", "PodFailed"],
  ["OnFailure", "0", "Succeeded", "PodCompleted"],
])(
  "restartPolicy %s and exit code %s: the pod is %s, and stays so",
  (policy, code, phase, reason) => {
    const w = aRun(policy, "5s", code);
    const started = w.untilFact("container.started").t;
    const seen = w.relistAfter(started + 5_000);
    const phaseNow = () => statusOf(w)["phase"];
    expect(w.around(seen, phaseNow)).toEqual(["Running", phase]);
    w.advance("10m");
    expect(phaseNow()).toBe(phase);
    expect(conditionOf(w, "Ready")).toMatchObject({ status: "False", reason });
    expect(containerOf(w)).toMatchObject({
      state: { terminated: { exitCode: Number(code ?? 0) } },
      restartCount: 0,
    });
    expect(w.all("container.created")).toHaveLength(1);
    expect(w.messages("Killing")).toEqual([]);
  },
);

test("restartPolicy OnFailure starts what failed again, and leaves alone what succeeded", () => {
  const w = aRun("OnFailure", "side=5s", undefined, [
    { name: "main" },
    { name: "side" },
  ]);
  w.until("20s");
  expect(containerOf(w, "side")).toMatchObject({
    state: { terminated: { exitCode: 0, reason: "Completed" } },
    restartCount: 0,
  });
  expect(statusOf(w)["phase"]).toBe("Running");
  kill(w, 1, "main");
  w.advance("5s");
  expect(containerOf(w, "main")).toMatchObject({
    state: { running: {} },
    restartCount: 1,
  });
  kill(w, 0, "main");
  w.advance("5s");
  expect(statusOf(w)["phase"]).toBe("Succeeded");
});

test("restartPolicy Always starts a program again that has succeeded", () => {
  const w = aRun("Always", "20s").until("30s");
  expect(containerOf(w)).toMatchObject({
    restartCount: 1,
    lastState: { terminated: { exitCode: 0, reason: "Completed" } },
  });
});

test("a program that ended by itself does so at each start", () => {
  const w = aRun("Always", "20s", "main=3").until("1m");
  const starts = w.times("container.started");
  const ends = w.times("container.exited");
  expect(ends.slice(0, 2)).toEqual([starts[0]! + 20_000, starts[1]! + 20_000]);
  expect(w.last("container.exited").data["exitCode"]).toBe(3);
});

test("the volumes of a pod that is over are taken down, its Secrets are no longer watched, its object stays", () => {
  const pod = aPodOf([{ name: "main" }], {
    metadata: annotated("5s"),
    spec: {
      restartPolicy: "Never",
      volumes: [{ name: "secret", ...secretVolume("app-secret") }],
      containers: [],
    },
  });
  const mount = [{ name: "secret", mountPath: "/mnt/secret" }];
  const containers = [{ name: "main", image: "busybox", volumeMounts: mount }];
  const spec = { ...(pod["spec"] as JsonObject), containers };
  const w = aWorld({
    manifests: [aSecret({ password: "one" }), { ...pod, spec }],
  });
  w.untilFact("container.exited");
  w.untilFact("kubelet.pod.gone", "3s");
  expect(w.all("volume.unmounted")).toHaveLength(1);
  w.apply(aSecret({ password: "two" }));
  const ran = w.world.sim.eventsRun;
  w.advance("10m");
  expect(w.world.sim.eventsRun - ran).toBeLessThan(5);
  expect(w.all("volume.switched")).toHaveLength(1);
  expect(statusOf(w)["phase"]).toBe("Succeeded");
  w.remove("pod/busybox");
  w.advance("1s");
  expect(w.get("Pod", "busybox")).toBeNull();
  expect(w.all("kubelet.pod.gone")).toHaveLength(1);
});

test("init containers run one after the other before the others, each seen by a relist [KUBELET-13.6-01]", () => {
  const w = aWorld({
    manifests: [
      aPodOf([{ name: "main" }], {
        metadata: annotated("second=4s"),
        spec: {
          initContainers: [
            { name: "first", image: "busybox" },
            { name: "second", image: "busybox" },
          ],
        },
      }),
    ],
  });
  const added = w.untilFact("kubelet.pod.added").t;
  const first = added + 700;
  const second = w.relistAfter(first) + 200;
  const main = w.relistAfter(second + 4_000) + 200;
  w.until(second + 1_000);
  expect(statusOf(w)).toMatchObject({
    phase: "Pending",
    initContainerStatuses: [
      { name: "first", ready: true, state: { terminated: { exitCode: 0 } } },
      { name: "second" },
    ],
  });
  expect(containerOf(w)["state"]).toEqual({
    waiting: { reason: "PodInitializing" },
  });
  expect(conditionOf(w, "Initialized")).toMatchObject({
    status: "False",
    reason: "ContainersNotInitialized",
    message: "containers with incomplete status: [second]",
  });
  w.until("20s");
  const started = w
    .all("container.started")
    .map(({ t, data }) => [data["container"], t]);
  expect(started).toEqual([
    ["first", first],
    ["second", second],
    ["main", main],
  ]);
  expect(conditionOf(w, "Initialized")["status"]).toBe("True");
  expect(w.times("kubelet.pod.running")).toEqual([main]);
});

test.each([
  ["Never", "Failed", 1],
  ["Always", "Pending", 2],
])(
  "an init container that fails under restartPolicy %s leaves the pod %s",
  (restartPolicy, phase, count) => {
    const w = aWorld({
      manifests: [
        aPodOf([{ name: "main" }], {
          metadata: annotated("init=1s", "init=1"),
          spec: {
            restartPolicy,
            initContainers: [{ name: "init", image: "busybox" }],
          },
        }),
      ],
    }).until("8s");
    expect(statusOf(w)["phase"]).toBe(phase);
    expect(w.all("container.created")).toHaveLength(count);
    expect(containerOf(w)["state"]).toMatchObject({
      waiting: { reason: "PodInitializing" },
    });
  },
);

test("a kill names what it cannot kill", () => {
  const w = aRun("Always", "1h", undefined, [{ name: "a" }, { name: "b" }]);
  w.untilFact("kubelet.pod.added");
  const uid = w.last("kubelet.pod.added").data["uid"] as string;
  const failed = "Failed to kill a container of pod default/busybox: ";
  const killed = (container: string | null) =>
    w.world.sim.command(() => theNode(w).kill(uid, container, 1));
  w.until("3s");
  expect(killed(null)).toEqual({
    ok: false,
    error: `${failed}it has several, name one of a, b`,
  });
  expect(killed("c")).toEqual({
    ok: false,
    error: `${failed}it has no container c, but a, b`,
  });
  expect(killed("a")).toEqual({ ok: true });
  expect(killed("a")).toEqual({
    ok: false,
    error:
      "Failed to kill the container a of pod default/busybox: it does not run",
  });
});

test.each([
  [{ "keyturn.dev/exit-after": "5s" }, 0],
  [{ "keyturn.dev/exit-after": "main=5s, side=1m" }, 0],
  [{ "keyturn.dev/exit-after": "soon" }, 1],
  [{ "keyturn.dev/exit-after": "=5s" }, 1],
  [{ "keyturn.dev/exit-after": "main=5s,main=6s" }, 1],
  [{ "keyturn.dev/exit-code": "255" }, 0],
  [{ "keyturn.dev/exit-code": "256" }, 1],
  [{ "keyturn.dev/exit-code": "main=-1", "keyturn.dev/exit-after": "" }, 2],
])("annotations %j have %i problems", (annotations, count) => {
  expect(exitAnnotationProblems(annotations)).toHaveLength(count);
});
