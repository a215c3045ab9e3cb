/**
 * A volume that the AtomicWriter keeps, laid out as a container sees it: the timestamp directory, `..data`, and a link
 * for each name. Laid out once per generation of a volume, whoever looks.
 *
 * Source: kubernetes/kubernetes pkg/volume/util/atomic_writer.go
 * Simplification: In a container's view of a volume every entry carries the time of the latest write, a link that an earlier write made too.
 */
import type { EpochMs } from "../../../kernel/time.ts";
import { FS_GROUP_DIRECTORY_BITS, FS_GROUP_FILE_BITS } from "../../defaults.ts";
import type { PodFile } from "../../node-volumes.ts";
import { VOLUME_ROOT_MODE } from "../../pod-fs/apply-plan.ts";
import type { VolumeImage } from "../../pod-fs/index.ts";
import { DATA_DIR } from "../../pod-fs/index.ts";
import { topLevelNames } from "../../pod-fs/payload.ts";
import type { PinnedFile } from "../../ports.ts";
import type { Disk, Inode } from "./inode.ts";
import {
  addEntry,
  DIRECTORY_MODE,
  inodeAt,
  makeDirectories,
  newDisk,
} from "./inode.ts";

/** Inode numbers of one generation; more files than that a volume cannot hold (1 MiB). */
const INODES_PER_GENERATION = 1 << 20;

const disks = new WeakMap<VolumeImage<PodFile>, Disk>();

/** Do not change it: it is shared. */
export function volumeDisk(image: VolumeImage<PodFile>): Disk {
  const known = disks.get(image);
  if (known !== undefined) return known;
  const disk = layOut(image);
  disks.set(image, disk);
  return disk;
}

function layOut(image: VolumeImage<PodFile>): Disk {
  const { dirName, payload, mtimeMs, generation, fsGroup } = image;
  const grouped = fsGroup !== undefined;
  const rootBits = grouped ? FS_GROUP_FILE_BITS | FS_GROUP_DIRECTORY_BITS : 0;
  const disk = newDisk("tmpfs", { mode: VOLUME_ROOT_MODE | rootBits, mtimeMs });
  const mode = DIRECTORY_MODE | (grouped ? FS_GROUP_DIRECTORY_BITS : 0);
  // Another generation has other inodes: that is how somebody who holds a file open can tell.
  disk.next += generation * INODES_PER_GENERATION;
  if (dirName === null) return disk;
  makeDirectories(disk, [dirName], mtimeMs, mode);
  for (const { path, ...file } of payload) {
    const names = path.split("/");
    const above = [dirName, ...names.slice(0, -1)];
    const parent = makeDirectories(disk, above, mtimeMs, mode)!;
    addEntry(disk, parent, names.at(-1)!, fileNode(file, mtimeMs));
  }
  const link = (name: string, target: string) =>
    addEntry(disk, disk.root, name, { kind: "symlink", mtimeMs, target });
  link(DATA_DIR, dirName);
  for (const name of topLevelNames(payload)) link(name, `${DATA_DIR}/${name}`);
  return disk;
}

function fileNode(
  { bytes, mode, content }: Omit<PodFile, "path">,
  mtimeMs: EpochMs,
): Inode {
  return { kind: "file", bytes, mode, mtimeMs, from: content.from };
}

/** What a `subPath` mount binds: an inode of a disk. */
export interface Bound {
  readonly disk: Disk;
  readonly root: number;
}

/** What a `subPath` mount of such a volume shows now. `image`: the volume as it is. */
export function pinnedDisk(
  pin: PinnedFile | undefined,
  image: VolumeImage<PodFile> | null,
  mtimeMs: EpochMs,
): Bound {
  const { file = null, directory } = pin ?? {};
  if (file !== null) {
    const root = 2;
    const inodes = new Map([[root, fileNode(file, mtimeMs)]]);
    return { disk: { type: "tmpfs", root, next: root + 1, inodes }, root };
  }
  // What the AtomicWriter replaces it empties, under whoever holds it.
  const there =
    directory !== undefined && directory.generation === image?.generation;
  if (there) {
    const disk = volumeDisk(image);
    const names = `${image.dirName}/${directory.path}`.split("/");
    const inside = names.filter((name) => name !== "");
    const root = inodeAt(disk, disk.root, inside);
    if (root !== null) return { disk, root };
  }
  const disk = newDisk("tmpfs", { mode: DIRECTORY_MODE, mtimeMs });
  return { disk, root: disk.root };
}
