/** `tr`. Source: busybox 1.36 coreutils/tr.c */
import { bytesToUtf8 } from "../../../kernel/bytes.ts";
import { failed, read } from "../system/effects.ts";
import { unescaped } from "./echo.ts";
import type { OptionSpec } from "./options.ts";
import { has, readOptions, wrongUsage } from "./options.ts";
import type { Utility } from "./utility.ts";
import { print } from "./utility.ts";

const SPEC: OptionSpec = {
  letters: "cCds",
  operandsEnd: true,
  usage: "tr [-cds] STRING1 [STRING2]",
};
const CLASSES: ReadonlyMap<string, RegExp> = new Map([
  ["alnum", /[A-Za-z0-9]/],
  ["alpha", /[A-Za-z]/],
  ["blank", /[ \t]/],
  // oxlint-disable-next-line no-control-regex -- the class is control characters
  ["cntrl", /[\x00-\x1f\x7f]/],
  ["digit", /[0-9]/],
  ["lower", /[a-z]/],
  ["punct", /[!-/:-@[-`{-~]/],
  ["space", /[\t-\r ]/],
  ["upper", /[A-Z]/],
  ["xdigit", /[0-9A-Fa-f]/],
]);
const ASCII_CHARACTERS = 128;

export const tr: Utility = function* (context) {
  const options = yield* readOptions(context, SPEC);
  if (typeof options === "number") return options;
  const [first, second] = options.operands;
  const deletes = has(options, "d");
  const squeezes = has(options, "s");
  const enough = second !== undefined || deletes || squeezes;
  if (first === undefined || !enough) return yield* wrongUsage(context, SPEC);
  const from = setOf(first);
  const to = second === undefined ? [] : setOf(second);
  const complement = has(options, "c") || has(options, "C");
  const mapper = new Mapper(from, to, { complement, deletes, squeezes });
  const fd = context.io.get(0);
  while (fd !== undefined) {
    const chunk = yield* read(fd);
    if (failed(chunk) || chunk.length === 0) break;
    if (!(yield* print(context, mapper.map(bytesToUtf8(chunk))))) return 1;
  }
  return 0;
};

/** The characters of a set, in order: ranges, classes and escapes written out. */
function setOf(text: string): string[] {
  const chars = [...bytesToUtf8(unescaped(text, { zero: false }).bytes)];
  const set: string[] = [];
  for (let i = 0; i < chars.length; i++) {
    const named = /^\[:([a-z]+):\]/.exec(chars.slice(i, i + 12).join(""));
    const members = CLASSES.get(named?.[1] ?? "");
    if (named !== null && members !== undefined) {
      set.push(...ascii().filter((char) => members.test(char)));
      i += named[0].length - 1;
      continue;
    }
    const last = chars[i + 2];
    if (chars[i + 1] === "-" && last !== undefined && last >= chars[i]!) {
      const end = last.codePointAt(0)!;
      for (let point = chars[i]!.codePointAt(0)!; point <= end; point++)
        set.push(String.fromCodePoint(point));
      i += 2;
    } else set.push(chars[i]!);
  }
  return set;
}

function ascii(): string[] {
  return Array.from({ length: ASCII_CHARACTERS }, (_, point) =>
    String.fromCharCode(point),
  );
}

class Mapper {
  readonly #from: ReadonlyMap<string, number>;
  readonly #to: readonly string[];
  readonly #complement: boolean;
  readonly #deletes: boolean;
  readonly #squeezed: ReadonlySet<string> | null;
  #latest = "";

  constructor(
    from: readonly string[],
    to: readonly string[],
    how: {
      readonly complement: boolean;
      readonly deletes: boolean;
      readonly squeezes: boolean;
    },
  ) {
    this.#from = new Map(from.map((char, i) => [char, i]));
    this.#to = to;
    this.#complement = how.complement;
    this.#deletes = how.deletes;
    const squeezed = to.length > 0 ? to : from;
    this.#squeezed = how.squeezes ? new Set(squeezed) : null;
  }

  map(text: string): string {
    let result = "";
    for (const char of text) {
      const chosen = this.#from.has(char) !== this.#complement;
      if (chosen && this.#deletes) continue;
      const mapped = chosen && this.#to.length > 0 ? this.#image(char) : char;
      const repeated = mapped === this.#latest;
      if (repeated && this.#isSqueezed(mapped, chosen)) continue;
      this.#latest = mapped;
      result += mapped;
    }
    return result;
  }

  #image(char: string): string {
    const index = this.#complement
      ? this.#to.length - 1
      : this.#from.get(char)!;
    // The last character stands for all that are missing.
    return this.#to[Math.min(index, this.#to.length - 1)]!;
  }

  #isSqueezed(char: string, chosen: boolean): boolean {
    if (this.#squeezed === null) return false;
    if (this.#complement && this.#to.length === 0) return chosen;
    return this.#squeezed.has(char);
  }
}
