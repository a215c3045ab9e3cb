/**
 * The operations of `PodFs` that only look, the same over every backend, and how a pod's path becomes the host's.
 *
 * Source: Linux stat(2), realpath(3)
 */
import { utf8ToBytes } from "../../kernel/bytes.ts";
import { byCodeUnit } from "../../kernel/json.ts";
import { cleanPath } from "./path-rules.ts";
import { PodFsError } from "./pod-fs.ts";
import type { FsStat } from "./pod-fs.ts";
import { errorCode, translated } from "./sync-fs.ts";
import type { Backend, SyncFs, SyncStats } from "./sync-fs.ts";

/** `makeBackend` is called at the first use and once only. */
export class PodTree {
  private readonly makeBackend: () => Backend;
  private made: Backend | null = null;

  constructor(makeBackend: () => Backend) {
    this.makeBackend = makeBackend;
  }

  readlink(path: string): string {
    return translated("read link", path, () =>
      this.fs.readlinkSync(this.host(path)),
    );
  }

  readdir(path: string): string[] {
    return translated("list", path, () =>
      this.fs.readdirSync(this.host(path)).sort(byCodeUnit),
    );
  }

  stat(path: string): FsStat {
    return translated("stat", path, () =>
      plainStat(this.fs.statSync(this.host(path)), ""),
    );
  }

  lstat(path: string): FsStat {
    return translated("stat", path, () => {
      const stats = this.fs.lstatSync(this.host(path));
      return plainStat(
        stats,
        stats.isSymbolicLink() ? this.readlink(path) : "",
      );
    });
  }

  exists(path: string): boolean {
    return this.kindAt(path, true) !== null;
  }

  mtime(path: string): number {
    return translated("stat", path, () =>
      Math.floor(this.fs.lstatSync(this.host(path)).mtimeMs),
    );
  }

  protected get backend(): Backend {
    return (this.made ??= this.makeBackend());
  }

  protected get fs(): SyncFs {
    return this.backend.fs;
  }

  protected host(path: string): string {
    const clean = absolute(path);
    if (this.backend.prefix === "") return clean;
    return clean === "/" ? this.backend.prefix : this.backend.prefix + clean;
  }

  /** Where a path leads once every link is followed. */
  protected realPath(path: string): string {
    const real = this.fs.realpathSync(this.host(path));
    return real.slice(this.backend.prefix.length) || "/";
  }

  /** The same for the directory that holds the entry; the entry itself is not followed. */
  protected entryPath(path: string): string {
    const clean = absolute(path);
    if (clean === "/") return clean;
    const parent = this.realPath(parentOf(clean));
    return `${parent === "/" ? "" : parent}${clean.slice(clean.lastIndexOf("/"))}`;
  }

  protected kindAt(path: string, follow: boolean): FsStat["kind"] | null {
    try {
      return (follow ? this.stat(path) : this.lstat(path)).kind;
    } catch (error) {
      if (errorCode(error) === "ENOENT") return null;
      // Below a file nothing exists, as access(2) says.
      if (errorCode(error) === "ENOTDIR" && follow) return null;
      throw error;
    }
  }
}

function plainStat(stats: SyncStats, target: string): FsStat {
  if (stats.isSymbolicLink())
    // memfs has other bits and no size here; Linux always these.
    return { kind: "symlink", mode: 0o777, size: utf8ToBytes(target).length };
  const mode = stats.mode & 0o7777;
  return stats.isDirectory()
    ? { kind: "directory", mode, size: 0 }
    : { kind: "file", mode, size: stats.size };
}

/** Clean; throws on a relative path. */
export function absolute(path: string): string {
  if (!path.startsWith("/")) throw new PodFsError("EINVAL", "use", path);
  return cleanPath(path);
}

/** The directory part of an absolute clean path. */
export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}
