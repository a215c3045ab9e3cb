/**
 * From the parser's tree of a script to what the interpreter runs.
 *
 * Source: POSIX.1-2017 2.9 (shell commands); busybox 1.36 shell/ash.c for what its sh takes beyond that
 * Simplification: A shell checks a whole script before it runs the first line; a real one runs what stands before a mistake.
 * Simplification: Functions, arrays, background commands and the other parts of bash that the interpreter lacks are refused by name, with exit status 2.
 */
import type {
  Assignment as ParsedAssignment,
  Command,
  CompoundList,
  ParsedScript,
  Redirection,
  Statement,
  TestExpression,
} from "unbash";
import { parse } from "unbash";
import { compileAssigned, compileHereDocument, compileWord } from "./words.ts";
import { NotInterpreted, SyntaxRefusal } from "./refusal.ts";
import { checkErrors } from "./script-errors.ts";
import type {
  Argument,
  Assignment,
  Condition,
  Node,
  Redirect,
  Simple,
} from "./syntax.ts";

type Parsed = Statement["command"];

/** Throws `SyntaxRefusal` or `NotInterpreted`. */
export function compile(source: string): Node {
  return compileScript(parse(source), source);
}

/** `source`: where positions in the tree count from. */
export function compileScript(script: ParsedScript, source: string): Node {
  const text = script.source ?? source;
  checkErrors(script, text);
  return new Compiler(text).list(script.commands);
}

class Compiler {
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  list(statements: readonly Statement[]): Node {
    const items = statements.map(({ command, background }) => {
      if (background === true)
        throw new NotInterpreted("background commands (&)");
      return this.command(command);
    });
    return items.length === 1 ? items[0]! : { node: "list", items };
  }

  command(parsed: Parsed): Node {
    switch (parsed.type) {
      case "Command":
        return this.simple(parsed);
      case "Pipeline":
        return this.#pipeline(parsed);
      case "AndOr": {
        const [first, ...others] = parsed.commands;
        const rest = others.map((command, i) => ({
          operator: parsed.operators[i]!,
          node: this.command(command),
        }));
        return { node: "chain", first: this.command(first!), rest };
      }
      case "Redirected":
        return {
          node: "redirected",
          body: this.command(parsed.command),
          redirects: this.redirects(parsed.redirects),
        };
      case "Subshell":
        return { node: "subshell", body: this.block(parsed.body) };
      case "BraceGroup":
        return this.block(parsed.body);
      case "TestCommand":
        return { node: "test", condition: this.condition(parsed.expression) };
      case "If":
      case "For":
      case "While":
      case "Case":
        return this.#compound(parsed);
      case "Function":
        throw new NotInterpreted(`functions (${parsed.name.text}())`);
      case "Coproc":
        throw new NotInterpreted("coproc");
      case "Select":
        throw new NotInterpreted("select");
      case "ArithmeticFor":
        throw new NotInterpreted("for ((…))");
      case "ArithmeticCommand":
        throw new NotInterpreted("((…)) as a command");
    }
  }

  #pipeline(parsed: Extract<Parsed, { type: "Pipeline" }>): Node {
    let negated = false;
    for (const prefix of parsed.prefixes) {
      if (prefix.type === "Time") throw new NotInterpreted("time");
      negated = !negated;
    }
    const [only] = parsed.commands;
    if (only === undefined || isEmpty(only))
      throw new SyntaxRefusal("unexpected end of file");
    const commands = parsed.commands.map((command, i): Node => {
      const body = this.command(command);
      if (parsed.operators[i] !== "|&") return body;
      const of = [{ part: "text", text: "1", quoted: false }] as const;
      return {
        node: "redirected",
        body,
        redirects: [{ redirect: "copy", fd: 2, of }],
      };
    });
    return { node: "pipeline", negated, commands };
  }

  #compound(
    parsed: Extract<Parsed, { type: "If" | "For" | "While" | "Case" }>,
  ): Node {
    switch (parsed.type) {
      case "If": {
        const arms = [parsed, ...parsed.elif].map(({ clause, then: body }) => ({
          test: this.block(clause),
          body: this.block(body),
        }));
        const otherwise =
          parsed.else === undefined ? null : this.block(parsed.else);
        return { node: "if", arms, otherwise };
      }
      case "For":
        return {
          node: "for",
          name: parsed.name.text,
          words: parsed.wordlist?.map((word) => this.word(word)) ?? null,
          body: this.block(parsed.body),
        };
      case "While":
        return {
          node: "while",
          until: parsed.kind === "until",
          test: this.block(parsed.clause),
          body: this.block(parsed.body),
        };
      case "Case": {
        const items = parsed.items.map(({ pattern, body, terminator }) => {
          if (terminator === ";&" || terminator === ";;&")
            throw new NotInterpreted(`${terminator} in case`);
          return {
            patterns: pattern.map((word) => this.word(word)),
            body: this.block(body),
          };
        });
        return { node: "case", word: this.word(parsed.word), items };
      }
    }
  }

  block({ commands }: CompoundList): Node {
    return this.list(commands);
  }

  simple(parsed: Command): Simple {
    const before = parsed.prefix.filter((item) => item.type === "Assignment");
    const assignments = before.map((item) => this.assignment(item));
    const named: Argument[] =
      parsed.name === undefined
        ? []
        : [{ kind: "word", word: this.word(parsed.name) }];
    const words = parsed.args.map((argument): Argument => {
      if (argument.type === "Word")
        return { kind: "word", word: this.word(argument) };
      return { kind: "assignment", ...this.assignment(argument) };
    });
    return {
      node: "simple",
      line: this.#source.slice(0, parsed.pos).split("\n").length,
      assignments,
      words: [...named, ...words],
      redirects: this.redirects(parsed.redirects),
    };
  }

  assignment(parsed: ParsedAssignment): Assignment {
    const { name, value, append, index } = parsed;
    if (value.type === "ArrayValue" || index !== undefined)
      throw new NotInterpreted(`arrays (${parsed.text})`);
    if (append === true) throw new NotInterpreted(`+= (${parsed.text})`);
    return { name, value: compileAssigned(value, this.#nested) };
  }

  redirects(parsed: readonly Redirection[]): Redirect[] {
    return parsed.map((redirect) => this.#redirect(redirect));
  }

  #redirect(parsed: Redirection): Redirect {
    const { descriptor } = parsed;
    if (descriptor?.type === "FileDescriptorVariable")
      throw new NotInterpreted(`{${descriptor.name}} as a file descriptor`);
    if (parsed.type === "HereString") throw new NotInterpreted("<<<");
    if (parsed.type === "HereDoc") {
      const text = compileHereDocument(parsed, this.#nested);
      return { redirect: "text", fd: descriptor?.value ?? 0, text };
    }
    const target = this.word(parsed.target!);
    const { operator } = parsed;
    const fd = descriptor?.value ?? (operator.startsWith("<") ? 0 : 1);
    switch (operator) {
      case "<":
        return { redirect: "file", fd, mode: "read", target, both: false };
      case ">":
      case ">|":
        return { redirect: "file", fd, mode: "write", target, both: false };
      case ">>":
        return { redirect: "file", fd, mode: "append", target, both: false };
      case "&>":
        return { redirect: "file", fd: 1, mode: "write", target, both: true };
      case "&>>":
        return { redirect: "file", fd: 1, mode: "append", target, both: true };
      case "<&":
      case ">&":
        return { redirect: "copy", fd, of: target };
      case "<>":
        throw new NotInterpreted("<>");
    }
  }

  condition(parsed: TestExpression): Condition {
    switch (parsed.type) {
      case "TestUnary": {
        const { operator } = parsed;
        const operand = this.word(parsed.operand);
        return { condition: "unary", operator, operand };
      }
      case "TestBinary": {
        const { operator } = parsed;
        const left = this.word(parsed.left);
        const right = this.word(parsed.right);
        return { condition: "binary", operator, left, right };
      }
      case "TestLogical": {
        const operands = parsed.operands.map((item) => this.condition(item));
        return {
          condition: parsed.operator === "&&" ? "and" : "or",
          operands,
        };
      }
      case "TestNot": {
        const operand = this.condition(parsed.operand);
        return parsed.negations.length % 2 === 0
          ? operand
          : { condition: "not", operand };
      }
      case "TestGroup":
        return this.condition(parsed.expression);
    }
  }

  word(parsed: Parameters<typeof compileWord>[0]) {
    return compileWord(parsed, this.#nested);
  }

  /** Scripts inside of words. */
  readonly #nested = (script: ParsedScript): Node =>
    compileScript(script, this.#source);
}

/** Nothing but the place where a command would be. */
function isEmpty(parsed: Parsed): boolean {
  return (
    parsed.type === "Command" &&
    parsed.name === undefined &&
    parsed.prefix.length + parsed.suffix.length === 0
  );
}
