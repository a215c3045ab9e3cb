/**
 * What SecretProviderClasses say about Secrets: which mounted file goes into which key. Facts do not carry it, so whoever
 * gave the manifests hands it in.
 *
 * Source: kubernetes-sigs/secrets-store-csi-driver v1.5.6 apis/v1/secretproviderclass_types.go `secretObjects`
 */
import type { JsonObject } from "../../kernel/json.ts";
import { isJsonObject } from "../../kernel/json.ts";

/** One key of one synced Secret. */
export interface SyncedKey {
  readonly secret: string;
  readonly key: string;
  /** Path of the mounted file: the alias if the object has one, else its name. */
  readonly file: string;
}

/** By `namespace/name` of the SecretProviderClass. */
export type SecretProviderClasses = ReadonlyMap<string, readonly SyncedKey[]>;

/**
 * Reads the SecretProviderClasses among manifests; a later one of a name replaces an earlier one. What is not as the
 * schema wants it is left out: whoever applies manifests has refused it.
 */
export function classesOf(
  manifests: Iterable<JsonObject>,
): SecretProviderClasses {
  const classes = new Map<string, readonly SyncedKey[]>();
  for (const manifest of manifests) {
    if (manifest["kind"] !== "SecretProviderClass") continue;
    const metadata = objectIn(manifest, "metadata");
    const namespace = textIn(metadata, "namespace") || "default";
    classes.set(
      `${namespace}/${textIn(metadata, "name")}`,
      syncedKeys(objectIn(manifest, "spec")),
    );
  }
  return classes;
}

function syncedKeys(spec: JsonObject): SyncedKey[] {
  return objectsIn(spec, "secretObjects").flatMap((secretObject) =>
    objectsIn(secretObject, "data").map((data) => ({
      secret: textIn(secretObject, "secretName"),
      key: textIn(data, "key"),
      file: textIn(data, "objectName").trim(),
    })),
  );
}

function objectIn(parent: JsonObject, member: string): JsonObject {
  const value = parent[member];
  return isJsonObject(value) ? value : {};
}

function objectsIn(parent: JsonObject, member: string): JsonObject[] {
  const value = parent[member];
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function textIn(parent: JsonObject, member: string): string {
  const value = parent[member];
  return typeof value === "string" ? value : "";
}
