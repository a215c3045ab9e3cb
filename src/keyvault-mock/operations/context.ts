/** What an operation may know beyond the vault and the request. */
import type { Draws } from "../../kernel/draw.ts";
import type { EpochMs } from "../../kernel/time.ts";

export interface OperationContext {
  readonly now: EpochMs;
  readonly draws: Draws;
}
