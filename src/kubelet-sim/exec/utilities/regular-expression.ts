/**
 * Regular expressions of POSIX as JavaScript has them: characters, `.`, brackets with classes, anchors, groups,
 * alternatives, `*`, `+`, `?` and intervals, in their basic and extended spellings; back references; `\w`, `\W`, `\s`,
 * `\S`, `\b`, `\B`, `\<` and `\>` as GNU's library reads them.
 *
 * Source: POSIX.1-2017 9; glibc posix/regcomp.c (GNU operators)
 * Simplification: Of several alternatives of a regular expression that match, the first is taken, not the longest.
 */
import { CHARACTER_CLASSES, escapeRegExp, regExpOf } from "../shell/pattern.ts";

type Syntax = "basic" | "extended";

/** Null: no regular expression. */
export function extendedRegExp(text: string, flags: string): RegExp | null {
  return translated(text, "extended", flags);
}

export function basicRegExp(text: string, flags: string): RegExp | null {
  return translated(text, "basic", flags);
}

function translated(
  text: string,
  syntax: Syntax,
  flags: string,
): RegExp | null {
  const source = new Translator([...text], syntax).source();
  return source === null ? null : regExpOf(source, flags);
}

const GNU: ReadonlyMap<string, string> = new Map([
  ["w", "[A-Za-z0-9_]"],
  ["W", "[^A-Za-z0-9_]"],
  ["s", "\\s"],
  ["S", "\\S"],
  ["b", "\\b"],
  ["B", "\\B"],
  ["<", "\\b(?=\\w)"],
  [">", "\\b(?<=\\w)"],
]);

class Translator {
  readonly #chars: readonly string[];
  readonly #syntax: Syntax;
  #at = 0;
  #source = "";
  /** Nothing to repeat here: at the beginning, after `(` or `|`. */
  #fresh = true;

  constructor(chars: readonly string[], syntax: Syntax) {
    this.#chars = chars;
    this.#syntax = syntax;
  }

  source(): string | null {
    while (this.#at < this.#chars.length) if (!this.#next()) return null;
    return this.#source;
  }

  #next(): boolean {
    const char = this.#chars[this.#at]!;
    if (char === "[") return this.#bracket();
    this.#at += 1;
    if (char === "\\") return this.#escape();
    if (char === ".") return this.#add("[^\\n]");
    if (char === "^" || char === "$") return this.#anchor(char);
    if (char === "*") return this.#repeat("*");
    if (this.#syntax === "basic") return this.#add(escapeRegExp(char));
    return this.#operator(char);
  }

  #escape(): boolean {
    const char = this.#chars[this.#at];
    if (char === undefined) return false;
    this.#at += 1;
    const gnu = GNU.get(char);
    if (gnu !== undefined) return this.#add(gnu);
    if (/[1-9]/.test(char)) return this.#add(`(?:\\${char})`);
    if (this.#syntax === "basic" && "(){}|+?".includes(char))
      return this.#operator(char);
    return this.#add(escapeRegExp(char));
  }

  #operator(char: string): boolean {
    switch (char) {
      case "(":
      case "|":
        this.#source += char;
        this.#fresh = true;
        return true;
      case ")":
        return this.#add(")");
      case "+":
      case "?":
        return this.#repeat(char);
      case "{":
        return this.#interval();
      default:
        return this.#add(escapeRegExp(char));
    }
  }

  #add(source: string): boolean {
    this.#source += source;
    this.#fresh = false;
    return true;
  }

  /** With nothing before it, a star is a star. */
  #repeat(char: string): boolean {
    if (this.#fresh)
      return char === "*" || this.#syntax === "basic"
        ? this.#add(escapeRegExp(char))
        : false;
    // JavaScript takes no repetition of a repetition.
    if (/[*+?}]$/.test(this.#source) && !/\\[*+?}]$/.test(this.#source))
      this.#source = `(?:${this.#source})`;
    this.#source += char;
    return true;
  }

  #interval(): boolean {
    const close = this.#syntax === "basic" ? "\\}" : "}";
    const rest = this.#chars.slice(this.#at).join("");
    const match = /^(\d*)(,(\d*))?(\\?\})/.exec(rest);
    if (match === null || match[4] !== close || this.#fresh)
      return this.#syntax === "extended" ? this.#add("\\{") : false;
    this.#at += match[0].length;
    const [, least = "", comma = "", most = ""] = match;
    const range = comma === "" ? least : `${least || "0"},${most}`;
    this.#source += `{${range}}`;
    return true;
  }

  #anchor(char: "^" | "$"): boolean {
    if (this.#syntax === "extended") {
      this.#source += char;
      return true;
    }
    const next = this.#chars.slice(this.#at, this.#at + 2).join("");
    const ends = next === "" || next === "\\)" || next === "\\|";
    const anchors = char === "^" ? this.#fresh : ends;
    if (!anchors) return this.#add(`\\${char}`);
    this.#source += char;
    return true;
  }

  #bracket(): boolean {
    const text = this.#chars.slice(this.#at).join("");
    const match = /^\[(\^?)(\]?(?:\[:[a-z]+:\]|[^\]])*)\]/s.exec(text);
    if (match === null) return false;
    const [whole, negated = "", inside = ""] = match;
    this.#at += [...whole].length;
    const source = inside.replaceAll(
      /\[:([a-z]+):\]|([\\\]^[])/g,
      (_, name: string | undefined, special: string | undefined) =>
        name === undefined
          ? `\\${special}`
          : (CHARACTER_CLASSES.get(name) ?? ""),
    );
    // A minus at an end is a minus.
    const safe = source.replace(/^-/, "\\-").replace(/-$/, "\\-");
    return this.#add(`[${negated}${safe}]`);
  }
}
