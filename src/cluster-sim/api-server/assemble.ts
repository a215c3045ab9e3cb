/**
 * How a stored object is put together: the server's metadata, the client's labels, annotations, owners and body, status
 * where it belongs; in one order of members.
 * Source: kubernetes/apiserver v0.32 pkg/registry/rest/{meta,create,update}.go; kubernetes v1.32
 * pkg/registry/core/secret/strategy.go (stringData).
 */
import { bytesToBase64, utf8ToBytes } from "../../kernel/bytes.ts";
import type { JsonObject, JsonValue } from "../../kernel/json.ts";
import type { ApiObject, ObjectMeta } from "../ports.ts";
import type { KindInfo } from "./kinds.ts";
import { storedApiVersion } from "./kinds.ts";
import { withoutNulls } from "./merge-patch.ts";
import { withDefaults } from "./object-defaults.ts";
import { objectOf, stringOf } from "./validation/reading.ts";

/** Nulls gone, defaults in, `stringData` merged into `data`. */
export function normalised(object: JsonObject): JsonObject {
  const { stringData, ...rest } = withoutNulls(object);
  if (object["kind"] !== "Secret") return withDefaults(withoutNulls(object));
  const data: Record<string, JsonValue> = { ...objectOf(rest["data"]) };
  for (const [key, text] of Object.entries(objectOf(stringData)))
    data[key] = bytesToBase64(utf8ToBytes(stringOf(text)));
  const { data: _, ...others } = rest;
  return withDefaults(
    Object.keys(data).length === 0 ? others : { ...others, data },
  );
}

/** The members of metadata that a client cannot change. */
export function serverMeta(metadata: ObjectMeta): ObjectMeta {
  const {
    labels: _labels,
    annotations: _annotations,
    ownerReferences: _owners,
    ...rest
  } = metadata;
  return rest;
}

/** A stored object: the server's metadata, the client's labels, annotations and owners, then the rest of the body. */
export function assemble(
  info: KindInfo,
  body: JsonObject,
  server: ObjectMeta,
): ApiObject {
  const { apiVersion: _version, kind: _kind, metadata, ...rest } = body;
  const given = objectOf(metadata);
  const { labels, annotations, ownerReferences } = given;
  return {
    apiVersion: storedApiVersion(info),
    kind: info.kind,
    metadata: orderedMeta({
      ...server,
      ...filled("labels", labels),
      ...filled("annotations", annotations),
      ...filled("ownerReferences", ownerReferences),
    }),
    ...rest,
  };
}

/** A member that is left out when it is empty. */
export function filled(name: string, value: JsonValue | undefined): JsonObject {
  return typeof value === "object" &&
    value !== null &&
    Object.keys(value).length > 0
    ? { [name]: value }
    : {};
}

/** One order of members, so that equal objects print alike. */
export function orderedMeta(meta: ObjectMeta): ObjectMeta {
  const { labels, annotations, ownerReferences, ...server } = meta;
  return {
    ...server,
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(ownerReferences === undefined ? {} : { ownerReferences }),
  };
}

/** The object with this status, where its kind keeps status apart. */
export function withStatus(
  object: ApiObject,
  info: KindInfo,
  status: JsonObject | null,
): ApiObject {
  if (!info.statusSubresource) return object;
  const { status: _, ...rest } = object;
  const bare = rest as ApiObject;
  return status === null ? bare : { ...bare, status };
}
