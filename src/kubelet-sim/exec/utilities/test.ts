/** `test` and `[`. Source: busybox 1.36 coreutils/test.c (grammar, error texts) */
import type { Routine } from "../system/effects.ts";
import {
  BadOperand,
  isBinary,
  isUnary,
  testBinary,
  testUnary,
} from "../shell/conditions.ts";
import type { Utility } from "./utility.ts";
import { complain } from "./utility.ts";

const WRONG = 2;

export const test: Utility = function* (context) {
  const question = new Question(context.argv, context.cwd);
  try {
    return (yield* question.holds()) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof BadOperand)) throw error;
    yield* complain(context, error.message);
    return WRONG;
  }
};

export const bracket: Utility = function* (context) {
  if (context.argv.at(-1) === "]")
    return yield* test({ ...context, argv: context.argv.slice(0, -1) });
  yield* complain(context, "missing ]");
  return WRONG;
};

class Question {
  readonly #args: readonly string[];
  readonly #cwd: string;
  #at = 0;

  constructor(args: readonly string[], cwd: string) {
    this.#args = args;
    this.#cwd = cwd;
  }

  *holds(): Routine<boolean> {
    const args = this.#args;
    if (args.length === 0) return false;
    if (args.length === 1) return args[0] !== "";
    // Four words at most mean what POSIX says, whatever they look like.
    if (args.length === 3 && isBinary(args[1]!))
      return yield* this.#compare(args[0]!, args[1]!, args[2]!);
    const value = yield* this.#or();
    if (this.#at < args.length)
      throw new BadOperand(`${args[this.#at]}: unknown operand`);
    return value;
  }

  *#or(): Routine<boolean> {
    let value = yield* this.#and();
    while (this.#args[this.#at] === "-o") {
      this.#at += 1;
      const next = yield* this.#and();
      value = value || next;
    }
    return value;
  }

  *#and(): Routine<boolean> {
    let value = yield* this.#not();
    while (this.#args[this.#at] === "-a") {
      this.#at += 1;
      const next = yield* this.#not();
      value = value && next;
    }
    return value;
  }

  *#not(): Routine<boolean> {
    if (this.#args[this.#at] !== "!" || this.#at + 1 >= this.#args.length)
      return yield* this.#primary();
    this.#at += 1;
    return !(yield* this.#not());
  }

  *#primary(): Routine<boolean> {
    const args = this.#args;
    const word = args[this.#at];
    if (word === undefined) throw new BadOperand("argument expected");
    const next = args[this.#at + 1];
    const afterNext = args[this.#at + 2];
    if (next !== undefined && afterNext !== undefined && isBinary(next)) {
      this.#at += 3;
      return yield* this.#compare(word, next, afterNext);
    }
    if (word === "(") {
      this.#at += 1;
      const value = yield* this.#or();
      if (args[this.#at] !== ")")
        throw new BadOperand("closing paren expected");
      this.#at += 1;
      return value;
    }
    if (isUnary(word) && next !== undefined) {
      this.#at += 2;
      return yield* testUnary(word, next, this.#cwd);
    }
    if (next !== undefined && isBinary(next))
      throw new BadOperand(`${next}: argument expected`);
    this.#at += 1;
    return word !== "";
  }

  *#compare(left: string, operator: string, right: string): Routine<boolean> {
    return yield* testBinary(operator, { left, right }, this.#cwd);
  }
}
