/** `seq`. Source: busybox 1.36 coreutils/seq.c */
import { step } from "../system/effects.ts";
import type { OptionSpec } from "./options.ts";
import { argumentOf, has, readOptions, wrongUsage } from "./options.ts";
import type { Utility } from "./utility.ts";
import { print } from "./utility.ts";

const SPEC: OptionSpec = {
  letters: "ws:",
  operandsEnd: true,
  usage: "seq [-w] [-s SEP] [FIRST [INC]] LAST",
};
const NUMBER = /^[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)$/;
/** Printed at once. */
const BLOCK = 1000;

export const seq: Utility = function* (context) {
  const options = yield* readOptions(context, SPEC);
  if (typeof options === "number") return options;
  const words = options.operands;
  const wrong = words.length === 0 || words.length > 3;
  if (wrong || words.some((word) => !NUMBER.test(word)))
    return yield* wrongUsage(context, SPEC);
  const first = words.length > 1 ? words[0]! : "1";
  const increment = words.length > 2 ? words[1]! : "1";
  const last = words.at(-1)!;
  const decimals = Math.max(...[first, increment].map(decimalsOf));
  const scale = 10 ** decimals;
  const scaled = (text: string) => Math.round(Number(text) * scale);
  const [from, by] = [scaled(first), scaled(increment)];
  const to = Math.floor(Number(last) * scale + 1e-9);
  const width = has(options, "w")
    ? Math.max(...[from, to].map((n) => (n / scale).toFixed(decimals).length))
    : 0;
  const separator = argumentOf(options, "s") ?? "\n";
  let text = "";
  for (let n = from, i = 0; by >= 0 ? n <= to : n >= to; n += by, i++) {
    const number = (n / scale).toFixed(decimals).padStart(width, "0");
    text += `${i === 0 ? "" : separator}${number}`;
    if (i % BLOCK !== BLOCK - 1) continue;
    yield* step();
    if (!(yield* print(context, text))) return 1;
    text = "";
  }
  if (by >= 0 ? from > to : from < to) return 0;
  return (yield* print(context, `${text}\n`)) ? 0 : 1;
};

function decimalsOf(text: string): number {
  return text.split(".")[1]?.length ?? 0;
}
