/** What each product says of itself, for views, which know no room. */
import { ALL_LANE_PRODUCTS } from "../world/kinds.ts";
import type { DeclaredLane } from "./declared-lane.ts";

/** In a few words: how it hears of a change, what becomes new, and whether a pod has to be restarted. */
export function wordsOfProduct(kind: NonNullable<DeclaredLane["kind"]>): {
  readonly hears: string;
  readonly refreshes: string;
  readonly restart: string;
} {
  const product = ALL_LANE_PRODUCTS.find((each) => each.kind === kind)!;
  const { hears, refreshes, podRestart: restart } = product;
  return { hears, refreshes, restart };
}
