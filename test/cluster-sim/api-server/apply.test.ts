import { describe, expect, it } from "vitest";
import { LAST_APPLIED } from "../../../src/cluster-sim/index.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import { aCluster, aPod, aSecret, messageOf, storedOf } from "../support.ts";

const CONFIG: JsonObject = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "c", labels: { a: "1", b: "2" } },
  data: { x: "1", y: "2" },
};

describe("apply", () => {
  it("creates in the default namespace and remembers what was applied", () => {
    const { apply } = aCluster();
    const { object } = storedOf(apply(CONFIG));
    expect(object.metadata.namespace).toBe("default");
    expect(object.metadata.annotations?.[LAST_APPLIED]).toBe(
      '{"apiVersion":"v1","data":{"x":"1","y":"2"},"kind":"ConfigMap","metadata":{"annotations":{},"labels":{"a":"1","b":"2"},"name":"c","namespace":"default"}}\n',
    );
  });

  it("removes what it applied before and leaves what others wrote", () => {
    const { apply, ask } = aCluster();
    apply(CONFIG);
    ask({
      verb: "patch",
      kind: "ConfigMap",
      namespace: "default",
      name: "c",
      patch: { metadata: { labels: { foreign: "f" } }, data: { z: "3" } },
    });
    const { object } = storedOf(
      apply({
        ...CONFIG,
        metadata: { name: "c", labels: { a: "9" } },
        data: { y: "2" },
      }),
    );
    expect(object.metadata.labels).toEqual({ a: "9", foreign: "f" });
    expect(object["data"]).toEqual({ y: "2", z: "3" });
  });

  it("changes nothing when the same manifest comes again", () => {
    const { apply, facts } = aCluster();
    const pod = aPod("web", {
      volumes: [{ name: "s", secret: { secretName: "x" } }],
    });
    const first = storedOf(apply(pod));
    facts.length = 0;
    expect(storedOf(apply(pod))).toBe(first);
    expect(facts).toEqual([]);
  });

  it("creates a missing namespace with its service account first", () => {
    const { apply, facts, server } = aCluster();
    const pod = { ...aPod(), metadata: { name: "web", namespace: "apps" } };
    expect(apply(pod).ok).toBe(true);
    expect(facts.map((fact) => fact.about)).toEqual([
      "Namespace/apps",
      "apps/ServiceAccount/default",
      "apps/Pod/web",
    ]);
    expect(
      server.read("Namespace", "", "apps")?.object.metadata.labels,
    ).toEqual({ "kubernetes.io/metadata.name": "apps" });
  });

  it("says what caused the object, not what was made on the way", () => {
    const { sim, server, facts } = aCluster();
    const metadata = { name: "a", namespace: "new" };
    sim.command(() => {
      sim.trace.record({ type: "command", at: "world", about: "x", data: {} });
      server.apply({ ...aSecret(), metadata }, { by: "kubectl" });
    });
    const command = facts.find((fact) => fact.type === "command");
    const secret = facts.find((fact) => fact.about === "new/Secret/a");
    expect(secret?.causes).toEqual([command?.seq]);
  });

  it("stores v1alpha1 as v1 and updates it as either", () => {
    const { apply } = aCluster();
    const group = "secrets-store.csi.x-k8s.io";
    const spc = {
      apiVersion: `${group}/v1alpha1`,
      kind: "SecretProviderClass",
      metadata: { name: "s" },
      spec: { provider: "azure", parameters: { tenantId: "t" } },
    };
    expect(storedOf(apply(spc)).object.apiVersion).toBe(`${group}/v1`);
    const changed = { ...spc, apiVersion: `${group}/v1`, spec: {} };
    const { object } = storedOf(apply(changed));
    expect(object["spec"]).toEqual({});
    expect(object.metadata.generation).toBe(2);
  });

  it("keeps a key that only stringData had named, as kubectl does", () => {
    const { apply } = aCluster();
    apply(aSecret("s", { stringData: { a: "1", b: "2" } }));
    const { object } = storedOf(
      apply(aSecret("s", { stringData: { a: "1" } })),
    );
    expect(Object.keys(object["data"] as JsonObject)).toEqual(["a", "b"]);
  });

  it("refuses what may not change", () => {
    const { apply } = aCluster();
    apply(aPod("web", { restartPolicy: "Always" }));
    const reply = apply(aPod("web", { restartPolicy: "Never" }));
    expect(messageOf(reply)).toContain(
      'Pod "web" is invalid: spec: Forbidden: pod updates may not change fields',
    );
  });

  it("refuses a generated name", () => {
    const { apply } = aCluster();
    const metadata = { generateName: "web-" };
    expect(messageOf(apply({ ...aPod(), metadata }))).toBe(
      "cannot use generate name with apply",
    );
  });

  it("takes the driver's CSIDriver, with its defaults, and a change of it", () => {
    const { apply } = aCluster();
    const csiDriver = (spec: JsonObject): JsonObject => ({
      apiVersion: "storage.k8s.io/v1",
      kind: "CSIDriver",
      metadata: { name: "secrets-store.csi.k8s.io" },
      spec: {
        podInfoOnMount: true,
        attachRequired: false,
        volumeLifecycleModes: ["Ephemeral"],
        ...spec,
      },
    });
    expect(storedOf(apply(csiDriver({}))).object).toMatchObject({
      metadata: { generation: 1 },
      spec: { requiresRepublish: false, podInfoOnMount: true },
    });
    const tokenRequests = [{ audience: "api://AzureADTokenExchange" }];
    const changed = csiDriver({ requiresRepublish: true, tokenRequests });
    expect(storedOf(apply(changed)).object).toMatchObject({
      metadata: { generation: 2 },
      spec: { requiresRepublish: true, tokenRequests },
    });
  });
});
