/**
 * The part of Node's `fs` that pod files need, which `node:fs` and a memfs `Volume` both have, and how to ask it politely: no host times, no
 * host error texts, no refusals that a kubelet running as root would not meet.
 *
 * Source: Node.js 20 documentation, File system (synchronous API)
 */
import { PodFsError } from "./pod-fs.ts";

export interface SyncStats {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
  readonly mode: number;
  readonly size: number;
  readonly mtimeMs: number;
}

export interface SyncFs {
  mkdirSync(path: string): unknown;
  chmodSync(path: string, mode: number): void;
  writeFileSync(path: string, bytes: Uint8Array): void;
  symlinkSync(target: string, path: string): void;
  readlinkSync(path: string): string;
  unlinkSync(path: string): void;
  rmdirSync(path: string): void;
  readdirSync(path: string): string[];
  realpathSync(path: string): string;
  statSync(path: string): SyncStats;
  lstatSync(path: string): SyncStats;
  utimesSync(path: string, atime: number, mtime: number): void;
  lutimesSync(path: string, atime: number, mtime: number): void;
  openSync(path: string, flags: "r"): number;
  fstatSync(fd: number): SyncStats;
  readSync(
    fd: number,
    into: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): number;
  closeSync(fd: number): void;
}

/** A file system, where its root is in it, and how it renames a link. */
export interface Backend {
  readonly fs: SyncFs;
  /** Host directory that is `/` for pods; empty when the whole file system is theirs. */
  readonly prefix: string;
  renameLink(from: string, to: string): void;
}

/** Runs `body`; what it throws names the pod's path instead of the host's. */
export function translated<T>(action: string, path: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    const code = errorCode(error);
    if (code === null) throw error;
    // An inner operation knows the path best, the outer one what was wanted.
    const culprit = error instanceof PodFsError ? error.path : path;
    throw new PodFsError(code, action, culprit);
  }
}

/** Runs `body`, and when a file's mode forbids it, once more as root would. memfs refuses even uid 0. */
export function asRoot<T>(fs: SyncFs, path: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (errorCode(error) !== "EACCES") throw error;
    const mode = fs.statSync(path).mode & 0o7777;
    fs.chmodSync(path, mode | 0o600);
    try {
      return body();
    } finally {
      fs.chmodSync(path, mode);
    }
  }
}

/** All bytes of an open file, from its beginning. */
export function readAll(fs: SyncFs, fd: number): Uint8Array {
  const bytes = new Uint8Array(fs.fstatSync(fd).size);
  let filled = 0;
  while (filled < bytes.length) {
    const length = bytes.length - filled;
    const count = fs.readSync(fd, bytes, filled, length, filled);
    if (count === 0) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}

/** Sets the time of the entry itself. */
export function stampTime(fs: SyncFs, path: string, ms: number): void {
  fs.lutimesSync(path, secondsFor(ms), secondsFor(ms));
}

/** Epoch ms as the seconds that `utimesSync` takes; a quarter ms more, lest the fraction round down to the ms before. */
export function secondsFor(ms: number): number {
  return (ms + 0.25) / 1000;
}

/** The errno name of what a file system threw, or null. */
export function errorCode(error: unknown): string | null {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : null;
}
