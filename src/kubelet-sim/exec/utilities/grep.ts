/** `grep`. Source: busybox 1.36 findutils/grep.c */
import type { Routine } from "../system/effects.ts";
import { close, errorText, failed } from "../system/effects.ts";
import { escapeRegExp, regExpOf } from "../shell/pattern.ts";
import { LineReader } from "./lines.ts";
import type { OptionSpec, Options } from "./options.ts";
import {
  argumentOf,
  countOf,
  has,
  readOptions,
  wrongUsage,
} from "./options.ts";
import { basicRegExp, extendedRegExp } from "./regular-expression.ts";
import type { Context, Utility } from "./utility.ts";
import { complain, openInput, print } from "./utility.ts";

const SPEC: OptionSpec = {
  letters: "HhnlLoqvsiwxFEcm:e:",
  others: "rRzABCfb",
  usage:
    "grep [-HhnlLoqvsrRiwFEz] [-m N] [-A|B|C N] { PATTERN | -e PATTERN... | -f FILE... } [FILE]...",
  status: 2,
};

interface Search {
  readonly options: Options;
  readonly expressions: readonly RegExp[];
  /** Each line begins with the file's name. */
  readonly named: boolean;
  readonly most: number;
}

export const grep: Utility = function* (context) {
  const options = yield* readOptions(context, SPEC);
  if (typeof options === "number") return options;
  const { given } = options;
  const named = given.filter(([l]) => l === "e").map(([, text]) => text);
  const [first, ...others] = options.operands;
  if (named.length === 0 && first === undefined)
    return yield* wrongUsage(context, SPEC);
  const patterns = named.length === 0 ? [first!] : named;
  const operands = named.length === 0 ? others : options.operands;
  const files = operands.length === 0 ? ["-"] : operands;
  const expressions: RegExp[] = [];
  for (const pattern of patterns.flatMap((text) => text.split("\n"))) {
    const expression = compiled(pattern, options);
    if (expression === null) {
      yield* complain(context, `bad regex '${pattern}'`);
      return 2;
    }
    expressions.push(expression);
  }
  const wanted = argumentOf(options, "m");
  const most = wanted === null ? Infinity : countOf(wanted);
  if (most === null) {
    yield* complain(context, `invalid number '${wanted}'`);
    return 2;
  }
  return yield* searchAll(context, files, {
    options,
    expressions,
    named: has(options, "H") || (files.length > 1 && !has(options, "h")),
    most,
  });
};

function compiled(pattern: string, options: Options): RegExp | null {
  const flags = has(options, "i") ? "giu" : "gu";
  const bare = has(options, "F")
    ? regExpOf(escapeRegExp(pattern), flags)
    : has(options, "E")
      ? extendedRegExp(pattern, flags)
      : basicRegExp(pattern, flags);
  if (bare === null) return null;
  const { source } = bare;
  if (has(options, "x")) return regExpOf(`^(?:${source})$`, flags);
  if (has(options, "w"))
    return regExpOf(`(?<![A-Za-z0-9_])(?:${source})(?![A-Za-z0-9_])`, flags);
  return bare;
}

function* searchAll(
  context: Context,
  files: readonly string[],
  search: Search,
): Routine<number> {
  let found = false;
  let broken = false;
  for (const file of files) {
    const fd = yield* openInput(context, file);
    if (failed(fd)) {
      broken = true;
      if (!has(search.options, "s"))
        yield* complain(context, `${file}: ${errorText(fd.error)}`);
      continue;
    }
    const outcome = yield* searchOne(context, { file, fd }, search);
    if (file !== "-") yield* close(fd);
    if (outcome === "stop") return 2;
    if (outcome > 0) found = true;
    if (found && has(search.options, "q")) return 0;
  }
  if (broken) return 2;
  return found ? 0 : 1;
}

/** How many lines were selected. */
function* searchOne(
  context: Context,
  input: { readonly file: string; readonly fd: number },
  search: Search,
): Routine<number | "stop"> {
  const { options, named, most } = search;
  const silent = ["q", "c", "l", "L"].some((letter) => has(options, letter));
  const name = input.file === "-" ? "(standard input)" : input.file;
  const reader = new LineReader(input.fd);
  let selected = 0;
  for (let number = 1; selected < most; number++) {
    const line = yield* reader.next();
    // A directory has no lines.
    if (line === null || failed(line)) break;
    const matches = search.expressions.flatMap((expression) => [
      ...line.text.matchAll(expression),
    ]);
    if (matches.length > 0 === has(options, "v")) continue;
    selected += 1;
    if (has(options, "q") || has(options, "l")) break;
    if (silent) continue;
    const prefix = `${named ? `${name}:` : ""}${has(options, "n") ? `${number}:` : ""}`;
    const shown = has(options, "o")
      ? matches.map(([text]) => text).filter((text) => text !== "")
      : [line.text];
    const text = shown.map((piece) => `${prefix}${piece}\n`).join("");
    if (!(yield* print(context, text))) return "stop";
  }
  if (has(options, "q")) return selected;
  const listed = selected > 0 ? has(options, "l") : has(options, "L");
  const text = listed
    ? `${name}\n`
    : has(options, "c") && !has(options, "l") && !has(options, "L")
      ? `${named ? `${name}:` : ""}${selected}\n`
      : "";
  return (yield* print(context, text)) ? selected : "stop";
}
