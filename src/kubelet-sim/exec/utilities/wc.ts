/** `wc`. Source: busybox 1.36 coreutils/wc.c */
import { bytesToUtf8 } from "../../../kernel/bytes.ts";
import { close, errorText, failed } from "../system/effects.ts";
import { readToEnd } from "../system/file-text.ts";
import type { OptionSpec } from "./options.ts";
import { has, readOptions } from "./options.ts";
import type { Utility } from "./utility.ts";
import { complain, openInput, print } from "./utility.ts";

const SPEC: OptionSpec = {
  letters: "clwLm",
  usage: "wc [-cmlwL] [FILE]...",
};
const COLUMN = 9;
const TAB = 8;

type Counts = Readonly<Record<"l" | "w" | "m" | "c" | "L", number>>;

const ORDER = ["l", "w", "m", "c", "L"] as const;

export const wc: Utility = function* (context) {
  const options = yield* readOptions(context, SPEC);
  if (typeof options === "number") return options;
  const asked = ORDER.filter((letter) => has(options, letter));
  const shown = asked.length === 0 ? (["l", "w", "c"] as const) : asked;
  const files = options.operands.length === 0 ? ["-"] : options.operands;
  let total: Counts = { l: 0, w: 0, m: 0, c: 0, L: 0 };
  let status = 0;
  const row = (counts: Counts, name: string) => {
    const alone = shown.length === 1 && files.length === 1;
    const width = alone ? 0 : COLUMN;
    const columns = shown.map((letter) =>
      String(counts[letter]).padStart(width),
    );
    return `${columns.join(" ")}${name === "" ? "" : ` ${name}`}\n`;
  };
  for (const file of files) {
    const fd = yield* openInput(context, file);
    const bytes = failed(fd) ? fd : yield* readToEnd(fd);
    if (!failed(fd) && file !== "-") yield* close(fd);
    if (failed(bytes)) {
      yield* complain(context, `${file}: ${errorText(bytes.error)}`);
      status = 1;
      if (failed(fd)) continue;
    }
    const counts = countsOf(failed(bytes) ? new Uint8Array() : bytes);
    total = {
      l: total.l + counts.l,
      w: total.w + counts.w,
      m: total.m + counts.m,
      c: total.c + counts.c,
      L: Math.max(total.L, counts.L),
    };
    const name = options.operands.length === 0 ? "" : file;
    if (!(yield* print(context, row(counts, name)))) return 1;
  }
  if (files.length > 1 && !(yield* print(context, row(total, "total"))))
    return 1;
  return status;
};

function countsOf(bytes: Uint8Array): Counts {
  const text = bytesToUtf8(bytes);
  const lines = text.split("\n");
  return {
    l: lines.length - 1,
    w: text.split(/[\s\0]+/).filter((word) => word !== "").length,
    m: [...text].length,
    c: bytes.length,
    L: lines.reduce((most, line) => Math.max(most, widthOf(line)), 0),
  };
}

function widthOf(line: string): number {
  let width = 0;
  for (const char of line)
    width = char === "\t" ? (Math.floor(width / TAB) + 1) * TAB : width + 1;
  return width;
}
