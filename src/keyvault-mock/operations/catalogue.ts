/**
 * The requests that this vault knows: how each travels, which permission it needs, and its name in the audit log.
 * Source: Azure Key Vault REST reference, secrets, keys and certificates; Key Vault reference sheet, sections 2.1, 2.6, 3, 4, 6.3 and 7.5.
 * Simplification: changing the access of a vault is logged as VaultPatch alone; the service also logs the event that it publishes.
 * Simplification: a certificate that is set again is logged as CertificateRenew, under the operator's name and with the line of a creation; the service logs its own renewals so.
 * Simplification: a self-signed certificate is complete as soon as its creation is accepted with 202; nobody sees it pending.
 */
import { MANAGEMENT_API_VERSION } from "../defaults.ts";
import type { Permission } from "../access-control.ts";
import type { KeyKind } from "../key-kind.ts";
import type { Collection } from "../vault-object.ts";
import type { Vault } from "../vault.ts";

type Method = "GET" | "PUT" | "PATCH" | "POST" | "DELETE";

interface RequestShape {
  readonly method: Method;
  /** Null: a request to the resource manager about the vault itself. */
  readonly collection: Collection | "deletedsecrets" | null;
  /** HTTP status of a success. Default 200. */
  readonly status?: number;
}

interface ObjectRequestShape extends RequestShape {
  readonly collection: Collection | "deletedsecrets";
  readonly needs: Permission;
}

function on(
  collection: Collection | "deletedsecrets",
  method: Method,
  permission: string,
  status = 200,
): ObjectRequestShape {
  const of = collection === "deletedsecrets" ? "secrets" : collection;
  const needs = { collection: of, permission };
  return { method, collection, needs, status };
}

const SECRET_OPERATIONS = {
  SecretSet: on("secrets", "PUT", "set"),
  SecretGet: on("secrets", "GET", "get"),
  SecretUpdate: on("secrets", "PATCH", "set"),
  SecretList: on("secrets", "GET", "list"),
  SecretListVersions: on("secrets", "GET", "list"),
  SecretDelete: on("secrets", "DELETE", "delete"),
  SecretGetDeleted: on("deletedsecrets", "GET", "get"),
  SecretListDeleted: on("deletedsecrets", "GET", "list"),
  SecretRecover: on("deletedsecrets", "POST", "recover"),
  SecretPurge: on("deletedsecrets", "DELETE", "purge", 204),
} as const;

const KEY_OPERATIONS = {
  KeyCreate: on("keys", "POST", "create"),
  KeyGet: on("keys", "GET", "get"),
  KeyListVersions: on("keys", "GET", "list"),
} as const;

const CERTIFICATE_OPERATIONS = {
  CertificateCreate: on("certificates", "POST", "create", 202),
  CertificateImport: on("certificates", "POST", "import"),
  CertificateRenew: on("certificates", "POST", "create", 202),
  CertificateGet: on("certificates", "GET", "get"),
  CertificateListVersions: on("certificates", "GET", "list"),
} as const;

const OBJECT_OPERATIONS = {
  ...SECRET_OPERATIONS,
  ...KEY_OPERATIONS,
  ...CERTIFICATE_OPERATIONS,
} as const;

const VAULT_OPERATIONS = {
  VaultPut: { method: "PUT", collection: null },
  VaultPatch: { method: "PATCH", collection: null },
} as const satisfies Record<string, RequestShape>;

export type SecretOperation = keyof typeof SECRET_OPERATIONS;
export type KeyOperation = keyof typeof KEY_OPERATIONS;
export type CertificateOperation = keyof typeof CERTIFICATE_OPERATIONS;
/** Requests of the data plane. */
export type ObjectOperation = keyof typeof OBJECT_OPERATIONS;
export type VaultOperation = keyof typeof VAULT_OPERATIONS;
export type Operation = ObjectOperation | VaultOperation;

/** Requests of the data plane by their names in the audit log. */
export const OBJECT_OPERATION_NAMES: readonly string[] =
  Object.keys(OBJECT_OPERATIONS);

/** One request by its line: what is asked of which object. */
export interface RequestLine<Asked extends Operation = Operation> {
  readonly operation: Asked;
  /** As the caller spells it; null for operations on the vault or on all objects. */
  readonly name: string | null;
  /** Null: none given. */
  readonly version: string | null;
  /** Of the key that is to be made. */
  readonly keyKind?: KeyKind;
}

export function lineOf<Asked extends ObjectOperation>(
  operation: Asked,
  name: string | null,
  version: string | null = null,
): RequestLine<Asked> {
  return { operation, name, version };
}

export function shapeOf(operation: Operation): RequestShape {
  return operation === "VaultPut" || operation === "VaultPatch"
    ? VAULT_OPERATIONS[operation]
    : OBJECT_OPERATIONS[operation];
}

/** What a request needs to be allowed. */
export function permissionOf(operation: ObjectOperation): Permission {
  return OBJECT_OPERATIONS[operation].needs;
}

/** Whose name the request carries. */
export function collectionOf(operation: ObjectOperation): Collection {
  return OBJECT_OPERATIONS[operation].needs.collection;
}

/** HTTP status of a success. */
export function successStatus(operation: Operation): number {
  return shapeOf(operation).status ?? 200;
}

/** Path and query as they travel: `/secrets/secret1/?api-version=7.4`. */
export function requestUri(
  vault: Vault,
  line: RequestLine,
  apiVersion: string,
): string {
  const { collection } = shapeOf(line.operation);
  const path =
    collection === null
      ? vaultPath(vault)
      : `/${collection}${objectPath(line)}`;
  return `${path}?api-version=${apiVersion}`;
}

/** Requests about the vault itself go to the resource manager, which counts its versions apart. */
export function apiVersionOf(operation: Operation, dataPlane: string): string {
  const { collection } = shapeOf(operation);
  return collection === null ? MANAGEMENT_API_VERSION : dataPlane;
}

function objectPath({ operation, name, version }: RequestLine): string {
  if (name === null) return "";
  const object = `/${encodeURIComponent(name)}`;
  switch (operation) {
    case "SecretGet":
    case "SecretUpdate":
    case "KeyGet":
    case "CertificateGet":
      // SDKs leave the version's segment empty for the newest one, hence the trailing slash.
      return `${object}/${encodeURIComponent(version ?? "")}`;
    case "SecretListVersions":
    case "KeyListVersions":
    case "CertificateListVersions":
      return `${object}/versions`;
    case "SecretRecover":
      return `${object}/recover`;
    case "KeyCreate":
    case "CertificateCreate":
    case "CertificateRenew":
      return `${object}/create`;
    case "CertificateImport":
      return `${object}/import`;
    default:
      return object;
  }
}

function vaultPath({ subscriptionId, resourceGroup, name }: Vault): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.KeyVault/vaults/${name}`;
}
