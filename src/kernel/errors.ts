/** The error families that every room shares. `code` is stable; `message` reads "Failed to X: reason". */

/** Somebody outside asked for something that cannot be: shown without a stack trace. */
export class KeyturnError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = "KeyturnError";
    this.code = code;
  }
}

/** A promise of Keyturn's own broke. Stops the run and is never caught inside it. Exit code 3. */
export class InvariantViolation extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = "InvariantViolation";
    this.code = code;
  }
}

/** Virtual time stands still although events keep running, or somebody waits on time that nobody advances. Exit code 4. */
export class NoProgressError extends Error {
  readonly code = "NoProgress";
  constructor(message: string) {
    super(message);
    this.name = "NoProgressError";
  }
}

/** Throws an `InvariantViolation` unless `condition` holds. */
export function invariant(
  condition: boolean,
  code: string,
  message: string,
): asserts condition {
  if (!condition) throw new InvariantViolation(code, message);
}
