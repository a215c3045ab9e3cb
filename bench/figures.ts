/** Small arithmetic of benchmarks. */

/** Wall time of `act` in seconds. */
export function seconds(act: () => void): number {
  const started = performance.now();
  act();
  return (performance.now() - started) / 1000;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

/** `12.3 (11.8 .. 14.0)`: the median and the range. */
export function spread(values: readonly number[], digits = 1): string {
  const text = (value: number) => value.toFixed(digits);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return `${text(median(values))} (${text(low)} .. ${text(high)})`;
}
