/** What stands around the vault in Azure. */
export type { EntraConfig } from "./entra/defaults.ts";
export type { EntraTokensOptions } from "./entra/token-source.ts";
export { EntraTokens } from "./entra/token-source.ts";
export { AZURE_LANE_PRODUCTS } from "./app-service/azure-lane-products.ts";
export type { DatabaseSpec } from "./database/database-spec.ts";
export type {
  DatabaseOutcome,
  DatabasesOptions,
} from "./database/databases.ts";
export { Databases } from "./database/databases.ts";
export type { AzureFact } from "./facts.ts";
