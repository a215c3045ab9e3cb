/** kubelet.md 8.1 to 8.3 and 8.6: what the API says of a pod, and when. */
import { expect, test } from "vitest";
import type { JsonObject } from "../../../src/kernel/json.ts";
import { toRfc3339 } from "../../../src/kernel/time.ts";
import type { TestWorld } from "../../support/world.ts";
import { aPod, aWorld, secretVolume } from "../../support/world.ts";
import { aPodOf, conditionOf, containerOf, kill, statusOf } from "./support.ts";

const READY = { httpGet: { port: 80 } };

function conditionsOf(w: TestWorld): unknown[] {
  const { conditions } = statusOf(w) as unknown as {
    readonly conditions: readonly JsonObject[];
  };
  return conditions.map(({ type, status, reason, message }) => [
    type,
    status,
    ...(reason === undefined ? [] : [reason]),
    ...(message === undefined ? [] : [message]),
  ]);
}

test("the first sync says Pending, with what is missing", () => {
  const w = aWorld({
    manifests: [aPod({ volumes: { secret: secretVolume("missing") } })],
  });
  const synced = w.untilFact("kubelet.pod.sync").t;
  const unready = [
    "ContainersNotReady",
    "containers with unready status: [main]",
  ];
  expect(conditionsOf(w)).toEqual([
    ["PodReadyToStartContainers", "False"],
    ["Initialized", "True"],
    ["Ready", "False", ...unready],
    ["ContainersReady", "False", ...unready],
    ["PodScheduled", "True"],
  ]);
  expect(statusOf(w)).toMatchObject({
    phase: "Pending",
    hostIP: "10.224.0.4",
    hostIPs: [{ ip: "10.224.0.4" }],
    startTime: toRfc3339(synced),
    containerStatuses: [
      {
        name: "main",
        state: { waiting: { reason: "ContainerCreating" } },
        lastState: {},
        ready: false,
        started: false,
        restartCount: 0,
        image: "busybox",
        imageID: "",
      },
    ],
  });
  expect(statusOf(w)["podIP"]).toBeUndefined();
});

test("running and ready are said at the sync that the relist brings, and times of conditions are those of their change", () => {
  const w = aWorld({ manifests: [aPod()] });
  const added = w.untilFact("kubelet.pod.added").t;
  const running = w.untilFact("kubelet.pod.running").t;
  const relist = w.relistAfter(running);
  const phase = () => statusOf(w)["phase"];
  expect(w.around(relist, phase)).toEqual(["Pending", "Running"]);
  expect(w.times("container.ready")).toEqual([relist]);
  expect(statusOf(w)).toMatchObject({
    podIP: "10.244.4.2",
    podIPs: [{ ip: "10.244.4.2" }],
    startTime: toRfc3339(added),
  });
  w.advance("1m");
  expect(conditionOf(w, "Ready")).toEqual({
    type: "Ready",
    status: "True",
    lastTransitionTime: toRfc3339(relist),
  });
  expect(conditionOf(w, "Initialized")["lastTransitionTime"]).toBe(
    toRfc3339(added),
  );
});

test("before 1.29 there is no condition of the sandbox and no list of host addresses", () => {
  const w = aWorld({
    settings: { kubernetes: { minor: 28 } },
    manifests: [aPod()],
  });
  w.until("10s");
  expect(
    conditionsOf(w).map((condition) => (condition as string[])[0]),
  ).toEqual(["Initialized", "Ready", "ContainersReady", "PodScheduled"]);
  expect(statusOf(w)["hostIPs"]).toBeUndefined();
});

test("containers are listed by name, and those that are not ready are named in the pod's order", () => {
  const w = aWorld({
    manifests: [
      aPodOf([
        { name: "zeta" },
        { name: "mid", readinessProbe: { ...READY, initialDelaySeconds: 60 } },
        {
          name: "alpha",
          readinessProbe: { ...READY, initialDelaySeconds: 60 },
        },
      ]),
    ],
  }).until("10s");
  const { containerStatuses } = statusOf(w) as unknown as Record<
    string,
    { readonly name: string }[]
  >;
  expect(containerStatuses!.map(({ name }) => name)).toEqual([
    "alpha",
    "mid",
    "zeta",
  ]);
  expect(conditionOf(w, "Ready")).toMatchObject({
    status: "False",
    message: "containers with unready status: [mid alpha]",
  });
  expect(statusOf(w)["phase"]).toBe("Running");
});

test("containers start one after the other, in the pod's order", () => {
  const w = aWorld({ manifests: [aPodOf([{ name: "b" }, { name: "a" }])] });
  const added = w.untilFact("kubelet.pod.added").t;
  w.until("10s");
  const starts = w
    .all("container.started")
    .map(({ t, data }) => [t - added, data["container"]]);
  expect(starts).toEqual([
    [700, "b"],
    [900, "a"],
  ]);
});

test.each([
  [{ initialDelaySeconds: 20 }, 20_000],
  [{ initialDelaySeconds: 20, successThreshold: 3, periodSeconds: 5 }, 30_000],
  [{ initialDelaySeconds: 20, successThreshold: 2 }, 30_000],
])(
  "a readiness probe of %j makes its container ready %i ms after its start and syncs the pod [KUBELET-13.1-02]",
  (timing, ms) => {
    const readinessProbe = { ...READY, ...timing };
    const w = aWorld({
      manifests: [aPodOf([{ name: "main", readinessProbe }])],
    });
    const started = w.untilFact("container.started").t;
    const ready = () => containerOf(w)["ready"];
    expect(w.around(started + ms, ready)).toEqual([false, true]);
    expect(w.last("kubelet.pod.sync")).toMatchObject({
      t: started + ms,
      data: { trigger: "probe" },
    });
    expect(conditionOf(w, "Ready")["status"]).toBe("True");
    kill(w, 1);
    w.until(w.relistAfter(w.now));
    expect(w.last("container.ready").data["ready"]).toBe(false);
  },
);

test("a readiness gate keeps the pod from being ready until somebody sets its condition, which syncs it at once", () => {
  const gate = "example.com/gate";
  const w = aWorld({
    manifests: [aPod({ spec: { readinessGates: [{ conditionType: gate }] } })],
  }).until("10s");
  expect(conditionOf(w, "ContainersReady")["status"]).toBe("True");
  expect(conditionOf(w, "Ready")).toMatchObject({
    status: "False",
    reason: "ReadinessGatesNotReady",
    message: `corresponding condition of pod readiness gate "${gate}" does not exist.`,
  });
  const set = (status: string) => {
    const { conditions } = statusOf(w) as unknown as {
      readonly conditions: readonly JsonObject[];
    };
    const others = conditions.filter(({ type }) => type !== gate);
    const all = [...others, { type: gate, status }];
    w.patch("patchStatus", "Pod/busybox", { status: { conditions: all } });
  };
  set("False");
  w.advance("3s");
  expect(conditionOf(w, "Ready")["message"]).toBe(
    `the status of pod readiness gate "${gate}" is not "True", but False`,
  );
  set("True");
  const heard = w.now + 20;
  const ready = () => conditionOf(w, "Ready")["status"];
  expect(w.around(heard, ready)).toEqual(["False", "True"]);
  expect(conditionOf(w, gate)["status"]).toBe("True");
});

test("a pod that runs longer than its activeDeadlineSeconds fails at the next tick, and its containers are stopped", () => {
  const w = aWorld({
    manifests: [
      aPod({ spec: { activeDeadlineSeconds: 30, restartPolicy: "Never" } }),
    ],
  });
  const synced = w.untilFact("kubelet.pod.sync").t;
  const due = w.syncTickAfter(Math.floor(synced / 1000) * 1000 + 30_000 - 1);
  const phase = () => statusOf(w)["phase"];
  expect(w.around(due, phase)).toEqual(["Running", "Failed"]);
  expect(statusOf(w)).toMatchObject({
    reason: "DeadlineExceeded",
    message: "Pod was active on the node longer than the specified deadline",
  });
  w.advance("10s");
  expect(containerOf(w)["state"]).toMatchObject({
    terminated: { exitCode: 143 },
  });
  expect(w.all("kubelet.pod.gone")).toHaveLength(1);
  expect(statusOf(w)["phase"]).toBe("Failed");
});

test("a pod on the host network has the host's address", () => {
  const w = aWorld({
    manifests: [aPod({ spec: { hostNetwork: true } })],
  }).until("10s");
  expect(statusOf(w)["podIP"]).toBe("10.224.0.4");
});
