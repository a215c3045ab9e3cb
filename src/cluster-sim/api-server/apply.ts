/**
 * What `kubectl apply` makes of a manifest: a create, or the patch that brings the live object to what the manifest
 * says, dropping what only the last applied manifest said.
 * Source: kubernetes/kubectl v0.32 pkg/cmd/apply/{apply,patcher}.go, pkg/util/apply.go.
 */
import { byCodeUnit, isJsonObject } from "../../kernel/json.ts";
import type { JsonObject, JsonValue } from "../../kernel/json.ts";
import type { ApiObject } from "../ports.ts";
import type { KindInfo } from "./kinds.ts";
import { withoutNulls } from "./merge-patch.ts";
import { NO_RULES, mergeRulesOf } from "./strategic-keys.ts";
import { strategicMerge } from "./strategic-merge.ts";
import { threeWayPatch } from "./three-way-patch.ts";
import { objectOf, stringOf } from "./validation/reading.ts";

export const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** The manifest with the annotation in which kubectl remembers it. */
export function withLastApplied(manifest: JsonObject): JsonObject {
  const metadata = objectOf(manifest["metadata"]);
  const { [LAST_APPLIED]: _, ...annotations } = objectOf(
    metadata["annotations"],
  );
  const bare = { ...manifest, metadata: { ...metadata, annotations } };
  const text = `${sortedJson(withoutNulls(bare))}\n`;
  return {
    ...manifest,
    metadata: {
      ...metadata,
      annotations: { ...annotations, [LAST_APPLIED]: text },
    },
  };
}

/**
 * The live object as it should be after applying `manifest` (made by `withLastApplied`) over it. It carries the live
 * resourceVersion unless the manifest names one.
 */
export function applied(
  info: KindInfo,
  live: ApiObject,
  manifest: JsonObject,
): JsonObject {
  const base = live as unknown as JsonObject;
  const original = lastApplied(live);
  const { status: _status, apiVersion, ...wanted } = manifest;
  const rules = mergeRulesOf(info);
  const patch = threeWayPatch(
    { original, modified: wanted, live: base },
    rules ?? NO_RULES,
  );
  const merged = strategicMerge(base, patch, rules ?? NO_RULES);
  return { ...merged, apiVersion: apiVersion! };
}

function lastApplied(live: ApiObject): JsonObject {
  const text = live.metadata.annotations?.[LAST_APPLIED];
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? withoutServerMembers(value) : {};
  } catch {
    return {}; // kubectl treats an annotation that it cannot read as an error; here nothing is pruned.
  }
}

/** What a manifest cannot take back by no longer saying it. */
function withoutServerMembers(original: JsonObject): JsonObject {
  const { apiVersion: _v, kind: _k, status: _s, ...rest } = original;
  const metadata = objectOf(rest["metadata"]);
  const { name: _n, namespace: _ns, ...others } = metadata;
  return { ...rest, metadata: others };
}

/** Go's encoder sorts the keys of maps. */
function sortedJson(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(",")}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const members = Object.keys(value)
    .sort(byCodeUnit)
    .map((key) => `${JSON.stringify(key)}:${sortedJson(value[key]!)}`);
  return `{${members.join(",")}}`;
}

/** `name` and `namespace` that an apply is about; `default` where the manifest names none. */
export function applyAddress(
  manifest: JsonObject,
  namespaced: boolean,
): { readonly name: string; readonly namespace: string } {
  const { name, namespace } = objectOf(manifest["metadata"]);
  return {
    name: stringOf(name),
    namespace: namespaced ? stringOf(namespace) || "default" : "",
  };
}
