/** The memory of all vaults of a world, plain data for snapshots. */
import type { OpenFault } from "./faults.ts";
import type { Collection } from "./vault-object.ts";
import type { Vault } from "./vault.ts";

/** How many draws of a name were used so far. */
export interface DrawCounter {
  used: number;
}

export interface KeyVaultState {
  /** By name in lower case. */
  readonly vaults: Map<string, Vault>;
  /** The fact that set each version id: where what is read came from. */
  readonly origins: Readonly<Record<Collection, Map<string, number>>>;
  /** Audit draws, by name. */
  readonly counters: Map<string, DrawCounter>;
  /** Oldest first; those that are over may still be here. */
  faults: readonly OpenFault[];
}

export function emptyState(): KeyVaultState {
  return {
    vaults: new Map(),
    origins: { secrets: new Map(), keys: new Map(), certificates: new Map() },
    counters: new Map(),
    faults: [],
  };
}
