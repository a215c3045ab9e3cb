/**
 * The text of label selectors: `a=b,c!=d,e in (f,g),!h,i>1`.
 * Source: kubernetes/apimachinery v0.32 pkg/labels/selector.go; error texts are upstream's.
 */
import { labelKeyProblems, labelValueProblems } from "./validation/names.ts";

export type LabelOperator =
  "=" | "==" | "!=" | "in" | "notin" | "exists" | "!" | "gt" | "lt";

/** One condition on a label; a selector is a list of them, all of which must hold. */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  readonly values: readonly string[];
}

export type Parsed<T> =
  | { readonly ok: true; readonly requirements: readonly T[] }
  | { readonly ok: false; readonly message: string };

class SelectorError extends Error {}

const SYMBOLS = ["==", "!=", "=", "!", "(", ")", ",", "<", ">"];
const BINARY = "in, notin, =, ==, !=, gt, lt";

interface Token {
  readonly kind: "word" | "symbol" | "end";
  readonly text: string;
}

function tokens(text: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text[at]!;
    if (/[ \t\r\n]/.test(char)) {
      at += 1;
      continue;
    }
    const symbol = SYMBOLS.find((s) => text.startsWith(s, at));
    const word = symbol ?? /^[^=!(),<> \t\r\n]+/.exec(text.slice(at))![0];
    found.push({ kind: symbol === undefined ? "word" : "symbol", text: word });
    at += word.length;
  }
  found.push({ kind: "end", text: "" });
  return found;
}

/** Reads `a=b,c!=d,e in (f,g),!h,i>1`. Empty text selects everything. */
export function parseLabelSelector(text: string): Parsed<LabelRequirement> {
  try {
    return { ok: true, requirements: new LabelParser(text).parse() };
  } catch (error) {
    if (error instanceof SelectorError)
      return { ok: false, message: error.message };
    throw error;
  }
}

class LabelParser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = tokens(text);
  }

  get #next(): Token {
    return this.#tokens[this.#at]!;
  }

  #take(): Token {
    const token = this.#next;
    if (token.kind !== "end") this.#at += 1;
    return token;
  }

  parse(): LabelRequirement[] {
    const found: LabelRequirement[] = [];
    if (this.#next.kind === "end") return found;
    if (!this.#startsRequirement())
      throw new SelectorError(
        `found '${this.#next.text}', expected: !, identifier, or 'end of string'`,
      );
    for (;;) {
      found.push(this.#requirement());
      const token = this.#take();
      if (token.kind === "end") return found;
      if (token.text !== ",")
        throw new SelectorError(
          `found '${token.text}', expected: ',' or 'end of string'`,
        );
      if (!this.#startsRequirement())
        throw new SelectorError(
          `found '${this.#next.text}', expected: identifier after ','`,
        );
    }
  }

  #startsRequirement(): boolean {
    const { kind, text } = this.#next;
    return kind === "word" || (kind === "symbol" && text === "!");
  }

  #requirement(): LabelRequirement {
    try {
      return this.#unprefixed();
    } catch (error) {
      if (error instanceof SelectorError)
        throw new SelectorError(
          `unable to parse requirement: ${error.message}`,
        );
      throw error;
    }
  }

  #unprefixed(): LabelRequirement {
    const negated = this.#next.text === "!" && this.#next.kind === "symbol";
    if (negated) this.#take();
    const { kind, text: key } = this.#take();
    if (kind !== "word")
      throw new SelectorError(`found '${key}', expected: identifier`);
    refuseBadKey(key);
    if (negated) return { key, operator: "!", values: [] };
    if (this.#next.kind === "end" || this.#next.text === ",")
      return { key, operator: "exists", values: [] };
    const operator = this.#operator();
    const values =
      operator === "in" || operator === "notin"
        ? this.#list()
        : [this.#exactValue()];
    refuseBadValues(key, operator, values);
    return { key, operator, values };
  }

  #operator(): LabelOperator {
    const { text } = this.#take();
    if (text === ">") return "gt";
    if (text === "<") return "lt";
    if (["=", "==", "!=", "in", "notin"].includes(text))
      return text as LabelOperator;
    throw new SelectorError(`found '${text}', expected: ${BINARY}`);
  }

  #list(): string[] {
    const open = this.#take();
    if (open.text !== "(")
      throw new SelectorError(`found '${open.text}' expected: '('`);
    const values = new Set<string>();
    for (;;) {
      const token = this.#next;
      const comma = token.kind === "symbol" && token.text === ",";
      const close = token.kind === "symbol" && token.text === ")";
      if (token.kind === "word") values.add(this.#take().text);
      else if (comma || close) values.add("");
      else
        throw new SelectorError(
          `found '${token.text}', expected: ',', ')' or identifier`,
        );
      const after = this.#take();
      if (after.text === ")") return [...values].sort();
      if (after.text !== ",")
        throw new SelectorError(`found '${after.text}', expected: ',' or ')'`);
    }
  }

  #exactValue(): string {
    const { kind, text } = this.#next;
    if (kind === "end" || text === ",") return "";
    if (kind !== "word")
      throw new SelectorError(`found '${text}', expected: identifier`);
    return this.#take().text;
  }
}

function refuseBadKey(key: string): void {
  const [problem] = labelKeyProblems(key);
  if (problem !== undefined)
    throw new SelectorError(`<nil>: Invalid value: "${key}": ${problem}`);
}

function refuseBadValues(
  key: string,
  operator: LabelOperator,
  values: readonly string[],
): void {
  values.forEach((value, i) => {
    if ((operator === "gt" || operator === "lt") && !INTEGER.test(value))
      throw new SelectorError(
        `values[${i}]: Invalid value: "${value}": for 'Gt', 'Lt' operators, the value must be an integer`,
      );
    const [problem] = labelValueProblems(value);
    if (problem !== undefined)
      throw new SelectorError(
        `values[${i}][${key}]: Invalid value: "${value}": ${problem}`,
      );
  });
}

const INTEGER = /^[+-]?\d+$/;
