/**
 * The hash that names a ReplicaSet or a ControllerRevision after its template.
 * Source: kubernetes/kubernetes v1.35 pkg/controller/controller_utils.go (ComputeHash), pkg/controller/history/controller_history.go
 * (HashControllerRevision), staging/src/k8s.io/apimachinery/pkg/util/rand/rand.go (SafeEncodeString)
 *
 * Simplification: The template hash is taken over the template as canonical JSON, upstream's over a dump of the Go struct: as unique, but other letters.
 */
import type { JsonObject, JsonValue } from "../../kernel/json.ts";
import { byCodeUnit } from "../../kernel/json.ts";

const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

/** FNV-1a, 32 bits, over the UTF-16 units of a text. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++)
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** Stored objects never change, and a template is asked for by each pass: a pure cache. */
const texts = new WeakMap<JsonObject, string>();

/** The same text for the same content, whatever the order of its members. */
export function canonicalJson(value: JsonObject): string {
  let text = texts.get(value);
  if (text === undefined) {
    text = JSON.stringify(value, (_, part: JsonValue) => inOrder(part));
    texts.set(value, text);
  }
  return text;
}

function inOrder(value: JsonValue): JsonValue {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return value;
  const entries = Object.entries(value as JsonObject);
  return Object.fromEntries(entries.sort(([a], [b]) => byCodeUnit(a, b)));
}

/** 6 to 10 letters. `collisionCount`: how many other templates have had the same hash. */
export function templateHash(
  template: JsonObject,
  collisionCount: number,
): string {
  const digits = String(fnv1a(`${canonicalJson(template)}${collisionCount}`));
  let text = "";
  for (let i = 0; i < digits.length; i++)
    text += ALPHABET[digits.charCodeAt(i) % ALPHABET.length]!;
  return text;
}
