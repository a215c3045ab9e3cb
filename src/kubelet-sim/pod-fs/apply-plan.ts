/**
 * Carries plans out on a file system: at once when files are really kept, or late, when somebody looks at a volume that so far was only data.
 *
 * Source: kubernetes/kubernetes pkg/volume/util/atomic_writer.go (the operations and their order)
 */
import { FS_GROUP_DIRECTORY_BITS, FS_GROUP_FILE_BITS } from "../defaults.ts";
import { planWrite } from "./atomic-writer.ts";
import { emptyVolume } from "./payload.ts";
import type { VolumeImage } from "./payload.ts";
import type { PodFs } from "./pod-fs.ts";
import type { FsOperation, WritePlan } from "./write-plan.ts";

/**
 * Mode of a volume's root directory: what `ls -ld` shows as drwxrwxrwt.
 * Source: Linux tmpfs(5) (default mode); kubernetes/kubernetes pkg/volume/emptydir/empty_dir.go (0777, to which the sticky bit stays)
 */
export const VOLUME_ROOT_MODE = 0o1777;

/** Executes all operations in the volume at `root`, which exists. Everything touched gets the plan's time. Events are raised on the way. */
export function applyPlan(fs: PodFs, root: string, plan: WritePlan): void {
  fs.setClock(plan.image.mtimeMs);
  for (const operation of plan.operations) applyOperation(fs, root, operation);
}

/** Executes one operation; afterwards a reader may look. */
export function applyOperation(
  fs: PodFs,
  root: string,
  operation: FsOperation,
): void {
  switch (operation.op) {
    case "mkdir":
      return fs.mkdir(`${root}/${operation.path}`, operation.mode);
    case "chmod":
      return fs.chmod(`${root}/${operation.path}`, operation.mode);
    case "writeFile":
      return fs.writeFile(
        `${root}/${operation.path}`,
        operation.bytes,
        operation.mode,
      );
    case "symlink":
      return fs.symlink(operation.target, `${root}/${operation.path}`);
    case "replaceLink":
      return fs.replaceLink(
        `${root}/${operation.from}`,
        `${root}/${operation.to}`,
      );
    case "unlink":
      return fs.unlink(`${root}/${operation.path}`);
    case "removeTree":
      return fs.removeTree(`${root}/${operation.path}`);
  }
}

/**
 * Lays out `image` from scratch at `root`, replacing what is there: the same tree that the writes leading to it would have left.
 * Simplification: every entry gets the image's time, a link that an earlier write made too.
 */
export function materialise(fs: PodFs, root: string, image: VolumeImage): void {
  fs.setClock(image.mtimeMs);
  fs.removeTree(root);
  const bits =
    image.fsGroup === undefined
      ? 0
      : FS_GROUP_FILE_BITS | FS_GROUP_DIRECTORY_BITS;
  fs.mkdir(root, VOLUME_ROOT_MODE | bits);
  if (image.dirName === null) return;
  const bare = emptyVolume(image.mtimeMs, image.fsGroup);
  const plan = planWrite(bare, image.payload, {
    timestampDir: image.dirName,
    nowMs: image.mtimeMs,
  });
  applyPlan(fs, root, plan);
}
