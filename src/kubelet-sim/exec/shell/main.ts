/**
 * `sh`: from its arguments to a script that runs; and a copy of a shell that runs a part of one.
 *
 * Source: POSIX.1-2017 sh; busybox 1.36 shell/ash.c (procargs)
 * Simplification: bash is the same interpreter as sh and speaks as busybox's sh does; a shell on a terminal is not modelled, without a script it reads one from its standard input.
 */
import { bytesToUtf8 } from "../../../kernel/bytes.ts";
import type { Routine } from "../system/effects.ts";
import { errorText, failed } from "../system/effects.ts";
import { fileText, readToEnd } from "../system/file-text.ts";
import { absolutePath } from "../system/paths.ts";
import type { Program } from "../system/process.ts";
import type { Context, Utility } from "../utilities/utility.ts";
import { printError } from "../utilities/utility.ts";
import { compile } from "./compile.ts";
import { LoopJump, ShellError, ShellExit } from "./control.ts";
import { Shell } from "./interpreter.ts";
import type { Io } from "./redirection.ts";
import { NotInterpreted, SyntaxRefusal } from "./refusal.ts";
import { takeOptions } from "./set-options.ts";
import { copyShellState, newShellState } from "./shell-state.ts";

const USAGE_STATUS = 2;

export const shellMain: Utility = function* (context) {
  const { argv, environment, cwd, io, invokedAs = "sh", pid = 1 } = context;
  const { options, operands, command } = splitArguments(argv);
  const [first, ...others] = operands;
  const script = !command && first !== undefined;
  const text = yield* scriptText(context, { command, first });
  if ("message" in text) {
    yield* printError(io, `${invokedAs}: ${text.message}\n`);
    return USAGE_STATUS;
  }
  const state = newShellState({
    arg0: (command ? others[0] : first) ?? invokedAs,
    named: command && others.length > 0,
    script,
    pid,
    parameters: command ? others.slice(1) : others,
    environment,
    cwd,
  });
  return yield* guarded(new Shell(state, io), io, function* (shell) {
    takeOptions(shell.state, options, null);
    return yield* shell.run(compile(text.script), io);
  });
};

function splitArguments(argv: readonly string[]): {
  readonly options: string[];
  readonly operands: readonly string[];
  readonly command: boolean;
} {
  const options: string[] = [];
  let command = false;
  let i = 0;
  for (; i < argv.length; i++) {
    const arg = argv[i]!;
    if (arg === "--") return { options, operands: argv.slice(i + 1), command };
    if (!/^[-+]./.test(arg)) break;
    if (arg.startsWith("-")) command ||= arg.includes("c");
    // A login shell would read /etc/profile, which is not there; -s is what happens anyway.
    const rest = arg.replaceAll(/[cls]/g, "");
    if (rest.length > 1) options.push(rest);
    if (rest.includes("o")) options.push(argv[++i] ?? "");
  }
  return { options, operands: argv.slice(i), command };
}

function* scriptText(
  { cwd, io }: Context,
  from: { readonly command: boolean; readonly first: string | undefined },
): Routine<{ readonly script: string } | { readonly message: string }> {
  const { command, first } = from;
  if (command)
    return first === undefined
      ? { message: "-c requires an argument" }
      : { script: first };
  if (first === undefined) {
    const fd = io.get(0);
    const bytes = fd === undefined ? new Uint8Array() : yield* readToEnd(fd);
    return { script: failed(bytes) ? "" : bytesToUtf8(bytes) };
  }
  const text = yield* fileText(absolutePath(cwd, first));
  return failed(text)
    ? { message: `can't open '${first}': ${errorText(text.error)}` }
    : { script: text };
}

/** A copy of a shell that runs a part of a script. */
export function* subshell(
  program: Extract<Program, { kind: "subshell" }>,
  io: Io,
): Routine<number> {
  const shell = new Shell(copyShellState(program.shell), new Map(io));
  return yield* guarded(shell, io, (copy) => copy.run(program.node, io));
}

/** Runs to the end, whatever ends it. */
function* guarded(
  shell: Shell,
  io: Io,
  body: (shell: Shell) => Routine<number>,
): Routine<number> {
  try {
    return yield* body(shell);
  } catch (error) {
    if (error instanceof ShellExit) return error.status;
    if (error instanceof LoopJump) return 0;
    if (error instanceof ShellError) {
      const { builtin, status } = error;
      return yield* shell.complain(error.message, io, { builtin, status });
    }
    if (error instanceof SyntaxRefusal || error instanceof NotInterpreted) {
      yield* printError(io, `${shell.state.arg0}: ${error.message}\n`);
      return USAGE_STATUS;
    }
    throw error;
  }
}
