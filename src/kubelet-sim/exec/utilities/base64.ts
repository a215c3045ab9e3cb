/** `base64`. Source: busybox 1.36 coreutils/uudecode.c (base64_main), libbb/uuencode.c (read_base64) */
import {
  Base64Error,
  base64ToBytes,
  bytesToBase64,
  bytesToUtf8,
} from "../../../kernel/bytes.ts";
import { close, errorText, failed } from "../system/effects.ts";
import { readToEnd } from "../system/file-text.ts";
import type { OptionSpec } from "./options.ts";
import {
  argumentOf,
  countOf,
  has,
  readOptions,
  wrongUsage,
} from "./options.ts";
import type { Utility } from "./utility.ts";
import { complain, openInput, print } from "./utility.ts";

const SPEC: OptionSpec = {
  letters: "dw:",
  usage: "base64 [-d] [-w COL] [FILE]",
};
const DEFAULT_COLUMNS = 76;

export const base64: Utility = function* (context) {
  const options = yield* readOptions(context, SPEC);
  if (typeof options === "number") return options;
  const [file = "-", ...others] = options.operands;
  if (others.length > 0) return yield* wrongUsage(context, SPEC);
  const wrap = argumentOf(options, "w");
  const columns = wrap === null ? DEFAULT_COLUMNS : countOf(wrap);
  if (columns === null) {
    yield* complain(context, `invalid number '${wrap}'`);
    return 1;
  }
  const fd = yield* openInput(context, file);
  const bytes = failed(fd) ? fd : yield* readToEnd(fd);
  if (!failed(fd) && file !== "-") yield* close(fd);
  if (failed(bytes)) {
    yield* complain(context, `${file}: ${errorText(bytes.error)}`);
    return 1;
  }
  if (!has(options, "d"))
    return (yield* print(context, wrapped(bytesToBase64(bytes), columns)))
      ? 0
      : 1;
  const decoded = decode(bytesToUtf8(bytes));
  const printed = yield* print(context, decoded.bytes);
  if (decoded.complete) return printed ? 0 : 1;
  yield* complain(context, "truncated input");
  return 1;
};

/** Without columns no line break at all, not even at the end. */
function wrapped(text: string, columns: number): string {
  if (columns === 0) return text;
  let lines = "";
  for (let at = 0; at < text.length; at += columns)
    lines += `${text.slice(at, at + columns)}\n`;
  return lines;
}

/** What is no digit is skipped; a group that stops short is not written. */
function decode(text: string): {
  readonly bytes: Uint8Array;
  readonly complete: boolean;
} {
  const digits = text.replaceAll(/[^A-Za-z0-9+/=]/g, "");
  const whole = digits.slice(0, digits.length - (digits.length % 4));
  const complete = whole.length === digits.length;
  try {
    return { bytes: base64ToBytes(whole), complete };
  } catch (error) {
    if (!(error instanceof Base64Error)) throw error;
    return { bytes: new Uint8Array(), complete: false };
  }
}
