/** Releases of what is modelled, in order. */

/** Whether a release is `since` or later. Both are three numbers. */
export function isSince(version: string, since: string): boolean {
  const numbers = version.split(".").map(Number);
  const least = since.split(".").map(Number);
  for (const [i, wanted] of least.entries()) {
    const number = numbers[i] ?? 0;
    if (number !== wanted) return number > wanted;
  }
  return true;
}
