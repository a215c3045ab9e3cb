/** Deployments: Recreate, pausing, scaling in mid-rollout, history, revisions. */
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../../src/kernel/json.ts";
import { MINUTE_MS, SECOND_MS } from "../../../../src/kernel/time.ts";
import {
  aDeployment,
  aReplicaSet,
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
import type { Workloads } from "../workload-support.ts";

const REVISION = "deployment.kubernetes.io/revision";

function settled(spec: JsonObject = {}): Workloads {
  const cluster = aWorkloadCluster();
  applied(cluster, aDeployment(spec));
  wait(cluster, 20 * SECOND_MS);
  return cluster;
}

function patched(cluster: Workloads, spec: JsonObject): void {
  const key = { kind: "Deployment", namespace: "default", name: "web" };
  const reply = cluster.ask({ verb: "patch", ...key, patch: { spec } });
  expect(reply.ok).toBe(true);
}

function annotationsOf(cluster: Workloads): Readonly<Record<string, string>> {
  const { object } = cluster.server.read("Deployment", "default", "web")!;
  return object.metadata.annotations!;
}

describe("Recreate", () => {
  it("waits until the last old pod is gone before it makes a new one", () => {
    const strategy = { type: "Recreate" };
    const cluster = settled({ replicas: 2, strategy });
    cluster.node.endMs = 30 * SECOND_MS;
    applied(
      cluster,
      aDeployment({ replicas: 2, strategy, template: aTemplate("app:2") }),
    );
    wait(cluster, 29 * SECOND_MS);
    expect(scalings(cluster)).toEqual(["app:1 0>2", "app:1 2>0"]);
    expect(statusOfWeb(cluster)).not.toHaveProperty("replicas");
    expect(allOf(cluster, "Pod")).toHaveLength(2);
    wait(cluster, 10 * SECOND_MS);
    expect(scalings(cluster)).toEqual(["app:1 0>2", "app:1 2>0", "app:2 0>2"]);
    expect(conditionTexts(statusOfWeb(cluster))).toEqual([
      "Available=True MinimumReplicasAvailable",
      "Progressing=True NewReplicaSetAvailable",
    ]);
  });
});

describe("a paused Deployment", () => {
  it("rolls nothing out until it is resumed, and its deadline stands still", () => {
    const cluster = settled({ replicas: 2, progressDeadlineSeconds: 30 });
    const seen = watchConditions(cluster);
    patched(cluster, { paused: true });
    wait(cluster, SECOND_MS);
    patched(cluster, { template: aTemplate("app:2") });
    wait(cluster, 2 * MINUTE_MS);
    expect(scalings(cluster)).toEqual(["app:1 0>2"]);
    const available = "Available=True MinimumReplicasAvailable";
    expect(conditionTexts(statusOfWeb(cluster))).toEqual([
      available,
      "Progressing=Unknown DeploymentPaused",
    ]);
    patched(cluster, { paused: null });
    wait(cluster, MINUTE_MS);
    expect(scalings(cluster)).toEqual([
      "app:1 0>2",
      "app:2 0>1",
      "app:1 2>1",
      "app:2 1>2",
      "app:1 1>0",
    ]);
    expect(seen().map((conditions) => conditions[1])).toEqual([
      "Progressing=True NewReplicaSetAvailable",
      "Progressing=Unknown DeploymentPaused",
      "Progressing=Unknown DeploymentResumed",
      "Progressing=True NewReplicaSetCreated",
      "Progressing=True ReplicaSetUpdated",
      "Progressing=True NewReplicaSetAvailable",
    ]);
  });

  it("is scaled all the same", () => {
    const cluster = settled({ replicas: 2 });
    patched(cluster, { paused: true, replicas: 4 });
    wait(cluster, 10 * SECOND_MS);
    expect(scalings(cluster)).toEqual(["app:1 0>2", "app:1 2>4"]);
    expect(statusOfWeb(cluster)).toMatchObject({ availableReplicas: 4 });
  });
});

describe("a change of the size", () => {
  it("scales the only ReplicaSet up and down", () => {
    const cluster = settled({ replicas: 2 });
    patched(cluster, { replicas: 5 });
    wait(cluster, 10 * SECOND_MS);
    patched(cluster, { replicas: 0 });
    wait(cluster, 10 * SECOND_MS);
    expect(scalings(cluster)).toEqual(["app:1 0>2", "app:1 2>5", "app:1 5>0"]);
    expect(allOf(cluster, "Pod")).toEqual([]);
    expect(statusOfWeb(cluster)["observedGeneration"]).toBe(3);
  });

  /** 10 replicas: surge 3, unavailable 2. The broken pods stop it at 8 old and 5 new ones. */
  it.each([
    [20, ["app:1 8>15", "broken 5>10"]],
    [5, ["broken 5>3", "app:1 8>4"]],
  ])("to %i in mid-rollout is shared out in proportion", (replicas, scaled) => {
    const cluster = settled({ replicas: 10 });
    patched(cluster, { template: aTemplate("broken") });
    wait(cluster, 5 * SECOND_MS);
    const before = ["app:1 0>10", "broken 0>3", "app:1 10>8", "broken 3>5"];
    expect(scalings(cluster)).toEqual(before);
    patched(cluster, { replicas });
    wait(cluster, 200);
    const after = scalings(cluster).slice(before.length);
    expect(after.slice(0, 2).toSorted()).toEqual(scaled.toSorted());
  });
});

describe("the history", () => {
  it("keeps as many old ReplicaSets as the limit says, the newest", () => {
    const cluster = settled({ revisionHistoryLimit: 2 });
    for (let version = 2; version <= 6; version++) {
      patched(cluster, { template: aTemplate(`app:${version}`) });
      wait(cluster, 10 * SECOND_MS);
    }
    const images = [...replicaSetNames(cluster).values()];
    expect(images.toSorted()).toEqual(["app:4", "app:5", "app:6"]);
    expect(annotationsOf(cluster)[REVISION]).toBe("6");
  });

  it("gives an old ReplicaSet whose template returns the next revision, and its former ones", () => {
    const cluster = settled();
    patched(cluster, { template: aTemplate("app:2") });
    wait(cluster, 10 * SECOND_MS);
    patched(cluster, { template: aTemplate("app:1") });
    wait(cluster, 10 * SECOND_MS);
    expect(replicaSetNames(cluster).size).toBe(2);
    const first = allOf(cluster, "ReplicaSet").find(
      ({ object }) => object.metadata.annotations![REVISION] === "3",
    )!;
    expect(first.object.metadata.annotations).toMatchObject({
      "deployment.kubernetes.io/revision-history": "1",
      "deployment.kubernetes.io/desired-replicas": "1",
      "deployment.kubernetes.io/max-replicas": "2",
    });
    expect(annotationsOf(cluster)[REVISION]).toBe("3");
    expect(conditionTexts(statusOfWeb(cluster))).toContain(
      "Progressing=True NewReplicaSetAvailable",
    );
  });
});

describe("a ReplicaSet without a controller", () => {
  it("is adopted by the Deployment whose template it has", () => {
    const cluster = aWorkloadCluster();
    const metadata = { name: "old", labels: { app: "web" } };
    applied(cluster, aReplicaSet({ replicas: 2 }, metadata));
    wait(cluster, 10 * SECOND_MS);
    const seen = watchConditions(cluster);
    applied(cluster, aDeployment({ replicas: 2 }));
    wait(cluster, 20 * SECOND_MS);
    const [adopted] = allOf(cluster, "ReplicaSet");
    expect(replicaSetNames(cluster).size).toBe(1);
    expect(adopted!.object.metadata).toMatchObject({
      name: "old",
      ownerReferences: [{ kind: "Deployment", name: "web", controller: true }],
    });
    const available = "Available=True MinimumReplicasAvailable";
    expect(seen()).toEqual([
      [],
      ["Progressing=True FoundNewReplicaSet"],
      [available, "Progressing=True NewReplicaSetAvailable"],
    ]);
  });
});

describe("a template whose hash is another's", () => {
  it("gets a name of its own by counting the collision", () => {
    const cluster = aWorkloadCluster();
    applied(cluster, aDeployment());
    wait(cluster, 10 * SECOND_MS);
    const [name] = replicaSetNames(cluster).keys();
    cluster.sim.command(() => {
      cluster.server.remove("deployment", "default", "web", "kubectl");
    });
    wait(cluster, 10 * SECOND_MS);
    // Somebody else's ReplicaSet has the name now.
    const other = aTemplate("other");
    const selector = { matchLabels: { app: "other" } };
    const template = { ...other, metadata: { labels: { app: "other" } } };
    applied(
      cluster,
      aReplicaSet({ replicas: 1, selector, template }, { name: name! }),
    );
    wait(cluster, 10 * SECOND_MS);
    applied(cluster, aDeployment());
    wait(cluster, 10 * SECOND_MS);
    expect(statusOfWeb(cluster)).toMatchObject({
      collisionCount: 1,
      availableReplicas: 1,
    });
    expect(replicaSetNames(cluster).size).toBe(2);
  });
});

describe("a ReplicaSet that cannot be created", () => {
  it("is told by an Event and by the condition Progressing", () => {
    const cluster = aWorkloadCluster();
    // With the hash the name is longer than the 253 letters that are allowed.
    const name = "a".repeat(250);
    applied(cluster, aDeployment({}, { name }));
    wait(cluster, 50);
    closeTrace(cluster);
    const [text] = eventsInOrder(cluster, "ReplicaSetCreateError");
    expect(text).toMatch(
      /^Failed to create new replica set "a{250}-[a-z0-9]+": ReplicaSet\.apps "a{250}-[a-z0-9]+" is invalid: /,
    );
    expect(statusOfWeb(cluster, "Deployment", name)).toMatchObject({
      conditions: [
        {
          type: "Progressing",
          status: "False",
          reason: "ReplicaSetCreateError",
          message: text,
        },
      ],
    });
  });
});
