/** What every utility is given, and the few things that all of them do. */
import { utf8ToBytes } from "../../../kernel/bytes.ts";
import type { JsonValue } from "../../../kernel/json.ts";
import type { Io } from "../shell/redirection.ts";
import type { Failure, Routine } from "../system/effects.ts";
import { errorText, open, write } from "../system/effects.ts";
import { absolutePath } from "../system/paths.ts";

export interface Context {
  /** What its messages begin with. */
  readonly name: string;
  /** Without the name. */
  readonly argv: readonly string[];
  readonly environment: ReadonlyMap<string, string>;
  readonly cwd: string;
  readonly io: Io;
  /** What its latest checkpoint saved; null at the start. */
  readonly saved: JsonValue;
  /** The word it was called by. */
  readonly invokedAs?: string;
  readonly pid?: number;
  /** The shell runs it itself. */
  readonly builtIn?: boolean;
}

/** The result is the exit status. */
export type Utility = (context: Context) => Routine<number>;

/** A text or bytes on standard output; false when it cannot be written, which has been said then. */
export function* print(
  context: Context,
  output: string | Uint8Array,
): Routine<boolean> {
  const bytes = typeof output === "string" ? utf8ToBytes(output) : output;
  if (bytes.length === 0) return true;
  const fd = context.io.get(1);
  const failure: Failure | null =
    fd === undefined ? { error: "EBADF" } : yield* write(fd, bytes);
  if (failure === null) return true;
  yield* complain(context, `write error: ${errorText(failure.error)}`);
  return false;
}

/** A line on standard error, after the utility's name. */
export function* complain(
  { name, io }: Context,
  message: string,
): Routine<void> {
  yield* printError(io, `${name}: ${message}\n`);
}

export function* printError(io: Io, text: string): Routine<void> {
  const fd = io.get(2);
  if (fd !== undefined) yield* write(fd, utf8ToBytes(text));
}

/** Standard input for `-`. */
export function* openInput(
  { io, cwd }: Context,
  file: string,
): Routine<number | Failure> {
  if (file !== "-") return yield* open(absolutePath(cwd, file), "read");
  return io.get(0) ?? { error: "EBADF" };
}
