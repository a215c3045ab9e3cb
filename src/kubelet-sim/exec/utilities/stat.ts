/**
 * `stat`.
 *
 * Source: busybox 1.36 coreutils/stat.c
 * Simplification: `stat` shows the last change of a file's content for all three of its times.
 */
import { utcParts, toUnixSeconds } from "../../../kernel/time.ts";
import type { FileStatus } from "../files/inode.ts";
import { errorText, failed, stat as statusOf } from "../system/effects.ts";
import { absolutePath } from "../system/paths.ts";
import { modeText, rawMode } from "./mode-text.ts";
import type { OptionSpec } from "./options.ts";
import { argumentOf, has, readOptions, wrongUsage } from "./options.ts";
import { strftime } from "./strftime.ts";
import type { Utility } from "./utility.ts";
import { complain, print } from "./utility.ts";

const SPEC: OptionSpec = {
  letters: "ltLc:",
  others: "fZ",
  usage: "stat [-ltf] [-c FMT] FILE...",
};
const BLOCK_BYTES = 512;
const IO_BLOCK_BYTES = 4096;

const DEFAULT_FORMAT = [
  "  File: %N",
  "  Size: %-10s\tBlocks: %-10b IO Block: %-6o %F",
  "Device: %Dh/%dd\tInode: %-10i  Links: %-5h",
  "Access: (%04a/%10.10A)  Uid: (%5u/%8U)   Gid: (%5g/%8G)",
  "Access: %x",
  "Modify: %y",
  "Change: %z",
].join("\n");
const TERSE_FORMAT = "%n %s %b %f %u %g %D %i %h %t %T %X %Y %Z %o";

export const stat: Utility = function* (context) {
  const options = yield* readOptions(context, SPEC);
  if (typeof options === "number") return options;
  const { operands } = options;
  if (operands.length === 0) return yield* wrongUsage(context, SPEC);
  const terse = has(options, "t");
  const format =
    argumentOf(options, "c") ?? (terse ? TERSE_FORMAT : DEFAULT_FORMAT);
  const plain = argumentOf(options, "c") === null && !terse;
  let status = 0;
  for (const name of operands) {
    const path = absolutePath(context.cwd, name);
    const found = yield* statusOf(path, has(options, "L"));
    if (failed(found)) {
      const reason = errorText(found.error);
      yield* complain(context, `can't stat '${name}': ${reason}`);
      status = 1;
      continue;
    }
    const text = formatted(format, name, found);
    // The plain format leaves no blanks at the ends of its lines.
    const lines = plain ? text.replaceAll(/ +$/gm, "") : text;
    if (!(yield* print(context, `${lines}\n`))) return 1;
  }
  return status;
};

function formatted(format: string, name: string, status: FileStatus): string {
  return format.replaceAll(
    /%([-0 #+]*)([0-9]*)(?:\.([0-9]+))?([A-Za-z%])/g,
    (
      _,
      flags: string,
      width: string,
      precision: string | undefined,
      letter: string,
    ) => {
      if (letter === "%") return "%";
      const value = valueOf(letter, name, status);
      const cut =
        precision === undefined ? value : value.slice(0, Number(precision));
      const columns = Number(width || 0);
      if (flags.includes("-")) return cut.padEnd(columns);
      return cut.padStart(columns, flags.includes("0") ? "0" : " ");
    },
  );
}

function valueOf(letter: string, name: string, status: FileStatus): string {
  const { size, blocks, mode, links, inode, device, mtimeMs } = status;
  switch (letter) {
    case "n":
      return name;
    case "N":
      return status.kind === "symlink"
        ? `'${name}' -> '${status.target}'`
        : name;
    case "s":
      return String(size);
    case "b":
      return String(blocks);
    case "B":
      return String(BLOCK_BYTES);
    case "o":
      return String(IO_BLOCK_BYTES);
    case "F":
      return kindText(status);
    case "a":
      return mode.toString(8);
    case "A":
      return modeText(status);
    case "f":
      return rawMode(status).toString(16);
    case "h":
      return String(links);
    case "i":
      return String(inode);
    case "d":
      return String(device);
    case "D":
      return device.toString(16);
    case "u":
    case "g":
    case "t":
    case "T":
      return "0";
    case "U":
    case "G":
      return "root";
    case "x":
    case "y":
    case "z":
      return timeText(mtimeMs);
    case "X":
    case "Y":
    case "Z":
      return String(toUnixSeconds(mtimeMs));
    default:
      return letter;
  }
}

function timeText(ms: number): string {
  const fraction = `${String(utcParts(ms).ms).padStart(3, "0")}000000`;
  return strftime(`%Y-%m-%d %H:%M:%S.${fraction} %z`, ms);
}

function kindText({ kind, size }: FileStatus): string {
  switch (kind) {
    case "file":
      return size === 0 ? "regular empty file" : "regular file";
    case "directory":
      return "directory";
    case "symlink":
      return "symbolic link";
    case "device":
      return "character special file";
  }
}
