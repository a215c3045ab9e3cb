/** The node's public door. */
export {
  POPULATOR_PERIOD_MS,
  RECONCILER_PERIOD_MS,
  ROTATION_RETRY_MS,
  SECRET_SYNC_REQUEUE_MS,
  SYNC_ERROR_BACKOFF_MS,
  SYNC_TICK_PERIOD_MS,
  WORKER_JITTER_PERCENT,
} from "./defaults.ts";
export { appAnnotationProblems } from "./apps/app-problems.ts";
export { readAppSpec } from "./apps/read-app-spec.ts";
export type { AppKind, AppSpec } from "./apps/app-spec.ts";
export { APP_ANNOTATION, APP_KINDS } from "./apps/app-spec.ts";
export { driverGeneration } from "./csi-driver/generation.ts";
export type { DriverGeneration } from "./csi-driver/generation.ts";
export { inspectContainer } from "./inspect.ts";
export type {
  Inspected,
  InspectedContainer,
  InspectedFile,
} from "./inspect.ts";
export { exitAnnotationProblems } from "./kubelet/container-exit.ts";
export { secretCacheTtl } from "./kubelet/object-manager.ts";
export { Node } from "./node.ts";
export type { KillOutcome, NodeParts } from "./node.ts";
export { openVolume } from "./open-volume.ts";
export type { FsEvent, FsStat, PodFs } from "./pod-fs/index.ts";
export { fileInVolume, fileOfContainer, volumePaths } from "./pod-files.ts";
export type { VolumePath } from "./pod-files.ts";
export type { ClientIdLookup, NodeConfig } from "./ports.ts";
