/**
 * What one write of the AtomicWriter amounts to, as data: the comparison's outcome and the file system operations in order.
 *
 * Source: kubernetes/kubernetes pkg/volume/util/atomic_writer.go (Write)
 */
import { FS_GROUP_DIRECTORY_BITS } from "../defaults.ts";
import { parentsOf } from "./payload.ts";
import type { Payload, PayloadFile, VolumeImage } from "./payload.ts";

/** The link whose target is the current timestamp directory. */
export const DATA_DIR = "..data";
/** The link that is made first and renamed over `..data`. */
export const NEW_DATA_DIR = "..data_tmp";

/** Owner-only, as os.MkdirTemp makes it, until the chmod that follows. */
const TEMP_DIR_MODE = 0o700;
/** The timestamp directory and the directories inside it. */
const DATA_DIR_MODE = 0o755;

/** One step; paths are relative to the volume's root. */
export type FsOperation =
  | { readonly op: "mkdir"; readonly path: string; readonly mode: number }
  | { readonly op: "chmod"; readonly path: string; readonly mode: number }
  | {
      readonly op: "writeFile";
      readonly path: string;
      readonly bytes: Uint8Array;
      readonly mode: number;
    }
  | { readonly op: "symlink"; readonly target: string; readonly path: string }
  | { readonly op: "replaceLink"; readonly from: string; readonly to: string }
  | { readonly op: "unlink"; readonly path: string }
  | { readonly op: "removeTree"; readonly path: string };

export interface WritePlan<F extends PayloadFile = PayloadFile> {
  /** Whether the content differs from what is mounted. False, too, when `error` is set. */
  readonly changed: boolean;
  /** Why the writer gives up, in its own words; the volume then stays as it is. */
  readonly error: string | null;
  /** Paths of files, sorted. `updated` lists only those whose bytes differ, though a write writes all files anew. */
  readonly added: readonly string[];
  readonly updated: readonly string[];
  readonly removed: readonly string[];
  readonly operations: readonly FsOperation[];
  /** The volume afterwards; the very object passed in when nothing was done. */
  readonly image: VolumeImage<F>;
}

/**
 * Lists the operations that write `payload` into a new timestamp directory; nothing visible changes until
 * `switchOperations`. With an `fsGroup` its bits are on the directories.
 */
export function contentOperations(
  payload: Payload,
  timestampDir: string,
  fsGroup?: number,
): FsOperation[] {
  const bits = fsGroup === undefined ? 0 : FS_GROUP_DIRECTORY_BITS;
  const directoryMode = DATA_DIR_MODE | bits;
  const operations: FsOperation[] = [
    { op: "mkdir", path: timestampDir, mode: TEMP_DIR_MODE },
    { op: "chmod", path: timestampDir, mode: directoryMode },
  ];
  const made = new Set<string>();
  for (const { path, bytes, mode } of payload) {
    for (const parent of parentsOf(path)) {
      if (made.has(parent)) continue;
      made.add(parent);
      operations.push({
        op: "mkdir",
        path: `${timestampDir}/${parent}`,
        mode: directoryMode,
      });
    }
    const file = `${timestampDir}/${path}`;
    operations.push({ op: "writeFile", path: file, bytes, mode });
    operations.push({ op: "chmod", path: file, mode });
  }
  return operations;
}

/** The single visible switch: all files change together at the second operation. */
export function switchOperations(timestampDir: string): FsOperation[] {
  return [
    { op: "symlink", target: timestampDir, path: NEW_DATA_DIR },
    { op: "replaceLink", from: NEW_DATA_DIR, to: DATA_DIR },
  ];
}

/** A link in the volume's root for each name. */
export function linkOperations(names: readonly string[]): FsOperation[] {
  return names.map((name) => ({
    op: "symlink",
    target: `${DATA_DIR}/${name}`,
    path: name,
  }));
}
