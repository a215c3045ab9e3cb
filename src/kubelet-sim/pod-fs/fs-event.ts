/**
 * What a program sees that watches a mounted volume, after Linux inotify.
 *
 * A watch follows links when it is added and then belongs to that inode: one on `/mnt/..data` or `/mnt/password` watches the old timestamp
 * directory or the old file, hears `delete_self` and `ignored` at the next write, and never anything again.
 *
 * Source: inotify(7); the order of the events of each operation was recorded on Linux 6.18 (ext4 and tmpfs gave the same)
 * Simplification: open, access, close_nowrite and move_self are not raised; events are never coalesced and the queue never overflows.
 */

/** The IN_* mask bits, in lower case. */
export type FsEventType =
  | "create"
  | "modify"
  | "close_write"
  | "attrib"
  | "moved_from"
  | "moved_to"
  | "delete"
  | "delete_self"
  | "ignored";

export interface FsEvent {
  readonly type: FsEventType;
  /** The entry of the watched directory; null when the event is about the watched inode itself. */
  readonly name: string | null;
  /** IN_ISDIR. */
  readonly directory: boolean;
}

export type FsEventListener = (event: FsEvent) => void;

/** An inode that somebody watches or holds open. */
export interface WatchedInode {
  readonly listeners: Set<FsEventListener>;
  handles: number;
  /** Unlinked while open: it is gone when the last handle closes. */
  unlinked: boolean;
}

/** Raises events on watched inodes, which it knows by their real path. */
export class FsEvents {
  private readonly inodes = new Map<string, WatchedInode>();

  /** False lets the file system skip resolving paths for nobody. */
  get anybody(): boolean {
    return this.inodes.size > 0;
  }

  /** The inode at a real path, kept until it is released or gone. */
  inode(realPath: string): WatchedInode {
    const known = this.inodes.get(realPath);
    if (known !== undefined) return known;
    const fresh = {
      listeners: new Set<FsEventListener>(),
      handles: 0,
      unlinked: false,
    };
    this.inodes.set(realPath, fresh);
    return fresh;
  }

  /** Forgets an inode that nobody watches or holds any more. */
  release(realPath: string, inode: WatchedInode): void {
    const idle = inode.listeners.size === 0 && inode.handles === 0;
    if (idle && this.inodes.get(realPath) === inode)
      this.inodes.delete(realPath);
  }

  /** For watchers of the directory that holds the entry. */
  inParent(realPath: string, type: FsEventType, directory: boolean): void {
    const slash = realPath.lastIndexOf("/");
    const parent = this.inodes.get(realPath.slice(0, slash) || "/");
    if (parent === undefined) return;
    raise(parent, { type, name: realPath.slice(slash + 1), directory });
  }

  /** For watchers of the inode itself. */
  onSelf(realPath: string, type: FsEventType, directory: boolean): void {
    const inode = this.inodes.get(realPath);
    if (inode !== undefined) raise(inode, { type, name: null, directory });
  }

  /** A file lost its only name. An open handle keeps the inode, and so the watch, alive. */
  fileRemoved(realPath: string): void {
    const inode = this.inodes.get(realPath);
    if (inode === undefined) return;
    this.inodes.delete(realPath);
    inode.unlinked = true;
    // The link count is an attribute.
    raise(inode, { type: "attrib", name: null, directory: false });
    if (inode.handles === 0) gone(inode);
  }

  /** A directory was removed: no `attrib` first, unlike a file. */
  directoryRemoved(realPath: string): void {
    const inode = this.inodes.get(realPath);
    if (inode === undefined) return;
    this.inodes.delete(realPath);
    gone(inode);
  }

  /** One handle fewer. */
  closed(realPath: string, inode: WatchedInode): void {
    inode.handles -= 1;
    if (!inode.unlinked) this.release(realPath, inode);
    else if (inode.handles === 0) gone(inode);
  }
}

function gone(inode: WatchedInode): void {
  raise(inode, { type: "delete_self", name: null, directory: false });
  raise(inode, { type: "ignored", name: null, directory: false });
  inode.listeners.clear();
}

function raise(inode: WatchedInode, event: FsEvent): void {
  // A listener may remove itself or another one; one that it adds hears of later events only.
  const present = [...inode.listeners];
  for (const listener of present)
    if (inode.listeners.has(listener)) listener(event);
}
