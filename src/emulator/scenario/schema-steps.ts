/** The schema of one step: when, and exactly one thing to do. Also of the kinds that are not built yet. */
import { didYouMean } from "../profiles/input/nearest-name.ts";
import {
  anything,
  choice,
  deferred,
  durationText,
  filledText,
  flag,
  instantText,
  isMapping,
  list,
  literal,
  mapping,
  nothingOr,
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

type Members = Readonly<Record<string, Shape>>;

const attributes = (): Members => ({
  enabled: optional(flag()),
  notBefore: optional(instantText()),
  expires: optional(instantText()),
  tags: optional(record(text())),
});

/** A secret's value with its attributes, as `vaults` and `setSecret` take it. */
export const secretMembers = (): Members => ({
  value: text(),
  contentType: optional(text()),
  ...attributes(),
});

function policies(): Shape {
  const permissions = () => optional(list(text()));
  return list(
    mapping({
      objectId: optional(filledText()),
      spn: optional(filledText()),
      permissions: mapping({
        secrets: permissions(),
        keys: permissions(),
        certificates: permissions(),
      }),
    }),
  );
}

const ACCESS_MODES = ["open", "accessPolicy", "rbac"] as const;

/** `mode` and what goes with it, after the keys of `head`. */
export function accessShape(head: Members): Shape {
  const branches = {
    open: once(() => mapping({ ...head, mode: literal("open") })),
    accessPolicy: once(() =>
      mapping({
        ...head,
        mode: literal("accessPolicy"),
        policies: policies(),
      }),
    ),
    rbac: once(() =>
      mapping({ ...head, mode: literal("rbac"), roles: list(openMapping()) }),
    ),
  };
  const unknown = once(() =>
    mapping({
      ...head,
      mode: oneOf(ACCESS_MODES),
      policies: optional(anything()),
      roles: optional(anything()),
    }),
  );
  return choice({
    pick: (value) => {
      const mode = isMapping(value) ? value["mode"] : undefined;
      const known = ACCESS_MODES.find((candidate) => candidate === mode);
      return known ? branches[known]() : unknown();
    },
    branches: () => Object.values(branches).map((branch) => branch()),
  });
}

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
  setKey: () => openMapping(vaultAndName()),
  setCertificate: () => openMapping(vaultAndName()),
  access: () => accessShape({ vault: filledText() }),
  apply: () => shortOr(filledText(), openMapping),
  delete: filledText,
  patch: () =>
    mapping({ object: filledText(), type: filledText(), body: anything() }),
  scale: () => record(wholeNumber(0, Number.MAX_SAFE_INTEGER)),
  rolloutRestart: filledText,
  exec: () =>
    mapping({
      pod: filledText(),
      container: optional(filledText()),
      command: list(text(), { min: 1, message: "must not be empty" }),
    }),
  settings: () => deferred(settingsOverrideShape),
  restart: () => {
    const whom = () => optional(nothingOr(text()));
    return mapping({
      node: whom(),
      kubelet: whom(),
      driver: whom(),
      provider: whom(),
      apiServer: whom(),
      reloader: whom(),
      downFor: optional(durationText()),
    });
  },
  fault: () =>
    openMapping({
      respond: optional(anything()),
      latency: optional(anything()),
      drop: optional(anything()),
      for: durationText(),
    }),
  kill: () =>
    mapping({
      pod: filledText(),
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

function execOutcome(): Shape {
  return mapping({
    stdout: optional(text()),
    exitCode: optional(wholeNumber(0, 255)),
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
