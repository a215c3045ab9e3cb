/** `echo`, and the escapes that it shares with `printf`. Source: busybox 1.36 coreutils/echo.c, libbb/process_escape_sequence.c */
import { utf8ToBytes } from "../../../kernel/bytes.ts";
import { joined } from "../system/open-files.ts";
import type { Utility } from "./utility.ts";
import { print } from "./utility.ts";

const SIMPLE: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  e: 27,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  "\\": 92,
};

export const echo: Utility = function* (context) {
  let args = context.argv;
  let newline = true;
  let escapes = false;
  while (/^-[neE]+$/.test(args[0] ?? "")) {
    for (const letter of args[0]!.slice(1)) {
      if (letter === "n") newline = false;
      else escapes = letter === "e";
    }
    args = args.slice(1);
  }
  const text = args.join(" ");
  const { bytes, stopped } = escapes
    ? unescaped(text, { zero: true })
    : { bytes: utf8ToBytes(text), stopped: false };
  const end = newline && !stopped ? [utf8ToBytes("\n")] : [];
  return (yield* print(context, joined([bytes, ...end]))) ? 0 : 1;
};

export interface Unescaped {
  readonly bytes: Uint8Array;
  /** By `\c`: nothing comes after it. */
  readonly stopped: boolean;
}

/** `zero`: an octal number begins with a 0 that does not count among its three digits. */
export function unescaped(
  text: string,
  { zero }: { readonly zero: boolean },
): Unescaped {
  const pieces: Uint8Array[] = [];
  const escape = zero
    ? /\\(?:(c)|0([0-7]{0,3})|x([0-9a-fA-F]{1,2})|([0-7]{1,3})|([abefnrtv\\]))/g
    : /\\(?:(c)|(?!)()|x([0-9a-fA-F]{1,2})|([0-7]{1,3})|([abefnrtv\\]))/g;
  let at = 0;
  for (const match of text.matchAll(escape)) {
    pieces.push(utf8ToBytes(text.slice(at, match.index)));
    at = match.index + match[0].length;
    const [, stop, octalZero, hex, octal, simple] = match;
    if (stop !== undefined) return { bytes: joined(pieces), stopped: true };
    pieces.push(Uint8Array.of(byteOf({ octalZero, hex, octal, simple })));
  }
  pieces.push(utf8ToBytes(text.slice(at)));
  return { bytes: joined(pieces), stopped: false };
}

function byteOf(escape: {
  readonly octalZero: string | undefined;
  readonly hex: string | undefined;
  readonly octal: string | undefined;
  readonly simple: string | undefined;
}): number {
  const { octalZero, hex, octal, simple } = escape;
  if (hex !== undefined) return Number.parseInt(hex, 16);
  if (simple !== undefined) return SIMPLE[simple]!;
  return Number.parseInt(octal ?? octalZero ?? "0", 8) & 0xff || 0;
}
