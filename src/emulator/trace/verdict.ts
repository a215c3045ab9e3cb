/** What became of one expectation: what every report of a run shows. No secret values in any member. */
import type { WhyChain } from "./why-chain.ts";

export interface ExpectationResult {
  readonly name: string;
  /** 1-based, in a file as the user named it. */
  readonly position: {
    readonly file: string;
    readonly line: number;
    readonly column: number;
  };
  readonly passed: boolean;
  readonly expected: string;
  /** What happened instead or as expected: one sentence. */
  readonly actual: string;
  /** The causes behind what the sink held; null where there is nothing to explain or the line is not about a sink. */
  readonly chain: WhyChain | null;
  /** Set when the line names something that cannot be: bad input (exit 2), not a verdict on the run. */
  readonly problem: string | null;
}
