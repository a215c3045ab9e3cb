/** Which known name did the user mean? */

/** Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours, one each. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + change);
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (i > 1 && j > 1 && swapped)
        cost = Math.min(cost, beforeLast[j - 2]! + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}

/** Longer words are never typing mistakes for a name; comparing them would only cost time. */
const LONGEST_WORD = 128;

/**
 * The candidate that is fewest slips away, case aside; the first of equals. Null when even that one differs in more
 * than a third of its letters (two letters are always allowed in words of four and more).
 */
export function nearestName(
  word: string,
  candidates: Iterable<string>,
): string | null {
  if (word.length > LONGEST_WORD) return null;
  const wanted = word.toLowerCase();
  let best: string | null = null;
  let bestDistance = Infinity;
  for (const candidate of candidates) {
    if (candidate.length > LONGEST_WORD) continue;
    const allowed = Math.max(
      candidate.length < 4 ? 1 : 2,
      Math.floor(Math.max(candidate.length, wanted.length) / 3),
    );
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance <= allowed && distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}
