/**
 * Simple commands: assignments, builtins, and the programs of the container.
 *
 * Source: POSIX.1-2017 2.9.1; busybox 1.36 shell/ash.c (evalcommand)
 */
import { utf8ToBytes } from "../../../kernel/bytes.ts";
import type { Routine } from "../system/effects.ts";
import { step, write } from "../system/effects.ts";
import { UTILITIES } from "../utilities/index.ts";
import { BUILTINS, NOT_INTERPRETED, SPECIAL_BUILTINS } from "./builtins.ts";
import { ShellError } from "./control.ts";
import type { Values } from "./external-command.ts";
import { external } from "./external-command.ts";
import type { Shell } from "./interpreter.ts";
import type { Io } from "./redirection.ts";
import { closeAll, redirect } from "./redirection.ts";
import { singleQuoted, valueOf } from "./shell-state.ts";
import type { Simple } from "./syntax.ts";

/** Utilities that the shell runs itself, so that a broken pipe ends the shell and not a child of it. */
const BUILT_IN_UTILITIES: ReadonlySet<string> = new Set([
  "[",
  "echo",
  "false",
  "printf",
  "test",
  "true",
]);

export function* runSimple(
  shell: Shell,
  node: Simple,
  io: Io,
): Routine<number> {
  yield* step();
  const { expansion, state } = shell;
  shell.substituted = null;
  const argv = yield* words(shell, node);
  const values: (readonly [string, string])[] = [];
  for (const { name, value } of node.assignments) {
    const text = yield* expansion.text(value);
    if (argv.length === 0) shell.assign(name, text);
    values.push([name, text]);
  }
  if (state.options.xtrace) yield* trace(shell, values, argv, io);
  const around = { expansion, cwd: state.cwd };
  const to = yield* redirect(node.redirects, io, around);
  if ("message" in to) return yield* shell.complain(to.message, io);
  // `exec` without a command keeps its redirections.
  if (argv.length === 1 && argv[0] === "exec") {
    keep(io, to.io);
    return 0;
  }
  try {
    if (argv.length === 0) return shell.substituted ?? 0;
    return yield* execute(shell, { argv, values }, to.io);
  } finally {
    yield* closeAll(to.opened);
  }
}

function keep(io: Io, table: Io): void {
  const own = io as Map<number, number>;
  own.clear();
  for (const [fd, of] of table) own.set(fd, of);
}

function* words(shell: Shell, node: Simple): Routine<string[]> {
  const argv: string[] = [];
  for (const word of node.words) {
    if (word.kind === "word")
      argv.push(...(yield* shell.expansion.words([word.word])));
    else argv.push(`${word.name}=${yield* shell.expansion.text(word.value)}`);
  }
  return argv;
}

function* execute(
  shell: Shell,
  command: { readonly argv: readonly string[]; readonly values: Values },
  io: Io,
): Routine<number> {
  const { argv, values } = command;
  const name = argv[0]!;
  const special = SPECIAL_BUILTINS.get(name);
  if (special !== undefined) {
    for (const [variable, value] of values) shell.assign(variable, value);
    return yield* special(shell, argv, io);
  }
  const refused = NOT_INTERPRETED.get(name);
  if (refused !== undefined)
    throw new ShellError(`Keyturn does not interpret ${refused}`);
  const builtin = BUILTINS.get(name);
  if (builtin !== undefined)
    return yield* withValues(shell, values, () => builtin(shell, argv, io));
  if (BUILT_IN_UTILITIES.has(name))
    return yield* withValues(shell, values, () =>
      UTILITIES.get(name)!({
        // The shell speaks, not the utility.
        name: "sh",
        builtIn: true,
        argv: argv.slice(1),
        environment: new Map(),
        cwd: shell.state.cwd,
        io,
        saved: null,
      }),
    );
  return yield* external(shell, command, io);
}

/** Assignments before a builtin last as long as it runs. */
function* withValues(
  shell: Shell,
  values: Values,
  body: () => Routine<number>,
): Routine<number> {
  const { variables } = shell.state;
  const before = values.map(([name]) => [name, variables.get(name)] as const);
  for (const [name, value] of values) shell.assign(name, value);
  try {
    return yield* body();
  } finally {
    for (const [name, variable] of before) {
      if (variable === undefined) variables.delete(name);
      else variables.set(name, variable);
    }
  }
}

function* trace(
  shell: Shell,
  values: Values,
  argv: readonly string[],
  io: Io,
): Routine<void> {
  const fd = io.get(2);
  if (fd === undefined) return;
  const prompt = valueOf(shell.state, "PS4") ?? "";
  const assigned = values.map(([name, value]) => `${name}=${legible(value)}`);
  const text = [...assigned, ...argv.map(legible)].join(" ");
  yield* write(fd, utf8ToBytes(`${prompt}${text}\n`));
}

/** As ash quotes it: what it does not name is left bare. Source: shell/ash.c (maybe_single_quote) */
function legible(word: string): string {
  return /^[+,./0-9:@A-Z\]^_a-z-]*$/.test(word) ? word : singleQuoted(word);
}
