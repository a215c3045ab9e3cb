/** `set`: options, positional parameters, and the list of variables. Source: POSIX.1-2017 set; busybox 1.36 shell/ash.c */
import type { Routine } from "../system/effects.ts";
import type { Builtin } from "./builtin.ts";
import { say } from "./builtin.ts";
import { ShellError } from "./control.ts";
import type { ShellOptions, ShellState } from "./shell-state.ts";
import { singleQuoted, sortedNames, valueOf } from "./shell-state.ts";

const LETTERS: ReadonlyMap<string, keyof ShellOptions> = new Map([
  ["e", "errexit"],
  ["f", "noglob"],
  ["u", "nounset"],
  ["x", "xtrace"],
]);
const NAMES: ReadonlySet<string> = new Set([
  "errexit",
  "noglob",
  "nounset",
  "xtrace",
  "pipefail",
]);
/** Letters that real shells know. */
const OTHERS = "abCEhmnkpstTvBHP";

export const setOptions: Builtin = function* (
  { state },
  argv,
  io,
): Routine<number> {
  const args = argv.slice(1);
  if (args.length === 0) {
    const lines = sortedNames(state).flatMap((name) => {
      const value = valueOf(state, name);
      return value === null ? [] : [`${name}=${singleQuoted(value)}\n`];
    });
    yield* say(io, lines.join(""));
    return 0;
  }
  const rest = takeOptions(state, args, "set");
  if (rest !== null) state.parameters = rest;
  return 0;
};

/** Applies the options at the beginning; what follows, or null when nothing does. */
export function takeOptions(
  state: ShellState,
  args: readonly string[],
  builtin: string | null,
): string[] | null {
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === "--") return args.slice(i + 1);
    if (!/^[-+]./.test(arg)) return args.slice(i);
    const on = arg.startsWith("-");
    for (const letter of arg.slice(1)) {
      if (letter !== "o") {
        state.options[optionOf(letter, arg, builtin)] = on;
        continue;
      }
      i += 1;
      const name = args[i] ?? "";
      if (!NAMES.has(name))
        throw new ShellError(`Keyturn does not interpret set -o ${name}`);
      state.options[name as keyof ShellOptions] = on;
    }
  }
  return null;
}

function optionOf(
  letter: string,
  arg: string,
  builtin: string | null,
): keyof ShellOptions {
  const option = LETTERS.get(letter);
  if (option !== undefined) return option;
  if (OTHERS.includes(letter))
    throw new ShellError(
      `Keyturn does not interpret the option ${arg[0]}${letter}`,
    );
  throw new ShellError(`illegal option ${arg[0]}${letter}`, builtin);
}
