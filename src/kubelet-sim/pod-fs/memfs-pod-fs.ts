/**
 * `PodFs` in memory: one memfs Volume, made at the first use. The only import of memfs, which costs 90 ms to load: import this file where it
 * is needed, not through `index.ts`.
 *
 * Source: streamich/memfs 4.80 packages/fs-core/src/Superblock.ts (rename follows a link that is its source)
 */
import { Volume } from "memfs";
import type { PodFs } from "./pod-fs.ts";
import { SharedPodFs } from "./shared-pod-fs.ts";
import type { Backend, SyncFs } from "./sync-fs.ts";

/** An empty file system; each call makes a separate one. */
export function createMemfsPodFs(): PodFs {
  return new SharedPodFs(memfsBackend);
}

function memfsBackend(): Backend {
  const fs = new Volume() as unknown as SyncFs;
  return {
    fs,
    prefix: "",
    // memfs would rename the directory behind the link. Nobody can look between these calls: they run within one event.
    renameLink(from, to) {
      const target = fs.readlinkSync(from);
      removeIfThere(fs, to);
      fs.symlinkSync(target, to);
      fs.unlinkSync(from);
    },
  };
}

function removeIfThere(fs: SyncFs, path: string): void {
  const slash = path.lastIndexOf("/");
  const names = fs.readdirSync(path.slice(0, slash) || "/");
  if (names.includes(path.slice(slash + 1))) fs.unlinkSync(path);
}
