/**
 * The requests that this vault knows: how each travels, which permission it needs, and its name in the audit log.
 * Source: Azure Key Vault REST reference, secrets; Key Vault reference sheet, sections 2.1, 2.6 and 7.5.
 * Simplification: changing the access of a vault is logged as VaultPatch alone; the service also logs the event that it publishes.
 */
import { MANAGEMENT_API_VERSION } from "../defaults.ts";
import type { SecretPermission } from "../access-control.ts";
import type { Vault } from "../vault.ts";

interface RequestShape {
  readonly method: "GET" | "PUT" | "PATCH" | "POST" | "DELETE";
  /** Null: a request to the resource manager about the vault itself. */
  readonly collection: "secrets" | "deletedsecrets" | null;
}

interface SecretRequestShape extends RequestShape {
  readonly collection: "secrets" | "deletedsecrets";
  readonly permission: SecretPermission;
}

function secrets(
  method: RequestShape["method"],
  permission: SecretPermission,
): SecretRequestShape {
  return { method, collection: "secrets", permission };
}

function deletedSecrets(
  method: RequestShape["method"],
  permission: SecretPermission,
): SecretRequestShape {
  return { method, collection: "deletedsecrets", permission };
}

export const SECRET_OPERATIONS = {
  SecretSet: secrets("PUT", "set"),
  SecretGet: secrets("GET", "get"),
  SecretUpdate: secrets("PATCH", "set"),
  SecretList: secrets("GET", "list"),
  SecretListVersions: secrets("GET", "list"),
  SecretDelete: secrets("DELETE", "delete"),
  SecretGetDeleted: deletedSecrets("GET", "get"),
  SecretListDeleted: deletedSecrets("GET", "list"),
  SecretRecover: deletedSecrets("POST", "recover"),
  SecretPurge: deletedSecrets("DELETE", "purge"),
} as const;

const VAULT_OPERATIONS = {
  VaultPut: { method: "PUT", collection: null },
  VaultPatch: { method: "PATCH", collection: null },
} as const satisfies Record<string, RequestShape>;

export type SecretOperation = keyof typeof SECRET_OPERATIONS;
export type VaultOperation = keyof typeof VAULT_OPERATIONS;
export type Operation = SecretOperation | VaultOperation;

/** One request by its line: what is asked of which object. */
export interface RequestLine<Asked extends Operation = Operation> {
  readonly operation: Asked;
  /** As the caller spells it; null for operations on the vault or on all objects. */
  readonly name: string | null;
  /** Null: none given. */
  readonly version: string | null;
}

export function shapeOf(operation: Operation): RequestShape {
  return operation === "VaultPut" || operation === "VaultPatch"
    ? VAULT_OPERATIONS[operation]
    : SECRET_OPERATIONS[operation];
}

/** HTTP status of a success. */
export function successStatus(operation: Operation): number {
  return operation === "SecretPurge" ? 204 : 200;
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
      // SDKs leave the version's segment empty for the newest one, hence the trailing slash.
      return `${object}/${encodeURIComponent(version ?? "")}`;
    case "SecretListVersions":
      return `${object}/versions`;
    case "SecretRecover":
      return `${object}/recover`;
    default:
      return object;
  }
}

function vaultPath({ subscriptionId, resourceGroup, name }: Vault): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.KeyVault/vaults/${name}`;
}
