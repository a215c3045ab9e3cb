/** What stands around the vault in Azure. */
export type { EntraConfig } from "./entra/defaults.ts";
export type { EntraTokensOptions } from "./entra/token-source.ts";
export { EntraTokens } from "./entra/token-source.ts";
