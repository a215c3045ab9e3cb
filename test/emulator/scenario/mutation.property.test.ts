/** Whatever becomes of a scenario's text: it loads, or every problem stands inside a file. */
import { readFileSync } from "node:fs";

import fc from "fast-check";
import { expect, it } from "vitest";

import type { Scenario } from "../../../src/emulator/scenario/model.ts";
import { ScenarioError } from "../../../src/emulator/scenario/problems.ts";
import { loadText } from "./support.ts";

const read = (name: string) =>
  readFileSync(new URL(`./fixtures/${name}`, import.meta.url), "utf8");
const FILES = {
  "s.yaml": read("sample.yaml"),
  "manifests/secret-provider-class.yaml": read(
    "manifests/secret-provider-class.yaml",
  ),
  "manifests/busybox.yaml": read("manifests/busybox.yaml"),
};
type Name = keyof typeof FILES;

const PIECES = [
  ..."{}[]:,-#&*!|>'\"%@`$\n\t \\?~<.\u0000\uFEFFé😀",
  "${x}",
  "$$",
  "<<: ",
  "*a",
  "&a ",
  "!!int ",
  "---\n",
  "...\n",
  "null",
  "- ",
  "__proto__: 1\n",
  "constructor: {}\n",
  "1e999",
  "-1m",
  "0644",
  "yes",
  "../",
  "/",
];

interface Mutation {
  /** Where, as a part of the text's length. */
  readonly at: number;
  readonly remove: number;
  readonly insert: string;
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  remove: fc.constantFrom(0, 0, 1, 2, 5, 40, 400),
  insert: fc.oneof(
    fc.constant(""),
    fc.constantFrom(...PIECES),
    fc.string({ maxLength: 3, unit: "binary" }),
  ),
});

function mutate(text: string, mutations: readonly Mutation[]): string {
  return mutations.reduce((current, { at, remove, insert }) => {
    const start = Math.floor(at * current.length);
    return current.slice(0, start) + insert + current.slice(start + remove);
  }, text);
}

/** The lines of a text with what their last column may be. */
function columnsOf(text: string): number[] {
  return text.split("\n").map((line) => line.length + 1);
}

function outcome(texts: Record<Name, string>): Scenario | ScenarioError {
  try {
    return loadText(texts["s.yaml"], texts);
  } catch (error) {
    if (error instanceof ScenarioError) return error;
    throw error;
  }
}

it("a mutated scenario loads or tells each mistake at a place that exists", () => {
  const name = fc.constantFrom<Name[]>(...(Object.keys(FILES) as Name[]));
  fc.assert(
    fc.property(
      name,
      fc.array(mutation, { minLength: 1, maxLength: 4 }),
      (file, mutations) => {
        const texts = { ...FILES, [file]: mutate(FILES[file], mutations) };
        const result = outcome(texts);
        if (!(result instanceof ScenarioError)) {
          expect(result.duration).toBeGreaterThanOrEqual(0);
          return;
        }
        expect(result.problems.length).toBeGreaterThan(0);
        for (const { position } of result.problems) {
          const columns = columnsOf(texts[position.file as Name]);
          expect(position.line).toBeGreaterThanOrEqual(1);
          expect(position.line).toBeLessThanOrEqual(columns.length);
          expect(position.column).toBeGreaterThanOrEqual(1);
          expect(position.column).toBeLessThanOrEqual(
            columns[position.line - 1]!,
          );
        }
      },
    ),
    { seed: 20_240_429, numRuns: 300 },
  );
});

it("no problem repeats a secret's value", () => {
  const canary = "c4n4ry-value";
  const text = FILES["s.yaml"].replaceAll(/the (first|second) value/g, canary);
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (list) => {
      const result = outcome({ ...FILES, "s.yaml": mutate(text, list) });
      const shown = result instanceof ScenarioError ? result.message : "";
      expect(shown).not.toContain(canary);
    }),
    { seed: 7, numRuns: 100 },
  );
});
