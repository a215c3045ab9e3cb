/**
 * What a client is told when the API server cannot be reached or answers with an error of its own: Go's text of a failed
 * connection, or the Status that client-go makes of the answer.
 * Source: go net/url (Error), net (OpError); kubernetes/apimachinery v0.32 pkg/api/errors/errors.go
 * (NewGenericServerResponse); kubectl v0.32 pkg/cmd/util/helpers.go (kubectl's own words for a failed connection).
 *
 * Simplification: Every client reaches the API server as https://10.0.0.1:443, the cluster's own address; a kubelet's and kubectl's error texts would name the cluster's public host.
 * Simplification: A write that acts on a subresource is named by the path of its object in these texts, but for status and the binding of a pod.
 */
import { isJsonObject } from "../../kernel/json.ts";
import type { ApiError, ApiRequest } from "../ports.ts";
import type { Answered, Unreachable } from "./faults.ts";
import { kindInfo, qualifiedResource, storedApiVersion } from "./kinds.ts";
import { objectOf, stringOf } from "./validation/reading.ts";

const HOST = "10.0.0.1:443";

const METHODS = {
  get: "Get",
  list: "Get",
  create: "Post",
  update: "Put",
  updateStatus: "Put",
  patch: "Patch",
  patchStatus: "Patch",
  delete: "Delete",
} as const satisfies Record<ApiRequest["verb"], string>;

/** `dial tcp 10.0.0.1:443: connect: connection refused`. */
function dialText({ kind }: Unreachable): string {
  const why = kind === "refuse" ? "connect: connection refused" : "i/o timeout";
  return `dial tcp ${HOST}: ${why}`;
}

/** As client-go returns it: code 0, since there was no answer. */
export function unreachableError(
  request: ApiRequest,
  effect: Unreachable,
): ApiError {
  const { method, path } = callOf(request);
  const message = `${method} "https://${HOST}${path}": ${dialText(effect)}`;
  return { code: 0, reason: "", message };
}

/** As kubectl prints it. */
export function kubectlUnreachableError(effect: Unreachable): ApiError {
  const message =
    effect.kind === "refuse"
      ? `The connection to the server ${HOST} was refused - did you specify the right host or port?`
      : `Unable to connect to the server: ${dialText(effect)}`;
  return { code: 0, reason: "", message };
}

/** What client-go makes of an answer without a Status in it; a `code` or `message` of the fault takes its place. */
export function answeredError(request: ApiRequest, effect: Answered): ApiError {
  const { status, code, message } = effect;
  const [reason, text] = genericAnswer(status);
  const { method, resource, name } = callOf(request);
  const where = [method.toLowerCase(), resource, name].filter((p) => p !== "");
  return {
    code: status,
    reason: code ?? reason,
    message: message ?? `${text} (${where.join(" ")})`,
  };
}

/** Reason and text by status, of an answer that says nothing more. */
const GENERIC: ReadonlyMap<number, readonly [reason: string, text: string]> =
  new Map([
    [
      400,
      ["BadRequest", "the server rejected our request for an unknown reason"],
    ],
    [
      401,
      [
        "Unauthorized",
        "the server has asked for the client to provide credentials",
      ],
    ],
    [403, ["Forbidden", "unknown"]],
    [404, ["NotFound", "the server could not find the requested resource"]],
    [409, ["Conflict", "the server reported a conflict"]],
    [
      429,
      [
        "TooManyRequests",
        "the server has received too many requests and has asked us to try again later",
      ],
    ],
    [
      503,
      [
        "ServiceUnavailable",
        "the server is currently unable to handle the request",
      ],
    ],
    [
      504,
      [
        "Timeout",
        "the server was unable to return a response in the time allotted, but may still be processing the request",
      ],
    ],
  ]);

function genericAnswer(
  status: number,
): readonly [reason: string, text: string] {
  return (
    GENERIC.get(status) ??
    (status >= 500
      ? [
          "InternalError",
          'an error on the server ("unknown") has prevented the request from succeeding',
        ]
      : [
          "Unknown",
          `the server responded with the status code ${status} but did not return more information`,
        ])
  );
}

/** How a request goes over the wire. */
function callOf(request: ApiRequest): {
  readonly method: string;
  readonly path: string;
  readonly resource: string;
  /** Empty for lists and creates. */
  readonly name: string;
} {
  const { kind, namespace, name } = addressOf(request);
  const info = kindInfo(kind);
  const method = METHODS[request.verb];
  if (info === null) return { method, path: "", resource: "", name };
  const version = storedApiVersion(info);
  const root = info.group === "" ? `/api/${version}` : `/apis/${version}`;
  const place =
    info.namespaced && namespace !== "" ? `/namespaces/${namespace}` : "";
  const object = name === "" ? "" : `/${name}`;
  const path = `${root}${place}/${info.resource}${object}`;
  const resource = qualifiedResource(info);
  if (isBinding(request))
    return { method: "Post", path: `${path}/binding`, resource, name };
  const status = request.verb.endsWith("Status") ? "/status" : "";
  return { method, path: `${path}${status}${query(request)}`, resource, name };
}

function addressOf(request: ApiRequest): {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
} {
  if ("object" in request) {
    const { kind, metadata } = request.object;
    const { namespace, name } = objectOf(metadata);
    return {
      kind: stringOf(kind),
      namespace: stringOf(namespace) || "default",
      name: request.verb === "create" ? "" : stringOf(name),
    };
  }
  const { kind, namespace = "" } = request;
  return { kind, namespace, name: "name" in request ? request.name : "" };
}

/** The scheduler's write of a pod's node. */
function isBinding(request: ApiRequest): boolean {
  return (
    request.verb === "patch" &&
    request.kind === "Pod" &&
    isJsonObject(request.patch) &&
    objectOf(request.patch["spec"])["nodeName"] !== undefined
  );
}

/** Go sorts a query by its keys. */
function query(request: ApiRequest): string {
  if (request.verb !== "list") return "";
  const { fieldSelector = "", labelSelector = "" } = request;
  const parts = [
    ["fieldSelector", fieldSelector],
    ["labelSelector", labelSelector],
  ] as const;
  const text = parts
    .filter(([, value]) => value !== "")
    .map(([key, value]) => `${key}=${escaped(value)}`)
    .join("&");
  return text === "" ? "" : `?${text}`;
}

/** As Go's url.QueryEscape: more than the host's own function. */
function escaped(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
