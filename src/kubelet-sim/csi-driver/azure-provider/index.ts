/** What the CSI driver and the world use of the Azure provider. */
export type {
  MountOptions,
  MountReply,
  MountRequest,
  MountedFile,
  ProviderClient,
} from "./mount.ts";
export type { ProviderConfig } from "./mount-server-state.ts";
export { AzureProvider } from "./provider.ts";
export type { AzureProviderOptions } from "./provider.ts";
