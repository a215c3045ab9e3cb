/**
 * Options as getopt(3) reads them, and busybox's answers to the wrong ones.
 *
 * Source: POSIX.1-2017 12.2; busybox 1.36 libbb/getopt32.c, libbb/usage in each applet
 * Simplification: Of a utility's usage text only the line with its options is printed.
 */
import type { Routine } from "../system/effects.ts";
import type { Context } from "./utility.ts";
import { complain, printError } from "./utility.ts";

export interface OptionSpec {
  /** Letters; one that takes an argument has a colon after it, two when it need not. */
  readonly letters: string;
  /** Letters that busybox knows beside them: refused in Keyturn's own name. */
  readonly others?: string;
  /** Long names and the letters they stand for. */
  readonly long?: Readonly<Record<string, string>>;
  /** What follows the first operand is no option any more. */
  readonly operandsEnd?: boolean;
  readonly usage: string;
  /** Exit status of wrong usage; 1 unless told. */
  readonly status?: number;
}

export interface Options {
  /** In the order given; a flag's argument is empty. */
  readonly given: readonly (readonly [letter: string, argument: string])[];
  readonly operands: readonly string[];
}

/** The number is an exit status: what was wrong has been said. */
export function* readOptions(
  context: Context,
  spec: OptionSpec,
  argv: readonly string[] = context.argv,
): Routine<Options | number> {
  const given: [string, string][] = [];
  const operands: string[] = [];
  const rest = [...argv];
  while (rest.length > 0) {
    const arg = rest.shift()!;
    if (arg === "--") {
      operands.push(...rest);
      break;
    }
    if (arg.startsWith("--")) {
      const problem = readLong(spec, arg, given);
      if (problem !== null) return yield* wrongUsage(context, spec, problem);
    } else if (arg.startsWith("-") && arg !== "-") {
      const problem = readShort(spec, arg.slice(1), rest, given);
      if (problem !== null) return yield* wrongUsage(context, spec, problem);
    } else if (spec.operandsEnd === true) {
      operands.push(arg, ...rest);
      break;
    } else operands.push(arg);
  }
  return { given, operands };
}

/** Null when it was read, else the message. */
function readLong(
  spec: OptionSpec,
  arg: string,
  given: [string, string][],
): string | null {
  const [name = "", value] = arg.slice(2).split(/=(.*)/s);
  const letter = spec.long?.[name];
  if (letter === undefined) return `unrecognized option '${arg}'`;
  given.push([letter, value ?? ""]);
  return null;
}

function readShort(
  { letters, others = "" }: OptionSpec,
  cluster: string,
  rest: string[],
  given: [string, string][],
): string | null {
  for (let i = 0; i < cluster.length; i++) {
    const letter = cluster[i]!;
    const at = letter === ":" ? -1 : letters.indexOf(letter);
    if (at === -1)
      return others.includes(letter)
        ? `Keyturn does not interpret the option -${letter}`
        : `invalid option -- '${letter}'`;
    if (letters[at + 1] !== ":") {
      given.push([letter, ""]);
      continue;
    }
    const attached = cluster.slice(i + 1);
    const optional = letters[at + 2] === ":";
    const argument = attached !== "" || optional ? attached : rest.shift();
    if (argument === undefined)
      return `option requires an argument -- '${letter}'`;
    given.push([letter, argument]);
    return null;
  }
  return null;
}

/** A message, if there is one, and the usage. */
export function* wrongUsage(
  context: Context,
  spec: Pick<OptionSpec, "usage" | "status">,
  message: string | null = null,
): Routine<number> {
  if (message !== null) yield* complain(context, message);
  yield* printError(
    context.io,
    `BusyBox v1.36.1 multi-call binary.\n\nUsage: ${spec.usage}\n`,
  );
  return spec.status ?? 1;
}

export function has({ given }: Options, letter: string): boolean {
  return given.some(([known]) => known === letter);
}

/** The argument of the option's last use, or null. */
export function argumentOf({ given }: Options, letter: string): string | null {
  return given.findLast(([known]) => known === letter)?.[1] ?? null;
}

/** A whole number as `head -n` takes it, with the suffixes b, k and m; null when it is none. */
export function countOf(text: string): number | null {
  const match = /^([0-9]+)([bkm]?)$/.exec(text);
  if (match === null) return null;
  const unit = { "": 1, b: 512, k: 1024, m: 1024 * 1024 }[match[2]!];
  return Number(match[1]) * (unit ?? 1);
}
