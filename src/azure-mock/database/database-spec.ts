/**
 * What a database is here: a service whose credential is a secret of a vault, rotated as Microsoft's tutorials do.
 * Source: alternatives.md 6; Azure Key Vault docs, tutorial-rotation and tutorial-rotation-dual
 */
import type { DurationMs } from "../../kernel/time.ts";

export interface DatabaseSpec {
  /** Unique in the run. */
  readonly name: string;
  readonly vault: string;
  readonly secret: string;
  /** `single`: one password, changed `switchAfterMs` after the vault has the new version. `dual`: two, of which each rotation renews the other one. */
  readonly credentials: "single" | "dual";
  readonly switchAfterMs: DurationMs;
}
