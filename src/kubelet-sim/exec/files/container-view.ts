/**
 * The file system of one container, put together when somebody looks: its root and its mounts, each over the ones before.
 *
 * Source: Linux path_resolution(7)
 * Simplification: Everything in a container runs as root, so permissions refuse nothing; owners are not modelled.
 */
import type { EpochMs } from "../../../kernel/time.ts";
import { byCodeUnit } from "../../../kernel/json.ts";
import type { Errno, Failure, OpenMode } from "../system/effects.ts";
import { failed } from "../system/effects.ts";
import type { DirectoryNode, FileNode, FileStatus, Inode } from "./inode.ts";
import { addEntry, FILE_MODE, namesIn } from "./inode.ts";
import type { Mount, MountSources } from "./mounts.ts";
import { mountsOf } from "./mounts.ts";
import { statusOf } from "./status.ts";

/** Source: Linux fs/namei.c MAXSYMLINKS */
const LONGEST_LINK_CHAIN = 40;

export interface Place {
  readonly mount: Mount;
  readonly inode: number;
  /** Without links, `.` and `..`; empty for the root. */
  readonly path: string;
}

/** What a path leads to, or where it would be made. */
type Found =
  | { readonly place: Place }
  | { readonly parent: Place; readonly name: string }
  | Failure;

export class ContainerView {
  readonly #mounts: readonly Mount[];
  readonly #mountedAt: ReadonlyMap<string, Mount>;
  readonly #root: Place;
  readonly #sources: MountSources;

  constructor(sources: MountSources) {
    this.#sources = sources;
    this.#mounts = mountsOf(sources);
    this.#mountedAt = new Map(this.#mounts.map((mount) => [mount.at, mount]));
    const mount = this.#mountedAt.get("")!;
    this.#root = { mount, inode: mount.root, path: "" };
  }

  status(path: string, follow: boolean): FileStatus | Failure {
    const place = this.#existing(path, follow);
    return failed(place) ? place : this.statusAt(place);
  }

  statusAt({ mount, inode }: Place): FileStatus | Failure {
    if (mount.disk === null) return { error: "ENOTSUP" };
    return statusOf(mount.disk, inode, mount.device);
  }

  /** Names in a directory, sorted; points of mounts are among them. */
  list(path: string): string[] | Failure {
    const place = this.#existing(path, true);
    if (failed(place)) return place;
    const node = nodeAt(place);
    if (node === null) return { error: "ENOTSUP" };
    if (node.kind !== "directory") return { error: "ENOTDIR" };
    const below = this.#mounts
      .filter(({ at }) => parentOf(at) === place.path && at !== "")
      .map(({ at }) => at.slice(at.lastIndexOf("/") + 1));
    return [...new Set([...namesIn(node), ...below])].sort(byCodeUnit);
  }

  /** Every link followed; the last element may be missing. */
  realPath(path: string): string | Failure {
    const found = this.#find(path, true);
    if (failed(found)) return found;
    if ("place" in found) return found.place.path || "/";
    return `${found.parent.path}/${found.name}`;
  }

  /** The place to read from or write to; makes a file that is missing when it is to be written. */
  open(path: string, mode: OpenMode, nowMs: EpochMs): Place | Failure {
    const found = this.#find(path, true);
    if (failed(found)) return found;
    if ("place" in found) {
      const refusal = refusalOf(found.place, mode, path);
      if (refusal !== null) return { error: refusal };
      if (mode === "write") this.#truncate(found.place, nowMs);
      return found.place;
    }
    if (mode === "read") return { error: "ENOENT" };
    if (path.endsWith("/")) return { error: "EISDIR" };
    const { parent, name } = found;
    const { disk, writable } = parent.mount;
    if (disk === null) return { error: "ENOTSUP" };
    if (writable === null) return { error: "EROFS" };
    this.#aboutToWrite(parent);
    const file: FileNode = {
      kind: "file",
      mode: FILE_MODE,
      mtimeMs: nowMs,
      bytes: new Uint8Array(),
      from: null,
    };
    const inode = addEntry(disk, parent.inode, name, file);
    return { mount: parent.mount, inode, path: `${parent.path}/${name}` };
  }

  /** Of a file of a writable disk that was opened before. */
  openStatus(disk: string, inode: number): FileStatus | Failure {
    const mount = this.#mounts.find(({ writable }) => writable === disk);
    if (mount?.disk?.inodes.has(inode) !== true) return { error: "EBADF" };
    return this.statusAt({ mount, inode, path: "" });
  }

  /** A file of a writable disk that was opened before; null when there is none any more. */
  file(disk: string, inode: number): FileNode | null {
    const mount = this.#mounts.find(({ writable }) => writable === disk);
    const node = mount?.disk?.inodes.get(inode);
    return node?.kind === "file" ? node : null;
  }

  writeAt(
    disk: string,
    inode: number,
    change: {
      readonly offset: number;
      readonly bytes: Uint8Array;
      readonly nowMs: EpochMs;
    },
  ): void {
    const mount = this.#mounts.find(({ writable }) => writable === disk)!;
    this.#aboutToWrite({ mount, inode, path: "" });
    const node = mount.disk!.inodes.get(inode) as FileNode;
    const { offset, bytes, nowMs } = change;
    const end = offset + bytes.length;
    const after = new Uint8Array(Math.max(end, node.bytes.length));
    after.set(node.bytes);
    after.set(bytes, offset);
    node.bytes = after;
    node.mtimeMs = nowMs;
  }

  /** Links are followed. */
  find(path: string): Place | Failure {
    return this.#existing(path, true);
  }

  node(place: Place): Inode | null {
    return nodeAt(place);
  }

  #truncate(place: Place, nowMs: EpochMs): void {
    const node = nodeAt(place);
    if (node?.kind !== "file") return;
    this.#aboutToWrite(place);
    node.bytes = new Uint8Array();
    node.mtimeMs = nowMs;
  }

  #aboutToWrite({ mount }: Place): void {
    const { disks, container } = this.#sources;
    if (mount.writable === "root") disks.keepRoot(container, mount.disk!);
  }

  #existing(path: string, follow: boolean): Place | Failure {
    const found = this.#find(path, follow);
    if (failed(found)) return found;
    return "place" in found ? found.place : { error: "ENOENT" };
  }

  #find(path: string, follow: boolean): Found {
    if (path === "") return { error: "ENOENT" };
    const pending = path.split("/").reverse();
    /** The places above, the root first. */
    let above = [this.#root];
    for (let links = 0; pending.length > 0;) {
      const name = pending.pop()!;
      if (name === "") continue;
      const here = above.at(-1)!;
      const node = nodeAt(here);
      if (node === null) return { error: "ENOTSUP" };
      if (node.kind !== "directory") return { error: "ENOTDIR" };
      if (name === ".") continue;
      if (name === "..") {
        if (above.length > 1) above.pop();
        continue;
      }
      const next = this.#child(here, node, name);
      const last = pending.every((rest) => rest === "");
      if (next === null)
        return last ? { parent: here, name } : { error: "ENOENT" };
      const inside = nodeAt(next);
      const entry = last && pending.length === 0;
      if (inside?.kind !== "symlink" || (entry && !follow)) {
        above.push(next);
        continue;
      }
      links += 1;
      if (links > LONGEST_LINK_CHAIN) return { error: "ELOOP" };
      pending.push(...inside.target.split("/").reverse());
      if (inside.target.startsWith("/")) above = [this.#root];
    }
    const place = above.at(-1)!;
    if (path.endsWith("/") && nodeAt(place)?.kind !== "directory")
      return { error: nodeAt(place) === null ? "ENOTSUP" : "ENOTDIR" };
    return { place };
  }

  /** An entry of a directory, or what is mounted over it. */
  #child(here: Place, node: DirectoryNode, name: string): Place | null {
    const path = `${here.path}/${name}`;
    const mount = this.#mountedAt.get(path);
    if (mount !== undefined) return { mount, inode: mount.root, path };
    const inode = node.entries.get(name);
    return inode === undefined ? null : { mount: here.mount, inode, path };
  }
}

function refusalOf(place: Place, mode: OpenMode, path: string): Errno | null {
  const node = nodeAt(place);
  if (node === null) return "ENOTSUP";
  if (mode === "read") return node.kind === "program" ? "ENOTSUP" : null;
  if (node.kind === "device") return null;
  if (node.kind === "directory") return "EISDIR";
  if (path.endsWith("/")) return "ENOTDIR";
  if (place.mount.writable === null) return "EROFS";
  return node.kind === "program" ? "ETXTBSY" : null;
}

function nodeAt({ mount, inode }: Place): Inode | null {
  return mount.disk?.inodes.get(inode) ?? null;
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 0));
}
