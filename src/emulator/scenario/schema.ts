/**
 * The scenario format as a schema: what the loader checks, and the JSON Schema that editors use. Names, times and
 * manifests are judged later, when everything has been read.
 */
import * as z from "zod";

import {
  choice,
  durationText,
  instantText,
  isMapping,
  mapping,
  shortOr,
  toJsonSchema,
  wholeNumber,
} from "../profiles/input/shape.ts";
import { settingsOverrideType } from "../profiles/schema.ts";
import { expectationType, sinkType } from "./schema-expectations.ts";
import { accessType, secretShape, stepType } from "./schema-steps.ts";

export const MOST_NODES = 5000;

let built: z.ZodType | null = null;

/** Built when it is first asked for: commands that load no scenario do not pay for it. */
export function scenarioType(): z.ZodType {
  built ??= buildScenarioType();
  return built;
}

/** What `schema/scenario.schema.json` holds: JSON Schema, draft 2020-12. */
export function scenarioJsonSchema(): Record<string, unknown> {
  const { $schema, ...rest } = toJsonSchema(scenarioType());
  return {
    $schema,
    title: "Keyturn scenario",
    description:
      "A situation to play: vaults, manifests, what happens when, and what is expected.",
    ...rest,
  };
}

const text = () => z.string();
const name = () => z.string().min(1, { error: () => "must not be empty" });

function buildScenarioType(): z.ZodType {
  return mapping({
    apiVersion: z.literal("keyturn/v1"),
    kind: z.literal("Scenario"),
    metadata: mapping({
      name: name().describe("short, for file names and messages"),
      title: text().optional(),
      description: text().optional().describe("what to look for"),
      source: text().optional().describe("where the situation comes from"),
    }),
    seed: wholeNumber(0, Number.MAX_SAFE_INTEGER)
      .optional()
      .describe("default 1"),
    start: instantText().optional().describe("default 2024-04-29T09:00:00Z"),
    duration: durationText().describe("virtual time to play"),
    profile: name()
      .optional()
      .describe("a built-in name or a path; default aks"),
    settings: settingsOverrideType()
      .optional()
      .describe("overrides of the profile"),
    variables: z
      .record(
        z.string(),
        z.union([z.string(), z.number(), z.boolean()], {
          error: () => "must be text or a number",
        }),
      )
      .optional()
      .describe("replace ${name} in manifests"),
    namespace: name().optional().describe("for names without one"),
    nodes: nodesType().optional().describe("default 1; or a list of names"),
    vaults: z.array(vaultType()).optional(),
    manifests: z
      .array(shortOr(name(), z.looseObject({})))
      .optional()
      .describe("files relative to this one, or objects"),
    steps: z.array(stepType()).optional(),
    watch: z.array(sinkType()).optional(),
    expect: z.array(expectationType()).optional(),
  });
}

function nodesType(): z.ZodType {
  const number = wholeNumber(1, MOST_NODES);
  const names = z
    .array(name())
    .min(1)
    .max(MOST_NODES, {
      error: () => `at most ${MOST_NODES} nodes`,
    });
  return choice({
    pick: (value) => (Array.isArray(value) ? names : number),
    branches: [number, names],
  });
}

function vaultType(): z.ZodType {
  const accessByMode = accessType({});
  const open = z.literal("open", {
    error: () => 'must be "open" or a mapping with a "mode"',
  });
  return mapping({
    name: name(),
    access: choice({
      pick: (value) => (isMapping(value) ? accessByMode : open),
      branches: [open, accessByMode],
    })
      .optional()
      .describe("default open"),
    secrets: z
      .record(z.string(), shortOr(text(), mapping(secretShape())))
      .optional(),
  });
}
