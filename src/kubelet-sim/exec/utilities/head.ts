/** `head`. Source: busybox 1.36 coreutils/head.c */
import type { Routine } from "../system/effects.ts";
import { close, errorText, failed, read } from "../system/effects.ts";
import { readToEnd } from "../system/file-text.ts";
import type { OptionSpec, Options } from "./options.ts";
import { countOf, readOptions } from "./options.ts";
import type { Context, Utility } from "./utility.ts";
import { complain, openInput, print } from "./utility.ts";

const SPEC: OptionSpec = {
  letters: "n:c:qv",
  usage: "head [OPTIONS] [FILE]...",
};
const DEFAULT_LINES = 10;

interface Amount {
  readonly unit: "lines" | "bytes";
  readonly count: number;
  /** All but the last `count`. */
  readonly butLast: boolean;
}

export const head: Utility = function* (context) {
  const argv = withoutOldStyle(context.argv);
  const options = yield* readOptions(context, SPEC, argv);
  if (typeof options === "number") return options;
  const amount = amountOf(options);
  if (typeof amount === "string") {
    yield* complain(context, `invalid number '${amount}'`);
    return 1;
  }
  const files = options.operands.length === 0 ? ["-"] : options.operands;
  const titles = titlesWanted(options, files.length);
  let status = 0;
  for (const [i, file] of files.entries()) {
    const fd = yield* openInput(context, file);
    if (failed(fd)) {
      yield* complain(context, `${file}: ${errorText(fd.error)}`);
      status = 1;
      continue;
    }
    const title = titles ? titleOf(file, i > 0) : "";
    if (!(yield* print(context, title))) return 1;
    if (!(yield* copyHead(context, fd, { file, amount }))) status = 1;
    if (file !== "-") yield* close(fd);
  }
  return status;
};

/** `-5` is `-n 5`, of `head` and `tail`. */
export function withoutOldStyle(argv: readonly string[]): string[] {
  return argv.flatMap((arg, i) =>
    /^-[0-9]/.test(arg) && !takesArgument(argv[i - 1])
      ? ["-n", arg.slice(1)]
      : [arg],
  );
}

function takesArgument(before: string | undefined): boolean {
  return before === "-n" || before === "-c" || before === "-s";
}

export function titlesWanted({ given }: Options, files: number): boolean {
  const last = given.findLast(([letter]) => letter === "q" || letter === "v");
  return last === undefined ? files > 1 : last[0] === "v";
}

export function titleOf(file: string, another: boolean): string {
  const name = file === "-" ? "standard input" : file;
  return `${another ? "\n" : ""}==> ${name} <==\n`;
}

/** A text is what is no number. */
function amountOf({ given }: Options): Amount | string {
  let amount: Amount = { unit: "lines", count: DEFAULT_LINES, butLast: false };
  for (const [letter, text] of given) {
    if (letter !== "n" && letter !== "c") continue;
    const butLast = text.startsWith("-");
    const count = countOf(butLast ? text.slice(1) : text);
    if (count === null) return text;
    amount = { unit: letter === "n" ? "lines" : "bytes", count, butLast };
  }
  return amount;
}

function* copyHead(
  context: Context,
  fd: number,
  { file, amount }: { readonly file: string; readonly amount: Amount },
): Routine<boolean> {
  if (amount.butLast) {
    const all = yield* readToEnd(fd);
    if (failed(all)) return yield* unreadable(context, file, all.error);
    return yield* print(context, all.subarray(0, endBefore(all, amount)));
  }
  for (let left = amount.count; left > 0;) {
    const max = amount.unit === "bytes" ? left : undefined;
    const chunk = yield* read(fd, max);
    if (failed(chunk)) return yield* unreadable(context, file, chunk.error);
    if (chunk.length === 0) return true;
    const { bytes, used } = firstOf(chunk, left, amount.unit);
    if (!(yield* print(context, bytes))) return false;
    left -= used;
  }
  return true;
}

function* unreadable(
  context: Context,
  file: string,
  error: Parameters<typeof errorText>[0],
): Routine<boolean> {
  yield* complain(context, `${file}: ${errorText(error)}`);
  return false;
}

function firstOf(
  chunk: Uint8Array,
  left: number,
  unit: Amount["unit"],
): { readonly bytes: Uint8Array; readonly used: number } {
  if (unit === "bytes") {
    const bytes = chunk.subarray(0, left);
    return { bytes, used: bytes.length };
  }
  let used = 0;
  for (let at = 0; at < chunk.length; at++) {
    if (chunk[at] !== 0x0a) continue;
    used += 1;
    if (used === left) return { bytes: chunk.subarray(0, at + 1), used };
  }
  return { bytes: chunk, used };
}

function endBefore(all: Uint8Array, { unit, count }: Amount): number {
  if (unit === "bytes") return Math.max(all.length - count, 0);
  let left = count;
  if (left === 0) return all.length;
  // A last line without a line break is a line, too.
  for (let at = all.length - 2; at >= 0; at--) {
    if (all[at] !== 0x0a) continue;
    left -= 1;
    if (left === 0) return at + 1;
  }
  return 0;
}
