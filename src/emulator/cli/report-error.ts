/** How an error that ends a command reaches the user: never with a stack trace for a mistake of theirs. */
import {
  InvariantViolation,
  KeyturnError,
  NoProgressError,
} from "../../kernel/errors.ts";
import { printable } from "../views/terminal.ts";
import type { ExitCode } from "./exit-codes.ts";
import { EXIT } from "./exit-codes.ts";
import type { TerminalIo } from "./terminal-io.ts";

/** Prints the error and says with which code to leave. */
export function reportError(error: unknown, io: TerminalIo): ExitCode {
  if (error instanceof KeyturnError) {
    io.err(`${safe(error.message)}\n`);
    return EXIT.badInput;
  }
  if (error instanceof NoProgressError) {
    io.err(`${safe(error.message)}\n`);
    return EXIT.noProgress;
  }
  io.err(
    error instanceof InvariantViolation
      ? `A promise of Keyturn's own broke (${error.code}). This is a bug of ours; please report it with the scenario and the seed.\n${error.message}\n`
      : `Keyturn failed. This is a bug of ours; please report it with the scenario and the seed.\n`,
  );
  io.err(
    `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return EXIT.invariantBroke;
}

/** Names from files may hold anything; lines stay lines. */
function safe(message: string): string {
  return message.split("\n").map(printable).join("\n");
}
