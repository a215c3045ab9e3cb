/** How messages name what the user probably meant. */
import { nearestName } from "../../../kernel/nearest-name.ts";

/** `; did you mean "x"?`, or nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const nearest = nearestName(word, candidates);
  return nearest === null ? "" : `; did you mean "${nearest}"?`;
}

/** `a, b and c`; at most eight of them. */
export function listNames(names: readonly string[], empty: string): string {
  const shown = names.slice(0, 8);
  if (shown.length === 0) return empty;
  const rest = names.length - shown.length;
  if (rest > 0) return `${shown.join(", ")} and ${rest} more`;
  const last = shown.pop()!;
  return shown.length === 0 ? last : `${shown.join(", ")} and ${last}`;
}
