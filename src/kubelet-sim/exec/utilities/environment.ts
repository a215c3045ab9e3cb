/** `env` and `printenv`. Source: busybox 1.36 coreutils/env.c, coreutils/printenv.c */
import type { Failure, Routine } from "../system/effects.ts";
import { errorText, failed, run, used } from "../system/effects.ts";
import type { OptionSpec } from "./options.ts";
import { argumentOf, has, readOptions } from "./options.ts";
import type { Context, Utility } from "./utility.ts";
import { complain, print } from "./utility.ts";

const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;

const ENV: OptionSpec = {
  letters: "iu:0",
  long: { "ignore-environment": "i", unset: "u", null: "0" },
  operandsEnd: true,
  usage: "env [-i0] [-u NAME]... [-] [NAME=VALUE]... [PROG ARGS]",
};

export const env: Utility = function* (context) {
  const options = yield* readOptions(context, ENV);
  if (typeof options === "number") return options;
  const { given } = options;
  let operands = options.operands;
  const clean = has(options, "i") || operands[0] === "-";
  if (operands[0] === "-") operands = operands.slice(1);
  const environment = new Map(clean ? [] : context.environment);
  for (const [letter, name] of given)
    if (letter === "u") environment.delete(name);
  while (operands[0]?.includes("=") === true) {
    const [name = "", value = ""] = operands[0].split(/=(.*)/s);
    environment.set(name, value);
    operands = operands.slice(1);
  }
  if (operands.length > 0) return yield* runIn(context, operands, environment);
  const end = argumentOf(options, "0") === null ? "\n" : "\0";
  return yield* printAll(context, environment, end);
};

function* printAll(
  context: Context,
  environment: ReadonlyMap<string, string>,
  end: string,
): Routine<number> {
  let text = "";
  for (const [name, value] of environment) {
    yield* used(name, value);
    text += `${name}=${value}${end}`;
  }
  return (yield* print(context, text)) ? 0 : 1;
}

function* runIn(
  context: Context,
  argv: readonly string[],
  environment: ReadonlyMap<string, string>,
): Routine<number> {
  const { cwd, io } = context;
  // execvp(3) looks in the new environment's PATH.
  const status = yield* run({ argv, environment, cwd, wiring: [...io] });
  return yield* startedOr(context, argv, status);
}

/** Says that a program could not be run, if so. */
export function* startedOr(
  context: Context,
  argv: readonly string[],
  status: number | Failure,
): Routine<number> {
  if (!failed(status)) return status;
  const reason = errorText(status.error);
  yield* complain(context, `can't execute '${argv[0]}': ${reason}`);
  return status.error === "EACCES" ? NOT_EXECUTABLE : NOT_FOUND;
}

export const printenv: Utility = function* (context) {
  const names = context.argv;
  if (names.length === 0)
    return yield* printAll(context, context.environment, "\n");
  let status = 0;
  let text = "";
  for (const name of names) {
    const value = context.environment.get(name);
    if (value === undefined) {
      status = 1;
      continue;
    }
    yield* used(name, value);
    text += `${value}\n`;
  }
  return (yield* print(context, text)) ? status : 1;
};
