/**
 * The rules of writing: what a create, update, patch or delete makes of an object, or why it is refused. Nothing is
 * stored here; the API server commits what these return.
 * Source: kubernetes/apiserver v0.32 pkg/registry/generic/registry/store.go, pkg/registry/rest/{create,update,delete}.go;
 * kubernetes v1.32 pkg/registry/core/{pod,secret}/strategy.go.
 *
 * Simplification: metadata.generation of a pod is kept in every version (upstream since 1.33), and a graceful deletion does not raise it.
 * Simplification: Finalizers are refused, and deleting a Namespace is refused: neither is modelled yet.
 */
import type { Draws } from "../../kernel/draw.ts";
import type { JsonObject, JsonValue } from "../../kernel/json.ts";
import { jsonEqual } from "../../kernel/json.ts";
import type { EpochMs } from "../../kernel/time.ts";
import { toRfc3339 } from "../../kernel/time.ts";
import type { ApiObject, ApiRequest, Stored } from "../ports.ts";
import { assemble, normalised, serverMeta, withStatus } from "./assemble.ts";
import type { KindInfo } from "./kinds.ts";
import { kindInfo, qualifiedResource, servedKind } from "./kinds.ts";
import { mergePatch, withoutNulls } from "./merge-patch.ts";
import { initialStatus } from "./object-defaults.ts";
import { podGrace, terminating } from "./pod-deletion.ts";
import type { Refusal } from "./status.ts";
import {
  alreadyExists,
  conflict,
  forbidden,
  invalid,
  noMatch,
  noSuchResource,
  notFound,
  notModelled,
  refuse,
  uidConflict,
} from "./status.ts";
import type { StoreState } from "./store.ts";
import { getStored, storeKey } from "./store.ts";
import { listOf, objectOf, stringOf } from "./validation/reading.ts";
import {
  refusalOf,
  validateManifest,
  validateUpdate,
} from "./validation/validate.ts";

export interface WriteContext {
  readonly state: StoreState;
  readonly now: EpochMs;
  readonly draws: Draws;
  readonly checkServiceAccounts: boolean;
}

/** What a write does. `object` is the new form (the last form, of a deleted one); its resourceVersion is still to be given. */
export interface Change {
  readonly type: "created" | "modified" | "deleted";
  readonly info: KindInfo;
  readonly before: Stored | null;
  readonly object: ApiObject;
}

/** `change` is null when the write changes nothing. */
export type WriteResult =
  | Refusal
  | { readonly ok: true; readonly change: Change }
  | { readonly ok: true; readonly change: null; readonly stored: Stored };

type Create = Extract<ApiRequest, { verb: "create" }>;
type Update = Extract<ApiRequest, { verb: "update" | "updateStatus" }>;
type Patch = Extract<ApiRequest, { verb: "patch" | "patchStatus" }>;
type Delete = Extract<ApiRequest, { verb: "delete" }>;

const NAME_SUFFIX = "bcdfghjklmnpqrstvwxz2456789";
const NAME_SUFFIX_LENGTH = 5;

/** `name` and `namespace` of a request's object, as far as they can be read. */
function addressOf(object: JsonObject): { name: string; namespace: string } {
  const { name, namespace } = objectOf(object["metadata"]);
  return { name: stringOf(name), namespace: stringOf(namespace) };
}

/** A manifest to be created that has passed every check but those of the cluster's state. */
interface Draft {
  readonly info: KindInfo;
  readonly body: JsonObject;
  readonly namespace: string;
}

/**
 * What the same request did the last time, by its very object: a client that sends one object again and again has it
 * read once. Nobody changes the object of a request, so these are pure caches, of no world's state.
 */
const drafts = new WeakMap<JsonObject, Draft>();
const changedNothing = new WeakMap<JsonObject, Stored>();

export function planCreate(ctx: WriteContext, request: Create): WriteResult {
  const draft = drafts.get(request.object) ?? readDraft(request.object);
  if ("ok" in draft) return draft;
  const { info, body, namespace } = draft;
  const refusal = admit(ctx, info, namespace, body);
  if (refusal !== null) return refusal;
  const name =
    stringOf(objectOf(body["metadata"])["name"]) ||
    generatedName(ctx, info, body);
  if (getStored(ctx.state, info.kind, storeKey(namespace, name)) !== null) {
    drafts.set(request.object, draft);
    return alreadyExists(info, name);
  }
  const counter = `${info.kind}/${namespace}/${name}`;
  const index = ctx.state.created.get(counter) ?? 0;
  const object = assemble(info, body, {
    name,
    ...(info.namespaced ? { namespace } : {}),
    uid: ctx.draws.uuid(`apiserver/${counter}/uid`, index),
    resourceVersion: "",
    generation: info.generation === "none" ? 0 : 1,
    creationTimestamp: toRfc3339(ctx.now),
  });
  const created = withStatus(object, info, initialStatus(info.kind));
  return {
    ok: true,
    change: { type: "created", info, before: null, object: created },
  };
}

function readDraft(object: JsonObject): Draft | Refusal {
  const problems = validateManifest(object);
  if (problems.length > 0) return refusalOf(object, problems);
  const body = normalised(object);
  const info = kindInfo(stringOf(body["kind"]))!;
  const metadata = objectOf(body["metadata"]);
  if (stringOf(metadata["resourceVersion"]) !== "")
    return refuse(
      500,
      "",
      "resourceVersion should not be set on objects to be created",
    );
  const namespace = info.namespaced
    ? stringOf(metadata["namespace"]) || "default"
    : "";
  return { info, body, namespace };
}

/** Admission: what the cluster must have before an object may be made in it. */
function admit(
  ctx: WriteContext,
  info: KindInfo,
  namespace: string,
  body: JsonObject,
): Refusal | null {
  if (!info.namespaced) return null;
  const { state } = ctx;
  if (getStored(state, "Namespace", storeKey("", namespace)) === null)
    return notFound(kindInfo("Namespace")!, namespace);
  if (info.kind !== "Pod" || !ctx.checkServiceAccounts) return null;
  const account = stringOf(objectOf(body["spec"])["serviceAccountName"]);
  const key = storeKey(namespace, account);
  if (getStored(state, "ServiceAccount", key) !== null) return null;
  return forbidden(
    info,
    addressOf(body).name,
    `error looking up service account ${namespace}/${account}: serviceaccount "${account}" not found`,
  );
}

function generatedName(
  ctx: WriteContext,
  info: KindInfo,
  body: JsonObject,
): string {
  const { generateName, namespace } = objectOf(body["metadata"]);
  const prefix = stringOf(generateName);
  const counter = `${info.kind}/${stringOf(namespace)}/${prefix}/generated`;
  const index = ctx.state.created.get(counter) ?? 0;
  ctx.state.created.set(counter, index + 1);
  let name = prefix;
  for (let lane = 0; lane < NAME_SUFFIX_LENGTH; lane++)
    name +=
      NAME_SUFFIX[
        ctx.draws.between(
          0,
          NAME_SUFFIX.length,
          `apiserver/${counter}`,
          index,
          lane,
        )
      ]!;
  return name;
}

export function planUpdate(ctx: WriteContext, request: Update): WriteResult {
  const { object, verb } = request;
  const kind = stringOf(object["kind"]);
  const apiVersion = stringOf(object["apiVersion"]);
  const info = servedKind(apiVersion, kind);
  if (info === null) return noMatch(kind, apiVersion);
  if (info.behaviour === "refused") return notModelled(`kind ${kind}`);
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
  if (info === null || info.behaviour === "refused") return noSuchResource();
  const before = find(ctx.state, info, namespace, name);
  if (before === null) return notFound(info, name);
  const { resourceVersion: _, ...metadata } = before.object.metadata;
  const base = { ...before.object, metadata } as unknown as JsonObject;
  const object = mergePatch(base, patch) as JsonObject;
  return verb === "patch"
    ? planMain(ctx, info, before, object)
    : planStatus(info, before, object);
}

function find(
  state: StoreState,
  info: KindInfo,
  namespace: string,
  name: string,
): Stored | null {
  const key = storeKey(info.namespaced ? namespace : "", name);
  return getStored(state, info.kind, key);
}

/** Conditions that a request may put on the object that it changes. */
function precondition(
  info: KindInfo,
  before: Stored,
  object: JsonObject,
): Refusal | null {
  const { name, uid, resourceVersion } = before.object.metadata;
  const wanted = objectOf(object["metadata"]);
  const [version, id] = [wanted["resourceVersion"], wanted["uid"]];
  if (id && id !== uid)
    return uidConflict(info, name, { wanted: stringOf(id), actual: uid });
  return version && version !== resourceVersion ? conflict(info, name) : null;
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
  if (problems.length > 0) return refusalOf(object, problems);
  const body = normalised({
    ...object,
    ...(info.kind === "Secret" && !object["type"]
      ? { type: old["type"]! }
      : {}),
  });
  const kept = info.statusSubresource ? objectOf(old["status"]) : null;
  const next = assemble(info, body, serverMeta(before.object.metadata));
  const status = kept === null ? null : bound(ctx.now, before, next, kept);
  const after = withStatus(next, info, status);
  const changes = validateUpdate(info, old, after as unknown as JsonObject);
  if (changes.length > 0) return refusalOf(object, changes);
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
  const status = objectOf(withoutNulls(object)["status"]);
  return changed(info, before, withStatus(before.object, info, status));
}

function changed(
  info: KindInfo,
  before: Stored,
  after: ApiObject,
): WriteResult {
  if (jsonEqual(before.object, after))
    return { ok: true, change: null, stored: before };
  const { generation } = before.object.metadata;
  const raised = raises(info, before.object, after);
  const object = raised
    ? { ...after, metadata: { ...after.metadata, generation: generation + 1 } }
    : after;
  return { ok: true, change: { type: "modified", info, before, object } };
}

function raises(info: KindInfo, before: ApiObject, after: ApiObject): boolean {
  if (info.generation === "none") return false;
  if (info.generation === "spec")
    return !jsonEqual(before["spec"], after["spec"]);
  const { metadata: _before, ...old } = before;
  const { metadata: _after, ...now } = after;
  return !jsonEqual(old, now);
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

export function planDelete(ctx: WriteContext, request: Delete): WriteResult {
  const { kind, namespace, name, uid } = request;
  const info = kindInfo(kind);
  if (info === null || info.behaviour === "refused") return noSuchResource();
  const before = find(ctx.state, info, namespace, name);
  if (before === null) return notFound(info, name);
  const { object } = before;
  if (uid !== undefined && uid !== object.metadata.uid)
    return refuse(
      409,
      "Conflict",
      `Operation cannot be fulfilled on ${qualifiedResource(info)} "${name}": the UID in the precondition (${uid}) does not match the UID in record (${object.metadata.uid}). The object might have been deleted and then recreated`,
    );
  if (kind === "Namespace") return notModelled("deleting a Namespace");
  const grace =
    kind === "Pod" ? podGrace(object, request.gracePeriodSeconds) : 0;
  if (grace === 0)
    return { ok: true, change: { type: "deleted", info, before, object } };
  return changed(info, before, terminating(object, grace, ctx.now));
}
