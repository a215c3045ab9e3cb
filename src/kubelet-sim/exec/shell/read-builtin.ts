/**
 * `read`: one line, split into variables.
 *
 * Source: POSIX.1-2017 read; busybox 1.36 shell/shell_common.c
 */
import { bytesToUtf8 } from "../../../kernel/bytes.ts";
import type { Routine } from "../system/effects.ts";
import { failed, readLine } from "../system/effects.ts";
import type { Builtin } from "./builtin.ts";
import { ShellError } from "./control.ts";
import { DEFAULT_IFS, isName, valueOf } from "./shell-state.ts";

/** A character of the line; what a backslash stood before separates nothing. */
interface Char {
  readonly char: string;
  readonly quoted: boolean;
}

export const readVariables: Builtin = function* (
  shell,
  argv,
  io,
): Routine<number> {
  let args = argv.slice(1);
  let raw = false;
  while (args[0]?.startsWith("-") === true) {
    const [option = ""] = args;
    // A prompt is for terminals.
    if (option === "-p") args = args.slice(2);
    else if (option === "-r" || option === "-s" || option === "-rs") {
      raw ||= option.includes("r");
      args = args.slice(1);
    } else throw new ShellError(`Keyturn does not interpret read ${option}`);
  }
  const names = args.length === 0 ? ["REPLY"] : args;
  const bad = names.find((name) => !isName(name));
  if (bad !== undefined)
    return yield* shell.complain(`read: '${bad}': bad variable name`, io);
  const fd = io.get(0);
  const { chars, ended } = yield* oneLine(fd, raw);
  const ifs = valueOf(shell.state, "IFS") ?? DEFAULT_IFS;
  const values = splitLine(chars, ifs, names.length);
  for (const [i, name] of names.entries()) shell.assign(name, values[i] ?? "");
  return ended ? 1 : 0;
};

/** Lines that a backslash joins count as one. `ended`: no line break came. */
function* oneLine(
  fd: number | undefined,
  raw: boolean,
): Routine<{ readonly chars: Char[]; readonly ended: boolean }> {
  const chars: Char[] = [];
  for (;;) {
    const bytes = fd === undefined ? new Uint8Array() : yield* readLine(fd);
    const line = failed(bytes) ? "" : bytesToUtf8(bytes);
    const ended = !line.endsWith("\n");
    const text = [...line.replace(/\n$/, "").replaceAll("\0", "")];
    let joins = false;
    for (let i = 0; i < text.length; i++) {
      const escape = !raw && text[i] === "\\";
      if (!escape) chars.push({ char: text[i]!, quoted: false });
      else if (i + 1 < text.length)
        chars.push({ char: text[++i]!, quoted: true });
      else joins = !ended;
    }
    if (!joins) return { chars, ended };
  }
}

/** The last of `count` values takes the rest of the line. */
function splitLine(
  chars: readonly Char[],
  ifs: string,
  count: number,
): string[] {
  const isSpace = (char: Char | undefined) =>
    char !== undefined &&
    !char.quoted &&
    " \t\n".includes(char.char) &&
    ifs.includes(char.char);
  const isSeparator = (char: Char | undefined) =>
    char !== undefined && !char.quoted && ifs.includes(char.char);
  const skipSpace = (from: number) => {
    let i = from;
    while (isSpace(chars[i])) i += 1;
    return i;
  };
  /** Where the field that begins there ends, and where the next one begins. */
  const fieldAt = (start: number): readonly [end: number, next: number] => {
    let end = start;
    while (end < chars.length && !isSeparator(chars[end])) end += 1;
    const after = skipSpace(end);
    // One separator that is no white space belongs to the field before it.
    const next = isSeparator(chars[after]) ? skipSpace(after + 1) : after;
    return [end, next];
  };
  const values: string[] = [];
  let at = skipSpace(0);
  while (values.length < count - 1 && at < chars.length) {
    const [end, next] = fieldAt(at);
    values.push(textOf(chars.slice(at, end)));
    at = next;
  }
  const [only, next] = fieldAt(at);
  let end = chars.length;
  while (end > at && isSpace(chars[end - 1])) end -= 1;
  // A separator that ends the line's last field is no part of it.
  values.push(textOf(chars.slice(at, next === chars.length ? only : end)));
  return values;
}

function textOf(chars: readonly Char[]): string {
  return chars.map(({ char }) => char).join("");
}
