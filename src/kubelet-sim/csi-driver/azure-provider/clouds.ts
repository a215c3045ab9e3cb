/**
 * The Azure clouds a SecretProviderClass can name.
 *
 * Source: Azure/go-autorest `autorest/azure/environments.go` v0.11.30 EnvironmentFromName, EnvironmentFromFile.
 */
import type { Checked } from "./checked.ts";
import { checked, refused } from "./checked.ts";
import { goQuote } from "./go-quote.ts";

export interface Cloud {
  /** `vault.azure.net`: a vault's host is `<name>.<suffix>`. */
  readonly vaultDnsSuffix: string;
  /** Entra ID's host: `login.microsoftonline.com`. */
  readonly authority: string;
}

const PUBLIC: Cloud = {
  vaultDnsSuffix: "vault.azure.net",
  authority: "login.microsoftonline.com",
};
const US_GOVERNMENT: Cloud = {
  vaultDnsSuffix: "vault.usgovcloudapi.net",
  authority: "login.microsoftonline.us",
};
const CHINA: Cloud = {
  vaultDnsSuffix: "vault.azure.cn",
  authority: "login.chinacloudapi.cn",
};
const GERMANY: Cloud = {
  vaultDnsSuffix: "vault.microsoftazure.de",
  authority: "login.microsoftonline.de",
};

const CLOUDS = new Map<string, Cloud>([
  ["AZUREPUBLICCLOUD", PUBLIC],
  ["AZURECLOUD", PUBLIC],
  ["AZUREUSGOVERNMENTCLOUD", US_GOVERNMENT],
  ["AZUREUSGOVERNMENT", US_GOVERNMENT],
  ["AZURECHINACLOUD", CHINA],
  ["AZUREGERMANCLOUD", GERMANY],
]);

export const isPublicCloud = (cloud: Cloud): boolean => cloud === PUBLIC;

/** The audience of tokens for vaults of a cloud: `https://vault.azure.net`. */
export const vaultResource = (cloud: Cloud): string =>
  `https://${cloud.vaultDnsSuffix}`;

/**
 * Finds a cloud by name, in any letter case; an empty name is the public cloud.
 * Simplification: AzureStackCloud always fails, since no environment file exists in the simulated provider pod.
 */
export function findCloud(
  name: string,
  environmentFile: string,
): Checked<Cloud> {
  if (name === "") return checked(PUBLIC);
  const upper = name.toUpperCase();
  if (upper === "AZURESTACKCLOUD")
    return refused(`open ${environmentFile}: no such file or directory`);
  const cloud = CLOUDS.get(upper);
  return cloud === undefined
    ? refused(
        `autorest/azure: There is no cloud environment matching the name ${goQuote(upper)}`,
      )
    : checked(cloud);
}
