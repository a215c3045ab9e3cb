import { describe, expect, it } from "vitest";
import type { ContentRef } from "../../../src/kernel/content.ts";
import { bytesToUtf8 } from "../../../src/kernel/bytes.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import type { Cluster } from "../support.ts";
import { aCluster, aSecret, storedOf } from "../support.ts";

const KEY = { kind: "Secret", namespace: "default", name: "app" } as const;

function vaultRef(ordinal: number, from: ContentRef["from"]): ContentRef {
  return {
    object: "kv/secrets/s",
    version: `v${ordinal}`,
    ordinal,
    form: "as-is",
    from,
  };
}

function lastFact(cluster: Cluster) {
  return cluster.facts.at(-1)!;
}

/** Writes facts that a content can be said to come from; returns their seqs. */
function someFacts(cluster: Cluster, count: number): number[] {
  return cluster.sim.command(() =>
    Array.from({ length: count }, (_, i) =>
      cluster.sim.trace.record({
        type: "vault.request",
        at: "kv",
        about: `r${i}`,
        data: {},
      }),
    ),
  );
}

const literals = (data: JsonObject): JsonObject =>
  aSecret("app", { stringData: data });

describe("contents of Secrets", () => {
  it("makes a literal of what a manifest says, with its bytes in the value book", () => {
    const cluster = aCluster();
    const stored = storedOf(cluster.apply(literals({ b: "two", a: "one" })));
    const fact = lastFact(cluster);
    expect(stored.contents).toEqual({
      a: {
        object: "default/secret/app/a",
        version: expect.stringMatching(/^[0-9a-f]{8}$/),
        ordinal: 1,
        form: "as-is",
        from: fact.seq,
      },
      b: expect.objectContaining({ object: "default/secret/app/b" }),
    });
    expect(bytesToUtf8(cluster.values.get(stored.contents!["a"]!)!)).toBe(
      "one",
    );
    const { from: _, ...origin } = stored.contents!["a"]!;
    expect(fact.data["contents"]).toMatchObject([
      { key: "a", ...origin },
      { key: "b" },
    ]);
    expect(JSON.stringify(cluster.facts)).not.toMatch(/one|b25l/);
  });

  it("counts the changes of a key's bytes, also over a deletion", () => {
    const cluster = aCluster();
    const ordinal = (manifest: JsonObject): number =>
      storedOf(cluster.apply(manifest)).contents!["a"]!.ordinal;
    expect(ordinal(literals({ a: "1" }))).toBe(1);
    expect(ordinal(literals({ a: "1", other: "x" }))).toBe(1);
    expect(ordinal(literals({ a: "2" }))).toBe(2);
    expect(ordinal(literals({ a: "1" }))).toBe(3);
    cluster.ask({ verb: "delete", ...KEY });
    expect(ordinal(literals({ a: "1" }))).toBe(4);
  });

  it("keeps the origin of a key that a write leaves alone", () => {
    const cluster = aCluster();
    const before = storedOf(cluster.apply(literals({ a: "1", b: "1" })));
    const after = storedOf(cluster.apply(literals({ a: "1", b: "2" })));
    expect(after.contents!["a"]).toEqual(before.contents!["a"]);
    expect(after.contents!["b"]!.from).toBe(lastFact(cluster).seq);
  });

  it("causes a write by the newest fact that brought changed bytes, then by its trigger", () => {
    const cluster = aCluster();
    const [older, newer, trigger] = someFacts(cluster, 3);
    const create = (): void => {
      cluster.sim.trace.causes = [trigger!];
      cluster.client.call(
        {
          verb: "create",
          object: aSecret("app", { data: { a: "YQ==", b: "Yg==" } }),
          contents: { a: vaultRef(1, [newer!, 3]), b: vaultRef(1, older!) },
        },
        { target: "", tag: {} },
      );
    };
    cluster.sim.command(create);
    const fact = lastFact(cluster);
    expect(fact.causes).toEqual([[newer, 3], trigger]);
    const { contents } = cluster.server.read("Secret", "default", "app")!;
    expect(contents).toEqual({
      a: vaultRef(1, fact.seq),
      b: vaultRef(1, fact.seq),
    });
  });

  it("merges the contents of a patch by key and drops those of removed keys", () => {
    const cluster = aCluster();
    const [first, second] = someFacts(cluster, 2);
    cluster.ask({
      verb: "create",
      object: aSecret("app", { data: { a: "YQ==", b: "Yg==", c: "Yw==" } }),
      contents: {
        a: vaultRef(1, first!),
        b: vaultRef(1, first!),
        c: vaultRef(1, first!),
      },
    });
    const created = lastFact(cluster).seq;
    const stored = storedOf(
      cluster.ask({
        verb: "patch",
        ...KEY,
        patch: { data: { a: "QQ==", c: null } },
        contents: { a: vaultRef(2, second!) },
      }),
    );
    const fact = lastFact(cluster);
    expect(fact.causes[0]).toBe(second);
    expect(stored.contents).toEqual({
      a: vaultRef(2, fact.seq),
      b: vaultRef(1, created),
    });
    expect(fact.data["contents"]).toMatchObject([
      { key: "a", version: "v2" },
      { key: "b", version: "v1" },
    ]);
  });

  it("keeps everything when equal bytes of another version come", () => {
    const cluster = aCluster();
    const [first, second] = someFacts(cluster, 2);
    cluster.ask({
      verb: "create",
      object: aSecret("app", { data: { a: "YQ==" } }),
      contents: { a: vaultRef(1, first!) },
    });
    const before = cluster.server.read("Secret", "default", "app");
    cluster.facts.length = 0;
    cluster.ask({
      verb: "patch",
      ...KEY,
      patch: { data: { a: "YQ==" } },
      contents: { a: vaultRef(2, second!) },
    });
    expect(cluster.server.read("Secret", "default", "app")).toBe(before);
    expect(cluster.facts).toEqual([]);
  });

  it("reports pods by phase and readiness and others by neither", () => {
    const cluster = aCluster();
    cluster.apply({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p" },
      spec: { containers: [{ name: "c", image: "i" }] },
    });
    expect(lastFact(cluster)).toMatchObject({
      type: "api.object.created",
      at: "api-server",
      about: "default/Pod/p",
      data: {
        kind: "Pod",
        namespace: "default",
        name: "p",
        by: "kubectl",
        phase: "Pending",
        ready: false,
      },
    });
    cluster.ask({
      verb: "patchStatus",
      kind: "Pod",
      namespace: "default",
      name: "p",
      patch: {
        status: {
          phase: "Running",
          conditions: [{ type: "Ready", status: "True" }],
        },
      },
    });
    expect(lastFact(cluster).data).toMatchObject({
      phase: "Running",
      ready: true,
      by: "tester",
    });
    cluster.apply(literals({ a: "1" }));
    expect(lastFact(cluster).data).not.toHaveProperty("phase");
  });
});

const aConfigMap = (body: JsonObject): JsonObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "app", namespace: "default" },
  ...body,
});

describe("contents of ConfigMaps", () => {
  it("are literals of data and binaryData alike, sorted by key", () => {
    const cluster = aCluster();
    const stored = storedOf(
      cluster.apply(
        aConfigMap({ data: { b: "text" }, binaryData: { a: "AAE=" } }),
      ),
    );
    const fact = lastFact(cluster);
    const literal = (key: string) => ({
      object: `default/configmap/app/${key}`,
      version: expect.stringMatching(/^[0-9a-f]{8}$/) as string,
      ordinal: 1,
      form: "as-is",
      from: fact.seq,
    });
    expect(stored.contents).toEqual({ a: literal("a"), b: literal("b") });
    expect(cluster.values.get(stored.contents!["b"]!)).toEqual(
      new TextEncoder().encode("text"),
    );
    expect(cluster.values.get(stored.contents!["a"]!)).toEqual(
      new Uint8Array([0, 1]),
    );
    expect(fact.data["contents"]).toMatchObject([{ key: "a" }, { key: "b" }]);
    expect(JSON.stringify(cluster.facts)).not.toMatch(/text|AAE=/);
  });

  it("count the changes of a key's bytes, in whichever of the two it stands", () => {
    const cluster = aCluster();
    const ordinal = (body: JsonObject): number =>
      storedOf(cluster.apply(aConfigMap(body))).contents!["a"]!.ordinal;
    expect(ordinal({ data: { a: "1" } })).toBe(1);
    expect(ordinal({ data: { a: "1", b: "1" } })).toBe(1);
    expect(ordinal({ data: { a: "2" } })).toBe(2);
    expect(ordinal({ binaryData: { a: "Mg==" } })).toBe(2);
    expect(ordinal({ binaryData: { a: "Mw==" } })).toBe(3);
  });

  it("keep the origin that a writer names", () => {
    const cluster = aCluster();
    const [from] = someFacts(cluster, 1);
    cluster.ask({
      verb: "create",
      object: aConfigMap({ data: { a: "1" } }),
      contents: { a: vaultRef(1, from!) },
    });
    expect(lastFact(cluster).causes[0]).toBe(from);
    expect(lastFact(cluster).data["contents"]).toMatchObject([
      { key: "a", object: "kv/secrets/s" },
    ]);
  });

  it("are no literals of a Secret of the same name", () => {
    const cluster = aCluster();
    cluster.apply(aConfigMap({ data: { a: "1" } }));
    const secret = storedOf(cluster.apply(literals({ a: "1" })));
    expect(secret.contents!["a"]).toMatchObject({
      object: "default/secret/app/a",
      ordinal: 1,
    });
  });
});
