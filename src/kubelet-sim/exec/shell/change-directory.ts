/** `cd`. Source: POSIX.1-2017 cd; busybox 1.36 shell/ash.c (cdcmd) */
import type { Routine } from "../system/effects.ts";
import { errorText, failed, stat } from "../system/effects.ts";
import { absolutePath, logicalPath } from "../system/paths.ts";
import type { Builtin } from "./builtin.ts";
import { say } from "./builtin.ts";
import { ShellError } from "./control.ts";
import { valueOf } from "./shell-state.ts";

export const changeDirectory: Builtin = function* (
  shell,
  argv,
  io,
): Routine<number> {
  const { state } = shell;
  const args = argv.slice(1).filter((arg) => arg !== "-L" && arg !== "--");
  const [wanted] = args;
  if (wanted?.startsWith("-") === true && wanted !== "-")
    throw new ShellError(`Keyturn does not interpret cd ${wanted}`);
  const back = wanted === "-";
  const target =
    wanted === undefined
      ? (valueOf(state, "HOME") ?? state.cwd)
      : back
        ? (valueOf(state, "OLDPWD") ?? state.cwd)
        : wanted;
  const path = logicalPath(absolutePath(state.cwd, target || "."));
  const status = yield* stat(path);
  const error = failed(status)
    ? status.error
    : status.kind === "directory"
      ? null
      : "ENOTDIR";
  if (error !== null) {
    const message = `can't cd to ${target}: ${errorText(error)}`;
    return yield* shell.complain(message, io, { builtin: "cd", status: 2 });
  }
  shell.assign("OLDPWD", state.cwd);
  state.cwd = path;
  shell.assign("PWD", path);
  if (back) yield* say(io, `${path}\n`);
  return 0;
};
