/** kubelet.md 5, 6.4 and 13.6: what a container is created with, and when it cannot be. */
import { expect, test } from "vitest";
import type { JsonObject } from "../../../src/kernel/json.ts";
import type { TestWorld } from "../../support/world.ts";
import { aPod, aSecret, aWorld, secretVolume } from "../../support/world.ts";
import {
  aPodOf,
  containerOf,
  eventsOf,
  kill,
  statusOf,
  theNode,
  uidOf,
} from "./support.ts";

const BACKOFF = "kubelet/node-0/default/busybox/backoff";
const PASSWORD = {
  env: [
    {
      name: "PASSWORD",
      valueFrom: { secretKeyRef: { name: "app-secret", key: "password" } },
    },
  ],
};

function aWaitingPod(
  minor = 35,
  others: readonly JsonObject[] = [],
): TestWorld {
  const w = aWorld({ settings: { kubernetes: { minor } } });
  w.apply(aPodOf([{ name: "main", ...PASSWORD }, ...others]));
  w.untilFact("container.waiting");
  return w;
}

function triesOf(w: TestWorld): number[] {
  return w.events("Failed").map(({ t }) => t);
}

test("a container without its Secret waits, the reason is in the status at the sync after [KUBELET-13.6-04]", () => {
  const w = aWaitingPod();
  const failed = w.now;
  const message = 'secret "app-secret" not found';
  expect(w.last("container.waiting").data).toMatchObject({
    reason: "CreateContainerConfigError",
    message,
  });
  expect(w.messages("Failed")).toEqual([`Error: ${message}`]);
  expect(containerOf(w)["state"]).toEqual({
    waiting: { reason: "ContainerCreating" },
  });
  // The sandbox is seen by the next relist, which syncs the pod.
  w.until(w.relistAfter(failed));
  expect(containerOf(w)["state"]).toEqual({
    waiting: { reason: "CreateContainerConfigError", message },
  });
  expect(statusOf(w)["phase"]).toBe("Pending");
  expect(w.all("container.created")).toEqual([]);
});

test.each([34, 35])(
  "Kubernetes 1.%i tries again at the relist that saw the sandbox, then every 10 to 15 s and the ticker [KUBELET-13.1-12, KUBELET-13.1-14, KUBELET-13.6-04]",
  (minor) => {
    const w = aWaitingPod(minor);
    const second = w.relistAfter(w.now);
    const tries = () => triesOf(w).length;
    expect(w.around(second, tries)).toEqual([1, 2]);
    let from = second;
    for (let index = 1; index <= 4; index++) {
      const jitter = w.world.sim.draws.between(0, 5_000, BACKOFF, index);
      const due = w.syncTickAfter(from + 10_000 + jitter);
      expect(w.around(due, tries)).toEqual([index + 1, index + 2]);
      from = due;
    }
    expect(w.events("Pulled")).toHaveLength(6);
    expect(w.all("container.waiting")).toHaveLength(1);
  },
);

test("a Secret that appears is taken up by the next try, and the container starts", () => {
  const w = aWaitingPod().advance("5s");
  w.apply(aSecret({ password: "one" }));
  w.untilFact("container.started");
  w.advance("2s");
  expect(containerOf(w)).toMatchObject({
    state: { running: {} },
    restartCount: 0,
  });
  expect(statusOf(w)["phase"]).toBe("Running");
});

test("other containers of the pod start all the same, and the pod stays Pending", () => {
  const w = aWaitingPod(35, [{ name: "side" }]).advance("5s");
  expect(containerOf(w, "side")).toMatchObject({ state: { running: {} } });
  expect(statusOf(w)["phase"]).toBe("Pending");
  expect(w.all("kubelet.pod.running")).toEqual([]);
});

test("an init container that fails this way keeps everything after it from starting [KUBELET-13.6-01]", () => {
  const w = aWorld();
  w.apply(
    aPodOf([{ name: "main" }], {
      spec: {
        initContainers: [
          { name: "first", image: "busybox", ...PASSWORD },
          { name: "second", image: "busybox" },
        ],
      },
    }),
  );
  w.until("1m");
  expect(w.all("container.created")).toEqual([]);
  expect(containerOf(w, "first")["state"]).toMatchObject({
    waiting: { reason: "CreateContainerConfigError" },
  });
  for (const name of ["second", "main"])
    expect(containerOf(w, name)["state"]).toEqual({
      waiting: { reason: "PodInitializing" },
    });
  expect(eventsOf(w, "Failed")).toMatchObject([
    { involvedObject: { fieldPath: "spec.initContainers{first}" } },
  ]);
});

test("a restart that needs a Secret which is gone by then ends in the config error, and heals [KUBELET-13.6-04]", () => {
  const w = aWorld({ manifests: [aSecret({ password: "one" })] });
  w.apply(aPodOf([{ name: "main", ...PASSWORD }]));
  w.until("10s");
  w.remove("secret/app-secret");
  w.advance("1s");
  kill(w, 1);
  w.advance("20s");
  expect(containerOf(w)).toMatchObject({
    state: { waiting: { reason: "CreateContainerConfigError" } },
    lastState: { terminated: { exitCode: 1 } },
    restartCount: 0,
  });
  expect(statusOf(w)["phase"]).toBe("Running");
  w.apply(aSecret({ password: "two" }));
  w.advance("20s");
  expect(passwordOf(w)).toBe("two");
});

function passwordOf(w: TestWorld): string | undefined {
  const found = theNode(w).runningContainer(uidOf(w), "main");
  return found?.config.env.find(({ name }) => name === "PASSWORD")?.value;
}

test("environment and subPath files are fixed when the container is created, links of whole volumes follow [KUBELET-13.6-05, KUBELET-13.6-06]", () => {
  const w = aWorld({ manifests: [aSecret({ password: "one" })] });
  const mounts = [
    { name: "secret", mountPath: "/mnt/secret" },
    { name: "secret", mountPath: "/mnt/pinned", subPath: "password" },
  ];
  w.apply(
    aPod({
      unused: { secret: secretVolume("app-secret") },
      spec: {
        containers: [
          { name: "main", image: "busybox", volumeMounts: mounts, ...PASSWORD },
        ],
      },
    }),
  );
  w.until("10s");
  const first = w.last("container.created").data;
  const version = (read: JsonObject) => ({
    variables: [
      {
        variable: "PASSWORD",
        key: "password",
        source: "Secret/app-secret",
        object: "default/secret/app-secret/password",
        ...read,
      },
    ],
    pinned: [{ path: "/mnt/pinned", volume: "secret", ...read }],
  });
  expect(first).toMatchObject(version({ ordinal: 1 }));
  w.apply(aSecret({ password: "two" }));
  w.advance("2m");
  expect(w.last("volume.switched").data["files"]).toMatchObject([
    { ordinal: 2 },
  ]);
  expect(w.read("/mnt/secret/password")).toBe("two");
  expect(passwordOf(w)).toBe("one");
  expect(w.all("container.created")).toHaveLength(1);
  kill(w, 0);
  w.advance("3s");
  expect(w.last("container.created").data).toMatchObject(
    version({ ordinal: 2 }),
  );
  expect(passwordOf(w)).toBe("two");
});

test("a container's creation has the way of its newest content as its first cause, and what asked for it as the next", () => {
  const w = aWorld({ manifests: [aSecret({ password: "one" })] });
  w.apply(aPodOf([{ name: "main", ...PASSWORD }]));
  w.until("10s");
  w.apply(aSecret({ password: "two" }));
  const written = w.last("api.object.modified", "default/Secret/app-secret");
  w.advance("1s");
  kill(w, 0);
  const { fact } = w.untilFact("container.created");
  const sync = w.last("kubelet.pod.sync").fact.seq;
  expect(fact.causes).toEqual([written.fact.seq, sync]);
});
