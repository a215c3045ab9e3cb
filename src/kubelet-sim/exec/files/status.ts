/**
 * What stat(2) says of an inode.
 *
 * Source: Linux mm/shmem.c (a tmpfs directory counts 20 bytes an entry and no blocks), fs/ext4 (a directory is one block)
 * Differs: Device and inode numbers inside a container are Keyturn's own count.
 */
import { utf8ToBytes } from "../../../kernel/bytes.ts";
import type { Disk, FileStatus, Inode } from "./inode.ts";

const PAGE_BYTES = 4096;
const BLOCKS_PER_PAGE = 8;
const TMPFS_ENTRY_BYTES = 20;
/** `.` and `..`. */
const OWN_ENTRIES = 2;
/** About the size of a busybox binary: something that `ls -l` can show. */
const PROGRAM_BYTES = 1_131_168;

export function statusOf(
  disk: Disk,
  inode: number,
  device: number,
): FileStatus {
  const node = disk.inodes.get(inode)!;
  const size = sizeOf(disk, node);
  return {
    kind: node.kind === "program" ? "file" : node.kind,
    mode: modeOf(node),
    size,
    blocks: blocksOf(disk, node, size),
    links: linksOf(disk, node),
    inode,
    device,
    mtimeMs: node.mtimeMs,
    target: node.kind === "symlink" ? node.target : "",
  };
}

function modeOf(node: Inode): number {
  switch (node.kind) {
    case "file":
    case "directory":
      return node.mode;
    case "program":
      return 0o755;
    case "symlink":
      return 0o777;
    case "device":
      return 0o666;
  }
}

function sizeOf(disk: Disk, node: Inode): number {
  switch (node.kind) {
    case "file":
      return node.bytes.length;
    case "program":
      return PROGRAM_BYTES;
    case "symlink":
      return utf8ToBytes(node.target).length;
    case "device":
      return 0;
    case "directory":
      return disk.type === "overlay"
        ? PAGE_BYTES
        : TMPFS_ENTRY_BYTES * (OWN_ENTRIES + node.entries.size);
  }
}

function blocksOf(disk: Disk, node: Inode, size: number): number {
  if (node.kind === "directory")
    return disk.type === "overlay" ? BLOCKS_PER_PAGE : 0;
  if (node.kind !== "file" && node.kind !== "program") return 0;
  return Math.ceil(size / PAGE_BYTES) * BLOCKS_PER_PAGE;
}

function linksOf(disk: Disk, node: Inode): number {
  if (node.kind !== "directory") return 1;
  let links = OWN_ENTRIES;
  for (const entry of node.entries.values())
    if (disk.inodes.get(entry)!.kind === "directory") links += 1;
  return links;
}
