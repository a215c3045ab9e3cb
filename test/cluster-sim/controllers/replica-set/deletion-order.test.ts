/** Which pods a ReplicaSet deletes first (kubelet.md 9.2). */
import { describe, expect, it } from "vitest";
import { inDeletionOrder } from "../../../../src/cluster-sim/controllers/replica-set/deletion-order.ts";
import type { Stored } from "../../../../src/cluster-sim/ports.ts";
import type { JsonObject } from "../../../../src/kernel/json.ts";
import { HOUR_MS, SECOND_MS, toRfc3339 } from "../../../../src/kernel/time.ts";
import { START } from "../../support.ts";

interface Given {
  readonly node?: string;
  readonly phase?: string;
  readonly readyFor?: number;
  readonly cost?: string;
  readonly restarts?: number;
  readonly age?: number;
  readonly uid?: string;
}

const NOW = START + 24 * HOUR_MS;

function aPod(name: string, given: Given = {}): Stored {
  const { node = "node-0", phase = "Running", restarts = 0, cost } = given;
  const { age = HOUR_MS, uid = name } = given;
  const ready: JsonObject[] =
    given.readyFor === undefined
      ? []
      : [
          {
            type: "Ready",
            status: "True",
            lastTransitionTime: toRfc3339(NOW - given.readyFor),
          },
        ];
  const annotations =
    cost === undefined
      ? {}
      : { "controller.kubernetes.io/pod-deletion-cost": cost };
  return {
    object: {
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name,
        namespace: "default",
        uid,
        resourceVersion: "1",
        generation: 1,
        creationTimestamp: toRfc3339(NOW - age),
        annotations,
      },
      spec: node === "" ? {} : { nodeName: node },
      status: {
        phase,
        conditions: ready,
        containerStatuses: [{ restartCount: restarts }],
      },
    },
  };
}

/** The names in the order of deletion, the pods given the other way round. */
function order(...pods: readonly Stored[]): string[] {
  return inDeletionOrder(pods.toReversed(), pods, NOW).map(
    ({ object }) => object.metadata.name,
  );
}

const READY = { readyFor: HOUR_MS };

describe("the order of deletion", () => {
  it.each<readonly [string, Given, Given]>([
    ["no node before a node", { node: "" }, {}],
    ["Pending before Unknown", { phase: "Pending" }, { phase: "Unknown" }],
    ["Unknown before Running", { phase: "Unknown" }, { phase: "Running" }],
    ["not ready before ready", {}, READY],
    [
      "a lower deletion cost",
      { ...READY, cost: "-5" },
      { ...READY, cost: "1" },
    ],
    ["no deletion cost is 0", { ...READY, cost: "-1" }, READY],
    [
      "a cost that is no number is 0",
      { ...READY, cost: "-1" },
      { ...READY, cost: "-02" },
    ],
    ["ready for a shorter time", { readyFor: SECOND_MS }, READY],
    ["more restarts", { ...READY, restarts: 3 }, READY],
    ["the younger", { ...READY, age: SECOND_MS }, READY],
  ])("%s", (rule, first, second) => {
    const pods = [aPod("a", first), aPod("b", second)];
    expect(order(...pods), rule).toEqual(["a", "b"]);
  });

  it("takes pods with more neighbours first", () => {
    const crowded = [aPod("b", READY), aPod("c", READY)];
    const alone = aPod("a", { ...READY, node: "node-1" });
    expect(order(alone, ...crowded).at(-1)).toBe("a");
  });

  it("counts ages by their power of two, and then by uid", () => {
    const hour = { readyFor: HOUR_MS, age: HOUR_MS };
    const longer = { readyFor: HOUR_MS + SECOND_MS, age: HOUR_MS };
    expect(
      order(
        aPod("x", { ...longer, uid: "1" }),
        aPod("y", { ...hour, uid: "2" }),
      ),
    ).toEqual(["x", "y"]);
    expect(
      order(
        aPod("x", { ...hour, uid: "2" }),
        aPod("y", { ...longer, uid: "1" }),
      ),
    ).toEqual(["y", "x"]);
  });
});
