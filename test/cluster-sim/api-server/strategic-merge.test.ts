import { describe, expect, it } from "vitest";
import { kindInfo } from "../../../src/cluster-sim/api-server/kinds.ts";
import { mergeRulesOf } from "../../../src/cluster-sim/api-server/strategic-keys.ts";
import { strategicMerge } from "../../../src/cluster-sim/api-server/strategic-merge.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";

const rules = mergeRulesOf(kindInfo("Pod")!)!;

/** What a patch of a pod's spec makes of it. */
const merged = (target: JsonObject, patch: JsonObject): JsonObject =>
  strategicMerge({ spec: target }, { spec: patch }, rules)[
    "spec"
  ] as JsonObject;

const named = (...names: string[]): JsonObject[] =>
  names.map((name) => ({ name }));

describe("a strategic merge patch", () => {
  it("merges maps and removes with null, as a merge patch does", () => {
    const target = { nodeSelector: { a: "1", b: "2" }, hostname: "h" };
    const patch = { nodeSelector: { a: null, c: "3" }, hostname: null };
    expect(merged(target, patch)).toEqual({ nodeSelector: { b: "2", c: "3" } });
  });

  it("merges containers by name, and their env and mounts by their own keys", () => {
    const target = {
      containers: [
        {
          name: "a",
          image: "x:1",
          env: [{ name: "K", value: "1" }],
          volumeMounts: [{ name: "v", mountPath: "/v" }],
        },
        { name: "b", image: "y:1" },
      ],
    };
    const patch = {
      containers: [
        {
          name: "a",
          env: [{ name: "K", value: "2" }],
          volumeMounts: [{ mountPath: "/v", readOnly: true }],
        },
      ],
    };
    expect(merged(target, patch)).toEqual({
      containers: [
        {
          name: "a",
          image: "x:1",
          env: [{ name: "K", value: "2" }],
          volumeMounts: [{ name: "v", mountPath: "/v", readOnly: true }],
        },
        { name: "b", image: "y:1" },
      ],
    });
  });

  it("puts a new item in front, as kubectl patch shows", () => {
    const target = { containers: named("a", "b") };
    expect(merged(target, { containers: named("n") })).toEqual({
      containers: named("n", "a", "b"),
    });
  });

  it("replaces lists without a merge key whole", () => {
    const target = { tolerations: [{ key: "a" }], containers: [] };
    const patch = { tolerations: [{ key: "b" }] };
    expect(merged(target, patch)).toMatchObject(patch);
  });

  it("deletes an item, replaces a list, replaces and empties a map by directive", () => {
    const target = {
      volumes: named("a", "b", "c"),
      containers: named("x"),
      nodeSelector: { a: "1" },
      securityContext: { runAsUser: 1 },
    };
    const patch = {
      volumes: [{ $patch: "delete", name: "b" }],
      containers: [{ $patch: "replace" }, { name: "y" }],
      nodeSelector: { $patch: "replace", z: "9" },
      securityContext: { $patch: "delete" },
    };
    expect(merged(target, patch)).toEqual({
      volumes: named("a", "c"),
      containers: named("y"),
      nodeSelector: { z: "9" },
      securityContext: {},
    });
  });

  it("keeps only the members that $retainKeys names", () => {
    const target = { volumes: [{ name: "s", csi: { driver: "d" } }] };
    const patch = {
      volumes: [{ $retainKeys: ["emptyDir", "name"], emptyDir: {}, name: "s" }],
    };
    expect(merged(target, patch)).toEqual({
      volumes: [{ name: "s", emptyDir: {} }],
    });
  });

  it("orders what $setElementOrder names and leaves the others where they were", () => {
    const target = { containers: named("a", "s", "b", "c") };
    const patch = {
      "$setElementOrder/containers": named("c", "b", "n", "a"),
      containers: named("n"),
    };
    expect(merged(target, patch)).toEqual({
      containers: named("s", "c", "b", "n", "a"),
    });
  });

  it("merges lists of plain values as sets, and takes values out of them", () => {
    const target = { metadata: { finalizers: ["a", "b"] } };
    const patch = {
      metadata: {
        "$deleteFromPrimitiveList/finalizers": ["a"],
        finalizers: ["b", "c"],
      },
    };
    expect(strategicMerge(target, patch, rules)).toEqual({
      metadata: { finalizers: ["b", "c"] },
    });
  });

  it.each<[string, JsonObject, string]>([
    [
      "an item without its key",
      { containers: [{ image: "x" }] },
      "map: map[image:x] does not contain declared merge key: name",
    ],
    [
      "an unknown directive",
      { nodeSelector: { $patch: "swap" } },
      "unknown patch type: swap in map: map[$patch:swap]",
    ],
    [
      "retained keys that are no list",
      { volumes: [{ $retainKeys: "name", name: "s" }] },
      "invalid patch format of retainKeys",
    ],
    [
      "an order that is no list",
      { "$setElementOrder/containers": "a" },
      "invalid patch format of setElementOrder list",
    ],
    [
      "an item that the order does not name",
      {
        "$setElementOrder/containers": named("b"),
        containers: named("a"),
      },
      "The order in patch list:\n[map[name:a]]\n doesn't match $setElementOrder/containers list:\n[map[name:b]]\n",
    ],
  ])("refuses %s", (_, patch, message) => {
    expect(() => merged({}, patch)).toThrow(message);
  });

  it("leaves both sides as they were", () => {
    const target = { containers: [{ name: "a", env: [] }] };
    const patch = { containers: [{ name: "a", env: [{ name: "K" }] }] };
    merged(target, patch);
    expect([target, patch]).toEqual([
      { containers: [{ name: "a", env: [] }] },
      { containers: [{ name: "a", env: [{ name: "K" }] }] },
    ]);
  });

  it("has no rules for custom resources", () => {
    expect(mergeRulesOf(kindInfo("SecretProviderClass")!)).toBeNull();
  });
});
