import { describe, expect, it } from "vitest";
import type { ApiReply, ApiRequest } from "../../../src/cluster-sim/ports.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import type { Cluster } from "../support.ts";
import {
  aCluster,
  aPodStatus,
  aTemplate,
  aWorkload,
  messageOf,
  storedOf,
} from "../support.ts";

const WEB = { kind: "Deployment", namespace: "default", name: "web" } as const;
type Patch = Extract<ApiRequest, { verb: "patch" | "patchStatus" }>;

function aDeployedCluster(): Cluster {
  const cluster = aCluster();
  storedOf(cluster.apply(aWorkload("Deployment")));
  return cluster;
}

const patch = (
  { ask }: Cluster,
  patchType: NonNullable<Patch["patchType"]>,
  body: Patch["patch"],
  verb: Patch["verb"] = "patch",
): ApiReply => ask({ verb, ...WEB, patchType, patch: body });

const templateOf = (reply: ApiReply): JsonObject =>
  (storedOf(reply).object["spec"] as JsonObject)["template"] as JsonObject;

describe("a patch", () => {
  it("of strategic type adds a variable and raises the generation", () => {
    const cluster = aDeployedCluster();
    const env = [{ name: "K", value: "v" }];
    const containers = [{ name: "main", env }];
    const reply = patch(cluster, "strategic", {
      spec: { template: { spec: { containers } } },
    });
    expect(templateOf(reply)["spec"]).toMatchObject({
      containers: [{ name: "main", image: "busybox:1.36", env }],
    });
    expect(storedOf(reply).object.metadata.generation).toBe(2);
  });

  it("of strategic type is refused for a custom resource", () => {
    const { ask } = aCluster();
    const created = storedOf(ask({ verb: "create", object: aPodStatus() }));
    const { name } = created.object.metadata;
    const reply = ask({
      verb: "patch",
      kind: "SecretProviderClassPodStatus",
      namespace: "default",
      name,
      patchType: "strategic",
      patch: {},
    });
    expect(reply).toEqual({
      ok: false,
      error: {
        code: 415,
        reason: "UnsupportedMediaType",
        message:
          "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
      },
    });
  });

  it("of strategic type that lacks a merge key is upstream's internal error", () => {
    const containers = [{ image: "x" }];
    const reply = patch(aDeployedCluster(), "strategic", {
      spec: { template: { spec: { containers } } },
    });
    expect(reply).toMatchObject({ error: { code: 500 } });
    expect(messageOf(reply)).toBe(
      "map: map[image:x] does not contain declared merge key: name",
    );
  });

  it("of type json does all its operations in their order", () => {
    const cluster = aDeployedCluster();
    const path = "/spec/template/metadata/annotations";
    const reply = patch(cluster, "json", [
      { op: "test", path: "/spec/replicas", value: 1 },
      { op: "add", path, value: {} },
      { op: "add", path: `${path}/a~1b`, value: "1" },
      { op: "replace", path: "/spec/replicas", value: 3 },
    ]);
    expect(templateOf(reply)["metadata"]).toMatchObject({
      annotations: { "a/b": "1" },
    });
    expect(storedOf(reply).object["spec"]).toMatchObject({ replicas: 3 });
  });

  it.each<[string, JsonObject]>([
    ["a failed test", { op: "test", path: "/spec/replicas", value: 9 }],
    ["a missing parent", { op: "add", path: "/spec/x/y", value: 1 }],
    ["a missing member", { op: "remove", path: "/spec/x" }],
    ["an unknown operation", { op: "grow", path: "/spec" }],
  ])("of type json does nothing at all after %s", (_, broken) => {
    const cluster = aDeployedCluster();
    const before = cluster.server.read("Deployment", "default", "web");
    const reply = patch(cluster, "json", [
      { op: "replace", path: "/spec/replicas", value: 3 },
      broken,
    ]);
    expect(reply).toEqual({
      ok: false,
      error: {
        code: 422,
        reason: "Invalid",
        message:
          "the server rejected our request due to an error in our request",
      },
    });
    expect(cluster.server.read("Deployment", "default", "web")).toBe(before);
  });

  it("of type json leaves the operations as they were", () => {
    const cluster = aDeployedCluster();
    const value = { a: "1" };
    const path = "/metadata/annotations";
    const operations = [
      { op: "replace", path, value },
      { op: "add", path: `${path}/b`, value: "2" },
    ];
    patch(cluster, "json", operations);
    expect(value).toEqual({ a: "1" });
  });

  it("must be a list for json, and an object for the others", () => {
    const cluster = aDeployedCluster();
    expect(messageOf(patch(cluster, "json", {}))).toBe(
      "json: cannot unmarshal object into Go value of type jsonpatch.Patch",
    );
    expect(messageOf(patch(cluster, "strategic", []))).toBe(
      "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}",
    );
  });

  it("of the status takes every type and leaves generation and spec alone", () => {
    const cluster = aDeployedCluster();
    const type = { type: "Available", status: "True" };
    patch(
      cluster,
      "strategic",
      { status: { conditions: [type] } },
      "patchStatus",
    );
    const other = { type: "Progressing", status: "True" };
    const reply = patch(
      cluster,
      "strategic",
      { spec: { replicas: 7 }, status: { conditions: [other] } },
      "patchStatus",
    );
    const { object } = storedOf(reply);
    expect(object["status"]).toEqual({ conditions: [other, type] });
    expect(object["spec"]).toMatchObject({ replicas: 1 });
    expect(object.metadata.generation).toBe(1);
  });

  it("that names an old version is a conflict", () => {
    const cluster = aDeployedCluster();
    const metadata = { resourceVersion: "1" };
    for (const type of ["merge", "strategic"] as const)
      expect(messageOf(patch(cluster, type, { metadata }))).toBe(
        'Operation cannot be fulfilled on deployments.apps "web": the object has been modified; please apply your changes to the latest version and try again',
      );
  });

  it("reaches kubectl's callers at once, with the API's words", () => {
    const { sim, server } = aDeployedCluster();
    const ask = (request: ApiRequest) =>
      sim.command(() => server.request(request, "kubectl"));
    const replicas = { spec: { replicas: 2 } };
    expect(ask({ verb: "patch", ...WEB, patch: replicas }).ok).toBe(true);
    expect(
      messageOf(ask({ verb: "patch", ...WEB, name: "no", patch: replicas })),
    ).toBe('deployments.apps "no" not found');
  });
});

describe("apply of a workload", () => {
  it("changes one container of two and keeps what somebody injected", () => {
    const cluster = aCluster();
    const spec = (image: string): JsonObject => ({
      template: aTemplate({
        containers: [
          { name: "main", image },
          { name: "side", image: "s:1" },
        ],
      }),
    });
    cluster.apply(aWorkload("Deployment", spec("x:1")));
    const env = [{ name: "INJECTED", value: "1" }];
    patch(cluster, "strategic", {
      spec: { template: { spec: { containers: [{ name: "main", env }] } } },
    });
    const reply = cluster.apply(aWorkload("Deployment", spec("x:2")));
    expect(templateOf(reply)["spec"]).toMatchObject({
      containers: [
        { name: "main", image: "x:2", env },
        { name: "side", image: "s:1" },
      ],
    });
  });

  it("changes nothing when the same manifest comes again", () => {
    const cluster = aCluster();
    for (const kind of ["Deployment", "StatefulSet", "DaemonSet"] as const) {
      const first = storedOf(cluster.apply(aWorkload(kind)));
      cluster.facts.length = 0;
      expect(storedOf(cluster.apply(aWorkload(kind)))).toBe(first);
      expect(cluster.facts).toEqual([]);
    }
  });

  it("drops rollingUpdate when the strategy becomes Recreate", () => {
    const cluster = aDeployedCluster();
    const strategy = { type: "Recreate" };
    const reply = cluster.apply(aWorkload("Deployment", { strategy }));
    expect(storedOf(reply).object["spec"]).toMatchObject({ strategy });
    const { strategy: stored } = storedOf(reply).object["spec"] as JsonObject;
    expect(stored).toEqual(strategy);
  });
});
