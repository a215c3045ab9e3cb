/** Expected values: what sigs.k8s.io/yaml makes of the same text. */
import { describe, expect, it } from "vitest";

import { resolvePlainScalar } from "../../../src/emulator/scenario/kubernetes-yaml.ts";
import { HEAD, loadText } from "./support.ts";

describe("a plain scalar of a manifest", () => {
  it.each<[string, string | number | boolean | null]>([
    ["0644", 420],
    ["0o644", 420],
    ["-0644", -420],
    ["0x1F", 31],
    ["0b101", 5],
    ["08", 8],
    ["1_000", 1000],
    ["+5", 5],
    ["0", 0],
    ["1.10", 1.1],
    [".5", 0.5],
    ["1e3", 1000],
    ["1.2.3", "1.2.3"],
    ["22:30", "22:30"],
    ["2024-04-29", "2024-04-29"],
    ["-", "-"],
    ["0x", "0x"],
    ["yes", true],
    ["No", false],
    ["ON", true],
    ["off", false],
    ["y", true],
    ["n", false],
    ["yEs", "yEs"],
    ["true", true],
    ["", null],
    ["~", null],
    ["Null", null],
    ["text", "text"],
    [".inf", Infinity],
    ["-.Inf", -Infinity],
    [".NaN", NaN],
  ])("%j is %j", (text, value) => {
    expect(resolvePlainScalar(text)).toEqual(value);
  });
});

describe("a manifest", () => {
  const annotations = (yaml: string, variables = "") => {
    const scenario = loadText(
      `${HEAD}variables: {n: 0644, word: yes, empty: "", name: web}\n${variables}manifests: [m.yaml]\n`,
      {
        "m.yaml": `apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: a\n  annotations:\n${yaml}`,
      },
      { checkManifest: () => [] },
    );
    const [command] = scenario.setup;
    return command?.kind === "apply"
      ? (command.object as Record<string, Record<string, unknown>>)[
          "metadata"
        ]?.["annotations"]
      : null;
  };

  it("reads quoted, block and tagged text as text", () => {
    expect(
      annotations(
        '    a: "0644"\n    b: \'yes\'\n    c: |\n      on\n    d: !!str 5\n    e: !!int "7"\n',
      ),
    ).toEqual({ a: "0644", b: "yes", c: "on\n", d: "5", e: 7 });
  });

  it("reads what a variable became as if it had stood there", () => {
    expect(
      annotations(
        '    a: ${n}\n    b: "${n}"\n    c: ${word}\n    d: ${empty}\n    e: x${n}\n',
      ),
    ).toEqual({ a: 420, b: "0644", c: true, d: null, e: "x0644" });
  });

  it("replaces variables in keys, and turns keys into text", () => {
    expect(annotations("    ${name}: 1\n    on: 2\n    0644: 3\n")).toEqual({
      web: 1,
      true: 2,
      "420": 3,
    });
  });

  it("merges with <<, own keys first", () => {
    expect(
      annotations("    one: &x {a: 1, b: 2}\n    two: {<<: *x, b: 3}\n"),
    ).toEqual({ one: { a: 1, b: 2 }, two: { a: 1, b: 3 } });
  });

  it("may be inline, where the same rules hold although the scenario's are others", () => {
    const scenario = loadText(
      `${HEAD}manifests:\n  - apiVersion: v1\n    kind: Pod\n    metadata: {name: p}\n    spec: {mode: 0644, flag: yes, at: 2024-04-29, text: "0644"}\n`,
      {},
      { checkManifest: () => [] },
    );
    expect(scenario.setup).toMatchObject([
      {
        object: {
          spec: { mode: 420, flag: true, at: "2024-04-29", text: "0644" },
        },
      },
    ]);
  });
});
