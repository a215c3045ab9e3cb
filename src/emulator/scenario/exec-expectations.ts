/** What `exec` steps expect, as lines like any other: judged when the run is over. */
import { describeExpectation } from "./expectation-names.ts";
import type { Expectation, Step } from "./model.ts";

/** One line for each step that expects something, in the order of the steps. */
export function execExpectations(
  steps: readonly Step[],
  namespace: string,
): Expectation[] {
  return steps.flatMap(({ at, command, position, expect: outcome }) => {
    if (command.kind !== "exec" || outcome === undefined) return [];
    const line = { kind: "exec", at, command, outcome } as const;
    const name = describeExpectation(line, namespace);
    return [{ ...line, name, position }];
  });
}
