/**
 * Pod files: volumes as data, the AtomicWriter, and a file system for whoever looks.
 * Not here: `createMemfsPodFs` (memfs costs 90 ms to load) and `createDiskPodFs` (node:fs); import `memfs-pod-fs.ts` or `disk-pod-fs.ts` itself.
 *
 * Source: see each file
 */
export { applyOperation, applyPlan, materialise } from "./apply-plan.ts";
export { planWrite } from "./atomic-writer.ts";
export type { WriteOptions } from "./atomic-writer.ts";
export type { FsEvent, FsEventListener, FsEventType } from "./fs-event.ts";
export {
  atomicWriterPathError,
  cleanPath,
  csiDriverPathError,
  firstPathError,
} from "./path-rules.ts";
export type { PathRule } from "./path-rules.ts";
export { emptyVolume, fileAt, payloadOf } from "./payload.ts";
export type { Payload, PayloadFile, VolumeImage } from "./payload.ts";
export { PodFsError } from "./pod-fs.ts";
export type { FsStat, OpenFile, PodFs } from "./pod-fs.ts";
export { timestampDirName } from "./timestamp-dir.ts";
export { DATA_DIR } from "./write-plan.ts";
export type { FsOperation, WritePlan } from "./write-plan.ts";
