/**
 * What a delete does: pods that run get their grace, everything else is gone at once.
 * Source: kubernetes/apiserver v0.32 pkg/registry/rest/delete.go; kubernetes v1.32 pkg/registry/core/pod/strategy.go.
 *
 * Simplification: Finalizers are refused, and deleting a Namespace is refused: neither is modelled yet.
 * Simplification: Every deletion propagates in the background: what it owned goes when the garbage collector comes to it.
 */
import type { ApiRequest } from "../ports.ts";
import type { WriteContext, WriteResult } from "./changes.ts";
import { changed, find } from "./changes.ts";
import { kindInfo, qualifiedResource } from "./kinds.ts";
import { podGrace, terminating } from "./pod-deletion.ts";
import { noSuchResource, notFound, notModelled, refuse } from "./status.ts";

type Delete = Extract<ApiRequest, { verb: "delete" }>;

export function planDelete(ctx: WriteContext, request: Delete): WriteResult {
  const { kind, namespace, name, uid } = request;
  const info = kindInfo(kind);
  if (info === null) return noSuchResource();
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
