/**
 * What a workload refers to, as Wave sees it: ConfigMaps and Secrets of its volumes and of its containers' environment, and
 * those that its annotations name.
 *
 * Source: wave-k8s/wave v0.11.0 pkg/core/{children,types}.go; reloader.md 2.4
 */
import type { JsonObject, JsonValue } from "../../../kernel/json.ts";
import {
  listOf,
  objectOf,
  stringOf,
} from "../../api-server/validation/reading.ts";
import { itemKey } from "../../client/index.ts";
import type { ApiObject } from "../../ports.ts";

export interface Child {
  readonly kind: "ConfigMap" | "Secret";
  readonly namespace: string;
  readonly name: string;
  /** Whether Wave waits until it is there. */
  readonly required: boolean;
  /** Null: all of them. */
  readonly keys: readonly string[] | null;
}

const EXTRAS = {
  ConfigMap: "wave.pusher.com/extra-configmaps",
  Secret: "wave.pusher.com/extra-secrets",
} as const;

/** How each kind is referred to: volume, name within it, projected source, environment. */
const REFERENCES = [
  {
    kind: "ConfigMap",
    volume: "configMap",
    named: "name",
    from: "configMapRef",
    key: "configMapKeyRef",
  },
  {
    kind: "Secret",
    volume: "secret",
    named: "secretName",
    from: "secretRef",
    key: "secretKeyRef",
  },
] as const;

/** Containers that run before the others are not looked at. */
export function childrenOf(workload: ApiObject): readonly Child[] {
  const spec = objectOf(
    objectOf(objectOf(workload["spec"] as JsonValue)["template"])["spec"],
  );
  const { namespace = "", annotations = {} } = workload.metadata;
  const found: Child[] = [];
  for (const { kind, volume, named, from, key } of REFERENCES) {
    const add = (
      reference: JsonValue | undefined,
      name: JsonValue | undefined,
      keys: readonly string[] | null,
    ): void => {
      if (reference === undefined) return;
      const required = objectOf(reference)["optional"] !== true;
      found.push({ kind, namespace, name: stringOf(name), required, keys });
    };
    for (const each of listOf(spec["volumes"])) {
      add(each[volume], objectOf(each[volume])[named], null);
      for (const source of listOf(objectOf(each["projected"])["sources"])) {
        const { name, items } = objectOf(source[volume]);
        add(source[volume], name, items === undefined ? null : keysOf(items));
      }
    }
    found.push(...extras(kind, namespace, annotations[EXTRAS[kind]]));
    for (const container of listOf(spec["containers"])) {
      for (const source of listOf(container["envFrom"]))
        add(source[from], objectOf(source[from])["name"], null);
      for (const variable of listOf(container["env"])) {
        const reference = objectOf(variable["valueFrom"])[key];
        const { name, key: one } = objectOf(reference);
        add(reference, name, [stringOf(one)]);
      }
    }
  }
  return found;
}

function keysOf(items: JsonValue): readonly string[] {
  return listOf(items).map((item) => stringOf(item["key"]));
}

/** `name` or `namespace/name`, comma-separated; what has more parts is passed over. */
function extras(
  kind: Child["kind"],
  namespace: string,
  list: string | undefined,
): Child[] {
  if (list === undefined) return [];
  return list.split(",").flatMap((entry) => {
    const parts = entry.split("/");
    if (parts.length > 2) return [];
    const [name = "", place = namespace] = parts.toReversed();
    return [{ kind, namespace: place, name, required: false, keys: null }];
  });
}

/** Key of a child in a cache. */
export function childKey({ namespace, name }: Child): string {
  return itemKey(namespace, name);
}

/** Everything a child holds, base64 by key; null when it is not there. */
export type ReadChild = (child: Child) => JsonObject | null;

/** Whether nothing that must be there is missing. */
export function isComplete(
  children: readonly Child[],
  read: ReadChild,
): boolean {
  return children.every((child) => {
    if (!child.required) return true;
    const data = read(child);
    if (data === null) return false;
    return (child.keys ?? []).every((key) => Object.hasOwn(data, key));
  });
}
