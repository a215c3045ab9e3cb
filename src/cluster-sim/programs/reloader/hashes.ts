/**
 * By what Reloader tells a change of data from any other update: a SHA-1 over sorted `key=value` lines.
 *
 * Source: stakater/Reloader v1.4.21 internal/pkg/util/util.go, internal/pkg/crypto/sha.go; reloader.md 1.5, 1.6
 */
import {
  base64ToBytes,
  bytesToBase64,
  utf8ToBytes,
} from "../../../kernel/bytes.ts";
import { sha1HexOfBytes } from "../../../kernel/hash.ts";
import { isJsonObject } from "../../../kernel/json.ts";
import type { JsonObject, JsonValue } from "../../../kernel/json.ts";
import {
  listOf,
  objectOf,
  stringOf,
} from "../../api-server/validation/reading.ts";
import type { ApiObject } from "../../ports.ts";
import type { ResourceType } from "./options.ts";

const EQUALS = "=".charCodeAt(0);
const SEMICOLON = ";".charCodeAt(0);

/** What stands for the data of a deleted object with the annotations strategy. */
export const DELETED_HASH = sha1HexOfBytes(
  utf8ToBytes("__RELOADER_EMPTY_DELETE_MARKER__"),
);

/** Pure: the same object has the same hash, and most are asked for twice. */
const known = new WeakMap<ApiObject, string>();

/** 40 lower-case hex digits. Of a SecretProviderClassPodStatus for `SECRETPROVIDERCLASS`. */
export function hashOf(type: ResourceType, object: ApiObject): string {
  const hash = known.get(object) ?? sha1HexOfBytes(joined(lines(type, object)));
  known.set(object, hash);
  return hash;
}

/** The hash that a new form is compared with: a status that had no objects yet has none. */
export function oldHashOf(type: ResourceType, object: ApiObject): string {
  if (type !== "SECRETPROVIDERCLASS") return hashOf(type, object);
  const { objects } = objectOf(object["status"] as JsonValue);
  return Array.isArray(objects) ? hashOf(type, object) : "";
}

function lines(type: ResourceType, object: ApiObject): Uint8Array[] {
  const body = object as unknown as JsonObject;
  switch (type) {
    case "SECRET":
      return membersOf(body["data"]).map(([key, value]) =>
        line(key, base64ToBytes(value)),
      );
    case "CONFIGMAP":
      return [
        ...membersOf(body["data"]),
        ...membersOf(body["binaryData"]).map(
          ([key, value]) => [key, bytesToBase64(base64ToBytes(value))] as const,
        ),
      ].map(([key, value]) => line(key, utf8ToBytes(value)));
    case "SECRETPROVIDERCLASS": {
      const status = objectOf(body["status"]);
      const className = stringOf(status["secretProviderClassName"]);
      return [
        ...listOf(status["objects"]).map(({ id, version }) =>
          line(stringOf(id), utf8ToBytes(stringOf(version))),
        ),
        line("SecretProviderClassName", utf8ToBytes(className)),
      ];
    }
  }
}

function membersOf(
  value: JsonValue | undefined,
): (readonly [key: string, value: string])[] {
  if (!isJsonObject(value)) return [];
  return Object.entries(value).map(([key, text]) => [key, stringOf(text)]);
}

function line(key: string, value: Uint8Array): Uint8Array {
  return Uint8Array.from([...utf8ToBytes(key), EQUALS, ...value]);
}

/** Sorted as bytes, as Go sorts strings. */
function joined(parts: Uint8Array[]): Uint8Array {
  const out: number[] = [];
  for (const [i, part] of parts.sort(byBytes).entries()) {
    if (i > 0) out.push(SEMICOLON);
    for (const byte of part) out.push(byte);
  }
  return Uint8Array.from(out);
}

function byBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}
