/**
 * What the API server says when it refuses: `metav1.Status` failures, upstream's words to the letter.
 * Source: kubernetes/apimachinery v0.32 pkg/api/errors/errors.go; reference sheet kubernetes-api.md, Errors.
 */
import type { ApiError } from "../ports.ts";
import type { KindInfo } from "./kinds.ts";
import { qualifiedKind, qualifiedResource } from "./kinds.ts";

/** An operation's failure as a value: `error` is what the client is told. */
export interface Refusal {
  readonly ok: false;
  readonly error: ApiError;
}

export function refuse(code: number, reason: string, message: string): Refusal {
  return { ok: false, error: { code, reason, message } };
}

export function notFound(info: KindInfo, name: string): Refusal {
  const message = `${qualifiedResource(info)} "${name}" not found`;
  return refuse(404, "NotFound", message);
}

export function alreadyExists(info: KindInfo, name: string): Refusal {
  const message = `${qualifiedResource(info)} "${name}" already exists`;
  return refuse(409, "AlreadyExists", message);
}

/** A request whose `metadata.resourceVersion` is not the current one. */
export function conflict(info: KindInfo, name: string): Refusal {
  return refuse(
    409,
    "Conflict",
    `Operation cannot be fulfilled on ${qualifiedResource(info)} "${name}": the object has been modified; please apply your changes to the latest version and try again`,
  );
}

/** A request for an object that has been replaced by another of the same name. */
export function uidConflict(
  info: KindInfo,
  name: string,
  uids: { readonly wanted: string; readonly actual: string },
): Refusal {
  return refuse(
    409,
    "Conflict",
    `Operation cannot be fulfilled on ${qualifiedResource(info)} "${name}": Precondition failed: UID in precondition: ${uids.wanted}, UID in object meta: ${uids.actual}`,
  );
}

/** `problems` are upstream's `path: message` texts; several are joined as an aggregate prints them. */
export function invalid(
  info: KindInfo,
  name: string,
  problems: readonly string[],
): Refusal {
  const unique = [...new Set(problems)];
  const text = unique.length === 1 ? unique[0]! : `[${unique.join(", ")}]`;
  return refuse(
    422,
    "Invalid",
    `${qualifiedKind(info)} "${name}" is invalid: ${text}`,
  );
}

/** A body that cannot be read as its kind. */
export function undecodable(
  info: KindInfo,
  version: string,
  why: string,
): Refusal {
  return refuse(
    400,
    "BadRequest",
    `${info.kind} in version "${version}" cannot be handled as a ${info.kind}: ${why}`,
  );
}

export function badRequest(message: string): Refusal {
  return refuse(400, "BadRequest", message);
}

export function forbidden(info: KindInfo, name: string, why: string): Refusal {
  return refuse(
    403,
    "Forbidden",
    `${qualifiedResource(info)} "${name}" is forbidden: ${why}`,
  );
}

export function noMatch(kind: string, apiVersion: string): Refusal {
  return refuse(404, "NotFound", noMatchText(kind, apiVersion));
}

/** kubectl's words for a kind that the server does not serve. */
export function noMatchText(kind: string, apiVersion: string): string {
  return `no matches for kind "${kind}" in version "${apiVersion}"`;
}

/** Something real that Keyturn has not built: refused by name, never ignored. */
export function notModelled(what: string): Refusal {
  return refuseUnmodelled(notModelledText(what));
}

/** As above, with the whole text. */
export function refuseUnmodelled(message: string): Refusal {
  return refuse(501, "NotModelled", message);
}

export function notModelledText(what: string): string {
  return `${what} is not modelled in this version of Keyturn`;
}

/** A kind or subresource that has no path here. */
export function noSuchResource(): Refusal {
  return refuse(
    404,
    "NotFound",
    "the server could not find the requested resource",
  );
}
