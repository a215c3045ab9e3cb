/** The parser's tree of an arithmetic expression. */
import type { ArithmeticExpression } from "unbash";
import { parse } from "unbash";

/** Of a text without expansions; null when it is no expression. */
export function parseArithmetic(text: string): ArithmeticExpression | null {
  const { commands, errors = [] } = parse(`: $((${text}))`);
  if (errors.length > 0 || commands.length !== 1) return null;
  const [statement] = commands;
  if (statement?.command.type !== "Command") return null;
  const [word, ...others] = statement.command.args;
  if (word?.type !== "Word" || others.length > 0) return null;
  const [part, ...rest] = word.parts ?? [];
  if (part?.type !== "ArithmeticExpansion" || rest.length > 0) return null;
  return part.expression ?? null;
}
