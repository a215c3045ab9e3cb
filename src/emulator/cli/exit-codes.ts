/** What the process says about a run (design 6). */
import type { PlayedScenario } from "../index.ts";

export const EXIT = {
  held: 0,
  expectationFailed: 1,
  badInput: 2,
  invariantBroke: 3,
  noProgress: 4,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Over several files the gravest wins: 3, 2, 4, 1, 0. */
const GRAVEST_FIRST: readonly ExitCode[] = [3, 2, 4, 1, 0];

export function gravest(codes: readonly ExitCode[]): ExitCode {
  return GRAVEST_FIRST.find((code) => codes.includes(code)) ?? EXIT.held;
}

/** Of one run: names that cannot be are bad input; a refused step fails like an expectation. */
export function exitCodeOf({ results, refusals }: PlayedScenario): ExitCode {
  if (results.some(({ problem }) => problem !== null)) return EXIT.badInput;
  const failed = results.some(({ passed }) => !passed) || refusals.length > 0;
  return failed ? EXIT.expectationFailed : EXIT.held;
}
