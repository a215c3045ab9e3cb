/**
 * `ls` without a terminal: one name a line.
 *
 * Source: busybox 1.36 coreutils/ls.c (columns of the long format, six months after which the year is shown)
 */
import { byCodeUnit } from "../../../kernel/json.ts";
import type { EpochMs } from "../../../kernel/time.ts";
import { DAY_MS } from "../../../kernel/time.ts";
import type { FileStatus } from "../files/inode.ts";
import type { Errno, Routine } from "../system/effects.ts";
import { errorText, failed, list, now, stat } from "../system/effects.ts";
import { absolutePath } from "../system/paths.ts";
import { modeText } from "./mode-text.ts";
import type { OptionSpec, Options } from "./options.ts";
import { has, readOptions } from "./options.ts";
import { strftime } from "./strftime.ts";
import type { Context, Utility } from "./utility.ts";
import { complain, print } from "./utility.ts";

const SPEC: OptionSpec = {
  letters: "1aAdlLRhinrstSpFCg",
  others: "xHkXvcuwmTQ",
  long: { "full-time": "Y", color: "K", all: "a" },
  usage: "ls [-1AaCxdLHRFplinshrSXvctu] [-w WIDTH] [FILE]...",
};
/** Files older than this show their year. */
const RECENT_MS = (365 * DAY_MS) / 2;
const BLOCKS_PER_KIB = 2;
const LONG_NAME = 8;

interface Entry {
  /** As it is printed. */
  readonly name: string;
  readonly path: string;
  readonly status: FileStatus;
}

interface Listing {
  readonly context: Context;
  readonly options: Options;
  readonly now: EpochMs;
  status: number;
  /** Something was printed: a blank line comes before the next directory. */
  begun: boolean;
}

export const ls: Utility = function* (context) {
  const options = yield* readOptions(context, SPEC);
  if (typeof options === "number") return options;
  const at = yield* now();
  const listing: Listing = {
    context,
    options,
    now: at,
    status: 0,
    begun: false,
  };
  const operands = options.operands.length === 0 ? ["."] : options.operands;
  const files: Entry[] = [];
  const directories: Entry[] = [];
  for (const name of operands) {
    const path = absolutePath(context.cwd, name);
    const status = yield* operandStatus(options, path);
    if (failed(status)) yield* refuse(listing, name, status.error);
    else {
      const opens = status.kind === "directory" && !has(options, "d");
      (opens ? directories : files).push({ name, path, status });
    }
  }
  const several = files.length + directories.length > 1 || has(options, "R");
  if (files.length > 0) yield* printEntries(listing, files, null);
  for (const directory of sorted(directories, options))
    yield* printDirectory(listing, directory, several);
  return listing.status;
};

/** A link on the command line is followed unless its own line is wanted. */
function* operandStatus(options: Options, path: string) {
  const own = ["l", "d", "F", "n", "Y", "g"].some((letter) =>
    has(options, letter),
  );
  return yield* stat(path, !own || has(options, "L"));
}

function* refuse(listing: Listing, name: string, error: Errno): Routine<void> {
  listing.status = 1;
  yield* complain(listing.context, `${name}: ${errorText(error)}`);
}

function* printDirectory(
  listing: Listing,
  directory: Entry,
  titled: boolean,
): Routine<void> {
  const { options, context } = listing;
  const names = yield* list(directory.path);
  if (failed(names)) {
    yield* refuse(listing, directory.name, names.error);
    return;
  }
  if (titled) {
    const blank = listing.begun ? "\n" : "";
    yield* print(context, `${blank}${directory.name}:\n`);
    listing.begun = true;
  }
  const own = has(options, "a") ? [".", ".."] : [];
  const hidden = has(options, "a") || has(options, "A");
  const shown = [...own, ...names.filter((n) => hidden || !n.startsWith("."))];
  const entries: Entry[] = [];
  for (const name of shown) {
    const path = `${directory.path === "/" ? "" : directory.path}/${name}`;
    const status = yield* stat(path, has(options, "L"));
    const label = `${directory.name.replace(/\/$/, "")}/${name}`;
    if (failed(status)) yield* refuse(listing, label, status.error);
    else entries.push({ name, path, status });
  }
  const blocks = entries.reduce((sum, { status }) => sum + status.blocks, 0);
  yield* printEntries(listing, entries, blocks);
  if (!has(options, "R")) return;
  for (const entry of sorted(entries, options)) {
    const { name, status } = entry;
    if (status.kind !== "directory" || name === "." || name === "..") continue;
    const below = `${directory.name.replace(/\/$/, "")}/${name}`;
    yield* printDirectory(listing, { ...entry, name: below }, true);
  }
}

function sorted(entries: readonly Entry[], options: Options): Entry[] {
  const byName = (a: Entry, b: Entry) => byCodeUnit(a.name, b.name);
  const order = has(options, "S")
    ? (a: Entry, b: Entry) => b.status.size - a.status.size || byName(a, b)
    : has(options, "t")
      ? (a: Entry, b: Entry) =>
          b.status.mtimeMs - a.status.mtimeMs || byName(a, b)
      : byName;
  const result = [...entries].sort(order);
  return has(options, "r") ? result.reverse() : result;
}

/** `blocks`: of a directory as a whole. */
function* printEntries(
  listing: Listing,
  entries: readonly Entry[],
  blocks: number | null,
): Routine<void> {
  const { options, context } = listing;
  const lines = sorted(entries, options).map((entry) =>
    lineOf(entry, options, listing.now),
  );
  const long = isLong(options) || has(options, "s");
  const kib = (blocks ?? 0) / BLOCKS_PER_KIB;
  const total = has(options, "h") ? `${kib}K`.padEnd(7) : String(kib);
  const title = blocks !== null && long ? `total ${total}\n` : "";
  yield* print(context, `${title}${lines.map((l) => `${l}\n`).join("")}`);
  listing.begun = true;
}

function isLong(options: Options): boolean {
  return ["l", "n", "Y", "g"].some((letter) => has(options, letter));
}

function lineOf({ name, status }: Entry, options: Options, at: EpochMs) {
  const number = has(options, "i")
    ? `${String(status.inode).padStart(7)} `
    : "";
  const blocks = has(options, "s")
    ? `${String(status.blocks / BLOCKS_PER_KIB).padStart(6)} `
    : "";
  const mark = markOf(status, options);
  if (!isLong(options)) return `${number}${blocks}${name}${mark}`;
  const owner = has(options, "n") ? "0" : "root";
  const owners = `${owner.padEnd(LONG_NAME)} ${owner.padEnd(LONG_NAME)}`;
  const links = String(status.links).padStart(4);
  const link = status.kind === "symlink" ? ` -> ${status.target}` : "";
  return `${number}${blocks}${modeText(status)} ${links} ${owners} ${sizeColumn(status, options)} ${timeText(status, options, at)} ${name}${link === "" ? mark : link}`;
}

function sizeColumn({ size, kind }: FileStatus, options: Options): string {
  if (kind === "device") return "  1,   3";
  return has(options, "h")
    ? sizeText(size).padStart(7)
    : String(size).padStart(9);
}

function timeText({ mtimeMs }: FileStatus, options: Options, at: EpochMs) {
  if (has(options, "Y")) return strftime("%Y-%m-%d %H:%M:%S %z", mtimeMs);
  const recent = mtimeMs <= at && at - mtimeMs < RECENT_MS;
  return strftime(recent ? "%b %e %H:%M" : "%b %e  %Y", mtimeMs);
}

function markOf({ kind, mode }: FileStatus, options: Options): string {
  const all = has(options, "F");
  if (!all && !has(options, "p")) return "";
  if (kind === "directory") return "/";
  if (!all) return "";
  if (kind === "symlink") return "@";
  return kind === "file" && (mode & 0o111) !== 0 ? "*" : "";
}

/** `4.0K`, as busybox's make_human_readable_str has it. */
export function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < 4) {
    value /= 1024;
    unit += 1;
  }
  return unit === 0 ? String(value) : `${value.toFixed(1)}${"KMGT"[unit - 1]}`;
}
