/**
 * Expansion of words.
 *
 * Source: POSIX.1-2017 2.6; busybox 1.36 shell/ash.c (evalvar, error texts)
 * Simplification: Text of a shell is Unicode; bytes that are no UTF-8 turn into U+FFFD when a shell takes them into a word.
 */
import { LONGEST_WORD } from "../defaults.ts";
import type { Routine } from "../system/effects.ts";
import { used } from "../system/effects.ts";
import { evaluateArithmetic } from "./arithmetic.ts";
import { ShellError } from "./control.ts";
import type { Piece } from "./fields.ts";
import { expandPaths, fieldText, splitFields } from "./fields.ts";
import type { PatternChar } from "./pattern.ts";
import { patternChars, withoutMatch } from "./pattern.ts";
import type { ShellState } from "./shell-state.ts";
import { DEFAULT_IFS, valueOf } from "./shell-state.ts";
import type { Node, ParameterOperation, Part, Word } from "./syntax.ts";

/** What an expansion needs of the shell around it. */
export interface ExpansionHost {
  readonly state: ShellState;
  assign(name: string, value: string): void;
  /** What a command prints, without the line breaks at its end. */
  substitute(body: Node): Routine<string>;
}

type ParameterPart = Extract<Part, { part: "parameter" }>;

export class Expansion {
  readonly #host: ExpansionHost;

  constructor(host: ExpansionHost) {
    this.#host = host;
  }

  /** Split into fields, patterns replaced by file names. */
  *words(words: readonly Word[]): Routine<string[]> {
    const result: string[] = [];
    for (const word of words) {
      const pieces = yield* this.#pieces(word);
      const { state } = this.#host;
      const ifs = valueOf(state, "IFS") ?? DEFAULT_IFS;
      for (const field of splitFields(pieces, ifs)) {
        if (state.options.noglob) result.push(fieldText(field));
        else result.push(...(yield* expandPaths(field, state.cwd)));
      }
    }
    return result;
  }

  /** One text, neither split nor matched: an assignment, a redirection, a here-document. */
  *text(word: Word): Routine<string> {
    const pieces = yield* this.#pieces(word);
    return bounded(
      pieces.map((piece) => (piece === "break" ? " " : piece.text)).join(""),
    );
  }

  *pattern(word: Word): Routine<PatternChar[]> {
    const pieces = yield* this.#pieces(word);
    const space = { text: " ", quoted: true };
    return patternChars(
      pieces.map((piece) => (piece === "break" ? space : piece)),
    );
  }

  *#pieces(word: Word): Routine<Piece[]> {
    const pieces: Piece[] = [];
    for (const part of word) pieces.push(...(yield* this.#part(part)));
    return pieces;
  }

  *#part(part: Part): Routine<Piece[]> {
    switch (part.part) {
      case "text":
        return [{ text: part.text, quoted: part.quoted, split: false }];
      case "tilde":
        return [this.#tilde(part.user)];
      case "parameter":
        return yield* this.#parameter(part);
      case "command": {
        const text = yield* this.#host.substitute(part.body);
        return [expanded(bounded(text), part.quoted)];
      }
      case "arithmetic": {
        const text = yield* this.text(part.text);
        const { state } = this.#host;
        const value = evaluateArithmetic(text, {
          get: (name) => this.#checked(name, valueOf(state, name)),
          set: (name, value) => this.#host.assign(name, value),
        });
        return [expanded(String(value), part.quoted)];
      }
    }
  }

  #tilde(user: string): Piece {
    const home = valueOf(this.#host.state, "HOME");
    const known = user === "" ? home : user === "root" ? "/root" : null;
    return { text: known ?? `~${user}`, quoted: true, split: false };
  }

  *#parameter(part: ParameterPart): Routine<Piece[]> {
    const { name, operation, quoted } = part;
    if (operation === null || operation.operation === "length") {
      if (operation === null && (name === "@" || name === "*"))
        return this.#positional(name, quoted);
      const value = yield* this.#value(name);
      if (operation === null)
        return [expanded(this.#checked(name, value) ?? "", quoted)];
      // Of the parameters it is the length of them all, as ash has it.
      const { length } = [...(this.#checked(name, value) ?? "")];
      return [expanded(String(length), quoted)];
    }
    return operation.operation === "default"
      ? yield* this.#default(part, operation)
      : yield* this.#remove(part, operation);
  }

  *#default(
    { name, quoted }: ParameterPart,
    operation: Extract<ParameterOperation, { operation: "default" }>,
  ): Routine<Piece[]> {
    const list = name === "@" || name === "*";
    const value = yield* this.#value(name);
    const missing = value === null || (operation.orEmpty && value === "");
    const { operator, word } = operation;
    if (operator === "+") {
      if (missing) return this.#nothing(quoted);
      return yield* this.#operand(word, quoted);
    }
    if (!missing)
      return list ? this.#positional(name, quoted) : [expanded(value, quoted)];
    if (operator === "-") return yield* this.#operand(word, quoted);
    const text = yield* this.text(word);
    if (operator === "?")
      throw new ShellError(`${name}: ${text || "parameter not set"}`);
    if (!/^[A-Za-z_]/.test(name))
      throw new ShellError(`${name}: bad variable name`);
    this.#host.assign(name, text);
    return [expanded(text, quoted)];
  }

  /** An empty word in quotes is a word. */
  #nothing(quoted: boolean): Piece[] {
    return quoted ? [{ text: "", quoted, split: false }] : [];
  }

  *#operand(word: Word, quoted: boolean): Routine<Piece[]> {
    const pieces = yield* this.#pieces(word);
    if (pieces.length === 0) return this.#nothing(quoted);
    // Outside quotes the operand is split, as the value would have been.
    return pieces.map((piece) =>
      piece === "break" || piece.quoted || quoted
        ? piece
        : { ...piece, split: true },
    );
  }

  *#remove(
    { name, quoted }: ParameterPart,
    operation: Extract<ParameterOperation, { operation: "remove" }>,
  ): Routine<Piece[]> {
    const value = this.#checked(name, yield* this.#value(name)) ?? "";
    const pattern = yield* this.pattern(operation.pattern);
    return [expanded(withoutMatch(value, pattern, operation), quoted)];
  }

  #positional(name: string, quoted: boolean): Piece[] {
    const { state } = this.#host;
    if (quoted && name === "*") {
      const separator = (valueOf(state, "IFS") ?? DEFAULT_IFS).slice(0, 1);
      return [expanded(state.parameters.join(separator), true)];
    }
    return state.parameters.flatMap((text, i): Piece[] => {
      const piece = expanded(text, quoted);
      return i === 0 ? [piece] : ["break", piece];
    });
  }

  /** With `set -u` an unset parameter is a mistake. */
  #checked(name: string, value: string | null): string | null {
    const excused = name === "@" || name === "*";
    if (value === null && this.#host.state.options.nounset && !excused)
      throw new ShellError(`${name}: parameter not set`);
    return value;
  }

  *#value(name: string): Routine<string | null> {
    const { state } = this.#host;
    if (/^[0-9]+$/.test(name)) {
      const index = Number(name);
      return index === 0 ? state.arg0 : (state.parameters[index - 1] ?? null);
    }
    switch (name) {
      case "@":
      case "*":
        return state.parameters.length === 0
          ? null
          : state.parameters.join(" ");
      case "#":
        return String(state.parameters.length);
      case "?":
        return String(state.status);
      case "$":
        return String(state.pid);
      case "!":
        return "";
      case "-":
        return optionLetters(state);
    }
    const variable = state.variables.get(name);
    const value = variable?.value ?? null;
    if (value !== null && variable?.exported === true) yield* used(name, value);
    return value;
  }
}

function optionLetters({ options, script }: ShellState): string {
  const { errexit, noglob, nounset, xtrace } = options;
  const letters = [
    errexit && "e",
    noglob && "f",
    nounset && "u",
    xtrace && "x",
  ];
  return [...letters, !script && "c"].filter((l) => l !== false).join("");
}

function expanded(text: string, quoted: boolean): Piece {
  return { text, quoted, split: !quoted };
}

function bounded(text: string): string {
  if (text.length > LONGEST_WORD)
    throw new ShellError(
      `Keyturn does not keep words of more than ${LONGEST_WORD} characters`,
    );
  return text;
}
