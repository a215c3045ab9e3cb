/** `cat`. Source: busybox 1.36 coreutils/cat.c, libbb/bb_cat.c, libbb/copyfd.c */
import { bytesToUtf8 } from "../../../kernel/bytes.ts";
import type { Routine } from "../system/effects.ts";
import { close, errorText, failed, read } from "../system/effects.ts";
import type { OptionSpec, Options } from "./options.ts";
import { has, readOptions } from "./options.ts";
import type { Context, Utility } from "./utility.ts";
import { complain, openInput, print } from "./utility.ts";

const SPEC: OptionSpec = {
  letters: "nbu",
  others: "vetA",
  usage: "cat [-nbvteA] [FILE]...",
};

export const cat: Utility = function* (context) {
  const options = yield* readOptions(context, SPEC);
  if (typeof options === "number") return options;
  const files = options.operands.length === 0 ? ["-"] : options.operands;
  const numbering = new Numbering(options);
  let status = 0;
  for (const file of files)
    if (!(yield* copy(context, file, numbering))) status = 1;
  return status;
};

function* copy(
  context: Context,
  file: string,
  numbering: Numbering,
): Routine<boolean> {
  const fd = yield* openInput(context, file);
  if (failed(fd)) {
    const reason = errorText(fd.error);
    yield* complain(context, `can't open '${file}': ${reason}`);
    return false;
  }
  let good = true;
  for (;;) {
    const bytes = yield* read(fd);
    if (failed(bytes)) {
      yield* complain(context, `read error: ${errorText(bytes.error)}`);
      good = false;
    }
    if (failed(bytes) || bytes.length === 0) break;
    if (!(yield* print(context, numbering.of(bytes)))) {
      good = false;
      break;
    }
  }
  if (file !== "-") yield* close(fd);
  return good;
}

/** Line numbers of -n and -b, over all files. */
class Numbering {
  readonly #all: boolean;
  readonly #filled: boolean;
  #line = 0;
  #atStart = true;

  constructor(options: Options) {
    this.#filled = has(options, "b");
    this.#all = has(options, "n") && !this.#filled;
  }

  of(bytes: Uint8Array): Uint8Array | string {
    if (!this.#all && !this.#filled) return bytes;
    let text = "";
    for (const line of bytesToUtf8(bytes).split(/(?<=\n)/)) {
      if (this.#atStart && (this.#all || line !== "\n"))
        text += `${String(++this.#line).padStart(6)}\t`;
      text += line;
      this.#atStart = line.endsWith("\n");
    }
    return text;
  }
}
