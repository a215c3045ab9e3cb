/** The schema of one step: when, and exactly one thing to do. Also of the kinds that are not built yet. */
import { didYouMean } from "../profiles/input/nearest-name.ts";
import {
  anything,
  choice,
  deferred,
  durationText,
  filledText,
  isMapping,
  list,
  mapping,
  once,
  oneOf,
  openMapping,
  optional,
  record,
  shortOr,
  text,
  wholeNumber,
} from "../profiles/input/shape.ts";
import type { Misfit, Shape } from "../profiles/input/shape.ts";
import { settingsOverrideShape } from "../profiles/schema.ts";
import { faultShape, restartShape } from "./schema-faults.ts";
import { databaseShape, productShape } from "./schema-lanes.ts";
import type { Members } from "./schema-vaults.ts";
import {
  accessShape,
  attributes,
  certificateMembers,
  keyMembers,
  secretMembers,
} from "./schema-vaults.ts";

const vaultAndName = (): Members => ({
  vault: filledText(),
  name: filledText(),
});
const vaultAndNameOnly = () => mapping(vaultAndName());

/** What each step takes; the keys are the kinds of steps. */
const STEP_SHAPES: Readonly<Record<string, () => Shape>> = {
  setSecret: () => mapping({ ...vaultAndName(), ...secretMembers() }),
  updateSecret: () =>
    mapping({
      ...vaultAndName(),
      version: optional(filledText()),
      ...attributes(),
    }),
  deleteSecret: vaultAndNameOnly,
  recoverSecret: vaultAndNameOnly,
  purgeSecret: vaultAndNameOnly,
  setKey: () => mapping({ ...vaultAndName(), ...keyMembers() }),
  setCertificate: () => mapping({ ...vaultAndName(), ...certificateMembers() }),
  access: () => accessShape({ vault: filledText() }),
  apply: () => shortOr(filledText(), openMapping),
  delete: filledText,
  patch: () =>
    mapping({
      object: filledText(),
      type: optional(
        oneOf(["strategic", "merge", "json"]),
        "default strategic, as kubectl patch",
      ),
      body: patchBody(),
    }),
  scale: () =>
    record(wholeNumber(0, MOST_REPLICAS), {
      size: 1,
      message: "takes one workload, like {deployment/web: 3}",
    }),
  rolloutRestart: filledText,
  lane: productShape,
  database: databaseShape,
  refresh: () => mapping({ lane: filledText() }),
  exec: () =>
    mapping({
      pod: filledText(),
      selector: optional(filledText(), "of the list that {.items[N]…} is of"),
      container: optional(filledText()),
      command: commandShape(),
    }),
  settings: () => deferred(settingsOverrideShape),
  restart: restartShape,
  fault: faultShape,
  kill: () =>
    mapping({
      pod: filledText(),
      selector: optional(filledText(), "of the list that {.items[N]…} is of"),
      container: optional(filledText()),
      exitCode: optional(wholeNumber(0, 255)),
    }),
  request: () =>
    mapping({
      door: oneOf(["vault", "entra", "imds", "arm", "api"]),
      operation: filledText(),
      arguments: anything(),
      claims: optional(anything()),
      caller: optional(anything()),
      userAgent: optional(text()),
      material: optional(anything()),
    }),
  webhookAnswer: () =>
    mapping({
      subscription: filledText(),
      delivery: anything(),
      status: wholeNumber(100, 599),
      body: optional(anything()),
    }),
};

export const STEP_KINDS: readonly string[] = Object.keys(STEP_SHAPES);

/** `spec.replicas` is an int32. */
const MOST_REPLICAS = 2_147_483_647;

/** Keys of a step beside the one that says what it does. */
const STEP_HEAD = ["at", "id", "expect"];

/** What a run of this version can do. */
export const BUILT_STEPS: readonly string[] = [
  "setSecret",
  "updateSecret",
  "deleteSecret",
  "recoverSecret",
  "purgeSecret",
  "access",
  "apply",
  "delete",
  "settings",
  "setKey",
  "setCertificate",
  "exec",
  "kill",
  "restart",
  "fault",
  "patch",
  "scale",
  "rolloutRestart",
  "lane",
  "database",
  "refresh",
];

export function stepShape(): Shape {
  const branches = new Map(
    Object.entries(STEP_SHAPES).map(([kind, shape]) => [
      kind,
      once(() =>
        mapping({
          at: durationText(),
          id: optional(filledText()),
          [kind]: shape(),
          ...(kind === "exec" && { expect: optional(execOutcome()) }),
        }),
      ),
    ]),
  );
  return choice({
    pick: (value) => {
      if (!isMapping(value))
        return {
          message: "a step is a mapping like {at: 10m, setSecret: {…}}",
        };
      const [kind, second] = Object.keys(value).filter((key) =>
        branches.has(key),
      );
      if (kind === undefined) return missingKind(Object.keys(value));
      if (second !== undefined)
        return {
          message: `a step does one thing; this one has "${kind}" and "${second}"`,
          key: second,
        };
      return branches.get(kind)!();
    },
    branches: () => [...branches.values()].map((branch) => branch()),
  });
}

/** Operations for `json`, else a mapping. */
function patchBody(): Shape {
  const operations = list(openMapping(), {
    min: 1,
    message: "must not be empty",
  });
  const object = openMapping();
  return choice({
    pick: (value) => (Array.isArray(value) ? operations : object),
    branches: () => [object, operations],
  });
}

/** The words of a command, or one text for `sh -c`. */
function commandShape(): Shape {
  const words = list(text(), { min: 1, message: "must not be empty" });
  const line = filledText();
  return choice({
    pick: (value) => (typeof value === "string" ? line : words),
    branches: () => [words, line],
  });
}

function execOutcome(): Shape {
  const outcome = mapping({
    stdout: optional(text()),
    exitCode: optional(wholeNumber(0, 255)),
  });
  return choice({
    pick: (value) =>
      isMapping(value) && Object.keys(value).length === 0
        ? { message: "needs stdout, exitCode or both" }
        : outcome,
    branches: () => [outcome],
  });
}

function missingKind(keys: readonly string[]): Misfit {
  const unknown = keys.find((key) => !STEP_HEAD.includes(key));
  return unknown === undefined
    ? { message: `a step needs one of ${STEP_KINDS.join(", ")}` }
    : {
        message: `unknown step "${unknown}"${didYouMean(unknown, STEP_KINDS)}`,
        key: unknown,
      };
}
