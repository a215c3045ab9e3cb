/** What judging one expectation needs and gives. Models no real component. */
import type { EpochMs } from "../../kernel/time.ts";
import type { SinkName } from "../trace/names.ts";
import { formatSink } from "../trace/names.ts";
import type { SinkResolution } from "../trace/sink-history.ts";
import type { ExpectationResult } from "../trace/verdict.ts";
import type { RevealBytes } from "../trace/versions.ts";
import type { Evidence, WhyChain } from "../trace/why-chain.ts";
import type { ExpectationCounts } from "./expectation-counts.ts";
import type { WorkloadCounts } from "./workload-counts.ts";

/** A finished run. `index`, `sinks`, `counts` and `workloads` have each seen every fact of it, open runs included. */
export interface Observed extends Evidence {
  readonly counts: ExpectationCounts;
  readonly workloads: WorkloadCounts;
  readonly reveal: RevealBytes;
  /** `start` + `duration`, or where the run was stopped. */
  readonly end: EpochMs;
}

/** A result without what the line itself says. */
export type Judgement = Omit<ExpectationResult, "name" | "position">;

/** The ways a line ends, once it is clear what was expected. */
export class Judge {
  readonly #expected: string;

  constructor(expected: string) {
    this.#expected = expected;
  }

  held(actual: string): Judgement {
    return this.#end(true, actual, null, null);
  }

  failed(actual: string, chain: WhyChain | null = null): Judgement {
    return this.#end(false, actual, chain, null);
  }

  /** The line names something that cannot be. */
  badInput(problem: string): Judgement {
    return this.#end(false, problem, null, problem);
  }

  #end(
    passed: boolean,
    actual: string,
    chain: WhyChain | null,
    problem: string | null,
  ): Judgement {
    return { passed, expected: this.#expected, actual, chain, problem };
  }
}

/** Names that cannot be are the user's mistake; declared things that never came to exist are not. */
export function problemOf(
  sink: SinkName,
  resolution: SinkResolution,
  namespace: string,
): string | null {
  return resolution.found || resolution.reason === "absent"
    ? null
    : `Failed to find ${formatSink(sink, namespace)}: ${resolution.message}`;
}
