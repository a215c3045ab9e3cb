/**
 * A vault: a name, a home, and its secrets, keys and certificates. Plain data; `put…` and `removeSecret` are the only
 * changes to what it holds, the operations compute what to put.
 * Source: Key Vault reference sheet, sections 1.1 and 2.5.
 */
import type { VaultAccess } from "./access-control.ts";
import type { Certificate } from "./certificate.ts";
import type { KeyVaultConfig } from "./defaults.ts";
import type { Key } from "./key.ts";
import type { Secret } from "./secret.ts";
import type { SlidingWindow } from "./sliding-window.ts";
import type { Budget } from "./throttle.ts";
import type { Collection, VaultObject } from "./vault-object.ts";
import { newestVersion } from "./vault-object.ts";

export interface Vault {
  /** As first spelled; names compare without case. */
  readonly name: string;
  readonly tenantId: string;
  readonly anyTenant: boolean;
  readonly region: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  access: VaultAccess;
  /** By name in lower case. */
  readonly secrets: Map<string, Secret>;
  readonly keys: Map<string, Key>;
  readonly certificates: Map<string, Certificate>;
  /** Versions that the secret of each name ever had; outlives a purge, so that no ordinal and no version id comes twice. */
  readonly ordinals: Map<string, number>;
  /** What was asked lately. A budget that was never used has none. */
  readonly windows: Map<Budget, SlidingWindow>;
}

/** The key of a vault or object: its name without case. */
export function keyOf(name: string): string {
  return name.toLowerCase();
}

const VAULT_NAME = /^[a-zA-Z](?:-?[0-9a-zA-Z])*$/;

/** 3 to 24 letters, digits and single dashes, from a letter to a letter or digit. */
export function isVaultName(name: string): boolean {
  return name.length >= 3 && name.length <= 24 && VAULT_NAME.test(name);
}

export function newVault(
  name: string,
  access: VaultAccess,
  home: KeyVaultConfig,
): Vault {
  return {
    name,
    tenantId: home.tenantId.toLowerCase(),
    anyTenant: home.anyTenant,
    region: home.region,
    subscriptionId: home.subscriptionId,
    resourceGroup: home.resourceGroup,
    access,
    secrets: new Map(),
    keys: new Map(),
    certificates: new Map(),
    ordinals: new Map(),
    windows: new Map(),
  };
}

/** The secret of a name in any phase of its life; undefined when the name is free. */
export function findSecret(vault: Vault, name: string): Secret | undefined {
  return vault.secrets.get(keyOf(name));
}

/** The secret of a name as long as it can be read: neither deleted nor on its way there or back. */
export function activeSecret(vault: Vault, name: string): Secret | undefined {
  const secret = findSecret(vault, name);
  return secret?.life.phase === "active" ? secret : undefined;
}

export function putSecret(vault: Vault, secret: Secret): void {
  const key = keyOf(secret.name);
  vault.secrets.set(key, secret);
  vault.ordinals.set(key, newestVersion(secret).ordinal);
}

export function findKey(vault: Vault, name: string): Key | undefined {
  return vault.keys.get(keyOf(name));
}

export function putKey(vault: Vault, key: Key): void {
  vault.keys.set(keyOf(key.name), key);
}

export function findCertificate(
  vault: Vault,
  name: string,
): Certificate | undefined {
  return vault.certificates.get(keyOf(name));
}

export function putCertificate(vault: Vault, certificate: Certificate): void {
  vault.certificates.set(keyOf(certificate.name), certificate);
}

/** Whatever has the name, in any phase of its life. */
export function findObject(
  vault: Vault,
  collection: Collection,
  name: string,
): VaultObject | undefined {
  return vault[collection].get(keyOf(name));
}

/** The ordinal of the next version of a secret. */
export function nextOrdinal(vault: Vault, name: string): number {
  return (vault.ordinals.get(keyOf(name)) ?? 0) + 1;
}

/** Name of the draws of an object: `keyvault/kvdemo/keys/key1`, in lower case. */
export function drawNameOf(
  vault: Vault,
  collection: Collection,
  name: string,
): string {
  return `keyvault/${keyOf(vault.name)}/${collection}/${keyOf(name)}`;
}

/** Frees the name. */
export function removeSecret(vault: Vault, secret: Secret): void {
  vault.secrets.delete(keyOf(secret.name));
}

/** How the trace and the value book call an object: `kvdemo/secrets/secret1`. */
export function objectName(
  vault: Vault,
  collection: Collection,
  name: string,
): string {
  return `${vault.name}/${collection}/${name}`;
}
