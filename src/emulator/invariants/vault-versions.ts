/**
 * The versions that a vault has made, in the order it made them. A certificate's three objects share one version id, so
 * a version is known by its object and its id. Models no real component: it reads facts.
 */
import type { EpochMs } from "../../kernel/time.ts";
import type { AnyFact } from "../trace/facts.ts";
import type { VersionSet } from "../trace/versions.ts";
import { objectOf } from "../trace/versions.ts";

export type MadeVersion = {
  /** The fact that made it: what orders versions, also of a name that was purged and set again. */
  readonly seq: number;
  readonly t: EpochMs;
  readonly ordinal: number;
};

/** By version id, then by object. One entry a version that was ever set: it grows with commands, not with time. */
export type VaultVersions = Map<string, Map<string, MadeVersion>>;

/** Whether a fact tells of a new version of a secret, key or certificate. */
export function isVersionSet(fact: AnyFact): fact is VersionSet {
  return (
    fact.type === "vault.secret.set" ||
    fact.type === "vault.key.set" ||
    fact.type === "vault.certificate.set"
  );
}

export function rememberVersion(versions: VaultVersions, set: VersionSet) {
  const { seq, t, data } = set;
  const { version, ordinal } = data;
  const objects = versions.get(version) ?? new Map<string, MadeVersion>();
  versions.set(version, objects.set(objectOf(set), { seq, t, ordinal }));
}

export function madeVersion(
  versions: VaultVersions,
  object: string,
  version: string,
): MadeVersion | undefined {
  return versions.get(version)?.get(object);
}

const COLLECTIONS: ReadonlySet<string> = new Set([
  "secrets",
  "keys",
  "certificates",
]);

/** Whether bytes came out of a vault: `kvdemo/secrets/secret1`. A literal is `default/secret/app/password`. */
export function isFromVault(object: string): boolean {
  const [, collection = "", name, more] = object.split("/");
  return (
    COLLECTIONS.has(collection) && name !== undefined && more === undefined
  );
}

/** `kvdemo/secrets/secret1`, also of a request for what was deleted; null where a request names no object. */
export function objectOfRequest({
  data: { vault, collection, name },
}: Extract<AnyFact, { type: "vault.request" }>): string | null {
  if (collection === null || name === null) return null;
  const of = collection === "deletedsecrets" ? "secrets" : collection;
  return `${vault}/${of}/${name}`;
}

/** Operations that make versions, each with the collections in which it makes one. */
export const MAKERS: ReadonlyMap<string, readonly string[]> = new Map([
  ["SecretSet", ["secrets"]],
  ["KeyCreate", ["keys"]],
  ["CertificateCreate", ["certificates", "keys", "secrets"]],
  ["CertificateImport", ["certificates", "keys", "secrets"]],
  ["CertificateRenew", ["certificates", "keys", "secrets"]],
]);

export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}
