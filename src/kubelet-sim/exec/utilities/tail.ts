/**
 * `tail`, which with -f stays on the file that it opened: when a volume's `..data` moves on, it goes deaf, as the real one
 * does. With -F it looks the name up again at each look, and prints the new file from its beginning.
 *
 * Source: busybox 1.36 coreutils/tail.c
 */
import { SECOND_MS } from "../../../kernel/time.ts";
import { TAIL_PERIOD_MS } from "../defaults.ts";
import type { Routine } from "../system/effects.ts";
import {
  checkpoint,
  close,
  errorText,
  failed,
  fstat,
  open,
  read,
  rewind,
  sleep,
  stat,
} from "../system/effects.ts";
import { readToEnd } from "../system/file-text.ts";
import { absolutePath } from "../system/paths.ts";
import { titleOf, withoutOldStyle } from "./head.ts";
import type { OptionSpec, Options } from "./options.ts";
import { argumentOf, countOf, has, readOptions } from "./options.ts";
import type { Context, Utility } from "./utility.ts";
import { complain, openInput, print } from "./utility.ts";

const SPEC: OptionSpec = {
  letters: "fFn:c:s:qv",
  long: { retry: "R", follow: "f" },
  usage: "tail [OPTIONS] [FILE]...",
};
const DEFAULT_LINES = 10;

interface Amount {
  readonly unit: "lines" | "bytes";
  readonly count: number;
  /** From the `count`th on, rather than the last `count`. */
  readonly fromStart: boolean;
}

/** What `tail -f` knows between two looks. */
interface Following {
  readonly files: readonly {
    readonly name: string;
    /** Null: it cannot be opened now. */
    readonly fd: number | null;
  }[];
  /** The file that was printed last: another one gets a title first. */
  readonly latest: number;
}

export const tail: Utility = function* (context) {
  const old = context.argv.map((arg, i) =>
    i === 0 && /^\+[0-9]/.test(arg) ? `-n${arg}` : arg,
  );
  const options = yield* readOptions(context, SPEC, withoutOldStyle(old));
  if (typeof options === "number") return options;
  const amount = amountOf(options);
  const every = argumentOf(options, "s");
  const bad = typeof amount === "string" ? amount : badNumber(every);
  if (bad !== null || typeof amount === "string") {
    yield* complain(context, `invalid number '${bad}'`);
    return 1;
  }
  const period = every === null ? TAIL_PERIOD_MS : Number(every) * SECOND_MS;
  const names = options.operands.length === 0 ? ["-"] : options.operands;
  const retry = has(options, "F");
  const pace = { retry, titled: titlesWanted(options), period };
  if (context.saved !== null)
    return yield* follow(context, context.saved as unknown as Following, pace);
  const { files, missing } = yield* openAll(context, names, retry);
  if (files.length === 0) return 1;
  const titles = pace.titled ?? files.length > 1;
  const good = yield* printTails(context, files, { amount, titles });
  if (!has(options, "f") && !retry) return good && !missing ? 0 : 1;
  return yield* follow(context, { files, latest: files.length - 1 }, pace);
};

/** By -v and -q; null: when there are several. */
function titlesWanted({ given }: Options): boolean | null {
  const last = given.findLast(([letter]) => letter === "q" || letter === "v");
  return last === undefined ? null : last[0] === "v";
}

function badNumber(text: string | null): string | null {
  return text === null || countOf(text) !== null ? null : text;
}

function amountOf({ given }: Options): Amount | string {
  let amount: Amount = {
    unit: "lines",
    count: DEFAULT_LINES,
    fromStart: false,
  };
  for (const [letter, text] of given) {
    if (letter !== "n" && letter !== "c") continue;
    const fromStart = text.startsWith("+");
    const count = countOf(text.replace(/^[-+]/, ""));
    if (count === null) return text;
    amount = { unit: letter === "n" ? "lines" : "bytes", count, fromStart };
  }
  return amount;
}

type OpenedFile = Following["files"][number];

/** Opens all files before it prints any: those that cannot be opened do not count. */
function* openAll(
  context: Context,
  names: readonly string[],
  retry: boolean,
): Routine<{ readonly files: OpenedFile[]; readonly missing: boolean }> {
  const files: OpenedFile[] = [];
  let missing = false;
  for (const name of names) {
    const fd = yield* openInput(context, name);
    if (!failed(fd)) {
      files.push({ name, fd });
      continue;
    }
    const reason = errorText(fd.error);
    yield* complain(context, `can't open '${name}': ${reason}`);
    missing = true;
    if (retry) files.push({ name, fd: null });
  }
  if (files.length === 0) yield* complain(context, "no files");
  return { files, missing };
}

/** The ends of all files; false when it stops there. */
function* printTails(
  context: Context,
  files: readonly OpenedFile[],
  how: { readonly amount: Amount; readonly titles: boolean },
): Routine<boolean> {
  let good = true;
  for (const [i, { name, fd }] of files.entries()) {
    if (fd === null) continue;
    const title = how.titles ? titleOf(name, i > 0) : "";
    if (!(yield* print(context, title))) return false;
    const bytes = yield* readToEnd(fd);
    if (failed(bytes)) {
      yield* complain(context, `read error: ${errorText(bytes.error)}`);
      good = false;
    } else if (!(yield* print(context, tailOf(bytes, how.amount))))
      return false;
  }
  return good;
}

function tailOf(bytes: Uint8Array, amount: Amount): Uint8Array {
  const { unit, count, fromStart } = amount;
  if (unit === "bytes")
    return fromStart
      ? bytes.subarray(Math.max(count - 1, 0))
      : bytes.subarray(Math.max(bytes.length - count, 0));
  if (!fromStart) return bytes.subarray(startOfLast(bytes, count));
  let at = 0;
  for (let left = Math.max(count - 1, 0); left > 0; left--) {
    const end = bytes.indexOf(0x0a, at);
    if (end === -1) return new Uint8Array();
    at = end + 1;
  }
  return bytes.subarray(at);
}

function startOfLast(bytes: Uint8Array, count: number): number {
  if (count === 0) return bytes.length;
  let left = count;
  for (let at = bytes.length - 2; at >= 0; at--) {
    if (bytes[at] !== 0x0a) continue;
    left -= 1;
    if (left === 0) return at + 1;
  }
  return 0;
}

function* follow(
  context: Context,
  from: Following,
  how: {
    readonly retry: boolean;
    readonly titled: boolean | null;
    readonly period: number;
  },
): Routine<number> {
  let { files, latest } = from;
  const titles = how.titled ?? files.length > 1;
  for (;;) {
    yield* checkpoint({ files, latest });
    yield* sleep(Math.max(how.period, 1));
    const next: { name: string; fd: number | null }[] = [];
    for (const [i, file] of files.entries()) {
      const fd = how.retry ? yield* sameOrNew(context, file) : file.fd;
      next.push({ name: file.name, fd });
      if (fd === null) continue;
      const title = titles && latest !== i ? titleOf(file.name, true) : "";
      const grown = yield* printGrowth(context, fd, title);
      if (grown === "stop") return 1;
      if (grown === "printed") latest = i;
    }
    files = next;
  }
}

/** The descriptor to read from: a new one when the name stands for another file now. */
function* sameOrNew(
  context: Context,
  { name, fd }: Following["files"][number],
): Routine<number | null> {
  const path = absolutePath(context.cwd, name);
  const now = yield* stat(path);
  const known = fd === null ? null : yield* fstat(fd);
  const same =
    known !== null &&
    !failed(known) &&
    !failed(now) &&
    known.device === now.device &&
    known.inode === now.inode;
  if (same) return fd;
  if (fd !== null) yield* close(fd);
  const opened = yield* open(path, "read");
  if (!failed(opened)) {
    const what = fd === null ? "appeared" : "been replaced";
    yield* complain(context, `${name} has ${what}; following end of new file`);
    return opened;
  }
  if (fd !== null) {
    const reason = errorText(opened.error);
    yield* complain(context, `${name} has become inaccessible: ${reason}`);
  }
  return null;
}

function* printGrowth(
  context: Context,
  fd: number,
  title: string,
): Routine<"nothing" | "printed" | "stop"> {
  let printed: "nothing" | "printed" = "nothing";
  for (;;) {
    const status = yield* fstat(fd);
    // A file that got shorter is read from its beginning.
    if (!failed(status) && status.size > 0 && status.size < status.offset)
      yield* rewind(fd);
    const chunk = yield* read(fd);
    if (failed(chunk) || chunk.length === 0) return printed;
    if (printed === "nothing" && !(yield* print(context, title))) return "stop";
    if (!(yield* print(context, chunk))) return "stop";
    printed = "printed";
  }
}
