/** The schema of one step: when, and exactly one thing to do. Also of the kinds that are not built yet. */
import * as z from "zod";

import {
  choice,
  durationText,
  instantText,
  isMapping,
  mapping,
  shortOr,
  wholeNumber,
} from "../profiles/input/shape.ts";
import { didYouMean } from "../profiles/input/nearest-name.ts";
import { settingsOverrideType } from "../profiles/schema.ts";

const text = () => z.string();
const name = () => z.string().min(1, { error: () => "must not be empty" });

const attributes = () => ({
  enabled: z.boolean().optional(),
  notBefore: instantText().optional(),
  expires: instantText().optional(),
  tags: z.record(z.string(), text()).optional(),
});

/** A secret's value with its attributes, as `vaults` and `setSecret` take it. */
export const secretShape = () => ({
  value: text(),
  contentType: text().optional(),
  ...attributes(),
});

const policies = () =>
  z.array(
    mapping({
      objectId: name().optional(),
      spn: name().optional(),
      permissions: mapping({
        secrets: z.array(text()).optional(),
        keys: z.array(text()).optional(),
        certificates: z.array(text()).optional(),
      }),
    }),
  );
const roles = () => z.array(z.looseObject({}));

export const ACCESS_MODES = ["open", "accessPolicy", "rbac"] as const;

/** `mode` and what goes with it, after the keys of `head`. */
export function accessType(head: z.ZodRawShape): z.ZodType {
  const branches = {
    open: mapping({ ...head, mode: z.literal("open") }),
    accessPolicy: mapping({
      ...head,
      mode: z.literal("accessPolicy"),
      policies: policies(),
    }),
    rbac: mapping({ ...head, mode: z.literal("rbac"), roles: roles() }),
  };
  const unknown = mapping({ ...head, mode: z.enum(ACCESS_MODES) });
  return choice({
    pick: (value) => {
      const mode = isMapping(value) ? value["mode"] : undefined;
      const known = ACCESS_MODES.find((candidate) => candidate === mode);
      return known ? branches[known] : unknown;
    },
    branches: Object.values(branches),
  });
}

const vaultAndName = () => mapping({ vault: name(), name: name() });

/** What each step takes; the keys are the kinds of steps. */
function stepTypes(): Record<string, z.ZodType> {
  return {
    setSecret: mapping({ vault: name(), name: name(), ...secretShape() }),
    updateSecret: mapping({
      vault: name(),
      name: name(),
      version: name().optional(),
      ...attributes(),
    }),
    deleteSecret: vaultAndName(),
    recoverSecret: vaultAndName(),
    purgeSecret: vaultAndName(),
    setKey: z.looseObject({ vault: name(), name: name() }),
    setCertificate: z.looseObject({ vault: name(), name: name() }),
    access: accessType({ vault: name() }),
    apply: shortOr(name(), z.looseObject({})),
    delete: name(),
    patch: mapping({ object: name(), type: name(), body: z.unknown() }),
    scale: z.record(z.string(), wholeNumber(0, Number.MAX_SAFE_INTEGER)),
    rolloutRestart: name(),
    exec: mapping({
      pod: name(),
      container: name().optional(),
      command: z.array(text()).min(1),
    }),
    settings: settingsOverrideType(),
    ...stepTypesOfTrouble(),
  };
}

function stepTypesOfTrouble(): Record<string, z.ZodType> {
  const whom = () => text().nullable().optional();
  return {
    restart: mapping({
      node: whom(),
      kubelet: whom(),
      driver: whom(),
      provider: whom(),
      apiServer: whom(),
      reloader: whom(),
      downFor: durationText().optional(),
    }),
    fault: z.looseObject({
      respond: z.unknown().optional(),
      latency: z.unknown().optional(),
      drop: z.unknown().optional(),
      for: durationText(),
    }),
    kill: mapping({
      pod: name(),
      container: name().optional(),
      exitCode: wholeNumber(0, 255).optional(),
    }),
    request: mapping({
      door: z.enum(["vault", "entra", "imds", "arm", "api"]),
      operation: name(),
      arguments: z.unknown(),
      claims: z.unknown().optional(),
      caller: z.unknown().optional(),
      userAgent: text().optional(),
      material: z.unknown().optional(),
    }),
    webhookAnswer: mapping({
      subscription: name(),
      delivery: z.unknown(),
      status: wholeNumber(100, 599),
      body: z.unknown().optional(),
    }),
  };
}

/** Keys of a step beside the one that says what it does. */
const STEP_HEAD = ["at", "id", "expect"];

export const STEP_KINDS: readonly string[] = [
  "setSecret",
  "updateSecret",
  "deleteSecret",
  "recoverSecret",
  "purgeSecret",
  "setKey",
  "setCertificate",
  "access",
  "apply",
  "delete",
  "patch",
  "scale",
  "rolloutRestart",
  "exec",
  "settings",
  "restart",
  "fault",
  "kill",
  "request",
  "webhookAnswer",
];

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

export function stepType(): z.ZodType {
  const types = stepTypes();
  const branch = (kind: string) =>
    mapping({
      at: durationText(),
      id: name().optional(),
      [kind]: types[kind]!,
      ...(kind === "exec" && {
        expect: mapping({
          stdout: text().optional(),
          exitCode: wholeNumber(0, 255).optional(),
        }).optional(),
      }),
    });
  const branches = new Map(STEP_KINDS.map((kind) => [kind, branch(kind)]));
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
      return branches.get(kind)!;
    },
    branches: [...branches.values()],
  });
}

function missingKind(keys: readonly string[]) {
  const unknown = keys.find((key) => !STEP_HEAD.includes(key));
  return unknown === undefined
    ? { message: `a step needs one of ${STEP_KINDS.join(", ")}` }
    : {
        message: `unknown step "${unknown}"${didYouMean(unknown, STEP_KINDS)}`,
        key: unknown,
      };
}
