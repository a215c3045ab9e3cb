/** From the name of a program to what it does: the shells and the utilities. */
import { InvariantViolation } from "../../kernel/errors.ts";
import { shellMain } from "./shell/main.ts";
import type { Routine } from "./system/effects.ts";
import { UTILITIES } from "./utilities/index.ts";
import { isShell } from "./utilities/names.ts";
import type { Context } from "./utilities/utility.ts";

/** `argv` begins with what the program was called by. */
export function programRoutine(
  name: string,
  argv: readonly string[],
  context: Omit<Context, "name" | "argv" | "invokedAs">,
): Routine<number> {
  const main = isShell(name) ? shellMain : UTILITIES.get(name);
  if (main === undefined)
    throw new InvariantViolation(
      "ExecProgram",
      `Failed to run ${name}: there is no such program`,
    );
  const [invokedAs = name, ...rest] = argv;
  return main({ ...context, name, invokedAs, argv: rest });
}
