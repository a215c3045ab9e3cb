/** The scenarios that ship, as an editor sees them: each names the schema that it is completed and checked by, and fits it. */
import { readFileSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { isValid } from "./json-schema.ts";

const FOLDER = new URL("../../../scenarios/", import.meta.url);
const SCHEMA = new URL("../../../schema/scenario.schema.json", import.meta.url);
const NAMES = readdirSync(FOLDER).filter((name) => name.endsWith(".yaml"));
const schema = JSON.parse(readFileSync(SCHEMA, "utf8")) as Record<
  string,
  unknown
>;

test("there are scenarios to look at", () => {
  expect(NAMES.length).toBeGreaterThanOrEqual(11);
});

test.each(NAMES)(
  "%s names the schema in its first line, and fits it",
  (name) => {
    const text = readFileSync(new URL(name, FOLDER), "utf8");
    const line = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text);
    expect(new URL(line![1]!, new URL(name, FOLDER)).href).toBe(SCHEMA.href);
    expect(isValid(schema, parse(text))).toBe(true);
  },
);
