/** kube-controller-manager: queues, passes, failures, what it costs when there is nothing to do. */
import { describe, expect, it } from "vitest";
import type {
  Controller,
  Pass,
} from "../../../../src/cluster-sim/controllers/controller.ts";
import type { JsonObject } from "../../../../src/kernel/json.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../../src/kernel/time.ts";
import { WATCH_LATENCY_MS, aPod } from "../../support.ts";
import type { Workloads } from "../workload-support.ts";
import {
  aDeployment,
  aTemplate,
  aWorkloadCluster,
  allOf,
  applied,
  closeTrace,
  eventsInOrder,
  scalings,
  statusOfWeb,
  wait,
} from "../workload-support.ts";

const DONE: Pass = { batches: [] };

/** A controller of ConfigMaps that does what it is told, and when it did. */
function aController(
  plan: (key: string, pass: number) => Pass,
  more: Partial<Controller> = {},
): { readonly controller: Controller; readonly passes: [number, string][] } {
  const passes: [number, string][] = [];
  const controller: Controller = {
    name: "test-controller",
    kind: "ConfigMap",
    watches: ["ConfigMap"],
    expectsPods: false,
    affected: (_, { before, after }) => {
      const { namespace, name } = (after ?? before!).object.metadata;
      return [`${namespace!}/${name}`];
    },
    sync: ({ object }, { now }) => {
      passes.push([now, object.metadata.name]);
      return plan(object.metadata.name, passes.length);
    },
    ...more,
  };
  return { controller, passes };
}

function aConfigMap(name = "a", data: JsonObject = {}): JsonObject {
  const metadata = { name, namespace: "default" };
  return { apiVersion: "v1", kind: "ConfigMap", metadata, data };
}

const missing = (name: string) =>
  ({ verb: "get", kind: "Secret", namespace: "default", name }) as const;

function newSecret(name: string): {
  readonly verb: "create";
  readonly object: JsonObject;
} {
  const metadata = { name, namespace: "default" };
  return {
    verb: "create",
    object: { apiVersion: "v1", kind: "Secret", metadata },
  };
}

describe("a controller's queue", () => {
  it("passes at the instant of the change, once for all that comes at once", () => {
    const { controller, passes } = aController(() => DONE);
    const cluster = aWorkloadCluster({ controllers: [controller] });
    const { now } = cluster.sim;
    applied(cluster, aConfigMap("a", { x: "1" }));
    applied(cluster, aConfigMap("a", { x: "2" }));
    applied(cluster, aConfigMap("b"));
    wait(cluster, SECOND_MS);
    const at = now + WATCH_LATENCY_MS;
    expect(passes).toEqual([
      [at, "a"],
      [at, "b"],
    ]);
  });

  it("never works on a key twice at a time, and comes back for what changed meanwhile", () => {
    const { controller, passes } = aController(() => ({
      batches: [
        { requests: [{ request: missing("x"), forgiven: ["NotFound"] }] },
      ],
    }));
    const cluster = aWorkloadCluster({ controllers: [controller] });
    cluster.config.latencyMs = SECOND_MS;
    const { now } = cluster.sim;
    applied(cluster, aConfigMap("a", { x: "1" }));
    wait(cluster, 100);
    applied(cluster, aConfigMap("a", { x: "2" }));
    wait(cluster, 100);
    applied(cluster, aConfigMap("a", { x: "3" }));
    wait(cluster, 5 * SECOND_MS);
    const first = now + WATCH_LATENCY_MS;
    expect(passes.map(([at]) => at)).toEqual([first, first + SECOND_MS]);
  });

  it("has as many workers as its controller says", () => {
    const { controller, passes } = aController(
      () => ({
        batches: [
          { requests: [{ request: missing("x"), forgiven: ["NotFound"] }] },
        ],
      }),
      { workers: 2 },
    );
    const cluster = aWorkloadCluster({ controllers: [controller] });
    const { latencyMs } = cluster.config;
    const first = cluster.sim.now + WATCH_LATENCY_MS;
    for (const name of ["a", "b", "c"]) applied(cluster, aConfigMap(name));
    wait(cluster, SECOND_MS);
    expect(passes).toEqual([
      [first, "a"],
      [first, "b"],
      [first + latencyMs, "c"],
    ]);
  });

  it("brings a key back after 5 ms, doubled, and from the beginning after a success", () => {
    const { controller, passes } = aController((_, pass) =>
      pass === 5
        ? DONE
        : { batches: [{ requests: [{ request: missing("x") }] }] },
    );
    const cluster = aWorkloadCluster({ controllers: [controller] });
    const { latencyMs } = cluster.config;
    applied(cluster, aConfigMap("a", { x: "1" }));
    wait(cluster, SECOND_MS);
    const gaps = (): number[] =>
      passes.slice(1).map(([at], i) => at - passes[i]![0] - latencyMs);
    expect(gaps()).toEqual([5, 10, 20, 40]);
    applied(cluster, aConfigMap("a", { x: "2" }));
    wait(cluster, 45);
    expect(gaps().slice(5)).toEqual([5]);
  });

  it("lets a key go after its retries, until something else brings it", () => {
    const { controller, passes } = aController(
      () => ({ batches: [{ requests: [{ request: missing("x") }] }] }),
      { maxRetries: 2 },
    );
    const cluster = aWorkloadCluster({ controllers: [controller] });
    applied(cluster, aConfigMap("a", { x: "1" }));
    wait(cluster, HOUR_MS);
    expect(passes).toHaveLength(3);
    applied(cluster, aConfigMap("a", { x: "2" }));
    wait(cluster, HOUR_MS);
    expect(passes).toHaveLength(6);
  });

  it("looks again when a pass asks for it, at the earliest instant asked for", () => {
    const asked = [5 * SECOND_MS, MINUTE_MS];
    const { controller, passes } = aController((_, pass) =>
      asked[pass - 1] === undefined
        ? DONE
        : { batches: [], againAfterMs: asked[pass - 1]! },
    );
    const cluster = aWorkloadCluster({ controllers: [controller] });
    applied(cluster, aConfigMap("a", { x: "1" }));
    wait(cluster, SECOND_MS);
    applied(cluster, aConfigMap("a", { x: "2" }));
    wait(cluster, HOUR_MS);
    const [first] = passes[0]!;
    expect(passes.map(([at]) => at - first)).toEqual([
      0,
      SECOND_MS,
      5 * SECOND_MS,
    ]);
  });

  it("takes all its objects up again when its watch comes back", () => {
    const { controller, passes } = aController(() => DONE);
    const cluster = aWorkloadCluster({ controllers: [controller] });
    applied(cluster, aConfigMap("a"));
    wait(cluster, SECOND_MS);
    cluster.sim.command(() =>
      cluster.server.breakWatches(
        "kube-controller-manager",
        cluster.sim.now + SECOND_MS,
      ),
    );
    wait(cluster, 10 * SECOND_MS);
    expect(passes.map(([, name]) => name)).toEqual(["a", "a"]);
  });
});

describe("a pass", () => {
  function secretsOf(cluster: Workloads): string[] {
    return allOf(cluster, "Secret").map(({ object }) => object.metadata.name);
  }

  it("sends a batch when the one before is answered, and names what was made in its Event", () => {
    const succeeded = {
      type: "Normal",
      reason: "Made",
      message: "Made ${name}",
    } as const;
    const { controller } = aController((_, pass) =>
      pass > 1
        ? DONE
        : {
            events: [{ type: "Normal", reason: "Begun", message: "Begun" }],
            batches: [
              { requests: [{ request: newSecret("x"), succeeded }] },
              { requests: [{ request: newSecret("y") }] },
            ],
          },
    );
    const cluster = aWorkloadCluster({ controllers: [controller] });
    const { latencyMs } = cluster.config;
    applied(cluster, aConfigMap());
    wait(cluster, WATCH_LATENCY_MS + latencyMs - 1);
    const made = (): unknown[] =>
      cluster.facts
        .filter(
          ({ data }) =>
            data["by"] === "test-controller" && data["kind"] === "Secret",
        )
        .map(({ data }) => data["name"]);
    expect(made()).toEqual(["x"]);
    wait(cluster, 1);
    expect(made()).toEqual(["x", "y"]);
    closeTrace(cluster);
    expect(eventsInOrder(cluster, "Begun")).toEqual(["Begun"]);
    expect(eventsInOrder(cluster, "Made")).toEqual(["Made x"]);
  });

  it("ends at the first batch that fails, but for what is sent always or on failure", () => {
    const failed = {
      type: "Warning",
      reason: "Failed",
      message: "Error: ${error}",
    } as const;
    const { controller } = aController((_, pass) =>
      pass > 1
        ? DONE
        : {
            batches: [
              { requests: [{ request: newSecret("a") }], onFailure: true },
              { requests: [{ request: missing("gone"), failed }] },
              { requests: [{ request: newSecret("b") }] },
              { requests: [{ request: newSecret("c") }], always: true },
              { requests: [{ request: newSecret("d") }], onFailure: true },
            ],
          },
    );
    const cluster = aWorkloadCluster({ controllers: [controller] });
    applied(cluster, aConfigMap());
    wait(cluster, SECOND_MS);
    expect(secretsOf(cluster)).toEqual(["c", "d"]);
    closeTrace(cluster);
    expect(eventsInOrder(cluster, "Failed")).toEqual([
      'Error: secrets "gone" not found',
    ]);
  });

  it("says nothing of a silent failure, and comes back", () => {
    const { controller, passes } = aController((_, pass) =>
      pass > 1
        ? DONE
        : {
            batches: [
              {
                requests: [{ request: missing("gone"), silent: ["NotFound"] }],
              },
              { requests: [{ request: newSecret("d") }], onFailure: true },
            ],
          },
    );
    const cluster = aWorkloadCluster({ controllers: [controller] });
    applied(cluster, aConfigMap());
    wait(cluster, SECOND_MS);
    expect(secretsOf(cluster)).toEqual([]);
    expect(passes).toHaveLength(2);
  });

  it("is not made over an object that is gone", () => {
    const { controller, passes } = aController(() => DONE);
    const cluster = aWorkloadCluster({ controllers: [controller] });
    applied(cluster, aConfigMap());
    cluster.sim.command(() =>
      cluster.server.remove("configmap", "default", "a", "kubectl"),
    );
    wait(cluster, SECOND_MS);
    // Watch deliveries come before passes: both are of the same instant.
    expect(passes).toEqual([]);
  });

  it("goes on after a restore in its middle as it would have gone on", () => {
    const run = (cut: number | null): string => {
      const cluster = aWorkloadCluster();
      applied(cluster, aDeployment({ replicas: 5 }));
      wait(cluster, 20 * SECOND_MS);
      applied(
        cluster,
        aDeployment({ replicas: 5, template: aTemplate("app:2") }),
      );
      if (cut !== null) {
        wait(cluster, cut);
        const snapshot = cluster.sim.snapshot();
        wait(cluster, MINUTE_MS);
        cluster.sim.restore(JSON.parse(JSON.stringify(snapshot)));
      }
      cluster.facts.length = 0;
      wait(cluster, 2 * MINUTE_MS);
      return JSON.stringify([
        allOf(cluster, "Pod"),
        allOf(cluster, "ReplicaSet"),
        statusOfWeb(cluster),
      ]);
    };
    const whole = run(null);
    for (const cut of [30, 40, 55, 2200, 2215]) expect(run(cut)).toBe(whole);
  });
});

describe("a world", () => {
  it("of bare pods costs no pass and no request", () => {
    const cluster = aWorkloadCluster();
    for (let i = 0; i < 200; i++) applied(cluster, aPod(`p-${i}`));
    wait(cluster, MINUTE_MS);
    const { controllers } = cluster.manager.state;
    const passes = [...controllers.values()].map((state) => state.passes);
    expect(passes.every((count) => count === 0)).toBe(true);
    expect(cluster.sim.nextDueAt).toBeNull();
  });

  it("loses nothing of a rollout to an outage of the API server", () => {
    const cluster = aWorkloadCluster();
    applied(cluster, aDeployment({ replicas: 3 }));
    wait(cluster, 20 * SECOND_MS);
    applied(
      cluster,
      aDeployment({ replicas: 3, template: aTemplate("app:2") }),
    );
    wait(cluster, 2300);
    const { sim, server } = cluster;
    const effect = { kind: "refuse" } as const;
    sim.command(() => {
      for (const callers of ["kube-", "deployment-", "replicaset-"])
        server.fault({ callers, effect }, sim.now + MINUTE_MS);
    });
    wait(cluster, MINUTE_MS - 1);
    expect(scalings(cluster)).toHaveLength(4);
    wait(cluster, 5 * MINUTE_MS);
    expect(statusOfWeb(cluster)).toMatchObject({
      replicas: 3,
      updatedReplicas: 3,
      availableReplicas: 3,
    });
    expect(scalings(cluster)).toEqual([
      "app:1 0>3",
      "app:2 0>1",
      "app:1 3>2",
      "app:2 1>2",
      "app:1 2>1",
      "app:2 2>3",
      "app:1 1>0",
    ]);
  });

  it("deletes ReplicaSets and pods with their Deployment", () => {
    const cluster = aWorkloadCluster();
    applied(cluster, aDeployment({ replicas: 3 }));
    wait(cluster, 20 * SECOND_MS);
    cluster.sim.command(() =>
      cluster.server.remove("deployment", "default", "web", "kubectl"),
    );
    wait(cluster, MINUTE_MS);
    expect(allOf(cluster, "ReplicaSet")).toEqual([]);
    expect(allOf(cluster, "Pod")).toEqual([]);
    expect(cluster.sim.nextDueAt).toBeNull();
  });
});
