/**
 * What a mount fetches for one object: a single version, or a list of versions and then each kept one
 * (csi-driver.md 3.4). Pure.
 *
 * Source: Azure/secrets-store-csi-driver-provider-azure `pkg/provider/provider.go` getLatestNKeyVaultObjects,
 * `pkg/provider/types/parameters.go` GetObjectUID at v1.8.2.
 * From code alone: objectVersionHistory keeps one version more than it says where there are that many.
 */
import type {
  VaultReadOperation,
  VersionItem,
} from "../../../cluster-sim/ports.ts";
import type { KeyVaultObject } from "./objects.ts";
import { fileName } from "./objects.ts";
import type { Collection } from "./traits.ts";

/** One call to the vault and, for a get, the file and object id that come of it. */
export interface Fetch {
  readonly operation: VaultReadOperation;
  readonly object: KeyVaultObject;
  /** Empty: the newest. */
  readonly version: string;
  readonly path: string;
  /** `secret/<name>`, with history `secret/<name>/<index>`; likewise `key/…` and `cert/…`. */
  readonly id: string;
}

interface Calls {
  readonly collection: Collection;
  readonly get: VaultReadOperation;
  readonly list: VaultReadOperation;
}

const SECRET: Calls = {
  collection: "secrets",
  get: "SecretGet",
  list: "SecretListVersions",
};
const KEY: Calls = {
  collection: "keys",
  get: "KeyGet",
  list: "KeyListVersions",
};
const CERTIFICATE: Calls = {
  collection: "certificates",
  get: "CertificateGet",
  list: "CertificateListVersions",
};

/** An object of no known type is refused when its turn comes (`refusal`), before any call. */
function callsOf({ objectType }: KeyVaultObject): Calls {
  if (objectType === "key") return KEY;
  return objectType === "cert" ? CERTIFICATE : SECRET;
}

/** Which of a mount's three SDK clients makes the call. */
export const collectionOf = ({ object }: Fetch): Collection =>
  callsOf(object).collection;

export const isList = ({ operation, object }: Fetch): boolean =>
  operation === callsOf(object).list;

/** The first call for an object. The word `latest` means the newest only with a history. */
export function firstFetch(object: KeyVaultObject): Fetch {
  const single = object.objectVersionHistory <= 1;
  const calls = callsOf(object);
  return {
    operation: single ? calls.get : calls.list,
    object,
    version: object.objectVersion,
    path: fileName(object),
    id: `${object.objectType}/${object.objectName}`,
  };
}

/**
 * The gets that follow a list: enabled versions, newest first, from the object's version on. One more than
 * `objectVersionHistory` is kept where there are that many, as upstream does; none when the start is not among them.
 * Simplification: versions created in the same second keep the order of the vault's list, upstream's is undefined.
 */
export function historyFetches(
  list: Fetch,
  versions: readonly VersionItem[],
): Fetch[] {
  const { object } = list;
  const start = object.objectVersion;
  const newestFirst = versions
    .filter(({ enabled }) => enabled)
    .sort((a, b) => b.created - a.created);
  const first =
    start === "" || start === "latest"
      ? 0
      : newestFirst.findIndex(({ version }) => version === start);
  if (first < 0) return [];
  const kept = newestFirst.slice(
    first,
    first + object.objectVersionHistory + 1,
  );
  return kept.map(({ version }, index) => ({
    operation: callsOf(object).get,
    object,
    version,
    path: joinPath(list.path, String(index)),
    id: `${list.id}/${index}`,
  }));
}

/** Go's `filepath.Join` of a relative path without `..`. */
function joinPath(base: string, name: string): string {
  const parts = base.split("/").filter((part) => part !== "" && part !== ".");
  return [...parts, name].join("/");
}
