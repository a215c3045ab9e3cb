/**
 * Building blocks for the schemas of files: zod types whose issues say what a person should write. The same types
 * become the JSON Schema for editors.
 */
import * as z from "zod";

import { parseDuration, parseInstant } from "../../../kernel/time.ts";

/** What stands for a union when the JSON Schema is made: zod itself only sees a custom check. */
const BRANCHES = new WeakMap<z.ZodType, readonly z.ZodType[]>();

/** Carries the known keys out of zod in the issue's message; `check-shape.ts` reads it back. */
export function knownKeysOf(message: string): string[] {
  return JSON.parse(message) as string[];
}

/** A mapping with these keys and no others. */
export function mapping<Shape extends z.ZodRawShape>(
  shape: Shape,
): z.ZodObject<Shape, z.core.$strict> {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? JSON.stringify(Object.keys(shape))
        : undefined,
  });
}

/** What is wrong with a value that fits no branch; `key`: the key where it shows. */
export interface Misfit {
  readonly message: string;
  readonly key?: string;
}

export interface Choice {
  /** The type for this value, or what is wrong with it. */
  readonly pick: (value: unknown) => z.ZodType | Misfit;
  /** All types that `pick` can return, for the JSON Schema. */
  readonly branches: readonly z.ZodType[];
}

/** A union whose branch is picked by looking at the value, so that messages are about the branch that was meant. */
export function choice(options: Choice): z.ZodType {
  const type = z.unknown().superRefine((value, context) => {
    const branch = options.pick(value);
    if ("message" in branch) {
      const { message, key } = branch;
      context.addIssue({
        code: "custom",
        message,
        path: key === undefined ? [] : [key],
        params: { aboutKey: key !== undefined },
      });
      return;
    }
    const result = branch.safeParse(value, { error: wording });
    if (result.success) return;
    for (const issue of result.error.issues)
      context.addIssue(issue as Parameters<typeof context.addIssue>[0]);
  });
  BRANCHES.set(type, options.branches);
  return type;
}

/** A short form, or the long form as a mapping. */
export function shortOr(short: z.ZodType, long: z.ZodType): z.ZodType {
  return choice({
    pick: (value) => (isMapping(value) ? long : short),
    branches: [short, long],
  });
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A JSON Schema of draft 2020-12 for what a user may write. */
export function toJsonSchema(type: z.ZodType): Record<string, unknown> {
  const schema = z.toJSONSchema(type, {
    io: "input",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      const branches = BRANCHES.get(zodSchema as unknown as z.ZodType);
      if (!branches) return;
      const anyOf = branches.map((branch) => {
        const { $schema: _, ...rest } = toJsonSchema(branch);
        return rest;
      });
      Object.assign(jsonSchema, { anyOf });
    },
  });
  return schema;
}

/** For editors; `parseDuration` also refuses more than a hundred years. */
const DURATION_PATTERN =
  "^(?=.)(\\d+d)?(\\d+h)?(\\d+m)?(\\d+(\\.\\d{1,3})?s)?(\\d+ms)?$";

export const DURATION_HINT = "like 500ms, 30s, 2m, 1h30m or 1d";

/** A duration as text. `positive` refuses nought. */
export function durationText(options: { positive?: boolean } = {}): z.ZodType {
  return z
    .string({ error: () => `expected a duration ${DURATION_HINT}` })
    .superRefine((text, context) => {
      const ms = parseDuration(text);
      if (ms === null) context.addIssue(durationProblem(text));
      else if (ms === 0 && options.positive === true)
        context.addIssue("must be longer than 0s");
    })
    .meta({ pattern: DURATION_PATTERN, examples: ["30s", "2m", "1h30m"] });
}

function durationProblem(text: string): string {
  if (text.startsWith("-") && parseDuration(text.slice(1)) !== null)
    return `the duration ${text} is negative`;
  if (/^(\d+(\.\d+)?(d|h|m|s|ms))+$/.test(text))
    return /\.\d/.test(text)
      ? `"${text}" is not a duration: only seconds may have a fraction, of up to three digits`
      : `"${text}" is not a duration: its units must fall (d, h, m, s, ms), and a hundred years is the most`;
  return `"${text}" is not a duration ${DURATION_HINT}`;
}

export function instantText(): z.ZodType {
  const hint = "expected an instant like 2024-04-29T09:00:00Z";
  return z
    .string({ error: () => hint })
    .refine((text) => parseInstant(text) !== null, { error: () => hint })
    .meta({ format: "date-time" });
}

export function wholeNumber(min: number, max: number): z.ZodType {
  const error = () => `must be a whole number from ${min} to ${max}`;
  return z
    .number({ error })
    .int({ error })
    .min(min, { error })
    .max(max, { error });
}

/** zod's own messages, reworded for somebody who sees a YAML file. Never repeats the value, which may be a secret. */
export function wording(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return `expected ${NAMES[issue.expected] ?? issue.expected}, found ${nameOf(issue.input)}`;
    case "invalid_value":
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(" or ")}`;
    case "too_small":
      return issue.origin === "array"
        ? `at least ${issue.minimum} ${issue.minimum === 1 ? "entry is" : "entries are"} needed`
        : undefined;
    default:
      return undefined;
  }
}

const NAMES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  tuple: "a list",
  object: "a mapping",
  record: "a mapping",
};

function nameOf(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  return NAMES[typeof value] ?? typeof value;
}
