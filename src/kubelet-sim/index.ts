/** The node's public door. */
export { secretCacheTtl } from "./kubelet/secret-manager.ts";
export { Node } from "./node.ts";
export type { NodeParts } from "./node.ts";
export { fileInVolume, volumePaths } from "./pod-files.ts";
export type { VolumePath } from "./pod-files.ts";
export type { NodeConfig } from "./ports.ts";
