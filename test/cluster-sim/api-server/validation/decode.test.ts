import { describe, expect, it } from "vitest";
import { validateManifest } from "../../../../src/cluster-sim/index.ts";
import type { JsonObject } from "../../../../src/kernel/json.ts";
import { aPod, aSecret } from "../../support.ts";

const messages = (object: JsonObject): string[] =>
  validateManifest(object).map((problem) => problem.message);

const container = (body: JsonObject): JsonObject =>
  aPod("web", { containers: [{ name: "a", image: "b", ...body }] });

describe("strict decoding", () => {
  it("names an unknown field with its path and the field that was meant", () => {
    const problems = validateManifest(
      aPod("web", { volumez: [], restartpolicy: "Always" }),
    );
    expect(problems).toMatchObject([
      {
        path: ["spec", "volumez"],
        message: 'unknown field "spec.volumez"',
        suggestion: "volumes",
      },
      {
        path: ["spec", "restartpolicy"],
        message: 'unknown field "spec.restartpolicy"',
        suggestion: "restartPolicy",
      },
    ]);
  });

  it("names list indices in an unknown field's path", () => {
    const [problem] = validateManifest(container({ volumeMount: [] }));
    expect(problem).toMatchObject({
      message: 'unknown field "spec.containers[0].volumeMount"',
      suggestion: "volumeMounts",
    });
  });

  it("suggests nothing for a word that resembles no field", () => {
    const [problem] = validateManifest({ ...aPod(), frobnication: 1 });
    expect(problem?.message).toBe('unknown field "frobnication"');
    expect(problem).not.toHaveProperty("suggestion");
  });

  it.each<[JsonObject, string]>([
    [
      container({ env: [{ name: "A", value: 5 }] }),
      "json: cannot unmarshal number into Go struct field EnvVar.spec.containers.env.value of type string",
    ],
    [
      container({ env: [{ name: "A", value: true }] }),
      "json: cannot unmarshal bool into Go struct field EnvVar.spec.containers.env.value of type string",
    ],
    [
      container({ command: "sleep 1" }),
      "json: cannot unmarshal string into Go struct field Container.spec.containers.command of type []string",
    ],
    [
      aPod("web", { containers: { name: "a" } }),
      "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container",
    ],
    [
      aPod("web", { terminationGracePeriodSeconds: "30" }),
      "json: cannot unmarshal string into Go struct field PodSpec.spec.terminationGracePeriodSeconds of type int64",
    ],
    [
      aPod("web", { priority: 1.5 }),
      "json: cannot unmarshal number 1.5 into Go struct field PodSpec.spec.priority of type int32",
    ],
    [
      aPod("web", { priority: 3_000_000_000 }),
      "json: cannot unmarshal number 3000000000 into Go struct field PodSpec.spec.priority of type int32",
    ],
    [
      aPod("web", {}, { labels: { a: 1 } }),
      "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string",
    ],
    [
      container({ resources: "none" }),
      "json: cannot unmarshal string into Go struct field Container.spec.containers.resources of type v1.ResourceRequirements",
    ],
    [
      container({ resources: { limits: { cpu: "lots" } } }),
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
    [
      aSecret("s", { data: { a: "%%%" } }),
      "illegal base64 data at input byte 0",
    ],
    [
      aSecret("s", { data: { a: "YWJj=" } }),
      "illegal base64 data at input byte 4",
    ],
  ])("cannot read %#: %s", (object, message) => {
    expect(messages(object)).toEqual([message]);
  });

  it("reads null as unset", () => {
    expect(messages(aPod("web", { nodeName: null, volumes: null }))).toEqual(
      [],
    );
  });

  it.each<[JsonObject, string, string | undefined]>([
    [
      { apiVersion: "v1", kind: "Pood", metadata: { name: "d" } },
      'no matches for kind "Pood" in version "v1"',
      "Pod",
    ],
    [
      {
        apiVersion: "secrets-store.csi.x-k8s.io/v2",
        kind: "SecretProviderClass",
      },
      'no matches for kind "SecretProviderClass" in version "secrets-store.csi.x-k8s.io/v2"',
      "secrets-store.csi.x-k8s.io/v1",
    ],
    [{ kind: "Pod" }, "apiVersion: Required value", undefined],
    [{ apiVersion: "v1" }, "kind: Required value", undefined],
  ])("serves no %j", (object, message, suggestion) => {
    const [problem] = validateManifest(object);
    expect(problem?.message).toBe(message);
    expect(problem?.suggestion).toBe(suggestion);
  });

  it("judges only the metadata of kinds that are stored without behaviour", () => {
    const service = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web" },
      spec: { anything: { goes: 1 } },
    };
    expect(messages(service)).toEqual([]);
    expect(messages({ ...service, metadata: { nam: "web" } })).toEqual([
      'unknown field "metadata.nam"',
    ]);
  });
});
