/** Reads the text files of users, with reasons that a person understands. The only file of this folder on the disk. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

import { KeyturnError } from "../../../kernel/errors.ts";
import { LONGEST_FILE } from "./yaml-source.ts";

/** Returns the text of a file, or throws an error whose message is the bare reason (`no such file`). */
export type ReadFile = (path: string) => string;

/** The message is the bare reason; `place` is set when something at a place in the file is wrong. */
export class UnreadableFile extends KeyturnError {
  readonly place: { readonly line: number; readonly column: number } | null;
  constructor(why: string, place: UnreadableFile["place"] = null) {
    super("UnreadableFile", why);
    this.name = "UnreadableFile";
    this.place = place;
  }
}

/** The text of a UTF-8 file of at most 4 MiB. Throws `UnreadableFile`. */
export function readTextFile(path: string): string {
  const bytes = attempt(() => {
    const stats = statSync(path);
    if (stats.isDirectory()) throw new UnreadableFile("it is a folder");
    if (!stats.isFile() && !stats.isFIFO() && !stats.isCharacterDevice())
      throw new UnreadableFile("it is no file");
    if (stats.size > LONGEST_FILE)
      throw new UnreadableFile(
        `it is too long: ${stats.size} bytes; at most ${LONGEST_FILE} are read`,
      );
    return readFileSync(path);
  });
  if ("error" in bytes) throw bytes.error;
  const text = attempt(() => decodeUtf8(bytes.value));
  if ("value" in text) return text.value;
  throw new UnreadableFile(
    bytes.value[0] === 0xff || bytes.value[0] === 0xfe
      ? "it is UTF-16 text; save it as UTF-8"
      : "it is not UTF-8 text",
    placeOf(bytes.value, firstWrongByte(bytes.value)),
  );
}

/** YAML files in the folder of `path`, sorted, for "did you mean". Never throws. */
export function yamlFilesBeside(path: string): string[] {
  const folder = dirname(path);
  const listed = attempt(() => readdirSync(folder));
  if ("error" in listed) return [];
  return listed.value
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}

/** The value, or why there is none. */
export function attempt<T>(
  action: () => T,
): { readonly value: T } | { readonly error: UnreadableFile } {
  try {
    return { value: action() };
  } catch (error) {
    return {
      error:
        error instanceof UnreadableFile
          ? error
          : new UnreadableFile(reason(error)),
    };
  }
}

function reason(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return "no such file";
    case "EACCES":
    case "EPERM":
      return "no permission to read it";
    default:
      return typeof message === "string" ? message : String(error);
  }
}

/** Strict, and without the byte order mark. */
function decodeUtf8(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}

/** Offset of the first byte that belongs to no UTF-8 character. */
function firstWrongByte(bytes: Uint8Array): number {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  for (let i = 0; i < bytes.length; i++) {
    const one = bytes.subarray(i, i + 1);
    const decoded = attempt(() => decoder.decode(one, { stream: true }));
    if ("error" in decoded) return startOfCharacter(bytes, i);
  }
  return startOfCharacter(bytes, bytes.length);
}

/** Where the unfinished character before `end` starts; `end` when there is none. */
function startOfCharacter(bytes: Uint8Array, end: number): number {
  for (let i = end - 1; i >= Math.max(0, end - 3); i--) {
    const byte = bytes[i]!;
    if (byte >= 0x80 && byte < 0xc0) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return byte >= 0xc0 && i + length > end ? i : end;
  }
  return end;
}

function placeOf(
  bytes: Uint8Array,
  offset: number,
): { line: number; column: number } {
  const before = new TextDecoder().decode(bytes.subarray(0, offset));
  const lines = before.split("\n");
  return { line: lines.length, column: lines.at(-1)!.length + 1 };
}
