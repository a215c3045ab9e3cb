import { describe, expect, it } from "vitest";

import {
  allowsBareNames,
  substitute,
} from "../../../src/emulator/scenario/variables.ts";
import { HEAD, loadText } from "./support.ts";

const VARIABLES = new Map([
  ["name", "kv"],
  ["_x1", "y"],
]);

describe("substitution", () => {
  it.each<[string, string, string]>([
    ["a ${name} b", "a kv b", "a kv b"],
    ["$name", "$name", "kv"],
    ["$name-$_x1", "$name-$_x1", "kv-y"],
    ["$$", "$", "$"],
    ["$${name}", "${name}", "${name}"],
    ["$$$name", "$$name", "$kv"],
    ["${name:-x}", "${name:-x}", "${name:-x}"],
    [
      "$(cmd) $1 ${} ${1a} 5$",
      "$(cmd) $1 ${} ${1a} 5$",
      "$(cmd) $1 ${} ${1a} 5$",
    ],
    ["no dollar", "no dollar", "no dollar"],
  ])("of %j", (text, braced, bare) => {
    expect(substitute(text, VARIABLES, false).text).toBe(braced);
    expect(substitute(text, VARIABLES, true).text).toBe(bare);
  });

  it("names what is unset and leaves it as it is written", () => {
    expect(substitute("${nope} $nope", VARIABLES, false)).toEqual({
      text: "${nope} $nope",
      unset: [{ name: "nope", written: "${nope}" }],
    });
    expect(substitute("$nope", VARIABLES, true).unset).toEqual([
      { name: "nope", written: "$nope" },
    ]);
  });

  it("does not look into what it put in", () => {
    const variables = new Map([["a", "${b} $$"]]);
    expect(substitute("${a}", variables, true)).toEqual({
      text: "${b} $$",
      unset: [],
    });
  });
});

describe("a bare name", () => {
  it.each<[string, (string | number)[], boolean]>([
    ["SecretProviderClass", ["spec", "parameters", "objects"], true],
    ["SecretProviderClass", ["spec", "secretObjects", 0, "secretName"], false],
    ["Pod", ["spec", "serviceAccountName"], true],
    ["Deployment", ["spec", "template", "spec", "serviceAccountName"], true],
    ["Pod", ["spec", "containers", 0, "command", 0], false],
    ["Pod", ["spec", "parameters", "x"], false],
    [
      "ServiceAccount",
      ["metadata", "annotations", "azure.workload.identity/client-id"],
      true,
    ],
    ["ServiceAccount", ["metadata", "annotations", "other"], false],
  ])("in a %s at %j is replaced: %s", (kind, path, allowed) => {
    expect(allowsBareNames(kind, path)).toBe(allowed);
  });

  it("counts in each object of a list by its own kind", () => {
    const scenario = loadText(
      `${HEAD}variables: {v: kvdemo}\nmanifests: [m.yaml]\n`,
      {
        "m.yaml": `apiVersion: v1
kind: List
items:
  - apiVersion: secrets-store.csi.x-k8s.io/v1
    kind: SecretProviderClass
    metadata: {name: a}
    spec: {parameters: {keyvaultName: $v}}
  - apiVersion: v1
    kind: ConfigMap
    metadata: {name: b}
    data: {keyvaultName: $v}
`,
      },
    );
    expect(scenario.setup).toMatchObject([
      { object: { spec: { parameters: { keyvaultName: "kvdemo" } } } },
      { object: { data: { keyvaultName: "$v" } } },
    ]);
  });
});

describe("variables", () => {
  it("keep their spelling, since envsubst works on text", () => {
    const scenario = loadText(
      `${HEAD}variables: {a: 1.10, b: 0x10, c: yes, d: "e"}\nmanifests: [m.yaml]\n`,
      {
        "m.yaml":
          'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\ndata: {a: "${a} ${b} ${c} ${d}"}\n',
      },
    );
    expect(scenario.setup).toMatchObject([
      { object: { data: { a: "1.10 0x10 yes e" } } },
    ]);
  });

  it("are not replaced in steps, but in the manifests that steps apply", () => {
    const scenario = loadText(
      `${HEAD}variables: {v: x}\nvaults: [{name: kvdemo}]\nsteps:\n  - {at: 1m, setSecret: {vault: kvdemo, name: a, value: "\${v}"}}\n  - {at: 2m, apply: m.yaml}\n`,
      {
        "m.yaml":
          'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\ndata: {a: "${v}"}\n',
      },
    );
    expect(scenario.steps).toMatchObject([
      { command: { value: "${v}" } },
      { command: { object: { data: { a: "x" } } } },
    ]);
  });
});
