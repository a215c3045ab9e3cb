/**
 * `PodFs` in a real directory: what `/` of the pods' file system is, so that host tools can look at the files. The oracle of the memfs one.
 *
 * Source: Node.js 20 documentation, File system (synchronous API)
 */
import * as nodeFs from "node:fs";
import type { PodFs } from "./pod-fs.ts";
import { SharedPodFs } from "./shared-pod-fs.ts";

/** Lives in `directory`, which must exist and be writable; leaves it there. */
export function createDiskPodFs(directory: string): PodFs {
  return new SharedPodFs(() => ({
    fs: nodeFs,
    prefix: nodeFs.realpathSync(directory),
    renameLink: nodeFs.renameSync,
  }));
}
