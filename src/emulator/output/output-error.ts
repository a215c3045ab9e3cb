/** Why a file of a run could not be written, and what to do about it. Models no real component. */
import { KeyturnError } from "../../kernel/errors.ts";

const ELSEWHERE = "choose another directory with --out";

/** By the code of Node's error: what it means, and what helps. */
const REASONS = new Map<string, readonly [reason: string, fix: string]>([
  [
    "ENOSPC",
    ["no space left on the device", `free some space or ${ELSEWHERE}`],
  ],
  ["EDQUOT", ["the disk quota is used up", `free some space or ${ELSEWHERE}`]],
  ["EACCES", ["permission denied", `make it writable or ${ELSEWHERE}`]],
  ["EPERM", ["permission denied", `make it writable or ${ELSEWHERE}`]],
  ["EROFS", ["the file system is read-only", ELSEWHERE]],
  ["ENOTDIR", ["a part of the path is a file, not a directory", ELSEWHERE]],
  ["EEXIST", ["there is a file of that name", ELSEWHERE]],
  [
    "EISDIR",
    ["there is a directory of that name", `remove it or ${ELSEWHERE}`],
  ],
  ["ENOENT", ["a part of the path does not exist", ELSEWHERE]],
  ["ENAMETOOLONG", ["the name is too long", ELSEWHERE]],
  ["ELOOP", ["too many symbolic links", ELSEWHERE]],
  ["EMFILE", ["too many open files", "raise the limit (ulimit -n)"]],
]);

/** What is shown for an error of the file system; errors of ours pass unchanged. Code `OutputFailed`. */
export function outputError(path: string, error: unknown): Error {
  if (!(error instanceof Error) || !("code" in error)) return error as Error;
  if (error instanceof KeyturnError) return error;
  const code = String(error.code);
  const [reason, fix] = REASONS.get(code) ?? [error.message, ELSEWHERE];
  return new KeyturnError(
    "OutputFailed",
    `Failed to write ${path}: ${reason} (${code}); ${fix}`,
  );
}
