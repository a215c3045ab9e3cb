/**
 * The hash that Wave writes into a pod template: SHA-256 of Go's JSON of everything the workload refers to.
 *
 * Source: wave-k8s/wave v0.11.0 pkg/core/hash.go; golang/go src/encoding/json (maps by sorted keys, bytes as base64)
 */
import {
  base64ToBytes,
  bytesToBase64,
  utf8ToBytes,
} from "../../../kernel/bytes.ts";
import { sha256Hex } from "../../../kernel/hash.ts";
import type { JsonObject, JsonValue } from "../../../kernel/json.ts";
import { byCodeUnit } from "../../../kernel/json.ts";
import { objectOf, stringOf } from "../../api-server/validation/reading.ts";
import type { ApiObject } from "../../ports.ts";
import type { Child, ReadChild } from "./children.ts";

/** All data of a ConfigMap or Secret, base64 by key. */
export function dataOf(object: ApiObject): JsonObject {
  const data = objectOf(object["data"] as JsonValue | undefined);
  const binary = objectOf(object["binaryData"] as JsonValue | undefined);
  const plain = object.kind === "ConfigMap" ? encoded(data) : canonical(data);
  return { ...plain, ...canonical(binary) };
}

function encoded(data: JsonObject): JsonObject {
  return mapped(data, (text) => bytesToBase64(utf8ToBytes(text)));
}

/** As Go writes what it has read. */
function canonical(data: JsonObject): JsonObject {
  return mapped(data, (text) => bytesToBase64(base64ToBytes(text)));
}

function mapped(
  data: JsonObject,
  change: (text: string) => string,
): JsonObject {
  return Object.fromEntries(
    Object.entries(data).map(([key, text]) => [key, change(stringOf(text))]),
  );
}

/** Children of one name are one, whatever their namespaces. */
export function configHash(
  children: readonly Child[],
  read: ReadChild,
): string {
  const configMaps = sortedJson(collected(children, "ConfigMap", read));
  const secrets = sortedJson(collected(children, "Secret", read));
  return sha256Hex(`{"configMaps":${configMaps},"secrets":${secrets}}`);
}

function collected(
  children: readonly Child[],
  kind: Child["kind"],
  read: ReadChild,
): ReadonlyMap<string, string> {
  const byName = new Map<string, Map<string, string>>();
  for (const child of children) {
    if (child.kind !== kind) continue;
    const data = read(child);
    if (data === null) continue;
    const held = byName.get(child.name) ?? new Map<string, string>();
    byName.set(child.name, held);
    for (const [key, value] of Object.entries(data))
      if (child.keys === null || child.keys.includes(key))
        held.set(key, JSON.stringify(value));
  }
  return new Map([...byName].map(([name, held]) => [name, sortedJson(held)]));
}

/** An object of members that are JSON already; an object literal would put keys that look like numbers first. */
function sortedJson(members: ReadonlyMap<string, string>): string {
  const parts = [...members]
    .sort(([a], [b]) => byCodeUnit(a, b))
    .map(([key, json]) => `${JSON.stringify(key)}:${json}`);
  return `{${parts.join(",")}}`;
}
