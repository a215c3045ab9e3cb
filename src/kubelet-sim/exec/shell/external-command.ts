/** Programs of the container that a shell runs. Source: POSIX.1-2017 2.9.1.1, 2.8.2 (exit statuses) */
import type { Routine } from "../system/effects.ts";
import { errorText, failed, run } from "../system/effects.ts";
import type { Shell } from "./interpreter.ts";
import type { Io } from "./redirection.ts";
import { exportedVariables, valueOf } from "./shell-state.ts";

const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;

/** Assignments before a command. */
export type Values = readonly (readonly [name: string, value: string])[];

export function* external(
  shell: Shell,
  command: { readonly argv: readonly string[]; readonly values: Values },
  io: Io,
): Routine<number> {
  const { argv, values } = command;
  const { state } = shell;
  const environment = exportedVariables(state);
  for (const [name, value] of values) environment.set(name, value);
  if (!environment.has("PATH")) {
    const path = valueOf(state, "PATH");
    if (path !== null) environment.set("PATH", path);
  }
  const wiring = [...io];
  const status = yield* run({ argv, environment, cwd: state.cwd, wiring });
  if (!failed(status)) return status;
  const missing = status.error === "ENOENT" || status.error === "ENOTDIR";
  // The empty word is looked up as a directory.
  const unnamed = argv[0] === "";
  const known = missing && !unnamed;
  const reason = known
    ? "not found"
    : errorText(unnamed ? "EACCES" : status.error);
  return yield* shell.complain(`${argv[0]}: ${reason}`, io, {
    status: missing ? NOT_FOUND : NOT_EXECUTABLE,
  });
}
