/**
 * What the shell does itself.
 *
 * Source: POSIX.1-2017 2.14 (special builtins), 4 (utilities that must be builtins); busybox 1.36 shell/ash.c (messages)
 */
import type { Routine } from "../system/effects.ts";
import { errorText, failed, which } from "../system/effects.ts";
import { absolutePath } from "../system/paths.ts";
import type { Builtin } from "./builtin.ts";
import { say } from "./builtin.ts";
import { changeDirectory } from "./change-directory.ts";
import { fileText } from "../system/file-text.ts";
import { compile } from "./compile.ts";
import { LoopJump, ShellError, ShellExit } from "./control.ts";
import { external } from "./external-command.ts";
import type { Shell } from "./interpreter.ts";
import { readVariables } from "./read-builtin.ts";
import type { Io } from "./redirection.ts";
import { setOptions } from "./set-options.ts";
import { isName, singleQuoted, sortedNames, valueOf } from "./shell-state.ts";

/** A number of an argument; 1 without one. */
function countOf([name = "", text]: readonly string[]): number {
  if (text === undefined) return 1;
  if (!/^[0-9]+$/.test(text))
    throw new ShellError(`Illegal number: ${text}`, name);
  return Number(text);
}

// oxlint-disable-next-line require-yield -- a builtin is a routine, even one that asks for nothing
function* jump(shell: Shell, argv: readonly string[]): Routine<number> {
  const levels = countOf(argv);
  if (levels === 0) throw new ShellError(`Illegal number: ${argv[1]}`, argv[0]);
  const kind = argv[0] === "break" ? "break" : "continue";
  if (shell.loops > 0) throw new LoopJump(kind, levels);
  return 0;
}

// oxlint-disable-next-line require-yield -- as above
function* exit(shell: Shell, argv: readonly string[]): Routine<number> {
  const status = argv.length > 1 ? countOf(argv) : shell.state.status;
  throw new ShellExit(status & 0xff);
}

/** `export` and `readonly`. */
function* declare(
  shell: Shell,
  [name = "", ...args]: readonly string[],
  io: Io,
): Routine<number> {
  const { variables } = shell.state;
  const mark = name === "export" ? "exported" : "readOnly";
  const words = args.filter((arg) => arg !== "-p" && arg !== "--");
  if (words.length === 0) {
    const lines = sortedNames(shell.state)
      .map((known) => [known, variables.get(known)!] as const)
      .filter(([, variable]) => variable[mark])
      .map(([known, { value }]) =>
        value === null
          ? `${name} ${known}\n`
          : `${name} ${known}=${singleQuoted(value)}\n`,
      );
    yield* say(io, lines.join(""));
    return 0;
  }
  for (const word of words) {
    if (word.startsWith("-"))
      throw new ShellError(`Keyturn does not interpret ${name} ${word}`);
    const at = word.indexOf("=");
    const variable = at === -1 ? word : word.slice(0, at);
    if (!isName(variable))
      throw new ShellError(`${variable}: bad variable name`, name);
    if (at !== -1) shell.assign(variable, word.slice(at + 1));
    const known = variables.get(variable);
    const unset = { value: null, exported: false, readOnly: false };
    variables.set(variable, { ...(known ?? unset), [mark]: true });
  }
  return 0;
}

// oxlint-disable-next-line require-yield -- as above
function* unset(shell: Shell, argv: readonly string[]): Routine<number> {
  for (const name of argv.slice(1)) {
    if (name === "-v" || name === "--") continue;
    if (name === "-f")
      throw new ShellError("Keyturn does not interpret functions (unset -f)");
    if (!isName(name))
      throw new ShellError(`${name}: bad variable name`, "unset");
    if (shell.state.variables.get(name)?.readOnly === true)
      throw new ShellError(`${name}: is read only`, "unset");
    shell.state.variables.delete(name);
  }
  return 0;
}

// oxlint-disable-next-line require-yield -- as above
function* shift({ state }: Shell, argv: readonly string[]): Routine<number> {
  const count = countOf(argv);
  if (count > state.parameters.length) return 1;
  state.parameters = state.parameters.slice(count);
  return 0;
}

function* evaluate(
  shell: Shell,
  argv: readonly string[],
  io: Io,
): Routine<number> {
  return yield* shell.run(compile(argv.slice(1).join(" ")), io);
}

/** `.`: a file's commands in this shell. */
function* source(
  shell: Shell,
  [, name = ""]: readonly string[],
  io: Io,
): Routine<number> {
  const path = name.includes("/")
    ? absolutePath(shell.state.cwd, name)
    : yield* which(name, valueOf(shell.state, "PATH") ?? "");
  const text = failed(path) ? path : yield* fileText(path);
  if (failed(text))
    throw new ShellError(`can't open '${name}': ${errorText(text.error)}`, ".");
  return yield* shell.run(compile(text), io);
}

function* execute(
  shell: Shell,
  argv: readonly string[],
  io: Io,
): Routine<number> {
  const command = { argv: argv.slice(1), values: [] };
  throw new ShellExit(yield* external(shell, command, io));
}

/** `command` and `type`, as far as they look a name up; `command name …` runs it. */
function* lookUp(
  shell: Shell,
  argv: readonly string[],
  io: Io,
): Routine<number> {
  const type = argv[0] === "type";
  const [, option = "", ...rest] = argv;
  if (!type && !option.startsWith("-")) {
    const builtin = SPECIAL_BUILTINS.get(option) ?? BUILTINS.get(option);
    const args = argv.slice(1);
    if (builtin !== undefined) return yield* builtin(shell, args, io);
    return yield* external(shell, { argv: args, values: [] }, io);
  }
  if (!type && option !== "-v")
    throw new ShellError(`Keyturn does not interpret command ${option}`);
  let status = 0;
  for (const name of type ? argv.slice(1) : rest) {
    const builtin = SPECIAL_BUILTINS.has(name) || BUILTINS.has(name);
    const path = yield* which(name, valueOf(shell.state, "PATH") ?? "");
    if (builtin)
      yield* say(io, type ? `${name} is a shell builtin\n` : `${name}\n`);
    else if (failed(path)) {
      status = 127;
      if (type) yield* say(io, `${name}: not found\n`);
    } else yield* say(io, type ? `${name} is ${path}\n` : `${path}\n`);
  }
  return status;
}

function* printDirectory(
  shell: Shell,
  _: readonly string[],
  io: Io,
): Routine<number> {
  yield* say(io, `${shell.state.cwd}\n`);
  return 0;
}

// oxlint-disable-next-line require-yield -- as above
function* succeed(): Routine<number> {
  return 0;
}

/** Assignments before them stay. */
export const SPECIAL_BUILTINS: ReadonlyMap<string, Builtin> = new Map<
  string,
  Builtin
>([
  [":", succeed],
  [".", source],
  ["break", jump],
  ["continue", jump],
  ["eval", evaluate],
  ["exec", execute],
  ["exit", exit],
  ["export", declare],
  ["readonly", declare],
  ["return", exit],
  ["set", setOptions],
  ["shift", shift],
  ["unset", unset],
]);

export const BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ["cd", changeDirectory],
  ["command", lookUp],
  ["pwd", printDirectory],
  ["read", readVariables],
  ["type", lookUp],
  // Nothing runs in the background.
  ["wait", succeed],
]);

/** Builtins of ash and bash that are refused, and how. */
export const NOT_INTERPRETED: ReadonlyMap<string, string> = new Map(
  [
    "alias",
    "bg",
    "bind",
    "builtin",
    "caller",
    "compgen",
    "complete",
    "declare",
    "dirs",
    "disown",
    "enable",
    "fc",
    "fg",
    "getopts",
    "hash",
    "help",
    "history",
    "jobs",
    "kill",
    "let",
    "local",
    "logout",
    "mapfile",
    "popd",
    "pushd",
    "readarray",
    "shopt",
    "source",
    "suspend",
    "times",
    "trap",
    "typeset",
    "ulimit",
    "umask",
    "unalias",
  ].map((name) => [name, `the builtin ${name}`]),
);
