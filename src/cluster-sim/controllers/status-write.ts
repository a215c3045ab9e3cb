/** How a controller writes the status of its object: one request, none when nothing changed. */
import type { JsonObject, JsonValue } from "../../kernel/json.ts";
import { isJsonObject, jsonEqual } from "../../kernel/json.ts";
import type { Stored } from "../ports.ts";
import type { PassRequest } from "./controller.ts";
import { statusOf } from "./pod-state.ts";

/**
 * Replaces the whole status. Refused with Conflict when the object has changed since, unless `after` says what the status
 * is by now: what the same pass has written before, or the known one where upstream would take the newest version and try
 * again.
 */
export function writeStatus(
  stored: Stored,
  status: JsonObject,
  after?: JsonObject,
): PassRequest[] {
  const { object } = stored;
  const before = after ?? statusOf(object);
  if (jsonEqual(before, status)) return [];
  const { uid, resourceVersion, namespace = "", name } = object.metadata;
  const patch = {
    metadata: after === undefined ? { uid, resourceVersion } : { uid },
    status: patchTo(before, status),
  };
  const { kind } = object;
  return [{ request: { verb: "patchStatus", kind, namespace, name, patch } }];
}

/** The merge patch that makes one object of another. */
function patchTo(before: JsonObject, after: JsonObject): JsonObject {
  const patch: Record<string, JsonValue> = {};
  for (const key of Object.keys(before)) if (!(key in after)) patch[key] = null;
  for (const [key, value] of Object.entries(after)) {
    const old = before[key];
    patch[key] =
      isJsonObject(old) && isJsonObject(value) ? patchTo(old, value) : value;
  }
  return patch;
}

/** Without the members that Go leaves out when they are zero. */
export function withoutZeros(
  status: Readonly<Record<string, JsonValue | undefined>>,
): JsonObject {
  const kept = Object.entries(status).filter(
    ([, value]) => value !== undefined && value !== 0 && value !== "",
  );
  return Object.fromEntries(kept) as JsonObject;
}
