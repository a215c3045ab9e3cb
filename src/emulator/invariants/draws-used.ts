/**
 * The draws that requests have used: each request uses the next one of its name, so that none is missing and none stands
 * in the log twice. Models no real component: it reads facts.
 */
import { InvariantViolation } from "../../kernel/errors.ts";
import type { Fact } from "../../kernel/trace.ts";

/** Of one name: a caller, a vault and an operation. */
type Used = { count: number; sum: number; highest: number };

/** By name. */
export type DrawsUsed = Map<string, Used>;

export function countDraws(draws: DrawsUsed, { run }: Fact): void {
  if (run?.draw === undefined) return;
  const { count } = run;
  const { name, index, stride } = run.draw;
  let used = draws.get(name);
  if (used === undefined) {
    used = { count: 0, sum: 0, highest: -1 };
    draws.set(name, used);
  }
  used.count += count;
  used.sum += count * index + (stride * count * (count - 1)) / 2;
  used.highest = Math.max(used.highest, index + stride * (count - 1));
}

/** Draws 0 to `highest`, each once, have this count and this sum. To be asked when every run is written. */
export function checkDraws(draws: DrawsUsed): void {
  for (const [name, { count, sum, highest }] of draws)
    if (count !== highest + 1 || sum !== (highest * (highest + 1)) / 2)
      throw new InvariantViolation(
        "AuditedTwice",
        `Failed to keep the invariant AuditedTwice: the ${count} requests of ${name} do not use the draws 0 to ${highest} once each`,
      );
}
