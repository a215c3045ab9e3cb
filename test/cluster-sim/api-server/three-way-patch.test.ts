import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { kindInfo } from "../../../src/cluster-sim/api-server/kinds.ts";
import { mergePatch } from "../../../src/cluster-sim/api-server/merge-patch.ts";
import { mergeRulesOf } from "../../../src/cluster-sim/api-server/strategic-keys.ts";
import { strategicMerge } from "../../../src/cluster-sim/api-server/strategic-merge.ts";
import { threeWayPatch } from "../../../src/cluster-sim/api-server/three-way-patch.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";

const rules = mergeRulesOf(kindInfo("Pod")!)!;

function specPatch(forms: {
  readonly original?: JsonObject;
  readonly modified: JsonObject;
  readonly live: JsonObject;
}): JsonObject {
  const { original = {}, modified, live } = forms;
  const whole = (spec: JsonObject): JsonObject => ({ spec });
  const patch = threeWayPatch(
    {
      original: whole(original),
      modified: whole(modified),
      live: whole(live),
    },
    rules,
  );
  return (patch["spec"] ?? {}) as JsonObject;
}

const container = (name: string, image: string): JsonObject => ({
  name,
  image,
});

describe("the patch of kubectl apply", () => {
  it("removes what only the original said and keeps what neither said", () => {
    const live = { labels: { gone: "1", stays: "1", foreign: "x" }, data: {} };
    const patch = threeWayPatch({
      original: { labels: { gone: "1", stays: "1" }, data: { k: "v" } },
      modified: { labels: { stays: "2" } },
      live,
    });
    expect(mergePatch(live, patch)).toEqual({
      labels: { stays: "2", foreign: "x" },
    });
  });

  it("is empty when the live object says it all, defaults and other items beside", () => {
    const modified = { containers: [container("a", "x:1")] };
    const live = {
      containers: [
        { name: "injected", image: "s:1" },
        { ...container("a", "x:1"), imagePullPolicy: "IfNotPresent" },
      ],
    };
    expect(specPatch({ original: modified, modified, live })).toEqual({});
  });

  it("names the changed item only, and the order of all", () => {
    const original = {
      containers: [container("a", "x:1"), container("b", "y:1")],
    };
    const modified = {
      containers: [container("a", "x:2"), container("b", "y:1")],
    };
    expect(specPatch({ original, modified, live: original })).toEqual({
      "$setElementOrder/containers": [{ name: "a" }, { name: "b" }],
      containers: [{ name: "a", image: "x:2" }],
    });
  });

  it("deletes an item and a variable that only the original had", () => {
    const live = {
      containers: [
        {
          ...container("a", "x:1"),
          env: [
            { name: "OLD", value: "1" },
            { name: "INJECTED", value: "2" },
          ],
        },
        container("b", "y:1"),
      ],
    };
    const original = {
      containers: [
        { ...container("a", "x:1"), env: [{ name: "OLD", value: "1" }] },
        container("b", "y:1"),
      ],
    };
    const modified = { containers: [{ ...container("a", "x:1"), env: [] }] };
    expect(specPatch({ original, modified, live })).toEqual({
      "$setElementOrder/containers": [{ name: "a" }],
      containers: [
        {
          name: "a",
          "$setElementOrder/env": [],
          env: [{ $patch: "delete", name: "OLD" }],
        },
        { $patch: "delete", name: "b" },
      ],
    });
  });

  it("retains the keys of a volume that changes its source", () => {
    const original = { volumes: [{ name: "s", csi: { driver: "d" } }] };
    const modified = { volumes: [{ name: "s", emptyDir: {} }] };
    expect(specPatch({ original, modified, live: original })).toEqual({
      "$setElementOrder/volumes": [{ name: "s" }],
      volumes: [
        {
          $retainKeys: ["name", "emptyDir"],
          name: "s",
          csi: null,
          emptyDir: {},
        },
      ],
    });
  });

  it("tells a port by TCP from the same port by UDP", () => {
    const ports = [
      { containerPort: 53, protocol: "TCP" },
      { containerPort: 53, protocol: "UDP" },
    ];
    const spec = { containers: [{ name: "dns", ports }] };
    expect(specPatch({ original: spec, modified: spec, live: spec })).toEqual(
      {},
    );
  });

  it("sends the order alone when only that changed", () => {
    const live = { containers: [container("a", "x"), container("b", "y")] };
    const modified = { containers: [container("b", "y"), container("a", "x")] };
    const patch = specPatch({ original: live, modified, live });
    expect(patch).toEqual({
      "$setElementOrder/containers": [{ name: "b" }, { name: "a" }],
    });
  });

  it("brings any live list to what is wanted, and is empty the second time", () => {
    const items = fc.uniqueArray(
      fc.record({
        name: fc.constantFrom("a", "b", "c", "d"),
        image: fc.constantFrom("1", "2"),
      }),
      { selector: ({ name }) => name },
    );
    fc.assert(
      fc.property(items, items, items, (original, modified, others) => {
        const live = [
          ...original,
          ...others.filter(
            ({ name }) => !original.some((o) => o.name === name),
          ),
        ];
        const forms = {
          original: { containers: original },
          modified: { containers: modified },
        };
        const patch = specPatch({ ...forms, live: { containers: live } });
        const after = strategicMerge(
          { spec: { containers: live } },
          { spec: patch },
          rules,
        )["spec"] as {
          readonly containers: readonly { readonly name: string }[];
        };
        const kept = after.containers.filter(({ name }) =>
          modified.some((m) => m.name === name),
        );
        expect(kept).toEqual(modified);
        const foreign = live.filter(
          ({ name }) =>
            !original.some((o) => o.name === name) &&
            !modified.some((m) => m.name === name),
        );
        expect(after.containers).toHaveLength(modified.length + foreign.length);
        const again = { original: forms.modified, modified: forms.modified };
        expect(specPatch({ ...again, live: after })).toEqual({});
      }),
      { seed: 4, numRuns: 300 },
    );
  });
});
