/** What a world's API server and vaults know by name, for those who read what users write. */
export { KINDS } from "../../cluster-sim/index.ts";
export { OBJECT_OPERATION_NAMES as VAULT_OPERATIONS } from "../../keyvault-mock/index.ts";
