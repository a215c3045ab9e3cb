/** design 3: draws go by the workload and the pod's place in it, never by a generated name. */
import { expect, test } from "vitest";
import type { Lineage, Stored } from "../../src/cluster-sim/ports.ts";
import { lineageOf } from "../../src/kubelet-sim/draw-name.ts";

function aPod(name: string, lineage?: Lineage): Stored {
  const object = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: "default",
      uid: "u",
      resourceVersion: "1",
      generation: 1,
      creationTimestamp: "2024-04-29T09:00:00Z",
    },
  };
  return lineage === undefined ? { object } : { object, lineage };
}

test("a bare pod goes by its own name", () => {
  expect(lineageOf(aPod("busybox"))).toBeUndefined();
});

test("a replica goes by its workload and its ordinal, whatever its name is", () => {
  const lineage = { workload: "default/deployment/web", ordinal: 2 };
  const names = ["web-6f9c-x2x", "web-77aa-p9d"];
  const drawn = names.map((name) => lineageOf(aPod(name, lineage)));
  expect(drawn).toEqual([
    "default/deployment/web/2",
    "default/deployment/web/2",
  ]);
});
