/**
 * Which identity a mount uses at the vault, and what must be there for it (csi-driver.md 4.4 step 7, 4.5).
 *
 * Source: Azure/secrets-store-csi-driver-provider-azure `pkg/provider/provider.go` buildAuthConfig,
 * `pkg/auth/auth.go` NewConfig, GetCredential at v1.8.2 and v1.7.2.
 * Differs: providers up to 1.4.1 print the nodePublishSecretRef Secret's values into the `could not find …` errors.
 */
import type { Identity } from "../../../cluster-sim/ports.ts";
import type { Checked } from "./checked.ts";
import { checked, refused } from "./checked.ts";
import type { IdentityMode, Parameters } from "./parameters.ts";
import type { ProviderTraits } from "./traits.ts";

const WORKLOAD_IDENTITY_AUDIENCE = "api://AzureADTokenExchange";
const IDENTITY_BINDING_AUDIENCE = "api://AKSIdentityBinding";

export interface Credentials {
  /** Audiences of the service account tokens that came with the mount. */
  readonly serviceAccountTokens: readonly string[];
  /** Null without a nodePublishSecretRef. */
  readonly nodePublishSecrets: Readonly<Record<string, string>> | null;
}

/** Chooses the identity; a failure carries its prefix of the version. */
export function chooseIdentity(
  parameters: Parameters,
  credentials: Credentials,
  traits: ProviderTraits,
): Checked<Identity> {
  if (!traits.identityModes) return chooseBeforeModes(parameters, credentials);
  const mode = identityMode(parameters);
  const chosen = chooseForMode(mode, parameters, credentials);
  return chosen.ok
    ? chosen
    : refused(
        `failed to build auth config for mode ${mode}: ${chosen.message}`,
      );
}

function identityMode(parameters: Parameters): IdentityMode {
  if (parameters.useAzureTokenProxy) return "AzureTokenProxy";
  if (parameters.useVMManagedIdentity) return "VMManagedIdentity";
  return parameters.usePodIdentity ? "PodIdentity" : "None";
}

function chooseForMode(
  mode: IdentityMode,
  parameters: Parameters,
  credentials: Credentials,
): Checked<Identity> {
  const { clientId } = parameters;
  const { serviceAccountTokens } = credentials;
  if (mode === "AzureTokenProxy") {
    if (clientId === "")
      return refused("clientID is required for identity binding");
    if (serviceAccountTokens.length === 0)
      return refused(
        "service account tokens are required for identity binding",
      );
    const token = findToken(serviceAccountTokens, IDENTITY_BINDING_AUDIENCE);
    return token.ok
      ? checked({ mode: "identityBinding", clientId })
      : refused(
          `failed to parse service account token for identity binding, error: ${token.message}`,
        );
  }
  // A clientID asks for the token even where another mode is chosen in the end.
  const token = workloadIdentityToken(parameters, credentials);
  if (!token.ok) return token;
  return chosenIdentity(parameters, credentials);
}

/** Up to 1.7.2: the token first, then both flags at once, then the Secret. */
function chooseBeforeModes(
  parameters: Parameters,
  credentials: Credentials,
): Checked<Identity> {
  const token = workloadIdentityToken(parameters, credentials);
  if (!token.ok) return token;
  const prefix = "failed to create auth config, error: ";
  if (parameters.usePodIdentity && parameters.useVMManagedIdentity)
    return refused(
      `${prefix}cannot enable both pod identity and user-assigned managed identity`,
    );
  const chosen = chosenIdentity(parameters, credentials);
  return chosen.ok ? chosen : refused(prefix + chosen.message);
}

function chosenIdentity(
  parameters: Parameters,
  credentials: Credentials,
): Checked<Identity> {
  if (parameters.usePodIdentity) return checked({ mode: "podIdentity" });
  if (parameters.useVMManagedIdentity) {
    const clientId = parameters.userAssignedIdentityId;
    return checked(
      clientId === ""
        ? { mode: "vmSystemAssigned" }
        : { mode: "vmUserAssigned", clientId },
    );
  }
  const { clientId } = parameters;
  if (clientId !== "") return checked({ mode: "workloadIdentity", clientId });
  return servicePrincipal(credentials.nodePublishSecrets);
}

function workloadIdentityToken(
  parameters: Parameters,
  credentials: Credentials,
): Checked<true> {
  if (parameters.clientId === "") return checked(true);
  const token = findToken(
    credentials.serviceAccountTokens,
    WORKLOAD_IDENTITY_AUDIENCE,
  );
  return token.ok
    ? token
    : refused(
        `failed to parse workload identity tokens, error: ${token.message}`,
      );
}

function findToken(
  audiences: readonly string[],
  audience: string,
): Checked<true> {
  if (audiences.length === 0)
    return refused("service account tokens not found");
  return audiences.includes(audience)
    ? checked(true)
    : refused(`token for audience ${audience} not found`);
}

/** Differs: where two keys differ in letter case only, upstream takes either; here the later one wins. */
function servicePrincipal(
  secrets: Readonly<Record<string, string>> | null,
): Checked<Identity> {
  if (secrets === null)
    return refused(
      "failed to get credentials, nodePublishSecretRef secret is not set",
    );
  let clientId = "";
  let clientSecret = "";
  for (const [key, value] of Object.entries(secrets)) {
    const name = key.toLowerCase();
    if (name === "clientid") clientId = value;
    if (name === "clientsecret") clientSecret = value;
  }
  if (clientId === "") return refused("could not find clientid in secrets");
  if (clientSecret === "")
    return refused("could not find clientsecret in secrets");
  return checked({ mode: "servicePrincipal", clientId });
}
