/**
 * The data of a Secret or ConfigMap as a node uses it: bytes by key, each with where it comes from.
 *
 * Source: Kubernetes API reference, Secret and ConfigMap v1 core
 */
import type { ApiObject, Stored } from "../../cluster-sim/ports.ts";
import { base64ToBytes, utf8ToBytes } from "../../kernel/bytes.ts";
import type { ContentRef } from "../../kernel/content.ts";
import { byCodeUnit } from "../../kernel/json.ts";
import type { Cause } from "../../kernel/trace.ts";
import type { ObjectName } from "../pod-spec.ts";

export type ObjectKind = ObjectName["kind"];

/** Bytes by key, sorted by key. */
export type ObjectData = ReadonlyMap<string, Uint8Array>;

/** A stored object never changes, and all pods that read it share its bytes. */
const decoded = new WeakMap<ApiObject, ObjectData>();

/** `data`, for a ConfigMap with its `binaryData`. */
export function dataOf({ object }: Stored): ObjectData {
  let data = decoded.get(object);
  if (data === undefined) {
    data = decode(object);
    decoded.set(object, data);
  }
  return data;
}

function decode(object: ApiObject): ObjectData {
  const text = (member: string) =>
    Object.entries((object[member] ?? {}) as Record<string, string>);
  const plain = object.kind === "ConfigMap" ? utf8ToBytes : base64ToBytes;
  const entries = [
    ...text("data").map(([key, value]) => [key, plain(value)] as const),
    ...text("binaryData").map(
      ([key, value]) => [key, base64ToBytes(value)] as const,
    ),
  ];
  return new Map(entries.sort(([a], [b]) => byCodeUnit(a, b)));
}

/**
 * Where the bytes of a key come from; `from` is the write that brought them, where the kubelet learnt of it. A key
 * without a record is a literal that nobody watches.
 */
export function contentOf(
  { object, contents }: Stored,
  key: string,
  from: Cause,
): ContentRef {
  const known = contents?.[key];
  if (known !== undefined) return { ...known, from };
  const { namespace, name, resourceVersion } = object.metadata;
  return {
    object: `${namespace}/${object.kind.toLowerCase()}/${name}/${key}`,
    version: resourceVersion,
    ordinal: 0,
    form: "as-is",
    from,
  };
}

/** `Secret/app-secret`, as facts name the object. */
export function sourceName({ object }: Stored): string {
  return `${object.kind}/${object.metadata.name}`;
}
