/** Mistakes in files that users write: where each stands, what is wrong, what to do. */
import { byCodeUnit } from "../../../kernel/json.ts";

/** 1-based line and column (UTF-16 units) in a file as the user named it. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface InputProblem {
  readonly position: Position;
  /** What is wrong and why. */
  readonly message: string;
  /** What to type next; may be empty. */
  readonly fix: string;
}

/** More problems than anybody reads; what comes after is counted only. */
const MOST_PROBLEMS = 200;

/** Collects problems over all files of one load. */
export class Problems {
  readonly #found = new Map<string, InputProblem>();
  readonly #files: string[] = [];
  #dropped = 0;

  /** Files are listed in the order in which they are first named, here or by a problem. */
  openFile(file: string): void {
    if (!this.#files.includes(file)) this.#files.push(file);
  }

  /** The same message at the same place counts once. */
  add(position: Position, message: string, fix = ""): void {
    this.openFile(position.file);
    const key = `${formatPosition(position)}\n${message}`;
    if (this.#found.has(key)) return;
    if (this.#found.size < MOST_PROBLEMS)
      this.#found.set(key, { position, message, fix });
    else this.#dropped += 1;
  }

  get size(): number {
    return this.#found.size;
  }

  /** By file, line, column; equal positions by message. A last entry tells how many were left out. */
  sorted(): InputProblem[] {
    const rank = (problem: InputProblem) =>
      this.#files.indexOf(problem.position.file);
    const problems = [...this.#found.values()].sort(
      (a, b) =>
        rank(a) - rank(b) ||
        a.position.line - b.position.line ||
        a.position.column - b.position.column ||
        byCodeUnit(a.message, b.message),
    );
    const last = problems.at(-1);
    if (last && this.#dropped > 0)
      problems.push({
        position: last.position,
        message: `${this.#dropped} more problems are not listed`,
        fix: "mend these first",
      });
    return problems;
  }
}

export function formatPosition(position: Position): string {
  return `${position.file}:${position.line}:${position.column}`;
}

/** `file:line:column: message`, and the fix on a line of its own. */
export function formatProblem(problem: InputProblem): string {
  const line = `${formatPosition(problem.position)}: ${problem.message}`;
  return problem.fix === "" ? line : `${line}\n  ${problem.fix}`;
}
