/** What all builtins share. */
import { utf8ToBytes } from "../../../kernel/bytes.ts";
import type { Routine } from "../system/effects.ts";
import { write } from "../system/effects.ts";
import type { Shell } from "./interpreter.ts";
import type { Io } from "./redirection.ts";

/** `argv` begins with the builtin's name. */
export type Builtin = (
  shell: Shell,
  argv: readonly string[],
  io: Io,
) => Routine<number>;

/** Prints. */
export function* say(io: Io, text: string): Routine<void> {
  const fd = io.get(1);
  if (fd !== undefined && text !== "") yield* write(fd, utf8ToBytes(text));
}
