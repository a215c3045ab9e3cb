/**
 * A vault: a name, a home and its secrets. Plain data; `putSecret` and `removeSecret` are the only changes to what it
 * holds, the operations compute what to put.
 * Source: Key Vault reference sheet, sections 1.1 and 2.5.
 */
import type { VaultAccess } from "./access-control.ts";
import type { KeyVaultConfig } from "./defaults.ts";
import type { Secret } from "./secret.ts";
import { newestVersion } from "./secret.ts";

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
  /** Versions that each name ever had; outlives a purge, so that no ordinal and no version id comes twice. */
  readonly ordinals: Map<string, number>;
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
    ordinals: new Map(),
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

/** Frees the name. */
export function removeSecret(vault: Vault, secret: Secret): void {
  vault.secrets.delete(keyOf(secret.name));
}

/** How the trace and the value book call an object: `kvdemo/secrets/secret1`. */
export function objectName(vault: Vault, name: string): string {
  return `${vault.name}/secrets/${name}`;
}
