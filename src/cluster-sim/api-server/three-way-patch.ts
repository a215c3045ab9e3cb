/**
 * The patch that `kubectl apply` sends: what the manifest says and the live object does not, and an end to what only the
 * last applied manifest said.
 * Source: kubernetes/apimachinery v0.32 pkg/util/strategicpatch/patch.go (CreateThreeWayMergePatch),
 * pkg/util/jsonmergepatch/patch.go (of custom resources: no rules, so lists are whole).
 */
import { isJsonObject, jsonEqual } from "../../kernel/json.ts";
import type { JsonObject, JsonValue } from "../../kernel/json.ts";
import type { MergeRule, MergeRules } from "./strategic-keys.ts";
import { NO_RULES } from "./strategic-keys.ts";
import { keyValue, placeOf } from "./strategic-lists.ts";
import { isSet } from "./validation/reading.ts";

/** Three forms of one thing: as it was applied last, as it is wanted, as it is. */
interface Forms<T> {
  readonly original: T;
  readonly modified: T;
  readonly live: T;
}

/** A strategic merge patch over `live`; with `NO_RULES` a JSON merge patch. Empty: nothing to do. */
export function threeWayPatch(
  { original, modified, live }: Forms<JsonObject>,
  rules: MergeRules = NO_RULES,
): JsonObject {
  const out: Record<string, JsonValue> = {};
  for (const [key, wanted] of Object.entries(modified)) {
    const forms = {
      original: original[key],
      modified: wanted,
      live: live[key],
    };
    Object.assign(out, memberPatch(key, forms, rules.get(key) ?? {}));
  }
  for (const key of Object.keys(original))
    if (!isSet(modified[key]) && isSet(live[key])) out[key] = null;
  return out;
}

function memberPatch(
  key: string,
  { original, modified, live }: Forms<JsonValue | undefined>,
  rule: MergeRule,
): JsonObject {
  const wanted = modified!;
  if (wanted === null) return isSet(live) ? { [key]: null } : {};
  if (isJsonObject(wanted) && isJsonObject(live)) {
    const before = isJsonObject(original) ? original : {};
    const forms = { original: before, modified: wanted, live };
    const patch = retaining(threeWayPatch(forms, rule.of), wanted, rule);
    return Object.keys(patch).length === 0 ? {} : { [key]: patch };
  }
  const merged = rule.key !== undefined || rule.set === true;
  if (merged && Array.isArray(wanted) && Array.isArray(live)) {
    const before = Array.isArray(original) ? original : [];
    const forms = { original: before, modified: wanted, live };
    return rule.key === undefined
      ? valuesPatch(key, forms)
      : itemsPatch(key, forms, { ...rule, key: rule.key });
  }
  return jsonEqual(wanted, live) ? {} : { [key]: wanted };
}

/** A changed map of alternatives names those of its members that stay. */
function retaining(
  patch: JsonObject,
  modified: JsonObject,
  rule: MergeRule,
): JsonObject {
  const empty = Object.keys(patch).every((key) => key === rule.key);
  if (rule.retainKeys !== true || empty) return patch;
  const kept = Object.keys(modified).filter((key) => isSet(modified[key]));
  return { $retainKeys: kept, ...patch };
}

function itemsPatch(
  key: string,
  { original, modified, live }: Forms<readonly JsonValue[]>,
  rule: MergeRule & { readonly key: string },
): JsonObject {
  const nameOf = (item: JsonValue): JsonObject => ({
    [rule.key]: keyValue(item, rule.key)!,
  });
  const items: JsonValue[] = [];
  modified.forEach((item, i) => {
    const current = sameIn(live, modified, i, rule.key);
    if (!isJsonObject(item) || !isJsonObject(current)) {
      items.push(item);
      return;
    }
    const last = original[placeOf(original, item, rule.key)];
    const before = isJsonObject(last) ? last : {};
    const forms = { original: before, modified: item, live: current };
    const patch = threeWayPatch(forms, rule.of);
    if (Object.keys(patch).length > 0)
      items.push(retaining({ ...nameOf(item), ...patch }, item, rule));
  });
  for (const item of original)
    if (
      placeOf(modified, item, rule.key) < 0 &&
      placeOf(live, item, rule.key) >= 0
    )
      items.push({ $patch: "delete", ...nameOf(item) });
  return withOrder(key, items, { modified, live }, rule.key, nameOf);
}

/**
 * The live item that belongs to the i-th wanted one: of several with one key (a port by TCP and by UDP) the one of the
 * same rank.
 */
function sameIn(
  live: readonly JsonValue[],
  modified: readonly JsonValue[],
  i: number,
  key: string,
): JsonValue | undefined {
  const value = keyValue(modified[i]!, key);
  const same = (item: JsonValue): boolean =>
    jsonEqual(keyValue(item, key), value);
  const rank = modified.slice(0, i).filter(same).length;
  return live.filter(same)[rank];
}

function valuesPatch(
  key: string,
  { original, modified, live }: Forms<readonly JsonValue[]>,
): JsonObject {
  const added = modified.filter((item) => placeOf(live, item, null) < 0);
  const gone = original.filter(
    (item) =>
      placeOf(modified, item, null) < 0 && placeOf(live, item, null) >= 0,
  );
  return {
    ...withOrder(key, added, { modified, live }, null, (item) => item),
    ...(gone.length === 0 ? {} : { [`$deleteFromPrimitiveList/${key}`]: gone }),
  };
}

/** The order is sent along when anything changes, or when it is another than the live one. */
function withOrder(
  key: string,
  items: readonly JsonValue[],
  { modified, live }: Omit<Forms<readonly JsonValue[]>, "original">,
  itemKey: string | null,
  nameOf: (item: JsonValue) => JsonValue,
): JsonObject {
  const places = modified
    .map((item) => placeOf(live, item, itemKey))
    .filter((place) => place >= 0);
  const inOrder = places.every((at, i) => i === 0 || places[i - 1]! <= at);
  if (items.length === 0 && inOrder) return {};
  return {
    [`$setElementOrder/${key}`]: modified.map(nameOf),
    ...(items.length === 0 ? {} : { [key]: items }),
  };
}
