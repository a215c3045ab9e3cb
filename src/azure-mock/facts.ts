/** What stands around the vault in Azure reports. `about` is the database. */
import type { FactOf } from "../kernel/trace.ts";

/**
 * A database takes another credential from now on, and no longer one that it took before. Causes: [the fact that set the
 * version, what made it switch].
 */
export type DatabaseSwitchedFact = FactOf<
  "database.switched",
  {
    readonly database: string;
    /** `kvdemo/secrets/password` */
    readonly object: string;
    /** Ordinals of the versions that are accepted from now on, ascending. */
    readonly accepts: readonly number[];
    /** Ordinals that were accepted until now. */
    readonly refuses: readonly number[];
  }
>;

export type AzureFact = DatabaseSwitchedFact;
