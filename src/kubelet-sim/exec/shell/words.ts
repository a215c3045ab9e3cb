/**
 * From the parser's words to the parts that the interpreter expands, with the quoting made explicit.
 *
 * Source: POSIX.1-2017 2.2 (quoting), 2.6 (word expansions), 2.7.4 (here-document)
 */
import type {
  HereDoc,
  ParameterExpansionPart,
  ParsedScript,
  Word as ParsedWord,
  WordPart,
} from "unbash";
import { parse } from "unbash";
import { NotInterpreted, SyntaxRefusal } from "./refusal.ts";
import type { Node, ParameterOperation, Part, Word } from "./syntax.ts";

type Nested = (script: ParsedScript) => Node;

/** Where a word stands decides what a backslash and a quote mean in it. */
type Place = "plain" | "double-quoted" | "quoted operand" | "here-document";

export function compileWord(word: ParsedWord, nested: Nested): Word {
  return new WordCompiler(nested).word(word, "plain");
}

/** The value of an assignment: a tilde may begin each of its paths. */
export function compileAssigned(word: ParsedWord, nested: Nested): Word {
  return new WordCompiler(nested, true).word(word, "plain");
}

export function compileHereDocument(doc: HereDoc, nested: Nested): Word {
  const { body, delimiter, operator } = doc;
  const strip = (text: string) =>
    operator === "<<-" ? text.replaceAll(/^\t+/gm, "") : text;
  if (delimiter?.quoted === true)
    return [{ part: "text", text: strip(body.text), quoted: true }];
  const compiler = new WordCompiler(nested);
  if (operator === "<<") return compiler.hereDocument(body.parts, body.text);
  // The tabs go before anything is expanded.
  const stripped = parse(`cat <<_\n${strip(body.text)}_\n`);
  const command = stripped.commands[0]?.command;
  const again = command?.type === "Command" ? command.redirects[0] : undefined;
  if (again?.type !== "HereDoc")
    throw new SyntaxRefusal("here-document cannot be read");
  return compiler.hereDocument(again.body.parts, again.body.text);
}

class WordCompiler {
  readonly #nested: Nested;
  readonly #assigned: boolean;

  constructor(nested: Nested, assigned = false) {
    this.#nested = nested;
    this.#assigned = assigned;
  }

  word(word: ParsedWord, place: Place): Part[] {
    if (word.text === "" && word.parts === undefined) return [];
    const parts: Part[] = [];
    if (word.parts === undefined) this.#raw(parts, word.text, place);
    else for (const part of word.parts) this.#part(parts, part, place);
    return place === "plain" ? this.#withTildes(parts) : parts;
  }

  hereDocument(parts: readonly WordPart[] | undefined, text: string): Part[] {
    const compiled: Part[] = [];
    if (parts === undefined) this.#raw(compiled, text, "here-document");
    else for (const part of parts) this.#part(compiled, part, "here-document");
    return compiled;
  }

  #part(into: Part[], part: WordPart, place: Place): void {
    const quoted = place !== "plain";
    switch (part.type) {
      case "Literal":
        return this.#raw(into, part.text, place);
      case "Glob":
        if (part.parts === undefined) return addText(into, part.text, quoted);
        addText(into, "[", quoted);
        for (const inner of part.parts) this.#part(into, inner, place);
        return addText(into, "]", quoted);
      case "SingleQuoted":
      case "AnsiCQuoted":
        return addText(into, part.value, true);
      case "DoubleQuoted":
        return this.#doubleQuoted(into, part.parts);
      case "SimpleExpansion": {
        const name = part.text.slice(1);
        into.push({ part: "parameter", name, operation: null, quoted });
        return;
      }
      case "ParameterExpansion":
        into.push(this.#parameter(part, quoted));
        return;
      case "CommandExpansion": {
        const body = this.#nested(part.script ?? parse(""));
        into.push({ part: "command", body, quoted });
        return;
      }
      case "ArithmeticExpansion":
        into.push({
          part: "arithmetic",
          text: this.#arithmetic(part.text),
          quoted,
        });
        return;
      case "BraceExpansion":
        // Not a thing of this shell: the braces stand for themselves.
        if (part.parts === undefined) return this.#raw(into, part.text, place);
        addText(into, "{", quoted);
        for (const inner of part.parts) this.#part(into, inner, place);
        return addText(into, "}", quoted);
      case "LocaleString":
        throw new NotInterpreted(`$"…" (${part.text})`);
      case "ProcessSubstitution":
        throw new NotInterpreted(`process substitution (${part.text})`);
      case "ExtendedGlob":
        throw new NotInterpreted(`extended patterns (${part.text})`);
    }
  }

  #doubleQuoted(into: Part[], parts: readonly WordPart[]): void {
    const inner: Part[] = [];
    for (const part of parts) this.#part(inner, part, "double-quoted");
    // "" is an empty word, "$@" without parameters none.
    const list = inner.some((p) => p.part === "parameter" && p.name === "@");
    if (!list) addText(into, "", true);
    into.push(...inner);
  }

  #parameter(part: ParameterExpansionPart, quoted: boolean): Part {
    const { parameter: name, operation, text } = part;
    if (part.prefix === "!" || part.index !== undefined)
      throw new NotInterpreted(text);
    if (!/^(?:[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-])$/.test(name))
      throw new SyntaxRefusal("bad substitution");
    if (part.prefix === "#") {
      if (operation !== undefined) throw new NotInterpreted(text);
      const length: ParameterOperation = { operation: "length" };
      return { part: "parameter", name, operation: length, quoted };
    }
    const compiled =
      operation === undefined ? null : this.#operation(part, quoted);
    return { part: "parameter", name, operation: compiled, quoted };
  }

  #operation(
    { operation, text }: ParameterExpansionPart,
    quoted: boolean,
  ): ParameterOperation {
    if (operation?.type === "Default") {
      const orEmpty = operation.operator.length === 2;
      const operator = operation.operator.slice(-1) as "-" | "=" | "+" | "?";
      const place = quoted ? "quoted operand" : "plain";
      const word = this.word(operation.operand, place);
      return { operation: "default", operator, orEmpty, word };
    }
    if (operation?.type === "Remove") {
      const { operator } = operation;
      return {
        operation: "remove",
        side: operator.startsWith("#") ? "prefix" : "suffix",
        longest: operator.length === 2,
        pattern: this.word(operation.operand, "plain"),
      };
    }
    if (operation?.type === "Unknown")
      throw new SyntaxRefusal("bad substitution");
    throw new NotInterpreted(text);
  }

  /** Expanded first, read afterwards: the text as if it were in double quotes. */
  #arithmetic(text: string): Word {
    const inner = text.replace(/^\$\(\(/, "").replace(/\)\)$/, "");
    if (!/[$`\\"]/.test(inner))
      return [{ part: "text", text: inner, quoted: true }];
    const script = parse(`: "${inner.replaceAll('"', "")}"`);
    const command = script.commands[0]?.command;
    const word = command?.type === "Command" ? command.args[0] : undefined;
    if (word?.type !== "Word" || (script.errors ?? []).length > 0)
      throw new SyntaxRefusal("missing '))'");
    return this.word(word, "plain");
  }

  /** Text with its backslashes. */
  #raw(into: Part[], raw: string, place: Place): void {
    const special = SPECIAL[place];
    let text = "";
    for (let i = 0; i < raw.length; i++) {
      const next = raw[i + 1];
      if (raw[i] !== "\\" || next === undefined) {
        text += raw[i];
        continue;
      }
      if (next === "\n") {
        i += 1;
        continue;
      }
      if (special !== null && !special.includes(next)) {
        text += "\\";
        continue;
      }
      i += 1;
      if (place !== "plain") {
        text += next;
        continue;
      }
      if (text !== "") addText(into, text, false);
      addText(into, next, true);
      text = "";
    }
    if (text !== "") addText(into, text, place !== "plain");
  }

  #withTildes(parts: Part[]): Part[] {
    return parts.flatMap((part, i): Part[] => {
      if (part.part !== "text" || part.quoted) return [part];
      const last = i === parts.length - 1;
      const pieces = this.#assigned ? part.text.split(/(?<=:)/) : [part.text];
      return pieces.flatMap((text, n): Part[] => {
        const begins = (i === 0 && n === 0) || (n > 0 && this.#assigned);
        const ended = last || n < pieces.length - 1;
        const match = begins ? /^~([^/:]*)([/:]|$)/.exec(text) : null;
        if (match === null || (match[2] === "" && !ended))
          return [{ part: "text", text, quoted: false }];
        const user = match[1]!;
        const rest = text.slice(1 + user.length);
        const tilde: Part = { part: "tilde", user };
        return rest === ""
          ? [tilde]
          : [tilde, { part: "text", text: rest, quoted: false }];
      });
    });
  }
}

/** What a backslash takes the meaning from; null: everything. */
const SPECIAL: Readonly<Record<Place, string | null>> = {
  plain: null,
  "double-quoted": '$`"\\',
  "quoted operand": '$`"\\}',
  "here-document": "$`\\",
};

function addText(into: Part[], text: string, quoted: boolean): void {
  const last = into.at(-1);
  const joins = last?.part === "text" && last.quoted === quoted && text !== "";
  if (joins && last.text !== "")
    into[into.length - 1] = { part: "text", text: last.text + text, quoted };
  else into.push({ part: "text", text, quoted });
}
