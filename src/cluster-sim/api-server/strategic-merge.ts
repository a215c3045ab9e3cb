/**
 * Strategic merge patch: a merge patch whose lists are merged by the keys of their items, with directives for what a
 * plain merge cannot say.
 * Source: kubernetes/apimachinery v0.32 pkg/util/strategicpatch/patch.go, pkg/util/mergepatch/errors.go.
 */
import type { JsonObject, JsonValue } from "../../kernel/json.ts";
import { byCodeUnit, isJsonObject, jsonEqual } from "../../kernel/json.ts";
import type { MergeRule, MergeRules } from "./strategic-keys.ts";
import { NO_RULES } from "./strategic-keys.ts";
import { keyValue, ordered, placeOf } from "./strategic-lists.ts";

/** `server`: upstream answers it as an internal error, else as a bad request. */
export class StrategicMergeError extends Error {
  readonly server: boolean;

  constructor(message: string, options: { readonly server: boolean }) {
    super(message);
    this.server = options.server;
  }
}

const DIRECTIVE = "$patch";
const RETAIN_KEYS = "$retainKeys";
const DELETE_FROM = "$deleteFromPrimitiveList/";
const SET_ORDER = "$setElementOrder/";

/** `target` with `patch` merged in; neither is changed. Throws a StrategicMergeError on a patch that cannot be read. */
export function strategicMerge(
  target: JsonObject,
  patch: JsonObject,
  rules: MergeRules,
): JsonObject {
  return mergeMap(target, patch, rules);
}

function mergeMap(
  target: JsonObject,
  patch: JsonObject,
  rules: MergeRules,
): JsonObject {
  const { [DIRECTIVE]: directive, ...rest } = patch;
  if (directive === "replace") return withoutDirectives(rest);
  if (directive === "delete") return {};
  if (directive !== undefined && directive !== "merge")
    throw unknownDirective(directive, patch);
  const out: Record<string, JsonValue> = retained(target, rest);
  for (const [key, value] of Object.entries(rest)) {
    if (key === RETAIN_KEYS || key.startsWith(SET_ORDER)) continue;
    if (key.startsWith(DELETE_FROM)) {
      const member = key.slice(DELETE_FROM.length);
      const [from, gone] = [listIn(out[member]), listIn(value)];
      if (out[member] !== undefined)
        out[member] = from.filter((item) => placeOf(gone, item, null) < 0);
    } else if (value === null) delete out[key];
    else {
      const order = rest[SET_ORDER + key];
      out[key] = mergeMember(out[key], value, rules.get(key) ?? {}, order);
    }
  }
  for (const key of Object.keys(rest))
    if (key.startsWith(SET_ORDER)) reorder(out, key, rest, target, rules);
  return out;
}

/** The target's members, without those that `$retainKeys` does not name. */
function retained(
  target: JsonObject,
  patch: JsonObject,
): Record<string, JsonValue> {
  const kept = patch[RETAIN_KEYS];
  if (kept === undefined) return { ...target };
  if (!Array.isArray(kept))
    throw new StrategicMergeError("invalid patch format of retainKeys", {
      server: false,
    });
  return Object.fromEntries(
    Object.entries(target).filter(([key]) => kept.includes(key)),
  );
}

function mergeMember(
  target: JsonValue | undefined,
  patch: JsonValue,
  rule: MergeRule,
  order: JsonValue | undefined,
): JsonValue {
  if (isJsonObject(patch))
    return mergeMap(
      isJsonObject(target) ? target : {},
      patch,
      rule.of ?? NO_RULES,
    );
  if (!Array.isArray(patch)) return patch;
  const before = listIn(target);
  if (rule.set === true) {
    const both = [...before, ...(patch as readonly JsonValue[])];
    const merged = both.filter((item, i) => placeOf(both, item, null) === i);
    return order === undefined ? ordered(merged, patch, before, null) : merged;
  }
  if (rule.key === undefined) return patch.map(withoutDirectivesIn);
  return mergeItems(before, patch, { ...rule, key: rule.key }, order);
}

function mergeItems(
  before: readonly JsonValue[],
  patch: readonly JsonValue[],
  rule: MergeRule & { readonly key: string },
  order: JsonValue | undefined,
): JsonValue[] {
  const { key } = rule;
  const plain = patch.filter(
    (item) => !isJsonObject(item) || !(DIRECTIVE in item),
  );
  const special = patch
    .filter((item) => isJsonObject(item))
    .filter((item) => DIRECTIVE in item);
  if (special.some((item) => item[DIRECTIVE] === "replace"))
    return plain.map(withoutDirectivesIn);
  let kept = [...before];
  for (const item of special) {
    const directive = item[DIRECTIVE]!;
    if (directive !== "delete") throw unknownDirective(directive, item);
    requireKey(item, key);
    kept = kept.filter((other) => !jsonEqual(keyValue(other, key), item[key]));
  }
  const merged = [...kept];
  for (const item of plain) {
    requireKey(item, key);
    const at = placeOf(merged, item, key);
    const base = at < 0 ? {} : merged[at]!;
    const next = mergeMap(
      isJsonObject(base) ? base : {},
      item as JsonObject,
      rule.of ?? NO_RULES,
    );
    if (at < 0) merged.push(next);
    else merged[at] = next;
  }
  return order === undefined ? ordered(merged, plain, before, key) : merged;
}

/** `$setElementOrder/containers` puts the merged list in order, also where the patch has no items of it. */
function reorder(
  out: Record<string, JsonValue>,
  directive: string,
  patch: JsonObject,
  target: JsonObject,
  rules: MergeRules,
): void {
  const member = directive.slice(SET_ORDER.length);
  const [order, items] = [patch[directive], patch[member]];
  if (!Array.isArray(order))
    throw new StrategicMergeError(
      "invalid patch format of setElementOrder list",
      { server: false },
    );
  const rule = rules.get(member) ?? {};
  if (rule.key === undefined && rule.set !== true) return;
  const key = rule.key ?? null;
  for (const item of listIn(items))
    if (!(isJsonObject(item) && DIRECTIVE in item))
      if (placeOf(order, item, key) < 0)
        throw new StrategicMergeError(
          `The order in patch list:\n${goText(items!)}\n doesn't match ${directive} list:\n${goText(order)}\n`,
          { server: true },
        );
  if (out[member] === undefined) return;
  out[member] = ordered(
    listIn(out[member]),
    order,
    listIn(target[member]),
    key,
  );
}

function requireKey(item: JsonValue, key: string): void {
  if (isJsonObject(item) && item[key] !== undefined) return;
  throw new StrategicMergeError(
    `map: ${goText(item)} does not contain declared merge key: ${key}`,
    { server: true },
  );
}

function unknownDirective(
  directive: JsonValue,
  patch: JsonObject,
): StrategicMergeError {
  return new StrategicMergeError(
    `unknown patch type: ${goText(directive)} in map: ${goText(patch)}`,
    { server: true },
  );
}

function listIn(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

/** What replaces something whole carries no directives. */
function withoutDirectives(value: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, item]) => !key.startsWith("$") && item !== null)
      .map(([key, item]) => [key, withoutDirectivesIn(item)]),
  );
}

function withoutDirectivesIn(value: JsonValue): JsonValue {
  return isJsonObject(value) ? withoutDirectives(value) : value;
}

/** As Go's `%v` prints it. */
function goText(value: JsonValue): string {
  if (value === null) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(goText).join(" ")}]`;
  if (!isJsonObject(value))
    return typeof value === "string" ? value : JSON.stringify(value);
  const members = Object.keys(value)
    .sort(byCodeUnit)
    .map((key) => `${key}:${goText(value[key]!)}`);
  return `map[${members.join(" ")}]`;
}
