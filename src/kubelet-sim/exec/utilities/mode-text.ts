/** `-rw-r--r--` and its like. Source: busybox 1.36 libbb/mode_string.c */
import type { FileStatus } from "../files/inode.ts";

const TYPES: Readonly<Record<FileStatus["kind"], string>> = {
  file: "-",
  directory: "d",
  symlink: "l",
  device: "c",
};

export function modeText({ kind, mode }: FileStatus): string {
  const bits = [0o400, 0o200, 0o100, 0o40, 0o20, 0o10, 4, 2, 1].map((bit, i) =>
    (mode & bit) === 0 ? "-" : "rwx"[i % 3]!,
  );
  const special = (at: number, bit: number, letter: string) => {
    if ((mode & bit) === 0) return;
    bits[at] = bits[at] === "x" ? letter : letter.toUpperCase();
  };
  special(2, 0o4000, "s");
  special(5, 0o2000, "s");
  special(8, 0o1000, "t");
  return `${TYPES[kind]}${bits.join("")}`;
}

/** `st_mode`: the type is in its upper bits. Source: Linux inode(7) */
export function rawMode({ kind, mode }: FileStatus): number {
  const type = {
    file: 0o100000,
    directory: 0o040000,
    symlink: 0o120000,
    device: 0o020000,
  }[kind];
  return type | mode;
}
