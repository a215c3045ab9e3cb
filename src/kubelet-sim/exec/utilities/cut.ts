/** `cut`. Source: busybox 1.36 coreutils/cut.c */
import { close, errorText, failed } from "../system/effects.ts";
import { LineReader } from "./lines.ts";
import type { OptionSpec, Options } from "./options.ts";
import { argumentOf, has, readOptions } from "./options.ts";
import type { Utility } from "./utility.ts";
import { complain, openInput, print } from "./utility.ts";

const SPEC: OptionSpec = {
  letters: "b:c:f:d:sn",
  others: "FODz",
  usage: "cut [OPTIONS] [FILE]...",
};

/** From 1, both ends belong to it. */
type Range = readonly [from: number, to: number];

export const cut: Utility = function* (context) {
  const options = yield* readOptions(context, SPEC);
  if (typeof options === "number") return options;
  const list = ["b", "c", "f"]
    .map((letter) => argumentOf(options, letter))
    .find((text) => text !== null);
  if (list === undefined) {
    yield* complain(context, "expected a list of bytes, characters, or fields");
    return 1;
  }
  const ranges = rangesOf(list);
  if (ranges === null) {
    yield* complain(context, `invalid range ${list}`);
    return 1;
  }
  let status = 0;
  const files = options.operands.length === 0 ? ["-"] : options.operands;
  for (const file of files) {
    const fd = yield* openInput(context, file);
    if (failed(fd)) {
      yield* complain(context, `${file}: ${errorText(fd.error)}`);
      status = 1;
      continue;
    }
    const reader = new LineReader(fd);
    for (;;) {
      const line = yield* reader.next();
      if (line === null || failed(line)) break;
      const text = cutLine(line.text, ranges, options);
      if (text !== null && !(yield* print(context, `${text}\n`))) return 1;
    }
    if (file !== "-") yield* close(fd);
  }
  return status;
};

function rangesOf(list: string): Range[] | null {
  const ranges: Range[] = [];
  for (const item of list.split(",")) {
    const match = /^(\d*)(-?)(\d*)$/.exec(item);
    if (match === null || item === "" || item === "-") return null;
    const [, first = "", dash = "", last = ""] = match;
    const from = first === "" ? 1 : Number(first);
    const to = dash === "" ? from : last === "" ? Infinity : Number(last);
    if (from < 1 || to < from) return null;
    ranges.push([from, to]);
  }
  return ranges;
}

/** Null: the line is left out. */
function cutLine(
  line: string,
  ranges: readonly Range[],
  options: Options,
): string | null {
  const inside = (_: string, i: number) =>
    ranges.some(([from, to]) => i + 1 >= from && i + 1 <= to);
  if (argumentOf(options, "f") === null)
    return [...line].filter(inside).join("");
  const delimiter = (argumentOf(options, "d") ?? "\t").slice(0, 1);
  // An empty line passes even -s.
  if (!line.includes(delimiter))
    return has(options, "s") && line !== "" ? null : line;
  return line.split(delimiter).filter(inside).join(delimiter);
}
