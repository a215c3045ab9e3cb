/**
 * One page of a list. The mark of the next page is the key of the last item, so that items which come or go between two
 * pages shift no other.
 * Source: Key Vault reference sheet, section 1.6.
 * Simplification: lists are ordered by name and version id; the service promises no order.
 */
import { byCodeUnit } from "../../kernel/json.ts";
import { LARGEST_PAGE } from "../defaults.ts";

export interface PageRequest {
  /** 1 to 25; more is capped. Default 25. */
  readonly maxResults?: number;
  /** `next` of the page before; left out for the first page. */
  readonly after?: string;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Null on the last page. */
  readonly next: string | null;
}

/** Request null: everything on one page. */
export function pageOf<Item>(
  all: readonly Item[],
  keyOfItem: (item: Item) => string,
  request: PageRequest | null,
): Page<Item> {
  const after = request?.after;
  const rest = all
    .filter((item) => after === undefined || keyOfItem(item) > after)
    .sort((a, b) => byCodeUnit(keyOfItem(a), keyOfItem(b)));
  if (request === null) return { items: rest, next: null };
  const { maxResults = LARGEST_PAGE } = request;
  const size = Math.min(Math.max(maxResults, 1), LARGEST_PAGE);
  const items = rest.slice(0, size);
  const next = rest.length > size ? keyOfItem(items[size - 1]!) : null;
  return { items, next };
}
