/**
 * What an update or a patch makes of an object, or why it is refused. Nothing is stored here.
 * Source: kubernetes/apiserver v0.32 pkg/registry/rest/update.go, pkg/endpoints/handlers/patch.go; kubernetes v1.35
 * pkg/registry/core/{pod,secret}/strategy.go, pkg/registry/{apps,batch} (what the status strategies keep).
 */
import type { JsonObject, JsonValue } from "../../kernel/json.ts";
import type { EpochMs } from "../../kernel/time.ts";
import { toRfc3339 } from "../../kernel/time.ts";
import type { ApiObject, ApiRequest, ObjectMeta, Stored } from "../ports.ts";
import {
  assemble,
  filled,
  normalised,
  orderedMeta,
  serverMeta,
  withStatus,
} from "./assemble.ts";
import type { WriteContext, WriteResult } from "./changes.ts";
import { addressOf, changed, find, precondition } from "./changes.ts";
import type { KindInfo } from "./kinds.ts";
import { kindInfo, servedKind } from "./kinds.ts";
import { withoutNulls } from "./merge-patch.ts";
import { patched } from "./patches.ts";
import { invalid, noMatch, noSuchResource, notFound } from "./status.ts";
import { isSet, listOf, objectOf, stringOf } from "./validation/reading.ts";
import {
  refusalOf,
  validateManifest,
  validateUpdate,
} from "./validation/validate.ts";

type Update = Extract<ApiRequest, { verb: "update" | "updateStatus" }>;
type Patch = Extract<ApiRequest, { verb: "patch" | "patchStatus" }>;

/**
 * Updates that changed nothing, by their very object: a client that sends one again and again has it read once. Nobody
 * changes the object of a request, so this is a pure cache, of no world's state.
 */
const changedNothing = new WeakMap<JsonObject, Stored>();

export function planUpdate(ctx: WriteContext, request: Update): WriteResult {
  const { object, verb } = request;
  const kind = stringOf(object["kind"]);
  const apiVersion = stringOf(object["apiVersion"]);
  const info = servedKind(apiVersion, kind);
  if (info === null) return noMatch(kind, apiVersion);
  const { name, namespace } = addressOf(object);
  const before = find(ctx.state, info, namespace || "default", name);
  if (before === null) return notFound(info, name);
  const { resourceVersion } = objectOf(object["metadata"]);
  if (!resourceVersion && !info.unconditionalUpdate)
    return invalid(info, name, [
      "metadata.resourceVersion: Invalid value: 0x0: must be specified for an update",
    ]);
  if (verb !== "update") return planStatus(info, before, object);
  if (changedNothing.get(object) === before)
    return { ok: true, change: null, stored: before };
  const result = planMain(ctx, info, before, object);
  if (result.ok && result.change === null) changedNothing.set(object, before);
  return result;
}

export function planPatch(ctx: WriteContext, request: Patch): WriteResult {
  const { kind, name, namespace, verb, patch } = request;
  const info = kindInfo(kind);
  if (info === null) return noSuchResource();
  const before = find(ctx.state, info, namespace, name);
  if (before === null) return notFound(info, name);
  const result = patched(info, before.object, patch, request.patchType);
  if (!result.ok) return result;
  const { object } = result;
  return verb === "patch"
    ? planMain(ctx, info, before, object)
    : planStatus(info, before, object);
}

/** A write to the main resource: status stays, where the kind keeps it apart. */
function planMain(
  ctx: WriteContext,
  info: KindInfo,
  before: Stored,
  object: JsonObject,
): WriteResult {
  const refusal = precondition(info, before, object);
  if (refusal !== null) return refusal;
  const old = before.object as unknown as JsonObject;
  const problems = validateManifest(object, old);
  if (problems.some(({ stage }) => stage !== "invalid"))
    return refusalOf(object, problems);
  const body = normalised({
    ...object,
    ...(info.kind === "Secret" && !object["type"]
      ? { type: old["type"]! }
      : {}),
  });
  const kept =
    info.statusSubresource && isSet(old["status"])
      ? objectOf(old["status"])
      : null;
  const next = assemble(info, body, serverMeta(before.object.metadata));
  const status = kept === null ? null : bound(ctx.now, before, next, kept);
  const after = withStatus(next, info, status);
  const changes = validateUpdate(info, old, after as unknown as JsonObject);
  const wrong = [...problems, ...changes];
  if (wrong.length > 0) return refusalOf(object, wrong);
  return changed(info, before, after);
}

function planStatus(
  info: KindInfo,
  before: Stored,
  object: JsonObject,
): WriteResult {
  if (!info.statusSubresource) return noSuchResource();
  const refusal = precondition(info, before, object);
  if (refusal !== null) return refusal;
  const { status } = withoutNulls(object);
  const after = withStatus(
    { ...before.object, metadata: statusMeta(info, before.object, object) },
    info,
    isSet(status) ? objectOf(status) : null,
  );
  return changed(info, before, after, true);
}

/**
 * A workload's controllers write annotations with the status (the revision of a Deployment), of most kinds labels too.
 * Differs: A write of a workload's status that says nothing of annotations or labels leaves them, where Kubernetes would remove them.
 */
function statusMeta(
  info: KindInfo,
  { metadata }: ApiObject,
  object: JsonObject,
): ObjectMeta {
  if (info.group !== "apps" && info.group !== "batch") return metadata;
  const { labels: ownLabels, annotations: own, ...server } = metadata;
  const { labels = ownLabels, annotations = own } = objectOf(
    object["metadata"],
  );
  const kept = info.kind === "Deployment" ? ownLabels : labels;
  return orderedMeta({
    ...server,
    ...filled("labels", kept),
    ...filled("annotations", annotations),
  });
}

/** Binding writes the condition with the node, in one write (pkg/registry/core/pod/storage: assignPod). */
function bound(
  now: EpochMs,
  before: Stored,
  after: ApiObject,
  status: JsonObject,
): JsonObject {
  const nodeName = (object: ApiObject): JsonValue | undefined =>
    objectOf(object["spec"] as JsonValue)["nodeName"];
  if (after.kind !== "Pod" || nodeName(before.object) || !nodeName(after))
    return status;
  const scheduled = {
    type: "PodScheduled",
    status: "True",
    lastTransitionTime: toRfc3339(now),
  };
  const others = listOf(status["conditions"]).filter(
    (condition) => condition["type"] !== scheduled.type,
  );
  return { ...status, conditions: [...others, scheduled] };
}
