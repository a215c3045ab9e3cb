/**
 * The Kubernetes Secret of a lane: what it should be, whether it is so, and the request that makes it so. Pure.
 * Source: as each product's file says.
 */
import { bytesToBase64 } from "../../kernel/bytes.ts";
import type { ContentRef } from "../../kernel/content.ts";
import { sha256Hex } from "../../kernel/hash.ts";
import type { JsonObject, JsonValue } from "../../kernel/json.ts";
import { byCodeUnit, jsonEqual } from "../../kernel/json.ts";
import { objectOf } from "../api-server/validation/reading.ts";
import type { ApiRequest, ObjectKey, Stored } from "../ports.ts";
import type { LaneSpec } from "./lane-spec.ts";
import type { LaneProduct } from "./lane.ts";

type Target = NonNullable<LaneSpec["target"]>;

/** What a lane wants to have in its Secret. */
export interface Wanted {
  readonly target: Target;
  readonly content: ContentRef;
  readonly bytes: Uint8Array;
}

export function keyOfTarget({ namespace, secret }: Target): ObjectKey {
  return { kind: "Secret", namespace, name: secret };
}

/** Whether the Secret is as the lane would write it. */
export function isInOrder(
  product: LaneProduct,
  stored: Stored | null,
  { target, bytes }: Wanted,
): boolean {
  if (stored === null) return false;
  const data = dataOf(stored);
  return (
    data[target.key] === bytesToBase64(bytes) &&
    (!product.ownsData || Object.keys(data).length === 1) &&
    isMarked(product, stored)
  );
}

/** Whether it has the product's labels, and annotations that fit its own data. */
export function isMarked(product: LaneProduct, stored: Stored): boolean {
  const { labels = {}, annotations = {} } = stored.object.metadata;
  const marks = product.annotations(dataHash(dataOf(stored)));
  return has(labels, product.labels()) && has(annotations, marks);
}

/**
 * Makes the Secret, or changes the one that is there: keys of others stay unless all data is the product's own, and then
 * `before` tells which there are.
 */
export function writeRequest(
  product: LaneProduct,
  { target, content, bytes }: Wanted,
  verb: "create" | "patch",
  before: Stored | null,
): ApiRequest {
  const { namespace, secret, key } = target;
  const own = { [key]: bytesToBase64(bytes) };
  const old = before === null ? {} : dataOf(before);
  const data = product.ownsData ? own : { ...old, ...own };
  const labels = product.labels();
  const annotations = product.annotations(dataHash(data));
  const metadata = {
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
  const contents = { [key]: content };
  if (verb === "create")
    return {
      verb,
      object: {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: secret, namespace, ...metadata },
        type: "Opaque",
        data: own,
      },
      contents,
    };
  const foreign = product.ownsData
    ? Object.keys(old).filter((name) => name !== key)
    : [];
  const removed = Object.fromEntries(foreign.map((name) => [name, null]));
  return {
    verb,
    ...keyOfTarget(target),
    patch: { metadata, data: { ...removed, ...own } },
    contents,
  };
}

function dataOf({ object }: Stored): Readonly<Record<string, JsonValue>> {
  return objectOf(object["data"] as JsonValue | undefined);
}

function dataHash(data: JsonObject): string {
  const sorted = Object.entries(data).sort(([a], [b]) => byCodeUnit(a, b));
  return sha256Hex(JSON.stringify(sorted));
}

function has(
  found: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): boolean {
  return Object.keys(wanted).every((name) =>
    jsonEqual(found[name], wanted[name]),
  );
}
