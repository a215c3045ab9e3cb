/**
 * A mounted volume as a file system that somebody looks at: laid out when it is opened, and from then on switched as the
 * real one is, with the change events that a watcher inside the container would get.
 */
import type { NodeVolumes } from "./node-volumes.ts";
import type { PodFs } from "./pod-fs/index.ts";
import { applyPlan, materialise } from "./pod-fs/index.ts";

/** Where the volume lies in the file system. */
export const VOLUME_ROOT = "/volume";

/** Null when the volume is not mounted. `fs` must be empty; it follows the volume until `close`. */
export function openVolume(
  volumes: NodeVolumes,
  uid: string,
  volume: string,
  fs: PodFs,
): { readonly fs: PodFs; readonly close: () => void } | null {
  const image = volumes.imageOf(uid, volume);
  if (image === null) return null;
  materialise(fs, VOLUME_ROOT, image);
  const close = volumes.observe(uid, volume, (plan) =>
    applyPlan(fs, VOLUME_ROOT, plan),
  );
  return { fs, close };
}
