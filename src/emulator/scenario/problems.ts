/** A scenario that cannot be played: every mistake with its place. */
import { KeyturnError } from "../../kernel/errors.ts";
import { formatProblem } from "../profiles/input/problem.ts";
import type { ScenarioProblem } from "./model.ts";

export { formatProblem };

/** Exit code 2. `problems` is never empty and sorted: the scenario's own file first, then by line and column. */
export class ScenarioError extends KeyturnError {
  readonly file: string;
  readonly problems: readonly ScenarioProblem[];

  constructor(file: string, problems: readonly ScenarioProblem[]) {
    const count =
      problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    super(
      "InvalidScenario",
      [
        `Failed to load scenario ${file}: ${count}`,
        ...problems.map(formatProblem),
      ].join("\n"),
    );
    this.name = "ScenarioError";
    this.file = file;
    this.problems = problems;
  }
}
