/**
 * The order of a list that was merged: what the patch names in the patch's order, the others where they were.
 * Source: kubernetes/apimachinery v0.32 pkg/util/strategicpatch/patch.go (normalizeElementOrder, mergeSortedSlice).
 */
import type { JsonValue } from "../../kernel/json.ts";
import { isJsonObject, jsonEqual } from "../../kernel/json.ts";

/** What tells items apart: a member of theirs, or (null) their value. */
export type ItemKey = string | null;

export function keyValue(item: JsonValue, key: ItemKey): JsonValue | undefined {
  if (key === null) return item;
  return isJsonObject(item) ? item[key] : undefined;
}

/** The place of the first item with the same key; -1: none. */
export function placeOf(
  items: readonly JsonValue[],
  item: JsonValue,
  key: ItemKey,
): number {
  const value = keyValue(item, key);
  return items.findIndex((other) => jsonEqual(keyValue(other, key), value));
}

/** `order`: the items whose order is wanted. `before`: the list as it was, which says where its other items go. */
export function ordered(
  merged: readonly JsonValue[],
  order: readonly JsonValue[],
  before: readonly JsonValue[],
  key: ItemKey,
): JsonValue[] {
  const place = (item: JsonValue): number => placeOf(order, item, key);
  const named = merged
    .filter((item) => place(item) >= 0)
    .sort((a, b) => place(a) - place(b));
  const others = merged
    .filter((item) => place(item) < 0)
    .sort((a, b) => placeOf(before, a, key) - placeOf(before, b, key));
  return interleaved(others, named, before, key);
}

/** Each of `others` comes before the first of the named ones that it preceded. */
function interleaved(
  others: readonly JsonValue[],
  named: readonly JsonValue[],
  before: readonly JsonValue[],
  key: ItemKey,
): JsonValue[] {
  const out: JsonValue[] = [];
  let [i, j] = [0, 0];
  while (i < others.length || j < named.length) {
    if (j === named.length) out.push(others[i++]!);
    else if (i === others.length) out.push(named[j++]!);
    else {
      const left = placeOf(before, others[i]!, key);
      const right = placeOf(before, named[j]!, key);
      if (left >= 0 && right >= 0 && left < right) out.push(others[i++]!);
      else out.push(named[j++]!);
    }
  }
  return out;
}
