/** Rolling updates: the order in which ReplicaSets are scaled, and what the conditions say meanwhile (kubelet.md 9.1). */
import { describe, expect, it } from "vitest";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../../src/kernel/time.ts";
import {
  aDeployment,
  aTemplate,
  aWorkloadCluster,
  allOf,
  applied,
  closeTrace,
  conditionTexts,
  eventsInOrder,
  replicaSetNames,
  scalings,
  statusOfWeb,
  wait,
  watchConditions,
} from "../workload-support.ts";

/** Worked out by hand from the surge and the unavailability of the table; pods start one after the other. */
const ORDERS: readonly (readonly [number, readonly string[]])[] = [
  [1, ["app:2 0>1", "app:1 1>0"]],
  [2, ["app:2 0>1", "app:1 2>1", "app:2 1>2", "app:1 1>0"]],
  [
    3,
    [
      "app:2 0>1",
      "app:1 3>2",
      "app:2 1>2",
      "app:1 2>1",
      "app:2 2>3",
      "app:1 1>0",
    ],
  ],
  [
    4,
    [
      "app:2 0>1",
      "app:1 4>3",
      "app:2 1>2",
      "app:1 3>2",
      "app:2 2>3",
      "app:1 2>1",
      "app:2 3>4",
      "app:1 1>0",
    ],
  ],
  [
    5,
    [
      "app:2 0>2",
      "app:1 5>4",
      "app:2 2>3",
      "app:1 4>3",
      "app:2 3>4",
      "app:1 3>2",
      "app:2 4>5",
      "app:1 2>1",
      "app:1 1>0",
    ],
  ],
  [
    10,
    [
      "app:2 0>3",
      "app:1 10>8",
      "app:2 3>5",
      "app:1 8>7",
      "app:2 5>6",
      "app:1 7>5",
      "app:2 6>8",
      "app:1 5>3",
      "app:2 8>10",
      "app:1 3>2",
      "app:1 2>1",
      "app:1 1>0",
    ],
  ],
];

describe("a rolling update", () => {
  it.each(ORDERS)(
    "of %i replicas scales in upstream's order",
    (replicas, order) => {
      const cluster = aWorkloadCluster();
      applied(cluster, aDeployment({ replicas }));
      wait(cluster, 20 * SECOND_MS);
      const template = aTemplate("app:2");
      applied(cluster, aDeployment({ replicas, template }));
      wait(cluster, MINUTE_MS);
      expect(scalings(cluster)).toEqual([`app:1 0>${replicas}`, ...order]);
      expect(allOf(cluster, "Pod")).toHaveLength(replicas);
      expect(cluster.sim.nextDueAt).toBeNull();
    },
  );

  it("says on the way what it has come to", () => {
    const cluster = aWorkloadCluster();
    const seen = watchConditions(cluster);
    applied(cluster, aDeployment({ replicas: 3 }));
    wait(cluster, 20 * SECOND_MS);
    applied(
      cluster,
      aDeployment({ replicas: 3, template: aTemplate("app:2") }),
    );
    wait(cluster, MINUTE_MS);
    const unavailable = "Available=False MinimumReplicasUnavailable";
    const available = "Available=True MinimumReplicasAvailable";
    expect(seen()).toEqual([
      [],
      ["Progressing=True NewReplicaSetCreated"],
      ["Progressing=True NewReplicaSetCreated", unavailable],
      [unavailable, "Progressing=True ReplicaSetUpdated"],
      [available, "Progressing=True NewReplicaSetAvailable"],
      [available, "Progressing=True NewReplicaSetCreated"],
      [available, "Progressing=True ReplicaSetUpdated"],
      [available, "Progressing=True NewReplicaSetAvailable"],
    ]);
    const [name] = [...replicaSetNames(cluster)].find(
      ([, image]) => image === "app:2",
    )!;
    expect(statusOfWeb(cluster)).toMatchObject({
      observedGeneration: 2,
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      conditions: [
        { message: "Deployment has minimum availability." },
        { message: `ReplicaSet "${name}" has successfully progressed.` },
      ],
    });
    expect(statusOfWeb(cluster)).not.toHaveProperty("unavailableReplicas");
  });

  it.each([
    [
      31,
      "Scaled up replica set NAME to 1",
      "Scaled down replica set NAME to 0 from 1",
    ],
    [
      32,
      "Scaled up replica set NAME from 0 to 1",
      "Scaled down replica set NAME from 1 to 0",
    ],
  ])("words its Events as Kubernetes 1.%i does", (minor, up, down) => {
    const cluster = aWorkloadCluster({ minor });
    applied(cluster, aDeployment());
    wait(cluster, 10 * SECOND_MS);
    applied(cluster, aDeployment({ template: aTemplate("app:2") }));
    wait(cluster, 10 * SECOND_MS);
    closeTrace(cluster);
    const texts = eventsInOrder(cluster, "ScalingReplicaSet");
    const plain = texts.map((text) => text.replace(/web-\S+/, "NAME"));
    expect(plain).toEqual([up, up, down]);
  });

  it("keeps the old pods when the new one never gets ready, and says so 600 s later", () => {
    const cluster = aWorkloadCluster();
    applied(cluster, aDeployment({ replicas: 3 }));
    wait(cluster, 20 * SECOND_MS);
    const template = aTemplate("broken");
    applied(cluster, aDeployment({ replicas: 3, template }));
    wait(cluster, 5 * SECOND_MS);
    expect(scalings(cluster)).toEqual(["app:1 0>3", "broken 0>1"]);
    const condition = (): Record<string, string> =>
      (
        statusOfWeb(cluster)["conditions"] as unknown as Record<
          string,
          string
        >[]
      ).find(({ type }) => type === "Progressing")!;
    // The last progress was the new pod; the condition counts in whole seconds.
    const dueAt = Date.parse(condition()["lastUpdateTime"]!) + 601 * SECOND_MS;
    cluster.sim.runUntil(dueAt - 1);
    expect(condition()).toMatchObject({
      status: "True",
      reason: "ReplicaSetUpdated",
    });
    wait(cluster, 1);
    const [name] = [...replicaSetNames(cluster)].find(
      ([, image]) => image === "broken",
    )!;
    expect(condition()).toMatchObject({
      status: "False",
      reason: "ProgressDeadlineExceeded",
      message: `ReplicaSet "${name}" has timed out progressing.`,
    });
    wait(cluster, HOUR_MS);
    expect(scalings(cluster)).toEqual(["app:1 0>3", "broken 0>1"]);
    expect(statusOfWeb(cluster)).toMatchObject({ availableReplicas: 3 });
    expect(cluster.sim.nextDueAt).toBeNull();
  });

  it("goes on after the deadline when the pod gets ready after all", () => {
    const cluster = aWorkloadCluster();
    applied(cluster, aDeployment({ progressDeadlineSeconds: 10 }));
    wait(cluster, 20 * SECOND_MS);
    const template = aTemplate("broken");
    applied(cluster, aDeployment({ progressDeadlineSeconds: 10, template }));
    wait(cluster, MINUTE_MS);
    const failed = "Progressing=False ProgressDeadlineExceeded";
    expect(conditionTexts(statusOfWeb(cluster))).toContain(failed);
    const pods = allOf(cluster, "Pod");
    const waiting = pods.find(
      ({ object }) =>
        (object["status"] as { phase: string }).phase === "Pending",
    )!;
    cluster.sim.command(() => cluster.node.setReady(waiting, true));
    wait(cluster, SECOND_MS);
    expect(conditionTexts(statusOfWeb(cluster))).toEqual([
      "Available=True MinimumReplicasAvailable",
      "Progressing=True NewReplicaSetAvailable",
    ]);
  });

  it("counts a pod as available only after minReadySeconds", () => {
    const cluster = aWorkloadCluster();
    applied(cluster, aDeployment({ minReadySeconds: 10 }));
    wait(cluster, 5 * SECOND_MS);
    expect(statusOfWeb(cluster)).toMatchObject({ readyReplicas: 1 });
    expect(statusOfWeb(cluster)).not.toHaveProperty("availableReplicas");
    const [pod] = allOf(cluster, "Pod");
    const { conditions } = pod!.object["status"] as {
      conditions: { lastTransitionTime: string }[];
    };
    const readyAt = Date.parse(conditions.at(-1)!.lastTransitionTime);
    const replicaSet = [...replicaSetNames(cluster).keys()][0]!;
    const available = (): unknown =>
      statusOfWeb(cluster, "ReplicaSet", replicaSet)["availableReplicas"];
    cluster.sim.runUntil(readyAt + 10 * SECOND_MS);
    expect(available()).toBeUndefined();
    wait(cluster, 1);
    expect(available()).toBe(1);
    wait(cluster, SECOND_MS);
    expect(conditionTexts(statusOfWeb(cluster))).toContain(
      "Progressing=True NewReplicaSetAvailable",
    );
  });

  it("turns a half-rolled ReplicaSet into an old one, and removes its unready pods first", () => {
    const cluster = aWorkloadCluster();
    applied(cluster, aDeployment({ replicas: 3 }));
    wait(cluster, 20 * SECOND_MS);
    const template = aTemplate("broken");
    applied(cluster, aDeployment({ replicas: 3, template }));
    wait(cluster, 5 * SECOND_MS);
    applied(
      cluster,
      aDeployment({ replicas: 3, template: aTemplate("app:3") }),
    );
    wait(cluster, MINUTE_MS);
    expect(scalings(cluster)).toEqual([
      "app:1 0>3",
      "broken 0>1",
      "broken 1>0",
      "app:3 0>1",
      "app:1 3>2",
      "app:3 1>2",
      "app:1 2>1",
      "app:3 2>3",
      "app:1 1>0",
    ]);
    const revisions = allOf(cluster, "ReplicaSet").map(
      ({ object }) =>
        object.metadata.annotations!["deployment.kubernetes.io/revision"],
    );
    expect(new Set(revisions)).toEqual(new Set(["1", "2", "3"]));
  });
});
