/**
 * The operations of `PodFs` that change something, the same over every backend: virtual times, modes and change events. Events are derived
 * from what passes through here, so both implementations raise the same ones in the same order.
 *
 * Source: the Linux VFS as observed (see `fs-event.ts`); rename(2), unlink(2), utimensat(2)
 */
import { FsEvents } from "./fs-event.ts";
import type { FsEventListener, FsEventType } from "./fs-event.ts";
import { cleanPath } from "./path-rules.ts";
import { PodFsError } from "./pod-fs.ts";
import type { OpenFile, PodFs } from "./pod-fs.ts";
import { absolute, parentOf, PodTree } from "./pod-tree.ts";
import { asRoot, readAll, stampTime, translated } from "./sync-fs.ts";

const PARENT_MODE = 0o755;

export class SharedPodFs extends PodTree implements PodFs {
  private readonly events = new FsEvents();
  private nowMs = 0;

  setClock(nowMs: number): void {
    this.nowMs = nowMs;
  }

  mkdir(path: string, mode: number): void {
    const clean = absolute(path);
    translated("make directory", clean, () => {
      const missing: string[] = [];
      let at = clean;
      for (; this.kindAt(at, true) === null; at = parentOf(at))
        missing.push(at);
      if (this.kindAt(at, true) !== "directory")
        throw new PodFsError("ENOTDIR", "make directory", clean);
      for (const directory of missing.reverse())
        this.makeOne(directory, directory === clean ? mode : PARENT_MODE);
    });
  }

  chmod(path: string, mode: number): void {
    translated("chmod", path, () => {
      this.fs.chmodSync(this.host(path), mode);
      if (!this.events.anybody) return;
      const real = this.realPath(path);
      this.raiseBoth(real, "attrib", this.stat(path).kind === "directory");
    });
  }

  writeFile(path: string, bytes: Uint8Array, mode: number): void {
    const clean = absolute(path);
    translated("write", clean, () => {
      const host = this.host(clean);
      const created = this.kindAt(clean, true) === null;
      asRoot(this.fs, host, () => this.fs.writeFileSync(host, bytes));
      if (created) this.fs.chmodSync(host, mode);
      const real = this.realPath(clean);
      stampTime(this.fs, this.host(real), this.nowMs);
      if (created) this.entryChanged(real, "create", false);
      if (!created || bytes.length > 0) this.raiseBoth(real, "modify", false);
      this.raiseBoth(real, "close_write", false);
    });
  }

  symlink(target: string, path: string): void {
    const clean = absolute(path);
    translated("link", clean, () => {
      const from = parentOf(this.entryPath(clean));
      if (pointsOut(from, target)) throw new PodFsError("EXDEV", "link", clean);
      this.fs.symlinkSync(target, this.host(clean));
      stampTime(this.fs, this.host(clean), this.nowMs);
      this.entryChanged(this.entryPath(clean), "create", false);
    });
  }

  replaceLink(from: string, to: string): void {
    translated("rename", from, () => {
      const [source, target] = [this.entryPath(from), this.entryPath(to)];
      if (this.lstat(source).kind !== "symlink")
        throw new PodFsError("EINVAL", "rename", source);
      const replaced = this.kindAt(target, false);
      if (replaced === "directory")
        throw new PodFsError("EISDIR", "rename", target);
      const stampedAtMs = this.mtime(source);
      this.backend.renameLink(this.host(source), this.host(target));
      // A rename leaves the link's own time alone, whatever the backend had to do instead.
      stampTime(this.fs, this.host(target), stampedAtMs);
      this.entryChanged(source, "moved_from", false);
      this.entryChanged(target, "moved_to", false);
      if (replaced === "file") this.events.fileRemoved(target);
    });
  }

  unlink(path: string): void {
    translated("remove", path, () => {
      const entry = this.entryPath(path);
      if (this.lstat(entry).kind === "directory")
        throw new PodFsError("EISDIR", "remove", entry);
      this.fs.unlinkSync(this.host(entry));
      this.events.fileRemoved(entry);
      this.entryChanged(entry, "delete", false);
    });
  }

  removeTree(path: string): void {
    translated("remove", path, () => {
      const kind = this.kindAt(path, false);
      if (kind === null) return;
      if (kind !== "directory") return this.unlink(path);
      const entry = this.entryPath(path);
      for (const name of this.readdir(entry))
        this.removeTree(`${entry}/${name}`);
      this.fs.rmdirSync(this.host(entry));
      this.events.directoryRemoved(entry);
      this.entryChanged(entry, "delete", true);
    });
  }

  readFile(path: string): Uint8Array {
    const file = this.open(path);
    try {
      return file.read();
    } finally {
      file.close();
    }
  }

  open(path: string): OpenFile {
    return translated("open", path, () => {
      const host = this.host(path);
      if (this.stat(path).kind === "directory")
        throw new PodFsError("EISDIR", "open", path);
      const fd = asRoot(this.fs, host, () => this.fs.openSync(host, "r"));
      const real = this.realPath(path);
      const inode = this.events.inode(real);
      inode.handles += 1;
      return {
        read: () => translated("read", path, () => readAll(this.fs, fd)),
        close: () => {
          this.fs.closeSync(fd);
          this.events.closed(real, inode);
        },
      };
    });
  }

  setTimes(path: string, ms: number): void {
    translated("set times of", path, () => {
      stampTime(this.fs, this.host(path), ms);
      if (!this.events.anybody) return;
      const directory = this.lstat(path).kind === "directory";
      this.raiseBoth(this.entryPath(path), "attrib", directory);
    });
  }

  watch(path: string, listener: FsEventListener): () => void {
    const real = translated("watch", path, () => this.realPath(path));
    const inode = this.events.inode(real);
    // A fresh function each time: the same listener may be added twice.
    const added: FsEventListener = (event) => listener(event);
    inode.listeners.add(added);
    return () => {
      inode.listeners.delete(added);
      this.events.release(real, inode);
    };
  }

  private makeOne(path: string, mode: number): void {
    this.fs.mkdirSync(this.host(path));
    this.fs.chmodSync(this.host(path), mode);
    stampTime(this.fs, this.host(path), this.nowMs);
    this.entryChanged(this.entryPath(path), "create", true);
  }

  /** An entry came or went: its directory's time moves, and its directory's watchers hear of it. */
  private entryChanged(real: string, type: FsEventType, directory: boolean) {
    stampTime(this.fs, this.host(parentOf(real)), this.nowMs);
    this.events.inParent(real, type, directory);
  }

  private raiseBoth(real: string, type: FsEventType, directory: boolean): void {
    this.events.inParent(real, type, directory);
    this.events.onSelf(real, type, directory);
  }
}

/** Whether a link in `directory` would leave the file system: on disk, the pods' root is not the host's. */
function pointsOut(directory: string, target: string): boolean {
  if (target.startsWith("/")) return true;
  let depth = directory.split("/").filter((element) => element !== "").length;
  for (const element of cleanPath(target).split("/")) {
    depth += element === ".." ? -1 : 1;
    if (depth < 0) return true;
  }
  return false;
}
