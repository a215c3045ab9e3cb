/**
 * From expanded pieces to fields: splitting by IFS, then file names in place of patterns.
 *
 * Source: POSIX.1-2017 2.6.5 (field splitting), 2.6.6 (pathname expansion)
 */
import { byCodeUnit } from "../../../kernel/json.ts";
import type { Routine } from "../system/effects.ts";
import { failed, list, stat } from "../system/effects.ts";
import { absolutePath } from "../system/paths.ts";
import type { PatternChar } from "./pattern.ts";
import { hasPattern, matches, patternChars } from "./pattern.ts";

/** What an expansion yields. A break ends a field, as between the parameters of "$@". */
export type Piece =
  | {
      readonly text: string;
      readonly quoted: boolean;
      /** The result of an expansion outside quotes. */
      readonly split: boolean;
    }
  | "break";

type Segment = Exclude<Piece, "break">;
export type Field = readonly Segment[];

export function splitFields(pieces: readonly Piece[], ifs: string): Field[] {
  const splitter = new Splitter(ifs);
  for (const piece of pieces) {
    if (piece === "break") splitter.end();
    else if (piece.split) splitter.split(piece);
    else splitter.add(piece);
  }
  splitter.end();
  return splitter.fields;
}

class Splitter {
  readonly fields: Field[] = [];
  readonly #ifs: string;
  #field: Segment[] | null = null;
  /** The field before was ended by white space, to which a separator that follows belongs. */
  #afterSpace = false;

  constructor(ifs: string) {
    this.#ifs = ifs;
  }

  add(segment: Segment): void {
    // Only an empty text in quotes makes a field.
    if (segment.text === "" && !segment.quoted) return;
    (this.#field ??= []).push(segment);
    this.#afterSpace = false;
  }

  split({ text }: Segment): void {
    let word = "";
    const flush = () => {
      if (word !== "") this.add({ text: word, quoted: false, split: true });
      word = "";
    };
    for (const char of text) {
      if (!this.#ifs.includes(char)) {
        word += char;
        continue;
      }
      flush();
      if (" \t\n".includes(char)) {
        if (this.#field === null) continue;
        this.end();
        this.#afterSpace = true;
      } else if (this.#afterSpace) this.#afterSpace = false;
      else {
        this.#field ??= [];
        this.end();
      }
    }
    flush();
  }

  end(): void {
    if (this.#field !== null) this.fields.push(this.#field);
    this.#field = null;
    this.#afterSpace = false;
  }
}

export function fieldText(field: Field): string {
  return field.map(({ text }) => text).join("");
}

/** File names that match, sorted; the field itself when there are none. */
export function* expandPaths(field: Field, cwd: string): Routine<string[]> {
  const plain = field.every(
    ({ text, quoted }) => quoted || !/[*?[]/.test(text),
  );
  if (plain) return [fieldText(field)];
  const chars = patternChars(field);
  if (!hasPattern(chars)) return [fieldText(field)];
  const found = yield* matchingPaths(elementsOf(chars), cwd);
  return found.length === 0 ? [fieldText(field)] : found.sort(byCodeUnit);
}

/** The pattern between slashes. */
function elementsOf(chars: readonly PatternChar[]): PatternChar[][] {
  const elements: PatternChar[][] = [[]];
  for (const char of chars) {
    if (char.char === "/") elements.push([]);
    else elements.at(-1)!.push(char);
  }
  return elements;
}

function* matchingPaths(
  elements: readonly PatternChar[][],
  cwd: string,
): Routine<string[]> {
  let prefixes = [""];
  for (const [i, element] of elements.entries()) {
    const last = i === elements.length - 1;
    const next: string[] = [];
    for (const prefix of prefixes) {
      const literal = element.map(({ char }) => char).join("");
      const names =
        literal === "" || !hasPattern(element)
          ? [literal]
          : yield* matchingNames(element, absolutePath(cwd, prefix || "."));
      for (const name of names) {
        const path = `${prefix}${name}`;
        if (yield* isThere(path, { last, cwd }))
          next.push(last ? path : `${path}/`);
      }
    }
    prefixes = next;
  }
  return prefixes;
}

function* matchingNames(
  element: readonly PatternChar[],
  directory: string,
): Routine<string[]> {
  const names = yield* list(directory);
  if (failed(names)) return [];
  const first = element[0]!.char;
  // A dot at the beginning must be named; then `.` and `..` are names, too.
  const candidates = first === "." ? [".", "..", ...names] : names;
  return candidates.filter(
    (name) =>
      (first === "." || !name.startsWith(".")) && matches(element, name),
  );
}

function* isThere(
  path: string,
  { last, cwd }: { readonly last: boolean; readonly cwd: string },
): Routine<boolean> {
  if (path === "") return true;
  if (last && path.endsWith("/"))
    return !failed(yield* list(absolutePath(cwd, path)));
  const status = yield* stat(absolutePath(cwd, path), !last);
  return !failed(status);
}
