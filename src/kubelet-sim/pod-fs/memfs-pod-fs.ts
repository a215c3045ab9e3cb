/**
 * `PodFs` in memory: one memfs Volume, made at the first use. The only import of memfs, which costs 90 ms to load: import this file where it
 * is needed, not through `index.ts`.
 *
 * Source: streamich/memfs 4.80 packages/fs-core/src/Superblock.ts (rename follows a link that is its source)
 */
import { Volume } from "memfs";
import type { PodFs } from "./pod-fs.ts";
import { SharedPodFs } from "./shared-pod-fs.ts";
import { secondsFor } from "./sync-fs.ts";
import type { Backend, SyncFs } from "./sync-fs.ts";

/** An empty file system; each call makes a separate one. */
export function createMemfsPodFs(): PodFs {
  return new SharedPodFs(memfsBackend);
}

function memfsBackend(): Backend {
  const volume = new Volume() as unknown as SyncFs;
  const chmod = volume.chmodSync.bind(volume);
  const fs = Object.assign(volume, {
    // memfs's chmod stamps the content's time, too, and with the host's clock.
    chmodSync(path: string, mode: number): void {
      const seconds = secondsFor(volume.statSync(path).mtimeMs);
      chmod(path, mode);
      volume.utimesSync(path, seconds, seconds);
    },
  });
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
