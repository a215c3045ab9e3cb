/**
 * Room state to JSON and back. State is plain data: primitives, arrays, plain objects, Maps, Sets and byte arrays.
 * Anything else in it (a closure, a class instance, `undefined` in an array) is a mistake of ours and throws.
 */
import { base64ToBytes, bytesToBase64 } from "./bytes.ts";
import { InvariantViolation } from "./errors.ts";
import type { JsonValue } from "./json.ts";

export function encodeState(value: unknown, path = "state"): JsonValue {
  if (value === null) return null;
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") {
    if (Number.isFinite(value)) return value;
    return { $number: String(value) };
  }
  if (typeof value === "object") {
    if (Array.isArray(value))
      return value.map((item, i) => encodeState(item, `${path}[${i}]`));
    if (value instanceof Map)
      return {
        $map: [...value].map(([k, v]) => [
          encodeState(k, `${path} key`),
          encodeState(v, `${path}.${String(k)}`),
        ]),
      };
    if (value instanceof Set)
      return { $set: [...value].map((item) => encodeState(item, path)) };
    if (value instanceof Uint8Array) return { $bytes: bytesToBase64(value) };
    if (Object.getPrototypeOf(value) === Object.prototype)
      return encodeRecord(value as Record<string, unknown>, path);
  }
  throw new InvariantViolation(
    "StateNotPlain",
    `Failed to take a snapshot: ${path} is not plain data (${typeof value})`,
  );
}

function encodeRecord(
  record: Record<string, unknown>,
  path: string,
): Record<string, JsonValue> {
  const entries = Object.entries(record)
    .filter(([, item]) => item !== undefined)
    .map(([key, item]) => [key, encodeState(item, `${path}.${key}`)] as const);
  // A user's object may have a key that looks like one of our tags. `fromEntries` keeps a key `__proto__`, too.
  return entries.some(([key]) => key.startsWith("$"))
    ? { $record: entries }
    : Object.fromEntries(entries);
}

/** The inverse of `encodeState`; every call returns fresh objects. */
export function decodeState(value: JsonValue): unknown {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map((item) => decodeState(item));
  const record = value as Record<string, JsonValue>;
  if ("$map" in record)
    return new Map(
      (record["$map"] as [JsonValue, JsonValue][]).map(([k, v]) => [
        decodeState(k),
        decodeState(v),
      ]),
    );
  if ("$set" in record)
    return new Set((record["$set"] as JsonValue[]).map(decodeState));
  if ("$bytes" in record) return base64ToBytes(record["$bytes"] as string);
  if ("$number" in record) return Number(record["$number"]);
  const entries =
    "$record" in record
      ? (record["$record"] as [string, JsonValue][])
      : Object.entries(record);
  return Object.fromEntries(entries.map(([k, v]) => [k, decodeState(v)]));
}
