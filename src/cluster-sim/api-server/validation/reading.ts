/** Members of a decoded manifest as Go would see them: what is missing or null is the type's zero value. */
import { isJsonObject } from "../../../kernel/json.ts";
import type { JsonObject, JsonValue } from "../../../kernel/json.ts";

export function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** A list of structs. */
export function listOf(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}

export function stringOf(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}

/** A list of strings. */
export function stringsOf(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.map(stringOf) : [];
}

export function isSet(value: JsonValue | undefined): boolean {
  return value !== undefined && value !== null;
}
