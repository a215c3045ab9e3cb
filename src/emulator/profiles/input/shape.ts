/**
 * Building blocks for the schemas of files: what a value must look like, in words for somebody who sees a YAML file, and
 * as JSON Schema for editors. The only file that knows zod.
 */
import * as z from "zod";

import { parseDuration, parseInstant } from "../../../kernel/time.ts";
import { didYouMean } from "./nearest-name.ts";

export type Shape = z.ZodType;

/** What stands for a choice when the JSON Schema is made: zod itself only sees a custom check. */
const BRANCHES = new WeakMap<Shape, () => readonly Shape[]>();

/** `at` leads to the value, or to the key that is missing. */
export interface ShapeProblem {
  readonly at: readonly (string | number)[];
  readonly message: string;
  readonly kind: "value" | "wrongKey" | "missingKey";
  /** Of a wrong key: the keys that would do. */
  readonly known: readonly string[];
}

/** Everything in `value` that differs from the shape. Messages never repeat a value, which may be a secret. */
export function shapeProblems(shape: Shape, value: unknown): ShapeProblem[] {
  const result = shape.safeParse(value, { error: wording, jitless: true });
  if (result.success) return [];
  return result.error.issues.flatMap((issue) => problemsOf(issue, value));
}

function problemsOf(issue: z.core.$ZodIssue, root: unknown): ShapeProblem[] {
  const at = issue.path as (string | number)[];
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({
      at: [...at, key],
      message: `unknown key "${key}"`,
      kind: "wrongKey",
      // `mapping` puts them there.
      known: JSON.parse(issue.message) as string[],
    }));
  const { message } = issue;
  const wrongKey = issue.code === "custom" && issue.params?.["wrongKey"];
  const kind = wrongKey
    ? "wrongKey"
    : isMissing(root, at)
      ? "missingKey"
      : "value";
  return [{ at, message, kind, known: [] }];
}

function isMissing(root: unknown, path: readonly (string | number)[]): boolean {
  let value = root;
  for (const step of path) {
    if (typeof value !== "object" || value === null) return false;
    if (!Object.hasOwn(value, step)) return true;
    value = (value as Record<string | number, unknown>)[step];
  }
  return false;
}

/** A JSON Schema of draft 2020-12 for what a user may write. */
export function toJsonSchema(shape: Shape): Record<string, unknown> {
  return z.toJSONSchema(shape, {
    io: "input",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      const branches = BRANCHES.get(zodSchema as unknown as Shape);
      if (!branches) return;
      const forms = branches().map((branch) => {
        const { $schema: _, ...rest } = toJsonSchema(branch);
        return rest;
      });
      Object.assign(
        jsonSchema,
        forms.length === 1 ? forms[0] : { anyOf: forms },
      );
    },
  });
}

export const text = (): Shape => z.string();
export const filledText = (): Shape =>
  z.string().min(1, { error: () => "must not be empty" });
export const flag = (): Shape => z.boolean();
export const anything = (): Shape => z.unknown();
export const literal = (value: string, message?: string): Shape =>
  z.literal(value, message === undefined ? {} : { error: () => message });
export const oneOf = (values: readonly string[]): Shape =>
  z.enum(values as [string, ...string[]]);
export const numberOf = (values: readonly number[]): Shape =>
  z.literal([...values]);
/** A flag that is only ever raised. */
export const yes = (): Shape => z.literal(true);
/** A key that stands for itself. */
export const nothing = (): Shape => z.null();
export const nothingOr = (shape: Shape): Shape => shape.nullable();
export const optional = (shape: Shape, description?: string): Shape =>
  description === undefined
    ? shape.optional()
    : shape.optional().describe(description);
export const described = (shape: Shape, description: string): Shape =>
  shape.describe(description);

export function textLike(pattern: RegExp, message: string): Shape {
  return z.string().regex(pattern, { error: () => message });
}

/** Text, or a number or truth value whose text will do. */
export function looseText(): Shape {
  return z.union([z.string(), z.number(), z.boolean()], {
    error: () => "must be text or a number",
  });
}

export function wholeNumber(min: number, max: number): Shape {
  const error = () => `must be a whole number from ${min} to ${max}`;
  return z
    .number({ error })
    .int({ error })
    .min(min, { error })
    .max(max, { error });
}

/** A number of at least nought. */
export function amount(): Shape {
  return z.number().min(0, { error: () => "must not be negative" });
}

/** Without limits: any number of entries. */
export function list(
  of: Shape,
  limits: { min: number; max?: number; message: string } | null = null,
): Shape {
  if (limits === null) return z.array(of);
  const error = () => limits.message;
  const { min, max } = limits;
  const filled = z.array(of).min(min, { error });
  return max === undefined ? filled : filled.max(max, { error });
}

/** Any keys, all values alike; `limit`: exactly so many of them. */
export function record(
  of: Shape,
  limit: { readonly size: number; readonly message: string } | null = null,
): Shape {
  const any = z.record(z.string(), of);
  if (limit === null) return any;
  const { size, message } = limit;
  return any.refine((value) => Object.keys(value).length === size, {
    error: () => message,
  });
}

/** A mapping with these keys and no others. */
export function mapping(members: Readonly<Record<string, Shape>>): Shape {
  return z.strictObject(members, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? JSON.stringify(Object.keys(members))
        : undefined,
  });
}

/** A mapping with these keys and any others. */
export function openMapping(
  members: Readonly<Record<string, Shape>> = {},
): Shape {
  return z.looseObject(members);
}

/** What is wrong with a value that fits no branch; `key`: the key where it shows. */
export interface Misfit {
  readonly message: string;
  readonly key?: string;
}

export interface Choice {
  /** The shape for this value, or what is wrong with it. */
  readonly pick: (value: unknown) => Shape | Misfit;
  /** All shapes that `pick` can return, for the JSON Schema. */
  readonly branches: () => readonly Shape[];
}

/** A union whose branch is picked by looking at the value, so that messages are about the branch that was meant. */
export function choice(options: Choice): Shape {
  const type = z.unknown().superRefine((value, context) => {
    const branch = options.pick(value);
    if ("message" in branch) {
      const { message, key } = branch;
      context.addIssue({
        code: "custom",
        message,
        path: key === undefined ? [] : [key],
        params: { wrongKey: key !== undefined },
      });
      return;
    }
    const result = branch.safeParse(value, { error: wording, jitless: true });
    for (const issue of result.error?.issues ?? [])
      context.addIssue(issue as Parameters<typeof context.addIssue>[0]);
  });
  BRANCHES.set(type, options.branches);
  return type;
}

/** Builds the shape when a value needs it: most scenarios use few of the format's parts. */
export function deferred(build: () => Shape): Shape {
  const shape = once(build);
  return choice({ pick: shape, branches: () => [shape()] });
}

/** A short form, or the long form as a mapping. */
export function shortOr(short: Shape, long: () => Shape): Shape {
  const shape = once(long);
  return choice({
    pick: (value) => (isMapping(value) ? shape() : short),
    branches: () => [short, shape()],
  });
}

/** The same answer each time, made at the first. */
export function once<T extends object>(build: () => T): () => T {
  let built: T | null = null;
  return () => (built ??= build());
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** For editors; `parseDuration` also refuses more than a hundred years. */
const DURATION_PATTERN =
  "^(?=.)(\\d+d)?(\\d+h)?(\\d+m)?(\\d+(\\.\\d{1,3})?s)?(\\d+ms)?$";
const DURATION_HINT = "like 500ms, 30s, 2m, 1h30m or 1d";

/** A duration as text. `positive` refuses nought. */
export function durationText(options: { positive?: boolean } = {}): Shape {
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
  if (!/^(\d+(\.\d+)?(d|h|m|s|ms))+$/.test(text))
    return `expected a duration ${DURATION_HINT}`;
  return /\.\d/.test(text)
    ? `${text} is not a duration: only seconds may have a fraction, of up to three digits`
    : `${text} is not a duration: units go from d over h, m and s to ms, and a hundred years is the most`;
}

export function instantText(): Shape {
  const error = () => "expected an instant like 2024-04-29T09:00:00Z";
  return z
    .string({ error })
    .refine((text) => parseInstant(text) !== null, { error })
    .meta({ format: "date-time" });
}

/** zod's own messages, reworded. */
function wording(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return `expected ${NAMES[issue.expected] ?? issue.expected}, found ${nameOf(issue.input)}`;
    case "invalid_value":
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(" or ")}${meant(issue)}`;
    default:
      return undefined;
  }
}

/** The value that was probably meant, where there are several. */
function meant({
  input,
  values,
}: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidValue>): string {
  return typeof input === "string" && values.length > 1
    ? didYouMean(input, values.map(String))
    : "";
}

const NAMES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping",
  record: "a mapping",
  null: "nothing",
};

function nameOf(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  return NAMES[typeof value] ?? typeof value;
}
