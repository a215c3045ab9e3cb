/**
 * What a program in a container asks of the system, as data: programs are generators that yield effects and get the
 * results back. A result is plain data and never changed afterwards, for it is kept in a log: after a restore a program
 * is run anew against its log until it stands where it stood.
 *
 * Source: POSIX.1-2017 system interfaces (the calls and their error names)
 */
import type { JsonValue } from "../../../kernel/json.ts";
import type { DurationMs, EpochMs } from "../../../kernel/time.ts";
import type { FileStatus } from "../files/inode.ts";
import type { Program } from "./process.ts";

/** Names of errno. `ENOTSUP` stands for what Keyturn has no model of. */
export type Errno =
  | "EACCES"
  | "EBADF"
  | "EINVAL"
  | "EISDIR"
  | "ELOOP"
  | "ENOENT"
  | "ENOTDIR"
  | "ENOTSUP"
  | "EROFS"
  | "ETXTBSY";

const TEXTS: Readonly<Record<Errno, string>> = {
  EACCES: "Permission denied",
  EBADF: "Bad file descriptor",
  EINVAL: "Invalid argument",
  EISDIR: "Is a directory",
  ELOOP: "Too many levels of symbolic links",
  ENOENT: "No such file or directory",
  ENOTDIR: "Not a directory",
  ENOTSUP: "Keyturn does not model the content of this file",
  EROFS: "Read-only file system",
  ETXTBSY: "Text file busy",
};

/** strerror(3) as glibc words it. */
export function errorText(error: Errno): string {
  return TEXTS[error];
}

export interface Failure {
  readonly error: Errno;
}

export function failed(result: unknown): result is Failure {
  return typeof result === "object" && result !== null && "error" in result;
}

export type OpenMode = "read" | "write" | "append";

/** Which file descriptor of the caller becomes which of the new process. */
export type Wiring = readonly (readonly [fd: number, of: number])[];

/** A program to find by name, as execvp(3) does, and run. */
export interface Launch {
  readonly argv: readonly string[];
  readonly environment: ReadonlyMap<string, string>;
  readonly cwd: string;
  readonly wiring: Wiring;
}

/** Paths are absolute. */
export type Effect =
  /** A step of work that takes no time: counted, so that an endless loop is noticed. Not logged, as the next two. */
  | { readonly op: "step" }
  /** The value of an environment variable was used. */
  | { readonly op: "used"; readonly name: string; readonly value: string }
  /** From here the program can be started anew with `saved`: the log before it is dropped. */
  | { readonly op: "checkpoint"; readonly saved: JsonValue }
  | { readonly op: "now" }
  | { readonly op: "sleep"; readonly ms: DurationMs }
  | { readonly op: "read"; readonly fd: number; readonly max: number }
  | { readonly op: "readLine"; readonly fd: number }
  | { readonly op: "write"; readonly fd: number; readonly bytes: Uint8Array }
  | { readonly op: "rewind"; readonly fd: number }
  | { readonly op: "open"; readonly path: string; readonly mode: OpenMode }
  | { readonly op: "close"; readonly fd: number }
  | { readonly op: "pipe" }
  | { readonly op: "stat"; readonly path: string; readonly follow: boolean }
  | { readonly op: "fstat"; readonly fd: number }
  | { readonly op: "list"; readonly path: string }
  | { readonly op: "realPath"; readonly path: string }
  | { readonly op: "which"; readonly name: string; readonly path: string }
  /** Runs a program and waits for it; `for` limits the time. */
  | {
      readonly op: "run";
      readonly launch: Launch;
      readonly limit: Limit | null;
    }
  /** Starts a copy of a shell. */
  | {
      readonly op: "fork";
      readonly program: Program;
      readonly environment: ReadonlyMap<string, string>;
      readonly cwd: string;
      readonly wiring: Wiring;
    }
  | { readonly op: "wait"; readonly pid: number };

/** After `ms` the program gets a signal. */
export interface Limit {
  readonly ms: DurationMs;
  readonly signal: number;
}

/** A part of a program; ends with its result. */
export type Routine<T> = Generator<Effect, T, unknown>;

export function* step(): Routine<void> {
  yield { op: "step" };
}

export function* used(name: string, value: string): Routine<void> {
  yield { op: "used", name, value };
}

export function* checkpoint(saved: JsonValue): Routine<void> {
  yield { op: "checkpoint", saved };
}

export function* now(): Routine<EpochMs> {
  return (yield { op: "now" }) as EpochMs;
}

export function* sleep(ms: DurationMs): Routine<void> {
  yield { op: "sleep", ms };
}

/** At most this much in one read. */
export const READ_CHUNK_BYTES = 65_536;

/** Waits for something to read; empty at the end. */
export function* read(
  fd: number,
  max = READ_CHUNK_BYTES,
): Routine<Uint8Array | Failure> {
  return (yield { op: "read", fd, max }) as Uint8Array | Failure;
}

/** Up to a line break and with it, not a byte further. */
export function* readLine(fd: number): Routine<Uint8Array | Failure> {
  return (yield { op: "readLine", fd }) as Uint8Array | Failure;
}

/** Null when it was written. Who writes into a pipe that nobody reads is killed by SIGPIPE. */
export function* write(fd: number, bytes: Uint8Array): Routine<Failure | null> {
  return (yield { op: "write", fd, bytes }) as Failure | null;
}

/** Back to the beginning of an open file. */
export function* rewind(fd: number): Routine<void> {
  yield { op: "rewind", fd };
}

export function* open(path: string, mode: OpenMode): Routine<number | Failure> {
  return (yield { op: "open", path, mode }) as number | Failure;
}

export function* close(fd: number): Routine<void> {
  yield { op: "close", fd };
}

export function* pipe(): Routine<readonly [read: number, write: number]> {
  return (yield { op: "pipe" }) as readonly [number, number];
}

export function* stat(
  path: string,
  follow = true,
): Routine<FileStatus | Failure> {
  return (yield { op: "stat", path, follow }) as FileStatus | Failure;
}

/** `size` and `offset` of an open file. */
export function* fstat(
  fd: number,
): Routine<(FileStatus & { readonly offset: number }) | Failure> {
  return (yield { op: "fstat", fd }) as
    (FileStatus & { readonly offset: number }) | Failure;
}

/** Names in a directory, sorted, without `.` and `..`. */
export function* list(path: string): Routine<readonly string[] | Failure> {
  return (yield { op: "list", path }) as readonly string[] | Failure;
}

/** Every link followed; the last element may be missing. */
export function* realPath(path: string): Routine<string | Failure> {
  return (yield { op: "realPath", path }) as string | Failure;
}

/** Where a program is, looked up in the directories of a PATH. */
export function* which(name: string, path: string): Routine<string | Failure> {
  return (yield { op: "which", name, path }) as string | Failure;
}

/** The exit status, 128 + n after signal n. */
export function* run(
  launch: Launch,
  limit: Limit | null = null,
): Routine<number | Failure> {
  return (yield { op: "run", launch, limit }) as number | Failure;
}

export function* fork(
  child: Omit<Extract<Effect, { op: "fork" }>, "op">,
): Routine<number> {
  return (yield { op: "fork", ...child }) as number;
}

export function* wait(pid: number): Routine<number> {
  return (yield { op: "wait", pid }) as number;
}
