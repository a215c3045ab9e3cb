/** The node's public door. */
export {
  POPULATOR_PERIOD_MS,
  RECONCILER_PERIOD_MS,
  ROTATION_RETRY_MS,
  SYNC_ERROR_BACKOFF_MS,
  SYNC_TICK_PERIOD_MS,
  WORKER_JITTER_PERCENT,
} from "./defaults.ts";
export { secretCacheTtl } from "./kubelet/secret-manager.ts";
export { Node } from "./node.ts";
export type { NodeParts } from "./node.ts";
export { openVolume } from "./open-volume.ts";
export type { FsEvent, FsStat, PodFs } from "./pod-fs/index.ts";
export { fileInVolume, volumePaths } from "./pod-files.ts";
export type { VolumePath } from "./pod-files.ts";
export type { NodeConfig } from "./ports.ts";
