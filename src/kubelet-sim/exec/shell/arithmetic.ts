/**
 * Arithmetic of the shell: 64-bit integers.
 *
 * Source: POSIX.1-2017 2.6.4; busybox 1.36 shell/math.c (operators, error texts)
 */
import type { ArithmeticExpression } from "unbash";
import { parseArithmetic } from "./arithmetic-tree.ts";
import { ShellError } from "./control.ts";
import { isName } from "./shell-state.ts";

const BITS = 64;
/** `x=y; y=x; $((x))` ends here. */
const DEEPEST_VARIABLE = 64;

export interface ArithmeticVariables {
  get(name: string): string | null;
  set(name: string, value: string): void;
}

/** Throws `ShellError`. An empty text is 0. */
export function evaluateArithmetic(
  text: string,
  variables: ArithmeticVariables,
): bigint {
  return new Evaluator(variables).text(text, 0);
}

type Binary = (a: bigint, b: bigint) => bigint;

const truth = (value: boolean): bigint => (value ? 1n : 0n);

const BINARY: ReadonlyMap<string, Binary> = new Map<string, Binary>([
  ["+", (a, b) => a + b],
  ["-", (a, b) => a - b],
  ["*", (a, b) => a * b],
  ["/", (a, b) => a / divisor(b)],
  ["%", (a, b) => a % divisor(b)],
  ["<<", (a, b) => a << (b & 63n)],
  [">>", (a, b) => a >> (b & 63n)],
  ["&", (a, b) => a & b],
  ["|", (a, b) => a | b],
  ["^", (a, b) => a ^ b],
  ["<", (a, b) => truth(a < b)],
  ["<=", (a, b) => truth(a <= b)],
  [">", (a, b) => truth(a > b)],
  [">=", (a, b) => truth(a >= b)],
  ["==", (a, b) => truth(a === b)],
  ["!=", (a, b) => truth(a !== b)],
  ["**", power],
  [",", (_, b) => b],
]);

function divisor(value: bigint): bigint {
  if (value === 0n) throw new ShellError("divide by zero");
  return value;
}

function power(base: bigint, exponent: bigint): bigint {
  if (exponent < 0n) throw new ShellError("exponent less than 0");
  let result = 1n;
  let factor = base;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = BigInt.asIntN(BITS, result * factor);
    factor = BigInt.asIntN(BITS, factor * factor);
  }
  return result;
}

class Evaluator {
  readonly #variables: ArithmeticVariables;

  constructor(variables: ArithmeticVariables) {
    this.#variables = variables;
  }

  text(text: string, depth: number): bigint {
    const trimmed = text.trim();
    if (trimmed === "") return 0n;
    const number = integer(trimmed);
    if (number !== null) return number;
    const expression = depth > DEEPEST_VARIABLE ? null : parseArithmetic(text);
    if (expression === null) throw wrong();
    return this.#value(expression, depth);
  }

  #value(node: ArithmeticExpression, depth: number): bigint {
    switch (node.type) {
      case "ArithmeticWord":
        return this.#word(node.value.trim(), depth);
      case "ArithmeticGroup":
        return this.#value(node.expression, depth);
      case "ArithmeticTernary":
        return this.#value(node.test, depth) !== 0n
          ? this.#value(node.consequent, depth)
          : this.#value(node.alternate, depth);
      case "ArithmeticUnary":
        return this.#unary(node, depth);
      case "ArithmeticBinary":
        return this.#binary(node, depth);
      case "ArithmeticCommandExpansion":
        throw wrong();
    }
  }

  #word(text: string, depth: number): bigint {
    const number = integer(text);
    if (number !== null) return number;
    if (!isName(text)) throw wrong();
    return this.text(this.#variables.get(text) ?? "", depth + 1);
  }

  #unary(
    node: Extract<ArithmeticExpression, { type: "ArithmeticUnary" }>,
    depth: number,
  ): bigint {
    const { operator, operand, prefix } = node;
    const value = this.#value(operand, depth);
    switch (operator) {
      case "-":
        return wrapped(-value);
      case "+":
        return value;
      case "!":
        return truth(value === 0n);
      case "~":
        return ~value;
      case "++":
      case "--": {
        const changed = wrapped(operator === "++" ? value + 1n : value - 1n);
        this.#assign(operand, changed);
        return prefix ? changed : value;
      }
      default:
        throw wrong();
    }
  }

  #binary(
    node: Extract<ArithmeticExpression, { type: "ArithmeticBinary" }>,
    depth: number,
  ): bigint {
    const { operator, left, right } = node;
    if (operator === "&&" || operator === "||") {
      const first = this.#value(left, depth) !== 0n;
      if (first === (operator === "||")) return truth(first);
      return truth(this.#value(right, depth) !== 0n);
    }
    const plain = BINARY.get(operator);
    if (plain !== undefined)
      return wrapped(
        plain(this.#value(left, depth), this.#value(right, depth)),
      );
    if (!operator.endsWith("=")) throw wrong();
    const change = BINARY.get(operator.slice(0, -1));
    if (operator !== "=" && change === undefined) throw wrong();
    const value = this.#value(right, depth);
    const assigned =
      change === undefined
        ? value
        : wrapped(change(this.#value(left, depth), value));
    this.#assign(left, assigned);
    return assigned;
  }

  #assign(node: ArithmeticExpression, value: bigint): void {
    const name = node.type === "ArithmeticWord" ? node.value.trim() : "";
    if (!isName(name)) throw wrong();
    this.#variables.set(name, String(value));
  }
}

function wrapped(value: bigint): bigint {
  return BigInt.asIntN(BITS, value);
}

function wrong(): ShellError {
  return new ShellError("arithmetic syntax error");
}

/** Decimal, octal with a 0 before it, hexadecimal with 0x; null for anything else. */
function integer(text: string): bigint | null {
  if (/^[1-9][0-9]*$|^0$/.test(text)) return wrapped(BigInt(text));
  if (/^0[xX][0-9a-fA-F]+$/.test(text)) return wrapped(BigInt(text));
  if (/^0[0-7]+$/.test(text)) return wrapped(BigInt(`0o${text.slice(1)}`));
  return null;
}
