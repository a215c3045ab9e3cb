/** The memory of all vaults of a world, plain data for snapshots. */
import type { Vault } from "./vault.ts";

export interface KeyVaultState {
  /** By name in lower case. */
  readonly vaults: Map<string, Vault>;
  /** The `vault.secret.set` fact of each version id: where what is read came from. */
  readonly origins: Map<string, number>;
  /** Audit draws used so far, by name. */
  readonly counters: Map<string, number>;
}

export function emptyState(): KeyVaultState {
  return { vaults: new Map(), origins: new Map(), counters: new Map() };
}
