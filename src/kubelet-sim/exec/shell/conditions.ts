/**
 * What `test`, `[` and `[[` ask.
 *
 * Source: POSIX.1-2017 test; busybox 1.36 coreutils/test.c (operators, error texts)
 */
import type { FileStatus } from "../files/inode.ts";
import type { Routine } from "../system/effects.ts";
import { failed, stat } from "../system/effects.ts";
import { absolutePath } from "../system/paths.ts";
import { extendedRegExp } from "../utilities/regular-expression.ts";
import { ShellError } from "./control.ts";
import type { Expansion } from "./expansion.ts";
import { escapeRegExp, matches } from "./pattern.ts";
import type { Condition } from "./syntax.ts";

const FILE_TESTS: ReadonlyMap<string, (status: FileStatus) => boolean> =
  new Map<string, (status: FileStatus) => boolean>([
    ["-e", () => true],
    ["-a", () => true],
    ["-f", ({ kind }) => kind === "file"],
    ["-d", ({ kind }) => kind === "directory"],
    ["-h", ({ kind }) => kind === "symlink"],
    ["-L", ({ kind }) => kind === "symlink"],
    ["-s", ({ size }) => size > 0],
    ["-r", () => true],
    ["-w", () => true],
    ["-x", ({ mode, kind }) => kind === "directory" || (mode & 0o111) !== 0],
    ["-c", ({ kind }) => kind === "device"],
    ["-b", () => false],
    ["-p", () => false],
    ["-S", () => false],
    ["-u", ({ mode }) => (mode & 0o4000) !== 0],
    ["-g", ({ mode }) => (mode & 0o2000) !== 0],
    ["-k", ({ mode }) => (mode & 0o1000) !== 0],
    ["-O", () => true],
    ["-G", () => true],
  ]);

const COMPARISONS: ReadonlyMap<string, (a: bigint, b: bigint) => boolean> =
  new Map([
    ["-eq", (a, b) => a === b],
    ["-ne", (a, b) => a !== b],
    ["-lt", (a, b) => a < b],
    ["-le", (a, b) => a <= b],
    ["-gt", (a, b) => a > b],
    ["-ge", (a, b) => a >= b],
  ]);

const ORDERS: ReadonlyMap<string, (a: string, b: string) => boolean> = new Map([
  ["=", (a, b) => a === b],
  ["==", (a, b) => a === b],
  ["!=", (a, b) => a !== b],
  ["<", (a, b) => a < b],
  [">", (a, b) => a > b],
]);

const FILE_ORDERS: ReadonlySet<string> = new Set(["-nt", "-ot", "-ef"]);

export function isUnary(operator: string): boolean {
  return FILE_TESTS.has(operator) || ["-n", "-z", "-t"].includes(operator);
}

export function isBinary(operator: string): boolean {
  return (
    COMPARISONS.has(operator) ||
    ORDERS.has(operator) ||
    FILE_ORDERS.has(operator)
  );
}

/** Not a number where one is wanted: `message` without the name of who says it. */
export class BadOperand extends Error {
  constructor(message: string) {
    super(message);
    this.name = "BadOperand";
  }
}

export function* testUnary(
  operator: string,
  operand: string,
  cwd: string,
): Routine<boolean> {
  if (operator === "-n") return operand !== "";
  if (operator === "-z") return operand === "";
  if (operator === "-t") return false;
  const links = operator === "-h" || operator === "-L";
  const status = yield* stat(absolutePath(cwd, operand), !links);
  return !failed(status) && FILE_TESTS.get(operator)!(status);
}

export function* testBinary(
  operator: string,
  { left, right }: { readonly left: string; readonly right: string },
  cwd: string,
): Routine<boolean> {
  const compare = COMPARISONS.get(operator);
  if (compare !== undefined) return compare(integer(left), integer(right));
  const order = ORDERS.get(operator);
  if (order !== undefined) return order(left, right);
  const a = yield* stat(absolutePath(cwd, left));
  const b = yield* stat(absolutePath(cwd, right));
  if (failed(a) || failed(b)) return false;
  if (operator === "-nt") return a.mtimeMs > b.mtimeMs;
  if (operator === "-ot") return a.mtimeMs < b.mtimeMs;
  return a.device === b.device && a.inode === b.inode;
}

function integer(text: string): bigint {
  const match = /^\s*([+-]?)([0-9]+)\s*$/.exec(text);
  if (match === null) throw new BadOperand(`${text}: bad number`);
  return BigInt(match[2]!) * (match[1] === "-" ? -1n : 1n);
}

/** The status of `[[ … ]]`. */
export function* evaluateCondition(
  condition: Condition,
  expansion: Expansion,
  cwd: string,
): Routine<number> {
  try {
    return (yield* holds(condition, expansion, cwd)) ? 0 : 1;
  } catch (error) {
    if (error instanceof BadOperand) throw new ShellError(error.message);
    throw error;
  }
}

function* holds(
  condition: Condition,
  expansion: Expansion,
  cwd: string,
): Routine<boolean> {
  switch (condition.condition) {
    case "not":
      return !(yield* holds(condition.operand, expansion, cwd));
    case "and":
    case "or": {
      const ends = condition.condition === "or";
      for (const operand of condition.operands)
        if ((yield* holds(operand, expansion, cwd)) === ends) return ends;
      return !ends;
    }
    case "unary": {
      const { operator } = condition;
      if (!isUnary(operator))
        throw new ShellError(`${operator}: unknown operand`);
      const operand = yield* expansion.text(condition.operand);
      return yield* testUnary(operator, operand, cwd);
    }
    case "binary": {
      const { operator } = condition;
      const left = yield* expansion.text(condition.left);
      const chars = yield* expansion.pattern(condition.right);
      if (operator === "=" || operator === "==") return matches(chars, left);
      if (operator === "!=") return !matches(chars, left);
      const right = chars.map(({ char }) => char).join("");
      if (operator === "=~") {
        const source = chars
          .map(({ char, quoted }) => (quoted ? escapeRegExp(char) : char))
          .join("");
        const expression = extendedRegExp(source, "u");
        if (expression === null) throw new ShellError(`bad regex '${right}'`);
        return expression.test(left);
      }
      if (!isBinary(operator))
        throw new ShellError(`${operator}: unknown operand`);
      return yield* testBinary(operator, { left, right }, cwd);
    }
  }
}
