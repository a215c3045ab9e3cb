/** What the CSI driver and the world use of the Azure provider. */
export type {
  MountReply,
  MountRequest,
  MountedFile,
  ProviderClient,
} from "./mount.ts";
export { AzureProvider } from "./provider.ts";
export type { AzureProviderOptions } from "./provider.ts";
