/**
 * The scenario format as a schema: what the loader checks, and the JSON Schema that editors use. Names, times and
 * manifests are judged later, when everything has been read.
 */
import {
  choice,
  deferred,
  described,
  durationText,
  filledText,
  instantText,
  list,
  literal,
  looseText,
  mapping,
  once,
  openMapping,
  optional,
  record,
  shortOr,
  text,
  toJsonSchema,
  wholeNumber,
} from "../profiles/input/shape.ts";
import type { Shape } from "../profiles/input/shape.ts";
import { settingsOverrideShape } from "../profiles/schema.ts";
import { expectationShape, sinkShape } from "./schema-expectations.ts";
import { applicationsShape, databaseShape, laneShape } from "./schema-lanes.ts";
import { stepShape } from "./schema-steps.ts";
import { vaultShape } from "./schema-vaults.ts";

const MOST_NODES = 5000;

/** Built when it is first asked for: commands that load no scenario do not pay for it. */
export const scenarioShape = once(() =>
  mapping({
    apiVersion: literal("keyturn/v1"),
    kind: literal("Scenario"),
    metadata: mapping({
      name: described(filledText(), "short, for file names and messages"),
      title: optional(text()),
      description: optional(text(), "what to look for"),
      source: optional(text(), "where the situation comes from"),
    }),
    seed: optional(wholeNumber(0, Number.MAX_SAFE_INTEGER), "default 1"),
    start: optional(instantText(), "default 2024-04-29T09:00:00Z"),
    duration: described(durationText(), "virtual time to play"),
    profile: optional(filledText(), "a built-in name or a path; default aks"),
    settings: optional(
      deferred(settingsOverrideShape),
      "overrides of the profile",
    ),
    variants: optional(
      record(deferred(settingsOverrideShape)),
      "overrides by name: the same journal is played under each",
    ),
    variables: optional(record(looseText()), "replace ${name} in manifests"),
    namespace: optional(filledText(), "for names without one"),
    nodes: optional(nodesShape(), "default 1; or a list of names"),
    vaults: optional(list(deferred(vaultShape))),
    manifests: optional(
      list(shortOr(filledText(), openMapping)),
      "files relative to this one, or objects",
    ),
    applications: optional(
      deferred(applicationsShape),
      "what the programs in pods do with the secret, by pod or workload",
    ),
    lanes: optional(
      list(deferred(laneShape)),
      "ways to compare on the same rotation",
    ),
    databases: optional(
      list(deferred(databaseShape)),
      "services that take a secret as their password",
    ),
    steps: optional(list(deferred(stepShape))),
    watch: optional(list(deferred(sinkShape))),
    expect: optional(list(deferred(expectationShape))),
  }),
);

/** What `schema/scenario.schema.json` holds: JSON Schema, draft 2020-12. */
export function scenarioJsonSchema(): Record<string, unknown> {
  const { $schema, ...rest } = toJsonSchema(scenarioShape());
  return {
    $schema,
    title: "Keyturn scenario",
    description:
      "A situation to play: vaults, manifests, what happens when, and what is expected.",
    ...rest,
  };
}

function nodesShape(): Shape {
  const number = wholeNumber(1, MOST_NODES);
  const names = list(filledText(), {
    min: 1,
    max: MOST_NODES,
    message: `takes 1 to ${MOST_NODES} names`,
  });
  return choice({
    pick: (value) => (Array.isArray(value) ? names : number),
    branches: () => [number, names],
  });
}
