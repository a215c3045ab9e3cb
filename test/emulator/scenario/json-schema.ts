/** Enough of JSON Schema for the one that the loader exports; throws on a keyword that it does not know. */

interface Schema {
  readonly [keyword: string]: unknown;
}

const ANNOTATIONS = [
  "$schema",
  "title",
  "description",
  "examples",
  "format",
  "propertyNames",
];

/** Whether the value is valid. */
export function isValid(schema: Schema, value: unknown): boolean {
  return Object.entries(schema).every(
    ([keyword, argument]) =>
      ANNOTATIONS.includes(keyword) ||
      holds({ schema, keyword, argument, value }),
  );
}

interface Rule {
  readonly schema: Schema;
  readonly keyword: string;
  readonly argument: unknown;
  readonly value: unknown;
}

function holds({ schema, keyword, argument, value }: Rule): boolean {
  const text = typeof value === "string" ? value : null;
  const number = typeof value === "number" ? value : null;
  const list = Array.isArray(value) ? (value as unknown[]) : null;
  const limit = argument as number;
  switch (keyword) {
    case "type":
      return [argument].flat().some((type) => isOfType(value, type));
    case "const":
      return value === argument;
    case "enum":
      return (argument as unknown[]).includes(value);
    case "anyOf":
      return (argument as Schema[]).some((branch) => isValid(branch, value));
    case "pattern":
      return text === null || new RegExp(String(argument)).test(text);
    case "minLength":
      return text === null || text.length >= limit;
    case "minimum":
      return number === null || number >= limit;
    case "maximum":
      return number === null || number <= limit;
    case "minItems":
      return list === null || list.length >= limit;
    case "maxItems":
      return list === null || list.length <= limit;
    case "items":
      return list?.every((item) => isValid(argument as Schema, item)) ?? true;
    case "required":
      return (argument as string[]).every((key) => key in members(value));
    case "properties":
    case "additionalProperties":
      return keyword === "properties" || membersFit(schema, members(value));
    default:
      throw new Error(`the keyword ${keyword} is not known here`);
  }
}

function membersFit(schema: Schema, value: Record<string, unknown>): boolean {
  const known = (schema["properties"] ?? {}) as Record<string, Schema>;
  const others = schema["additionalProperties"] ?? true;
  return Object.entries(value).every(([key, member]) => {
    const own = known[key];
    if (own) return isValid(own, member);
    return typeof others === "boolean"
      ? others
      : isValid(others as Schema, member);
  });
}

function members(value: unknown): Record<string, unknown> {
  return typeName(value) === "object" ? (value as Record<string, unknown>) : {};
}

function isOfType(value: unknown, type: unknown): boolean {
  const name = typeName(value);
  return name === type || (name === "integer" && type === "number");
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return Number.isInteger(value) ? "integer" : typeof value;
}
