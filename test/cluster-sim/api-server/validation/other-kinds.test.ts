import { describe, expect, it } from "vitest";
import { validateManifest } from "../../../../src/cluster-sim/index.ts";
import { bytesToBase64, utf8ToBytes } from "../../../../src/kernel/bytes.ts";
import type { JsonObject } from "../../../../src/kernel/json.ts";
import { aPod, aPodStatus, aSecret } from "../../support.ts";

const messages = (object: JsonObject): string[] =>
  validateManifest(object).map((problem) => problem.message);

const base64 = (text: string): string => bytesToBase64(utf8ToBytes(text));

const SPC: JsonObject = {
  apiVersion: "secrets-store.csi.x-k8s.io/v1",
  kind: "SecretProviderClass",
  metadata: { name: "azure-kvname" },
  spec: {
    provider: "azure",
    parameters: { keyvaultName: "kvdemo", objects: "array: []" },
    secretObjects: [
      {
        secretName: "app",
        type: "Opaque",
        labels: { a: "b" },
        data: [{ objectName: "secret1", key: "password" }],
      },
    ],
  },
};

describe("validation of the other kinds", () => {
  it("takes custom resources of both versions", () => {
    expect(messages(SPC)).toEqual([]);
    expect(
      messages({ ...SPC, apiVersion: "secrets-store.csi.x-k8s.io/v1alpha1" }),
    ).toEqual([]);
    expect(
      messages(
        aPodStatus("x", {}, { objects: [{ id: "secret/a", version: "1" }] }),
      ),
    ).toEqual([]);
  });

  it("refuses wrong types in custom resources as their schema does", () => {
    const spec = { parameters: { usePodIdentity: false, count: 3 } };
    expect(messages({ ...SPC, spec })).toEqual([
      'spec.parameters.usePodIdentity: Invalid value: "boolean": spec.parameters.usePodIdentity in body must be of type string: "boolean"',
      'spec.parameters.count: Invalid value: "integer": spec.parameters.count in body must be of type string: "integer"',
    ]);
    expect(messages({ ...SPC, spec: { secretObjects: {} } })).toEqual([
      'spec.secretObjects: Invalid value: "object": spec.secretObjects in body must be of type array: "object"',
    ]);
  });

  it("names unknown fields of custom resources", () => {
    const problems = validateManifest({
      ...SPC,
      spec: { secretObject: [] },
    });
    expect(problems).toMatchObject([
      {
        message: 'unknown field "spec.secretObject"',
        suggestion: "secretObjects",
      },
    ]);
  });

  it.each<[JsonObject, string]>([
    [
      { name: "Bad_Name" },
      "metadata.name: Invalid value: \"Bad_Name\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ],
    [
      { name: "" },
      "metadata.name: Required value: name or generateName is required",
    ],
    [
      { name: "a".repeat(254) },
      `metadata.name: Invalid value: "${"a".repeat(254)}": must be no more than 253 characters`,
    ],
    [
      { name: "a", namespace: "a.b" },
      'metadata.namespace: Invalid value: "a.b": must not contain dots',
    ],
    [
      { name: "a", labels: { k: "-" } },
      "metadata.labels: Invalid value: \"-\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
    ],
    [
      { name: "a", annotations: { "/x": "v" } },
      'metadata.annotations: Invalid value: "/x": prefix part must be non-empty',
    ],
    [
      { name: "a", annotations: { k: "v".repeat(262_144) } },
      "metadata.annotations: Too long: may not be more than 262144 bytes",
    ],
    [
      { name: "a", finalizers: ["example.com/hold"] },
      "metadata.finalizers: Forbidden: a finalizer is not modelled in this version of Keyturn",
    ],
    [
      {
        name: "a",
        ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "p" }],
      },
      'metadata.ownerReferences.uid: Invalid value: "": must not be empty',
    ],
  ])("refuses metadata %#", (metadata, message) => {
    expect(messages({ ...aPod(), metadata })).toEqual([message]);
  });

  it("refuses a namespace on a cluster-scoped object", () => {
    const node = {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: "n", namespace: "x" },
    };
    expect(messages(node)).toEqual([
      "metadata.namespace: Forbidden: not allowed on this type",
    ]);
  });

  it.each<[JsonObject, string[]]>([
    [{ stringData: { a: "text" } }, []],
    [
      { data: { "a b": base64("x") } },
      [
        "data[a b]: Invalid value: \"a b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
      ],
    ],
    [
      { type: "kubernetes.io/tls", data: { "tls.crt": base64("x") } },
      ["data[tls.key]: Required value"],
    ],
    [
      {
        type: "kubernetes.io/tls",
        stringData: { "tls.crt": "", "tls.key": "" },
      },
      [],
    ],
    [
      { type: "kubernetes.io/dockerconfigjson", data: {} },
      ["data[.dockerconfigjson]: Required value"],
    ],
    [
      {
        type: "kubernetes.io/dockerconfigjson",
        stringData: { ".dockerconfigjson": "s3cr3t" },
      },
      [
        'data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": must be a JSON object',
      ],
    ],
    [
      { type: "kubernetes.io/ssh-auth" },
      ["data[ssh-privatekey]: Required value"],
    ],
    [{ type: "kubernetes.io/basic-auth", stringData: { username: "u" } }, []],
    [
      { stringData: { a: "x".repeat(1_048_577) } },
      ["data: Too long: may not be more than 1048576 bytes"],
    ],
    [{ stringData: { a: "x".repeat(1_048_576) } }, []],
  ])("judges Secret %#", (body, expected) => {
    expect(messages(aSecret("s", body))).toEqual(expected);
  });

  it("refuses a key in both maps of a ConfigMap", () => {
    const map = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "c" },
      data: { a: "x" },
      binaryData: { a: base64("x") },
    };
    expect(messages(map)).toEqual([
      'data[a]: Invalid value: "a": duplicate of key present in binaryData',
    ]);
  });
});
