/** What holds in every rolling update, whatever happens on the way. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fencepostsOf } from "../../../../src/cluster-sim/controllers/deployment/fenceposts.ts";
import type { Stored } from "../../../../src/cluster-sim/ports.ts";
import type { JsonObject } from "../../../../src/kernel/json.ts";
import { HOUR_MS } from "../../../../src/kernel/time.ts";
import type { Workloads } from "../workload-support.ts";
import {
  aDeployment,
  aTemplate,
  aWorkloadCluster,
  allOf,
  applied,
  conditionTexts,
  statusOfWeb,
  wait,
} from "../workload-support.ts";

const SEED = 20240429;
const STEP_MS = 25;

const strategies = fc
  .record({
    maxSurge: fc.constantFrom<number | string>(0, 1, 2, "25%", "50%", "100%"),
    maxUnavailable: fc.constantFrom<number | string>(0, 1, 2, "25%", "50%"),
  })
  .filter(
    ({ maxSurge, maxUnavailable }) => maxSurge !== 0 || maxUnavailable !== 0,
  );

const isActive = ({ object }: Stored): boolean =>
  object.metadata.deletionTimestamp === undefined;

const isReady = ({ object }: Stored): boolean =>
  (
    (object["status"] as JsonObject)["conditions"] as JsonObject[] | undefined
  )?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;

function podsOf(cluster: Workloads): Stored[] {
  const { objects } = cluster.server.state.store;
  return [...(objects.get("Pod")?.values() ?? [])].filter(isActive);
}

const complete = "Progressing=True NewReplicaSetAvailable";

describe("a rolling update", () => {
  it("never goes above its surge nor, of healthy pods, below its availability, and ends complete", () => {
    fc.assert(
      fc.property(
        strategies,
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.integer({ min: 0, max: 6000 }), {
          minLength: 1,
          maxLength: 4,
        }),
        (rollingUpdate, replicas, pauses) => {
          const cluster = aWorkloadCluster();
          const strategy = { type: "RollingUpdate", rollingUpdate };
          const apply = (version: number): void => {
            const template = aTemplate(`app:${version}`);
            applied(cluster, aDeployment({ replicas, strategy, template }));
          };
          apply(1);
          wait(cluster, 20_000);
          const { surge, unavailable } = fencepostsOf(rollingUpdate, replicas);
          const watchFor = (ms: number): void => {
            for (let left = ms; left > 0; left -= STEP_MS) {
              wait(cluster, STEP_MS);
              const pods = podsOf(cluster);
              expect(pods.length).toBeLessThanOrEqual(replicas + surge);
              expect(pods.filter(isReady).length).toBeGreaterThanOrEqual(
                replicas - unavailable,
              );
            }
          };
          pauses.forEach((pause, i) => {
            apply(i + 2);
            watchFor(pause);
          });
          watchFor(10_000);
          wait(cluster, 60_000);
          const versions = podsOf(cluster).map(
            ({ object }) =>
              (object["spec"] as { containers: { image: string }[] })
                .containers[0]!.image,
          );
          expect(versions).toEqual(
            Array.from({ length: replicas }, () => `app:${pauses.length + 1}`),
          );
          expect(conditionTexts(statusOfWeb(cluster))).toContain(complete);
          expect(cluster.sim.nextDueAt).toBeNull();
        },
      ),
      { seed: SEED, numRuns: 12 },
    );
  });

  it("ends complete whatever is scaled, changed, deleted or unready on the way", () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant("scale"),
        value: fc.integer({ min: 0, max: 6 }),
      }),
      fc.record({
        kind: fc.constant("template"),
        value: fc.integer({ min: 1, max: 4 }),
      }),
      fc.record({
        kind: fc.constant("pause"),
        value: fc.integer({ min: 0, max: 1 }),
      }),
      fc.record({ kind: fc.constant("delete"), value: fc.nat(5) }),
      fc.record({ kind: fc.constant("unready"), value: fc.nat(5) }),
    );
    fc.assert(
      fc.property(
        strategies,
        fc.array(fc.tuple(step, fc.integer({ min: 1, max: 4000 })), {
          maxLength: 8,
        }),
        (rollingUpdate, steps) => {
          const cluster = aWorkloadCluster();
          const strategy = { type: "RollingUpdate", rollingUpdate };
          let spec: JsonObject = {
            replicas: 3,
            strategy,
            template: aTemplate(),
          };
          applied(cluster, aDeployment(spec));
          for (const [{ kind, value }, pause] of steps) {
            wait(cluster, pause);
            spec = changed(cluster, spec, kind, value);
          }
          applied(cluster, aDeployment({ ...spec, paused: false }));
          heal(cluster);
          wait(cluster, HOUR_MS);
          const { replicas } = spec as { replicas: number };
          expect(podsOf(cluster)).toHaveLength(replicas);
          expect(conditionTexts(statusOfWeb(cluster))).toContain(complete);
          const sizes = allOf(cluster, "ReplicaSet").map(
            ({ object }) => (object["spec"] as { replicas: number }).replicas,
          );
          expect(sizes.filter((size) => size > 0)).toEqual(
            replicas === 0 ? [] : [replicas],
          );
        },
      ),
      { seed: SEED, numRuns: 25 },
    );
  });
});

function changed(
  cluster: Workloads,
  spec: JsonObject,
  kind: string,
  value: number,
): JsonObject {
  const next = {
    ...spec,
    ...(kind === "scale" ? { replicas: value } : {}),
    ...(kind === "template" ? { template: aTemplate(`app:${value}`) } : {}),
    ...(kind === "pause" ? { paused: value === 1 } : {}),
  };
  const pod = podsOf(cluster)[value];
  if (kind === "delete" && pod !== undefined) {
    const { name } = pod.object.metadata;
    cluster.sim.command(() =>
      cluster.server.remove("pod", "default", name, "kubectl"),
    );
  } else if (kind === "unready" && pod !== undefined && isReady(pod))
    cluster.sim.command(() => cluster.node.setReady(pod, false));
  else applied(cluster, aDeployment(next));
  return next;
}

/** Pods that were made unready are ready again. */
function heal(cluster: Workloads): void {
  wait(cluster, 10_000);
  for (const pod of podsOf(cluster))
    if (!isReady(pod))
      cluster.sim.command(() => cluster.node.setReady(pod, true));
}

describe("the fenceposts", () => {
  it.each([
    [1, 1, 0],
    [2, 1, 0],
    [3, 1, 0],
    [4, 1, 1],
    [5, 2, 1],
    [10, 3, 2],
  ])(
    "of %i replicas are %i more and %i fewer by default",
    (replicas, surge, unavailable) => {
      const quarter = { maxSurge: "25%", maxUnavailable: "25%" };
      expect(fencepostsOf(quarter, replicas)).toEqual({ surge, unavailable });
    },
  );

  it("let one pod be unavailable when both come to nothing, but none of none", () => {
    const none = { maxSurge: 0, maxUnavailable: "10%" };
    expect(fencepostsOf(none, 5)).toEqual({ surge: 0, unavailable: 1 });
    expect(fencepostsOf(none, 0)).toEqual({ surge: 0, unavailable: 0 });
    expect(fencepostsOf({ maxSurge: 1, maxUnavailable: 7 }, 3)).toEqual({
      surge: 1,
      unavailable: 3,
    });
  });
});
