import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/kernel/json.ts";
import type { Cluster } from "../support.ts";
import { aCluster, aSecret, messageOf } from "../support.ts";

const FROZEN = "field is immutable when `immutable` is set";

function anImmutable(kind: string): {
  readonly cluster: Cluster;
  readonly key: {
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
  };
} {
  const cluster = aCluster();
  const data = { a: kind === "Secret" ? "YQ==" : "a" };
  const object = { ...aSecret("app", { immutable: true, data }), kind };
  cluster.ask({ verb: "create", object });
  return { cluster, key: { kind, namespace: "default", name: "app" } };
}

const KINDS = ["Secret", "ConfigMap"];

describe("an immutable Secret or ConfigMap", () => {
  it.each<[string, JsonObject, string]>([
    ["Secret", { data: { a: "Yg==" } }, `data: Forbidden: ${FROZEN}`],
    ["Secret", { data: { b: "Yg==" } }, `data: Forbidden: ${FROZEN}`],
    ["Secret", { data: null }, `data: Forbidden: ${FROZEN}`],
    ["Secret", { stringData: { a: "b" } }, `data: Forbidden: ${FROZEN}`],
    ["Secret", { immutable: false }, `immutable: Forbidden: ${FROZEN}`],
    ["Secret", { immutable: null }, `immutable: Forbidden: ${FROZEN}`],
    [
      "Secret",
      { immutable: null, data: null },
      `[immutable: Forbidden: ${FROZEN}, data: Forbidden: ${FROZEN}]`,
    ],
    [
      "Secret",
      { type: "example.com/other" },
      'type: Invalid value: "example.com/other": field is immutable',
    ],
    ["ConfigMap", { data: { a: "b" } }, `data: Forbidden: ${FROZEN}`],
    [
      "ConfigMap",
      { binaryData: { b: "Yg==" } },
      `binaryData: Forbidden: ${FROZEN}`,
    ],
    ["ConfigMap", { immutable: false }, `immutable: Forbidden: ${FROZEN}`],
  ])("%s refuses %j", (kind, patch, problem) => {
    const { cluster, key } = anImmutable(kind);
    const before = cluster.server.read(kind, "default", "app");
    const reply = cluster.ask({ verb: "patch", ...key, patch });
    expect(reply).toMatchObject({ error: { code: 422, reason: "Invalid" } });
    expect(messageOf(reply)).toBe(`${kind} "app" is invalid: ${problem}`);
    expect(cluster.server.read(kind, "default", "app")).toBe(before);
  });

  it.each(KINDS)("%s takes labels and annotations", (kind) => {
    const { cluster, key } = anImmutable(kind);
    const patch = { metadata: { labels: { a: "b" }, annotations: { c: "d" } } };
    const reply = cluster.ask({ verb: "patch", ...key, patch });
    expect(messageOf(reply)).toBe("no error");
    expect(
      cluster.server.read(kind, "default", "app")?.object.metadata.labels,
    ).toEqual({ a: "b" });
  });

  it.each(KINDS)("%s can be deleted and made anew with other data", (kind) => {
    const { cluster, key } = anImmutable(kind);
    expect(cluster.ask({ verb: "delete", ...key }).ok).toBe(true);
    const object = { ...aSecret("app", { data: { a: "Yg==" } }), kind };
    expect(cluster.ask({ verb: "create", object }).ok).toBe(true);
  });

  it.each(KINDS)("%s becomes one at any time", (kind) => {
    const cluster = aCluster();
    cluster.ask({ verb: "create", object: { ...aSecret("app"), kind } });
    const key = { kind, namespace: "default", name: "app" };
    const patch = { immutable: true };
    expect(cluster.ask({ verb: "patch", ...key, patch }).ok).toBe(true);
    const data = { data: { a: "Yg==" } };
    expect(cluster.ask({ verb: "patch", ...key, patch: data }).ok).toBe(false);
  });
});
