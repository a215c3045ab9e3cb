/**
 * Whether an object matches label and field selectors, and the reading of field selectors.
 * Source: kubernetes/apimachinery v0.32 pkg/labels/selector.go, pkg/fields/selector.go; error texts are upstream's.
 */
import type { JsonObject } from "../../kernel/json.ts";
import type { ApiObject } from "../ports.ts";
import type { KindInfo } from "./kinds.ts";
import type { LabelRequirement, Parsed } from "./label-selector.ts";
import { objectOf, stringOf } from "./validation/reading.ts";

export interface FieldRequirement {
  readonly field: string;
  readonly negated: boolean;
  readonly value: string;
}

const INTEGER = /^[+-]?\d+$/;

/** Whether labels fulfil every requirement. `!=` and `notin` hold for an absent label. */
export function matchesLabels(
  requirements: readonly LabelRequirement[],
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  for (const requirement of requirements)
    if (!holds(requirement, labels?.[requirement.key])) return false;
  return true;
}

function holds(
  { operator, values }: LabelRequirement,
  label: string | undefined,
): boolean {
  switch (operator) {
    case "=":
    case "==":
    case "in":
      return label !== undefined && values.includes(label);
    case "!=":
    case "notin":
      return label === undefined || !values.includes(label);
    case "exists":
      return label !== undefined;
    case "!":
      return label === undefined;
    case "gt":
    case "lt": {
      if (label === undefined || !INTEGER.test(label)) return false;
      const [a, b] = [BigInt(label), BigInt(values[0]!)];
      return operator === "gt" ? a > b : a < b;
    }
  }
}

/** Reads `spec.nodeName=node-0,status.phase!=Failed` and checks that the kind has these fields. */
export function parseFieldSelector(
  text: string,
  info: KindInfo,
): Parsed<FieldRequirement> {
  const requirements: FieldRequirement[] = [];
  for (const part of text.split(",").filter((p) => p !== "")) {
    const match = /^([^=!]*)(!=|==|=)(.*)$/s.exec(part);
    if (match === null)
      return {
        ok: false,
        message: `invalid selector: '${text}'; can't understand '${part}'`,
      };
    const [, field = "", operator, value = ""] = match;
    const message = unknownField(field, info);
    if (message !== null) return { ok: false, message };
    requirements.push({ field, negated: operator === "!=", value });
  }
  return { ok: true, requirements };
}

function unknownField(field: string, info: KindInfo): string | null {
  if (field === "metadata.name" || field === "metadata.namespace") return null;
  if (info.fields === null)
    return `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`;
  return info.fields.includes(field)
    ? null
    : `field label not supported: ${field}`;
}

export function matchesFields(
  requirements: readonly FieldRequirement[],
  object: ApiObject,
): boolean {
  for (const { field, negated, value } of requirements)
    if ((fieldValue(object, field) === value) === negated) return false;
  return true;
}

/** The steps to each field that was asked for: every write asks for those of every watch of its kind. */
const paths = new Map<string, readonly string[]>();

function pathOf(field: string): readonly string[] {
  let path = paths.get(field);
  if (path === undefined) paths.set(field, (path = field.split(".")));
  return path;
}

/** An absent field is the empty text; an absent boolean is `false`. */
function fieldValue(object: ApiObject, field: string): string {
  if (field === "metadata.name") return object.metadata.name;
  if (field === "source") return eventSource(object);
  if (field === "status.successful")
    return fieldValue(object, "status.succeeded") || "0";
  let value: unknown = object;
  for (const part of pathOf(field)) {
    if (typeof value !== "object" || value === null) return absent(field);
    value = (value as Record<string, unknown>)[part];
  }
  if (typeof value === "string") return value;
  return typeof value === "boolean" || typeof value === "number"
    ? String(value)
    : absent(field);
}

const absent = (field: string): string =>
  field === "spec.unschedulable" || field === "spec.hostNetwork" ? "false" : "";

function eventSource(object: ApiObject): string {
  const event = object as unknown as JsonObject;
  const { component } = objectOf(event["source"]);
  return stringOf(component) || stringOf(event["reportingComponent"]);
}
