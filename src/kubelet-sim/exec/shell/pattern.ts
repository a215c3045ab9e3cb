/**
 * Shell patterns as regular expressions.
 *
 * Source: POSIX.1-2017 2.13 (pattern matching notation)
 * Simplification: Character classes in patterns and regular expressions mean ASCII characters.
 */

/** A character; what is quoted stands for itself. */
export interface PatternChar {
  readonly char: string;
  readonly quoted: boolean;
}

/** POSIX character classes, for the inside of a JavaScript class. */
export const CHARACTER_CLASSES: ReadonlyMap<string, string> = new Map([
  ["alnum", "A-Za-z0-9"],
  ["alpha", "A-Za-z"],
  ["blank", " \\t"],
  ["cntrl", "\\x00-\\x1f\\x7f"],
  ["digit", "0-9"],
  ["graph", "\\x21-\\x7e"],
  ["lower", "a-z"],
  ["print", "\\x20-\\x7e"],
  ["punct", "!-\\/:-@\\[-`{-~"],
  ["space", "\\s"],
  ["upper", "A-Z"],
  ["xdigit", "0-9A-Fa-f"],
]);

export function patternChars(
  segments: readonly { readonly text: string; readonly quoted: boolean }[],
): PatternChar[] {
  return segments.flatMap(({ text, quoted }) =>
    [...text].map((char) => ({ char, quoted })),
  );
}

export function hasPattern(chars: readonly PatternChar[]): boolean {
  return chars.some(({ char, quoted }) => !quoted && "*?[".includes(char));
}

export function escapeRegExp(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}

/** The same inside of brackets. */
function escapeInBrackets(char: string): string {
  return /[\\^[\]-]/.test(char) ? `\\${char}` : char;
}

/** Matches from beginning to end of a text. `shortest` prefers little for `*`. */
export function patternSource(
  chars: readonly PatternChar[],
  options: { readonly shortest?: boolean } = {},
): string {
  const star = options.shortest === true ? "[^]*?" : "[^]*";
  let source = "";
  for (let i = 0; i < chars.length; i++) {
    const { char, quoted } = chars[i]!;
    if (quoted) source += escapeRegExp(char);
    else if (char === "*") source += star;
    else if (char === "?") source += "[^]";
    else if (char === "\\" && i + 1 < chars.length)
      source += escapeRegExp(chars[++i]!.char);
    else if (char === "[") {
      const bracket = bracketAt(chars, i);
      if (bracket === null) source += "\\[";
      else {
        source += bracket.source;
        i = bracket.end;
      }
    } else source += escapeRegExp(char);
  }
  return source;
}

function bracketAt(
  chars: readonly PatternChar[],
  start: number,
): { readonly source: string; readonly end: number } | null {
  let i = start + 1;
  const first = chars[i];
  const negated =
    first !== undefined &&
    !first.quoted &&
    (first.char === "!" || first.char === "^");
  if (negated) i += 1;
  let inside = "";
  for (let begun = false; i < chars.length; i++, begun = true) {
    const { char, quoted } = chars[i]!;
    if (char === "]" && !quoted && begun)
      return { source: `[${negated ? "^" : ""}${inside}]`, end: i };
    const name = quoted ? null : classNameAt(chars, i);
    if (name !== null) {
      inside += CHARACTER_CLASSES.get(name) ?? "";
      i += name.length + 3;
    } else if (char === "-" && !quoted) inside += "-";
    else inside += escapeInBrackets(char);
  }
  return null;
}

/** The name in `[:name:]`. */
function classNameAt(chars: readonly PatternChar[], at: number): string | null {
  const text = chars
    .slice(at, at + 12)
    .map(({ char }) => char)
    .join("");
  return /^\[:([a-z]+):\]/.exec(text)?.[1] ?? null;
}

export function matches(chars: readonly PatternChar[], text: string): boolean {
  return regExpOf(`^(?:${patternSource(chars)})$`)?.test(text) ?? false;
}

/** Null when JavaScript does not take it: a range out of order, say. */
export function regExpOf(source: string, flags = "u"): RegExp | null {
  try {
    return new RegExp(source, flags);
  } catch {
    return null;
  }
}

/** What is left of a text when the part that matches is taken from an end of it. */
export function withoutMatch(
  text: string,
  chars: readonly PatternChar[],
  how: { readonly side: "prefix" | "suffix"; readonly longest: boolean },
): string {
  const points = boundaries(text);
  // The longest match ends, or begins, farthest from its side.
  const fromFar = how.longest === (how.side === "prefix");
  const order = fromFar ? points.toReversed() : points;
  for (const at of order) {
    const piece = how.side === "prefix" ? text.slice(0, at) : text.slice(at);
    const rest = how.side === "prefix" ? text.slice(at) : text.slice(0, at);
    if (matches(chars, piece)) return rest;
  }
  return text;
}

/** Where characters begin, and the end. */
function boundaries(text: string): number[] {
  const points: number[] = [];
  let at = 0;
  for (const char of text) {
    points.push(at);
    at += char.length;
  }
  return [...points, text.length];
}
