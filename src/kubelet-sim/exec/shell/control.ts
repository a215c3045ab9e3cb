/** How a command leaves the place where it stands: thrown, and caught by who is meant. */

/** The shell ends. */
export class ShellExit extends Error {
  readonly status: number;
  constructor(status: number) {
    super("exit");
    this.name = "ShellExit";
    this.status = status;
  }
}

/** A mistake that ends a shell that is not interactive; the message has been worded without the shell's name. */
export class ShellError extends Error {
  readonly status: number;
  /** The builtin that met it, for the message's beginning. */
  readonly builtin: string | null;
  constructor(message: string, builtin: string | null = null, status = 2) {
    super(message);
    this.name = "ShellError";
    this.builtin = builtin;
    this.status = status;
  }
}

/** `break` or `continue`, `levels` loops out. */
export class LoopJump extends Error {
  readonly kind: "break" | "continue";
  readonly levels: number;
  constructor(kind: "break" | "continue", levels: number) {
    super(kind);
    this.name = "LoopJump";
    this.kind = kind;
    this.levels = levels;
  }
}
