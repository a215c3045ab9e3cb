/** `sort` and `uniq`. Source: busybox 1.36 coreutils/sort.c, coreutils/uniq.c */
import { byCodeUnit } from "../../../kernel/json.ts";
import { close, errorText, failed } from "../system/effects.ts";
import { allLines, LineReader } from "./lines.ts";
import type { OptionSpec, Options } from "./options.ts";
import { argumentOf, has, readOptions } from "./options.ts";
import type { Utility } from "./utility.ts";
import { complain, openInput, print } from "./utility.ts";

const SORT: OptionSpec = {
  letters: "nrufbk:t:",
  others: "gMcszdiohmTSV",
  usage:
    "sort [-nrughMcszbdfiokt] [-o FILE] [-k START[.OFS][OPTS][,END[.OFS][OPTS]] [-t CHAR] [FILE]...",
  status: 2,
};
const UNIQ: OptionSpec = {
  letters: "cdu",
  others: "izfsw",
  usage: "uniq [-cduiz] [-f,s,w N] [FILE [OUTFILE]]",
};
const COUNT_COLUMNS = 7;

export const sort: Utility = function* (context) {
  const options = yield* readOptions(context, SORT);
  if (typeof options === "number") return options;
  const key = argumentOf(options, "k");
  if (key !== null && !/^[1-9][0-9]*(,[0-9]+)?[nrb]*$/.test(key)) {
    yield* complain(context, `Keyturn does not interpret the key -k ${key}`);
    return 2;
  }
  const files = options.operands.length === 0 ? ["-"] : options.operands;
  const lines: string[] = [];
  for (const file of files) {
    const fd = yield* openInput(context, file);
    const read = failed(fd) ? fd : yield* allLines(fd);
    if (failed(read)) {
      yield* complain(context, `${file}: ${errorText(read.error)}`);
      return 2;
    }
    if (!failed(fd) && file !== "-") yield* close(fd);
    lines.push(...read.map(({ text }) => text));
  }
  const ordered = sorted(lines, options);
  const text = ordered.map((line) => `${line}\n`).join("");
  return (yield* print(context, text)) ? 0 : 2;
};

function sorted(lines: readonly string[], options: Options): string[] {
  const key = argumentOf(options, "k");
  const letters = key?.replace(/^[0-9,]+/, "") ?? "";
  const numeric = has(options, "n") || letters.includes("n");
  const reverse = has(options, "r") || letters.includes("r") ? -1 : 1;
  const compare = (a: string, b: string): number => {
    const [keyA, keyB] = [keyOf(a, options), keyOf(b, options)];
    return numeric ? numberOf(keyA) - numberOf(keyB) : byCodeUnit(keyA, keyB);
  };
  const ordered = [...lines].sort(
    (a, b) =>
      (compare(a, b) || (has(options, "u") ? 0 : byCodeUnit(a, b))) * reverse,
  );
  if (!has(options, "u")) return ordered;
  return ordered.filter(
    (line, i) => i === 0 || compare(ordered[i - 1]!, line) !== 0,
  );
}

function keyOf(line: string, options: Options): string {
  const key = argumentOf(options, "k");
  let text = line;
  if (key !== null) {
    const [from = 1, to = Infinity] = key
      .replace(/[a-z]+$/, "")
      .split(",")
      .map(Number);
    const separator = argumentOf(options, "t");
    const fields =
      separator === null
        ? line.split(/(?<=\S)(?=\s)/)
        : line.split(separator.slice(0, 1));
    text = fields.slice(from - 1, to).join(separator?.slice(0, 1) ?? "");
  }
  if (has(options, "b")) text = text.trimStart();
  return has(options, "f") ? text.toUpperCase() : text;
}

function numberOf(text: string): number {
  return Number(/^\s*(-?[0-9]*\.?[0-9]*)/.exec(text)?.[1] ?? "") || 0;
}

export const uniq: Utility = function* (context) {
  const options = yield* readOptions(context, UNIQ);
  if (typeof options === "number") return options;
  const [file = "-", ...others] = options.operands;
  if (others.length > 0) {
    yield* complain(context, "Keyturn does not interpret an output file");
    return 1;
  }
  const fd = yield* openInput(context, file);
  if (failed(fd)) {
    yield* complain(context, `can't open '${file}': ${errorText(fd.error)}`);
    return 1;
  }
  const reader = new LineReader(fd);
  let current: string | null = null;
  let count = 0;
  const group = () => {
    if (current === null) return "";
    if (has(options, "d") && count === 1) return "";
    if (has(options, "u") && count > 1) return "";
    const number = has(options, "c")
      ? `${String(count).padStart(COUNT_COLUMNS)} `
      : "";
    return `${number}${current}\n`;
  };
  for (;;) {
    const line = yield* reader.next();
    const text = line === null || failed(line) ? null : line.text;
    if (text !== null && text === current) {
      count += 1;
      continue;
    }
    if (!(yield* print(context, group()))) return 1;
    if (text === null) return 0;
    current = text;
    count = 1;
  }
};
