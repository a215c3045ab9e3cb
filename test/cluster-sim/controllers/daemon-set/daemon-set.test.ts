/** DaemonSets: one pod on each node, replaced in place or beside the old one (kubelet.md 9.3). */
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../../src/kernel/json.ts";
import { MINUTE_MS, SECOND_MS } from "../../../../src/kernel/time.ts";
import type { Workloads } from "../workload-support.ts";
import {
  NODES,
  aDeployment,
  aTemplate,
  aWorkloadCluster,
  allOf,
  applied,
  closeTrace,
  eventsInOrder,
  statusOfWeb,
  wait,
} from "../workload-support.ts";

const KIND = "DaemonSet";

function aSet(spec: JsonObject = {}): JsonObject {
  return { ...aDeployment(spec), kind: KIND };
}

function rolling(rollingUpdate: JsonObject): JsonObject {
  return { updateStrategy: { type: "RollingUpdate", rollingUpdate } };
}

function settled(spec: JsonObject = {}): Workloads {
  const cluster = aWorkloadCluster();
  applied(cluster, aSet(spec));
  wait(cluster, MINUTE_MS);
  return cluster;
}

interface PodSpec {
  readonly nodeName?: string;
  readonly containers: readonly { readonly image: string }[];
}

/** `node-0 app:1`, sorted; `-` after those on their way out. */
function placed(cluster: Workloads): string[] {
  return allOf(cluster, "Pod")
    .map(({ object }) => {
      const { nodeName, containers } = object["spec"] as PodSpec;
      const going = object.metadata.deletionTimestamp === undefined ? "" : " -";
      return `${nodeName ?? "?"} ${containers[0]!.image}${going}`;
    })
    .toSorted();
}

const all = (image: string): string[] =>
  NODES.map((node) => `${node} ${image}`);

/** What the pods were as time went on, each different picture once. */
function watched(cluster: Workloads, ms: number): string[][] {
  const seen: string[][] = [placed(cluster)];
  const end = cluster.sim.now + ms;
  while (cluster.sim.now < end) {
    const now = placed(cluster);
    if (now.join() !== seen.at(-1)!.join()) seen.push(now);
    wait(cluster, 100);
  }
  return seen;
}

describe("a DaemonSet", () => {
  it("runs one pod on each node, and says so", () => {
    const cluster = settled();
    expect(placed(cluster)).toEqual(all("app:1"));
    closeTrace(cluster);
    const names = allOf(cluster, "Pod").map(
      ({ object }) => object.metadata.name,
    );
    expect(names.every((name) => /^web-[a-z0-9]{5}$/.test(name))).toBe(true);
    expect(eventsInOrder(cluster, "SuccessfulCreate").toSorted()).toEqual(
      names.map((name) => `Created pod: ${name}`),
    );
    expect(statusOfWeb(cluster, KIND)).toEqual({
      observedGeneration: 1,
      currentNumberScheduled: 3,
      desiredNumberScheduled: 3,
      numberMisscheduled: 0,
      numberReady: 3,
      numberAvailable: 3,
      updatedNumberScheduled: 3,
    });
  });

  it("ties each pod to its node, with the tolerations of all its kind, and counts its ordinals", () => {
    const cluster = settled();
    const pods = allOf(cluster, "Pod").toSorted(
      (a, b) => a.lineage!.ordinal! - b.lineage!.ordinal!,
    );
    expect(pods.map(({ lineage }) => lineage)).toEqual(
      [0, 1, 2].map((ordinal) => ({
        workload: "default/daemonset/web",
        ordinal,
      })),
    );
    expect(pods[2]!.object["spec"]).toMatchObject({
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
              {
                matchFields: [
                  { key: "metadata.name", operator: "In", values: ["node-2"] },
                ],
              },
            ],
          },
        },
      },
    });
    const [revision] = allOf(cluster, "ControllerRevision");
    const { name, labels } = revision!.object.metadata;
    const hash = labels!["controller-revision-hash"]!;
    expect(name).toBe(`web-${hash}`);
    expect(pods[0]!.object.metadata.labels).toEqual({
      app: "web",
      "controller-revision-hash": hash,
    });
  });

  it("replaces its pods one node at a time, each when the old one is gone", () => {
    const cluster = settled();
    applied(cluster, aSet({ template: aTemplate("app:2") }));
    const seen = watched(cluster, MINUTE_MS);
    expect(seen[0]).toEqual(all("app:1"));
    expect(seen.at(-1)).toEqual(all("app:2"));
    const old = seen.map(
      (picture) => picture.filter((text) => text.endsWith("app:1")).length,
    );
    expect([...new Set(old)]).toEqual([3, 2, 1, 0]);
    for (const picture of seen) expect(picture.length).toBeLessThanOrEqual(3);
    expect(statusOfWeb(cluster, KIND)["updatedNumberScheduled"]).toBe(3);
  });

  it("stops at a template that never gets ready", () => {
    const cluster = settled();
    applied(cluster, aSet({ template: aTemplate("broken") }));
    wait(cluster, 10 * MINUTE_MS);
    expect(placed(cluster)).toEqual([
      "node-0 broken",
      "node-1 app:1",
      "node-2 app:1",
    ]);
    expect(statusOfWeb(cluster, KIND)["numberUnavailable"]).toBe(1);
  });

  it("replaces unavailable old pods freely", () => {
    const cluster = settled({ template: aTemplate("broken") });
    applied(cluster, aSet({ template: aTemplate("app:2") }));
    wait(cluster, SECOND_MS);
    expect(placed(cluster)).toEqual(all("broken -"));
    wait(cluster, MINUTE_MS);
    expect(placed(cluster)).toEqual(all("app:2"));
  });

  it("rounds a percentage of the nodes up", () => {
    const strategy = rolling({ maxUnavailable: "34%" });
    const cluster = settled(strategy);
    applied(cluster, aSet({ ...strategy, template: aTemplate("app:2") }));
    wait(cluster, SECOND_MS);
    expect(placed(cluster)).toEqual([
      "node-0 app:1 -",
      "node-1 app:1 -",
      "node-2 app:1",
    ]);
  });

  it("makes a new pod beside the old one with maxSurge, and deletes the old one when it is available", () => {
    const strategy = rolling({ maxSurge: 1, maxUnavailable: 0 });
    const cluster = settled(strategy);
    applied(cluster, aSet({ ...strategy, template: aTemplate("app:2") }));
    wait(cluster, SECOND_MS);
    expect(placed(cluster)).toEqual([
      "node-0 app:1",
      "node-0 app:2",
      ...all("app:1").slice(1),
    ]);
    wait(cluster, 2 * SECOND_MS);
    expect(placed(cluster)).toContain("node-0 app:1 -");
    wait(cluster, MINUTE_MS);
    expect(placed(cluster)).toEqual(all("app:2"));
  });

  it("leaves pods alone with OnDelete until somebody deletes them", () => {
    const updateStrategy = { type: "OnDelete" };
    const cluster = settled({ updateStrategy });
    applied(cluster, aSet({ updateStrategy, template: aTemplate("app:2") }));
    wait(cluster, MINUTE_MS);
    expect(placed(cluster)).toEqual(all("app:1"));
    const { name } = allOf(cluster, "Pod")[0]!.object.metadata;
    cluster.ask({ verb: "delete", kind: "Pod", namespace: "default", name });
    wait(cluster, MINUTE_MS);
    const updated = placed(cluster).filter((text) => text.endsWith("app:2"));
    expect(updated).toHaveLength(1);
  });

  it("keeps as many old revisions as its limit says", () => {
    const cluster = settled({ revisionHistoryLimit: 1 });
    for (const image of ["app:2", "app:3"]) {
      const template = aTemplate(image);
      applied(cluster, aSet({ revisionHistoryLimit: 1, template }));
      wait(cluster, MINUTE_MS);
    }
    const numbers = allOf(cluster, "ControllerRevision").map(
      ({ object }) => object["revision"] as number,
    );
    expect(numbers.toSorted((a, b) => a - b)).toEqual([2, 3]);
  });

  it("runs only where its node affinity lets it", () => {
    const names = { key: "metadata.name", operator: "In", values: ["node-1"] };
    const terms = { nodeSelectorTerms: [{ matchFields: [names] }] };
    const nodeAffinity = {
      requiredDuringSchedulingIgnoredDuringExecution: terms,
    };
    const template = aTemplate();
    const spec = {
      ...(template["spec"] as JsonObject),
      affinity: { nodeAffinity },
    };
    const cluster = settled({ template: { ...template, spec } });
    expect(placed(cluster)).toEqual(["node-1 app:1"]);
    expect(statusOfWeb(cluster, KIND)["desiredNumberScheduled"]).toBe(1);
  });
});
