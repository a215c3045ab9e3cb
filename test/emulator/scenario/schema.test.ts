import { readFileSync } from "node:fs";

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

import {
  scenarioJsonSchema,
  scenarioShape,
} from "../../../src/emulator/scenario/schema.ts";
import {
  BUILT_STEPS,
  STEP_KINDS,
} from "../../../src/emulator/scenario/schema-steps.ts";
import { parseDuration } from "../../../src/kernel/time.ts";
import { isValid } from "./json-schema.ts";
import { HEAD, WITH_POD } from "./support.ts";

const SCHEMA = scenarioJsonSchema();
const SAMPLE = readFileSync(
  new URL("./fixtures/sample.yaml", import.meta.url),
  "utf8",
);
const EXEC = `steps:\n  - {at: 15m, exec: {pod: busybox, command: [cat, /x]}, expect: {stdout: text, exitCode: 0}}\n`;

/** Steps that break things, each in a form that will do. */
const BREAKING = [
  "kill: {pod: busybox, exitCode: 1}",
  "restart: {node: }",
  "restart: {driver: node-0, downFor: 5s}",
  "restart: {apiServer: }",
  "fault: {vault: kvdemo, respond: 429, for: 1m}",
  "fault: {vault: kvdemo, operation: SecretGet, object: secret1, respond: {status: 403, code: Forbidden, message: no, retryAfter: 5s}, for: 1m}",
  "fault: {link: node-0, to: entra, refuse: true, for: 1m}",
  "fault: {entra: , latency: 5s, for: 1m}",
  "fault: {provider: , drop: true, for: 1m}",
  "fault: {watches: node-0, drop: true, for: 1m}",
  "setKey: {vault: kvdemo, name: k, keyType: EC, curve: P-384}",
  "setCertificate: {vault: kvdemo, name: c, contentType: application/x-pem-file, chain: true, keySize: 3072}",
];
const BROKEN = [
  "kill: {pod: busybox, exitCode: 256}",
  "restart: {node: a, driver: b}",
  "restart: {downFor: 5s}",
  "restart: {apiServer: a}",
  "fault: {vault: kvdemo, for: 1m}",
  "fault: {vault: kvdemo, drop: true}",
  "fault: {vault: kvdemo, drop: true, refuse: true, for: 1m}",
  "fault: {vault: kvdemo, drop: false, for: 1m}",
  "fault: {vault: kvdemo, respond: 200, for: 1m}",
  "fault: {link: node-0, drop: true, for: 1m}",
  "fault: {watches: , refuse: true, for: 1m}",
  "setKey: {vault: kvdemo, name: k, keySize: 1024}",
  "setCertificate: {vault: kvdemo, name: c, contentType: text/plain}",
];

describe("the JSON Schema", () => {
  it("is the committed file", () => {
    const file = new URL(
      "../../../schema/scenario.schema.json",
      import.meta.url,
    );
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(SCHEMA);
  });

  it.each([
    ["the sample", SAMPLE],
    ["a scenario with many parts", WITH_POD],
    ["the exec step of the format", `${HEAD}${EXEC}`],
    [
      "an exec of one text for sh -c",
      `${HEAD}${EXEC.replace("[cat, /x]", "cat /x | wc")}`,
    ],
    ...BREAKING.map(
      (body) =>
        [body, `${HEAD}steps: [{at: 1m, ${body}}]\n`] as [string, string],
    ),
  ])("accepts %s", (_, text) => {
    expect(isValid(SCHEMA, parse(text))).toBe(true);
  });

  it.each([
    ["an unknown key", `${HEAD}sede: 1\n`],
    ["an unknown setting", `${HEAD}settings: {addon: {rotation: true}}\n`],
    ["a step without a kind", `${HEAD}steps: [{at: 1m}]\n`],
    ["a step without a time", HEAD + EXEC.replace("at: 15m, ", "")],
    ["a duration with a space", HEAD.replace("20m", "20 m")],
    ["a sink of two kinds", `${HEAD}watch: [{file: a, secret: b}]\n`],
    [
      "a line that sees and holds",
      `${HEAD}expect: [{sink: {secret: a}, sees: b, holds: c}]\n`,
    ],
    ["a vault without a name", `${HEAD}vaults: [{secrets: {}}]\n`],
    ["no duration", HEAD.replace("duration: 20m\n", "")],
    [
      "an exec that expects nothing",
      HEAD + EXEC.replace(/expect: .*}}/, "expect: []}"),
    ],
    ...BROKEN.map(
      (body) =>
        [body, `${HEAD}steps: [{at: 1m, ${body}}]\n`] as [string, string],
    ),
    ["nodes by halves", `${HEAD}nodes: 1.5\n`],
  ])("refuses %s", (_, text) => {
    expect(isValid(SCHEMA, parse(text))).toBe(false);
  });

  it("has a form for every kind of step", () => {
    const kinds = STEP_KINDS.filter((kind) =>
      JSON.stringify(SCHEMA).includes(`"${kind}"`),
    );
    expect(kinds).toEqual(STEP_KINDS);
    expect(STEP_KINDS).toHaveLength(23);
    expect(BUILT_STEPS.filter((kind) => !STEP_KINDS.includes(kind))).toEqual(
      [],
    );
  });

  it("takes for a duration what the loader takes", () => {
    const { pattern } = (
      SCHEMA["properties"] as Record<string, { pattern: string }>
    )["duration"]!;
    const unit = fc.constantFrom(
      "d",
      "h",
      "m",
      "s",
      "ms",
      "",
      " ",
      "-",
      ".5s",
      "x",
    );
    const part = fc.tuple(fc.constantFrom("", "0", "1", "20"), unit);
    const text = fc
      .array(part, { maxLength: 4 })
      .map((parts) => parts.flat().join(""));
    fc.assert(
      fc.property(text, (duration) => {
        expect(new RegExp(pattern).test(duration)).toBe(
          parseDuration(duration) !== null,
        );
      }),
      { seed: 2, numRuns: 2000 },
    );
  });
});

it("the schema is built once", () => {
  expect(scenarioShape()).toBe(scenarioShape());
});
