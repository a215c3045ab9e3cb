/**
 * What a file system is made of, as plain data: a disk is a table of inodes. Containers see several disks at once, put
 * together by `container-view.ts`.
 *
 * Source: Linux inode(7)
 */
import { byCodeUnit } from "../../../kernel/json.ts";
import type { EpochMs } from "../../../kernel/time.ts";
import type { Cause } from "../../../kernel/trace.ts";

export interface FileNode {
  readonly kind: "file";
  readonly mode: number;
  mtimeMs: EpochMs;
  bytes: Uint8Array;
  /** The fact that brought the bytes here, where one did. */
  readonly from: Cause | null;
}

/** A program of the image: it can be run, its bytes are nobody's business. */
export interface ProgramNode {
  readonly kind: "program";
  readonly name: string;
  readonly mtimeMs: EpochMs;
}

export interface DirectoryNode {
  readonly kind: "directory";
  readonly mode: number;
  mtimeMs: EpochMs;
  readonly entries: Map<string, number>;
}

export interface LinkNode {
  readonly kind: "symlink";
  readonly mtimeMs: EpochMs;
  readonly target: string;
}

export interface DeviceNode {
  readonly kind: "device";
  readonly mtimeMs: EpochMs;
  /** /dev/null, or the caller's own standard output or error. */
  readonly device: "null" | "stdout" | "stderr";
}

export type Inode =
  FileNode | ProgramNode | DirectoryNode | LinkNode | DeviceNode;

export interface Disk {
  /** An overlay keeps blocks for directories, a tmpfs none. */
  readonly type: "overlay" | "tmpfs";
  readonly root: number;
  next: number;
  readonly inodes: Map<number, Inode>;
}

/** stat(2), as far as anybody asks. Owner is always root. */
export interface FileStatus {
  readonly kind: "file" | "directory" | "symlink" | "device";
  /** Permission, setuid, setgid and sticky bits. */
  readonly mode: number;
  readonly size: number;
  /** Of 512 bytes each. */
  readonly blocks: number;
  readonly links: number;
  readonly inode: number;
  readonly device: number;
  readonly mtimeMs: EpochMs;
  /** Of a symlink, else empty. */
  readonly target: string;
}

export const DIRECTORY_MODE = 0o755;
export const FILE_MODE = 0o644;

/** An empty disk whose root directory has number `root`; numbers count on from there. */
export function newDisk(
  type: Disk["type"],
  options: {
    readonly mode: number;
    readonly mtimeMs: EpochMs;
    readonly root?: number;
  },
): Disk {
  const { mode, mtimeMs, root = 2 } = options;
  const directory: DirectoryNode = {
    kind: "directory",
    mode,
    mtimeMs,
    entries: new Map(),
  };
  const inodes = new Map<number, Inode>([[root, directory]]);
  return { type, root, next: root + 1, inodes };
}

/** Adds an entry to a directory, or replaces it; returns the inode's number. */
export function addEntry(
  disk: Disk,
  directory: number,
  name: string,
  inode: Inode,
): number {
  const number = disk.next++;
  disk.inodes.set(number, inode);
  const parent = disk.inodes.get(directory) as DirectoryNode;
  parent.entries.set(name, number);
  parent.mtimeMs = Math.max(parent.mtimeMs, inode.mtimeMs);
  return number;
}

/** As `mkdir -p`, below the root of the disk; null when something else is in the way. */
export function makeDirectories(
  disk: Disk,
  path: readonly string[],
  mtimeMs: EpochMs,
  mode = DIRECTORY_MODE,
): number | null {
  let at = disk.root;
  for (const name of path) {
    const here = disk.inodes.get(at)!;
    if (here.kind !== "directory") return null;
    const known = here.entries.get(name);
    at =
      known ??
      addEntry(disk, at, name, {
        kind: "directory",
        mode,
        mtimeMs,
        entries: new Map(),
      });
  }
  return disk.inodes.get(at)!.kind === "directory" ? at : null;
}

/** Puts a file at a path, with the directories above it. */
export function putFile(
  disk: Disk,
  path: string,
  file: Omit<FileNode, "kind">,
): number {
  const names = path.split("/").filter((name) => name !== "");
  const parent = makeDirectories(disk, names.slice(0, -1), file.mtimeMs);
  return addEntry(disk, parent!, names.at(-1)!, { kind: "file", ...file });
}

/** The inode behind names that no link is among, or null. */
export function inodeAt(
  disk: Disk,
  from: number,
  names: readonly string[],
): number | null {
  let at = from;
  for (const name of names) {
    const here = disk.inodes.get(at);
    if (here?.kind !== "directory") return null;
    const next = here.entries.get(name);
    if (next === undefined) return null;
    at = next;
  }
  return at;
}

export function namesIn(directory: DirectoryNode): string[] {
  return [...directory.entries.keys()].sort(byCodeUnit);
}
