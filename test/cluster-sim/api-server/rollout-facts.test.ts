import { describe, expect, it } from "vitest";
import type { RolloutFact } from "../../../src/cluster-sim/facts.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import { aCluster, aCronJob, aJob, aWorkload, storedOf } from "../support.ts";

type Kind = Parameters<typeof aWorkload>[0];

const NOTHING = {
  wanted: 3,
  updated: 0,
  ready: 0,
  available: 0,
  total: 0,
  revision: "",
  complete: false,
  paused: false,
} satisfies RolloutFact;

/** What the fact of a status write says of the rollout. */
function rolloutWith(
  kind: Kind,
  status: JsonObject,
  spec: JsonObject = {},
): RolloutFact | undefined {
  const { apply, ask, facts } = aCluster();
  const replicas = kind === "DaemonSet" ? {} : { replicas: 3 };
  apply(aWorkload(kind, { ...replicas, ...spec }));
  const at = { kind, namespace: "default", name: "web" };
  ask({ verb: "patchStatus", ...at, patch: { status } });
  return (facts.at(-1)!.data as { readonly rollout?: RolloutFact }).rollout;
}

const DEPLOYED = {
  observedGeneration: 1,
  replicas: 3,
  updatedReplicas: 3,
  readyReplicas: 3,
  availableReplicas: 3,
};
const SET = {
  ...DEPLOYED,
  updateRevision: "web-abc",
  currentRevision: "web-abc",
};
const DAEMON = {
  observedGeneration: 1,
  desiredNumberScheduled: 3,
  currentNumberScheduled: 3,
  updatedNumberScheduled: 3,
  numberReady: 3,
  numberAvailable: 3,
};

describe("the facts of a workload", () => {
  it("say how far it is, from the beginning", () => {
    const { apply, facts } = aCluster();
    apply(aWorkload("Deployment", { replicas: 3, paused: true }));
    expect(facts.at(-1)!.data).toMatchObject({
      rollout: { ...NOTHING, paused: true },
    });
  });

  it.each<[string, Kind, JsonObject, JsonObject, boolean]>([
    ["all is done", "Deployment", DEPLOYED, {}, true],
    [
      "too few are new",
      "Deployment",
      { ...DEPLOYED, updatedReplicas: 2 },
      {},
      false,
    ],
    [
      "an old one is left",
      "Deployment",
      { ...DEPLOYED, replicas: 4 },
      {},
      false,
    ],
    [
      "one is not available",
      "Deployment",
      { ...DEPLOYED, availableReplicas: 2 },
      {},
      false,
    ],
    [
      "the status is old",
      "Deployment",
      { ...DEPLOYED, observedGeneration: 0 },
      {},
      false,
    ],
    ["all is done", "ReplicaSet", DEPLOYED, {}, true],
    ["it has too many", "ReplicaSet", { ...DEPLOYED, replicas: 4 }, {}, false],
    ["all is done", "StatefulSet", SET, {}, true],
    [
      "one is not ready",
      "StatefulSet",
      { ...SET, readyReplicas: 2 },
      {},
      false,
    ],
    [
      "too few are new",
      "StatefulSet",
      { ...SET, updatedReplicas: 2 },
      {},
      false,
    ],
    [
      "those over the partition are new",
      "StatefulSet",
      { ...SET, updatedReplicas: 1, currentRevision: "web-old" },
      { updateStrategy: { rollingUpdate: { partition: 2 } } },
      true,
    ],
    [
      "there is no partition and two revisions",
      "StatefulSet",
      { ...SET, currentRevision: "web-old" },
      { updateStrategy: { type: "RollingUpdate" } },
      false,
    ],
    ["all is done", "DaemonSet", DAEMON, {}, true],
    [
      "too few are new",
      "DaemonSet",
      { ...DAEMON, updatedNumberScheduled: 2 },
      {},
      false,
    ],
    [
      "one is not available",
      "DaemonSet",
      { ...DAEMON, numberAvailable: 2 },
      {},
      false,
    ],
  ])("when %s, of a %s", (_, kind, status, spec, complete) => {
    expect(rolloutWith(kind, status, spec)?.complete).toBe(complete);
  });

  it("count a DaemonSet by its nodes", () => {
    const status = { ...DAEMON, updatedNumberScheduled: 2, numberReady: 1 };
    expect(rolloutWith("DaemonSet", { ...status, numberAvailable: 0 })).toEqual(
      {
        ...NOTHING,
        total: 3,
        updated: 2,
        ready: 1,
      },
    );
  });

  it("name the revision", () => {
    expect(rolloutWith("StatefulSet", SET)?.revision).toBe("abc");
    const { apply, ask, facts } = aCluster();
    const annotations = { "deployment.kubernetes.io/revision": "2" };
    apply(aWorkload("Deployment", {}, { annotations }));
    expect(facts.at(-1)!.data).toMatchObject({ rollout: { revision: "2" } });
    const set = storedOf(apply(aWorkload("DaemonSet")));
    const { name, uid } = set.object.metadata;
    const owner = { apiVersion: "apps/v1", kind: "DaemonSet", name, uid };
    for (const [hash, revision] of [
      ["new", 2],
      ["old", 1],
    ] as const)
      ask({
        verb: "create",
        object: {
          apiVersion: "apps/v1",
          kind: "ControllerRevision",
          metadata: {
            name: `web-${hash}`,
            namespace: "default",
            labels: { "controller-revision-hash": hash },
            ownerReferences: [owner],
          },
          data: {},
          revision,
        },
      });
    const at = { kind: "DaemonSet", namespace: "default", name };
    ask({ verb: "patchStatus", ...at, patch: { status: DAEMON } });
    expect(facts.at(-1)!.data).toMatchObject({ rollout: { revision: "new" } });
  });

  it("say nothing of it about other kinds", () => {
    const { apply, facts } = aCluster();
    apply(aJob());
    apply(aCronJob());
    for (const { data } of facts) expect(data).not.toHaveProperty("rollout");
  });
});
