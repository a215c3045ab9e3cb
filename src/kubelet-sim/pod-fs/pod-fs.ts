/**
 * The file system of a node as far as pods see it: volume directories under `/var/lib/kubelet/pods`. Synchronous, with virtual times, seen as
 * root sees it (no permission is ever refused). Two implementations, held to each other by the same tests: `memfs-pod-fs.ts` and
 * `disk-pod-fs.ts`.
 *
 * Source: POSIX file semantics; kubernetes/kubernetes pkg/volume/util/atomic_writer.go for the operations it needs
 * Simplification: no owners, no hard links, no quota; a tmpfs per volume is an ordinary directory.
 * Simplification: a directory's size is 0; a link may not point out of the file system.
 */
import { KeyturnError } from "../../kernel/errors.ts";
import type { FsEventListener } from "./fs-event.ts";

export interface FsStat {
  readonly kind: "file" | "directory" | "symlink";
  /** Permission, setuid, setgid and sticky bits. A link's are 0o777. */
  readonly mode: number;
  /** Bytes: of the content, of a link's target text; 0 for a directory. */
  readonly size: number;
}

/** An open file: keeps reading the same inode after its name is gone. What a `subPath` mount holds, too. */
export interface OpenFile {
  read(): Uint8Array;
  close(): void;
}

/** Paths are absolute and use `/`. Everything throws `PodFsError`, with the errno name as its code. */
export interface PodFs {
  /** The virtual time, in epoch ms, that later operations stamp on what they touch, as a kernel would; 0 at first. */
  setClock(nowMs: number): void;
  /** As `mkdir -p`: makes missing parents with mode 0755, leaves an existing directory alone. The umask does not apply. */
  mkdir(path: string, mode: number): void;
  chmod(path: string, mode: number): void;
  /** Creates with `mode`, umask or not; or replaces the content, in which case the file keeps its mode. */
  writeFile(path: string, bytes: Uint8Array, mode: number): void;
  symlink(target: string, path: string): void;
  readlink(path: string): string;
  /** rename(2) of the link `from` over `to`, which is absent, a link or a file: one visible step. */
  replaceLink(from: string, to: string): void;
  unlink(path: string): void;
  /** As os.RemoveAll: children first, in order of their names; an absent path is no error. */
  removeTree(path: string): void;
  /** Follows links. */
  readFile(path: string): Uint8Array;
  /** Follows links. */
  open(path: string): OpenFile;
  /** Sorted with `<`. */
  readdir(path: string): string[];
  /** Follows links. */
  stat(path: string): FsStat;
  lstat(path: string): FsStat;
  /** Follows links: false for one that dangles. */
  exists(path: string): boolean;
  /** Modification time of the entry itself, in virtual epoch ms; links are not followed. */
  mtime(path: string): number;
  setTimes(path: string, ms: number): void;
  /** Adds an inotify watch on the inode that `path` leads to; the answer removes it. Listeners run inside the operation they hear of. */
  watch(path: string, listener: FsEventListener): () => void;
}

/** strerror(3) of the codes that can occur. */
const TEXTS: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "no such file or directory"],
  ["ENOTDIR", "not a directory"],
  ["EISDIR", "is a directory"],
  ["EEXIST", "file exists"],
  ["EINVAL", "invalid argument"],
  ["ELOOP", "too many levels of symbolic links"],
  ["ENAMETOOLONG", "file name too long"],
  ["EXDEV", "invalid cross-device link"],
]);

/** `code` is the errno name; `reason` what a program would print, without paths of the host. */
export class PodFsError extends KeyturnError {
  readonly path: string;
  readonly reason: string;
  constructor(code: string, action: string, path: string) {
    const reason = TEXTS.get(code) ?? code;
    super(code, `Failed to ${action} ${path}: ${reason}`);
    this.name = "PodFsError";
    this.path = path;
    this.reason = reason;
  }
}
