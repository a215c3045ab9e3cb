/**
 * What a patch makes of an object: RFC 7386 merge, strategic merge, RFC 6902 operations.
 * Source: kubernetes/apiserver v0.35 pkg/endpoints/handlers/patch.go; reference sheet kubernetes-api.md, Patch semantics.
 */
import { applyPatch } from "rfc6902";
import type { Operation } from "rfc6902";
import type { JsonObject } from "../../kernel/json.ts";
import { isJsonObject } from "../../kernel/json.ts";
import { MAX_JSON_PATCH_OPERATIONS } from "../defaults.ts";
import type { ApiObject, ApiRequest, PatchType } from "../ports.ts";
import type { KindInfo } from "./kinds.ts";
import { mergePatch } from "./merge-patch.ts";
import type { Refusal } from "./status.ts";
import { badRequest, refuse } from "./status.ts";
import { mergeRulesOf } from "./strategic-keys.ts";
import { StrategicMergeError, strategicMerge } from "./strategic-merge.ts";

type Body = Extract<ApiRequest, { verb: "patch" | "patchStatus" }>["patch"];

const CUSTOM_RESOURCE_TYPES =
  "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";

/**
 * The object as the patch wants it, or why it cannot be. A patch that says nothing of the resourceVersion makes an
 * object without one: it is good for whatever version is there.
 */
export function patched(
  info: KindInfo,
  live: ApiObject,
  patch: Body,
  type: PatchType = "merge",
): { readonly ok: true; readonly object: JsonObject } | Refusal {
  if (type === "json") return operated(live, patch);
  if (!isJsonObject(patch))
    return badRequest(
      "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}",
    );
  const { resourceVersion: _, ...metadata } = live.metadata;
  const base = { ...live, metadata } as unknown as JsonObject;
  if (type === "merge")
    return { ok: true, object: mergePatch(base, patch) as JsonObject };
  const rules = mergeRulesOf(info);
  if (rules === null)
    return refuse(
      415,
      "UnsupportedMediaType",
      `the body of the request was in an unknown format - accepted media types include: ${CUSTOM_RESOURCE_TYPES}`,
    );
  try {
    return { ok: true, object: strategicMerge(base, patch, rules) };
  } catch (error) {
    if (!(error instanceof StrategicMergeError)) throw error;
    return error.server
      ? refuse(500, "", error.message)
      : badRequest(error.message);
  }
}

/** All operations, or none. */
function operated(
  live: ApiObject,
  patch: Body,
): { readonly ok: true; readonly object: JsonObject } | Refusal {
  if (isJsonObject(patch))
    return badRequest(
      "json: cannot unmarshal object into Go value of type jsonpatch.Patch",
    );
  if (patch.length > MAX_JSON_PATCH_OPERATIONS)
    return refuse(
      413,
      "RequestEntityTooLarge",
      `The allowed maximum operations in a JSON patch is ${MAX_JSON_PATCH_OPERATIONS}, got ${patch.length}`,
    );
  // The library works in place, on values that the patch goes on holding.
  const object = copyOf(live);
  const failed = applyPatch(object, copyOf(patch) as Operation[]).some(
    (error) => error !== null,
  );
  return failed || !isJsonObject(object)
    ? refuse(
        422,
        "Invalid",
        "the server rejected our request due to an error in our request",
      )
    : { ok: true, object };
}

function copyOf(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
