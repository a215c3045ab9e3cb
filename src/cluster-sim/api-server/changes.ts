/**
 * What a create, update, patch or delete comes to: a change that the API server commits, none, or why it is refused.
 * Source: kubernetes/apiserver v0.32 pkg/registry/generic/registry/store.go, pkg/registry/rest/update.go.
 *
 * Simplification: metadata.generation of a pod is kept in every version (upstream since 1.33), and a graceful deletion does not raise it.
 */
import type { Draws } from "../../kernel/draw.ts";
import type { JsonObject } from "../../kernel/json.ts";
import { jsonEqual } from "../../kernel/json.ts";
import type { EpochMs } from "../../kernel/time.ts";
import type { ApiObject, Lineage, Stored } from "../ports.ts";
import type { KindInfo } from "./kinds.ts";
import type { Refusal } from "./status.ts";
import { conflict, uidConflict } from "./status.ts";
import type { StoreState } from "./store.ts";
import { getStored, storeKey } from "./store.ts";
import { objectOf, stringOf } from "./validation/reading.ts";

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
  /** Of a creation: what counts it, for the next one's draws. */
  readonly counter?: string;
  readonly lineage?: Lineage;
}

/** `change` is null when the write changes nothing. */
export type WriteResult =
  | Refusal
  | { readonly ok: true; readonly change: Change }
  | { readonly ok: true; readonly change: null; readonly stored: Stored };

/** `name` and `namespace` of a request's object, as far as they can be read. */
export function addressOf(object: JsonObject): {
  name: string;
  namespace: string;
} {
  const { name, namespace } = objectOf(object["metadata"]);
  return { name: stringOf(name), namespace: stringOf(namespace) };
}

export function find(
  state: StoreState,
  info: KindInfo,
  namespace: string,
  name: string,
): Stored | null {
  const key = storeKey(info.namespaced ? namespace : "", name);
  return getStored(state, info.kind, key);
}

/** Conditions that a request may put on the object that it changes. */
export function precondition(
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

/** `statusOnly`: a write to the status subresource, which never raises the generation. */
export function changed(
  info: KindInfo,
  before: Stored,
  after: ApiObject,
  statusOnly = false,
): WriteResult {
  if (jsonEqual(before.object, after))
    return { ok: true, change: null, stored: before };
  const { generation } = before.object.metadata;
  const raised = !statusOnly && raises(info, before.object, after);
  const object = raised
    ? { ...after, metadata: { ...after.metadata, generation: generation + 1 } }
    : after;
  return { ok: true, change: { type: "modified", info, before, object } };
}

function raises(info: KindInfo, before: ApiObject, after: ApiObject): boolean {
  if (info.generation === "none") return false;
  if (info.generation !== "content") {
    if (!jsonEqual(before["spec"], after["spec"])) return true;
    return (
      info.generation === "spec and annotations" && reannotated(before, after)
    );
  }
  const { metadata: _before, ...old } = before;
  const { metadata: _after, ...now } = after;
  return !jsonEqual(old, now);
}

function reannotated(before: ApiObject, after: ApiObject): boolean {
  const [old, now] = [before.metadata, after.metadata];
  return !jsonEqual(old.annotations ?? {}, now.annotations ?? {});
}
