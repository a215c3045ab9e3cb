/**
 * RFC 7386 JSON merge patch.
 * Source: RFC 7386.
 */
import { isJsonObject } from "../../kernel/json.ts";
import type { JsonObject, JsonValue } from "../../kernel/json.ts";

/** `target` with `patch` merged in: objects merge, `null` removes, all else replaces. Neither is changed. */
export function mergePatch(
  target: JsonValue | undefined,
  patch: JsonValue,
): JsonValue {
  if (!isJsonObject(patch)) return patch;
  const out: Record<string, JsonValue> = isJsonObject(target)
    ? { ...target }
    : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete out[key];
    else out[key] = mergePatch(out[key], value);
  }
  return out;
}

/** A copy without members that are null: Go's decoder reads them as unset. List elements stay. */
export function withoutNulls(value: JsonObject): JsonObject {
  return hasNull(value) ? (pruned(value) as JsonObject) : value;
}

function hasNull(value: JsonValue): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some(hasNull);
  return Object.values(value).some((item) => item === null || hasNull(item));
}

function pruned(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(pruned);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null)
      .map(([key, item]) => [key, pruned(item)]),
  );
}
