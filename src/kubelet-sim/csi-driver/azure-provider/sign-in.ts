/**
 * How the provider's libraries get a token: which endpoints they ask, how patiently, how often (csi-driver.md 4.5). Pure.
 *
 * MSAL asks for the clouds it knows and for the tenant's endpoints before it asks for the token; that the first of these
 * fails stops nobody. When all is well the three calls are one round trip here.
 *
 * Source: AzureAD/microsoft-authentication-library-for-go `apps/confidential/confidential.go`, `apps/internal/oauth`,
 * `apps/internal/base/storage` v0.6.0, v1.0.0, v1.2.2, v1.6.0; Azure/azure-sdk-for-go `sdk/azidentity/confidential_client.go`,
 * `managed_identity_client.go`; Azure/go-autorest `autorest/adal`; secrets-store-csi-driver-provider-azure `pkg/auth/auth.go`.
 * From code alone: pod identity's token is asked for once by each of a mount's clients for secrets, keys and certificates, which keep it apart.
 * From code alone: a managed identity's token is asked for again in its last 5 minutes, not at half of its life, since MSAL keeps it before it works that out.
 * Simplification: a sign-in that goes well takes one round trip to Entra ID; MSAL's two discovery calls before it are in the setting latency.entra.
 */
import type { Identity } from "../../../cluster-sim/ports.ts";
import type { DurationMs } from "../../../kernel/time.ts";
import { IMDS_TRY_TIMEOUT_MS, MSAL_CALL_TIMEOUT_MS } from "./defaults.ts";
import type { MountPlan } from "./mount-plan.ts";
import type { RetryPolicy } from "./sdk-retry.ts";
import {
  ADAL_IMDS_RETRY,
  AZCORE_RETRY,
  IMDS_RETRY,
  NO_RETRY,
} from "./sdk-retry.ts";
import type { ProviderTraits } from "./traits.ts";

/** One call of a sign-in. */
export interface SignInCall {
  /** `discovery` may fail; `configuration` and `token` may not. */
  readonly name: "discovery" | "configuration" | "token";
  readonly method: "GET" | "POST";
  /** With its query. */
  readonly url: string;
}

type SignInPlan = Pick<MountPlan, "identity" | "tenantId" | "authority">;

/** Whose library signs in: MSAL or adal at Entra ID, the node's metadata service, or pod identity's component. */
export type Endpoint = "msal" | "adal" | "imds" | "nmi";

export function endpointOf(
  { mode }: Identity,
  { identitySdk }: ProviderTraits,
): Endpoint {
  switch (mode) {
    case "vmUserAssigned":
    case "vmSystemAssigned":
      return "imds";
    case "podIdentity":
      return "nmi";
    case "servicePrincipal":
      return identitySdk === "adal" ? "adal" : "msal";
    case "workloadIdentity":
    case "identityBinding":
      return "msal";
  }
}

/** In their order; the last one gets the token. */
export function signInCalls(
  plan: SignInPlan,
  resource: string,
  traits: ProviderTraits,
): readonly SignInCall[] {
  const { identity, tenantId, authority } = plan;
  const tenant = `https://${authority}/${tenantId}`;
  const get = (url: string): SignInCall => ({
    name: "token",
    method: "GET",
    url,
  });
  switch (endpointOf(identity, traits)) {
    case "imds":
      return [get(metadataUrl(identity, resource, traits))];
    case "nmi":
      return [get(`http://localhost:2579/host/token/?resource=${resource}`)];
    case "adal": {
      const url = `${tenant}/oauth2/token?api-version=1.0`;
      return [{ name: "token", method: "POST", url }];
    }
    case "msal":
      return [
        ...Array.from({ length: discoveries(identity, traits) }, () => ({
          name: "discovery" as const,
          method: "GET" as const,
          url: `https://${authority}/common/discovery/instance`,
        })),
        {
          name: "configuration",
          method: "GET",
          url: `${tenant}/v2.0/.well-known/openid-configuration`,
        },
        { name: "token", method: "POST", url: `${tenant}/oauth2/v2.0/token` },
      ];
  }
}

/** How often discovery is tried when it fails: by each look into MSAL's cache. */
function discoveries(
  { mode }: Identity,
  { identitySdk }: ProviderTraits,
): number {
  if (mode === "identityBinding" || identitySdk === "adal") return 0;
  return identitySdk === "1.14" ? 2 : 1;
}

/** Before 1.8.0 a system-assigned identity is asked for by an empty client id. */
function metadataUrl(
  identity: Identity,
  resource: string,
  { identitySdk }: ProviderTraits,
): string {
  const clientId = identity.mode === "vmUserAssigned" ? identity.clientId : "";
  const named =
    clientId !== "" || identitySdk === "1.3" || identitySdk === "1.6"
      ? `&client_id=${encodeURIComponent(clientId)}`
      : "";
  return `http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01${named}&resource=${encodeURIComponent(resource)}`;
}

export function signInRetry(
  { identity }: SignInPlan,
  traits: ProviderTraits,
): RetryPolicy {
  const { identitySdk } = traits;
  switch (endpointOf(identity, traits)) {
    case "imds":
      return identitySdk === "adal" ? ADAL_IMDS_RETRY : IMDS_RETRY[identitySdk];
    case "msal":
      return identitySdk === "adal" ? NO_RETRY : AZCORE_RETRY;
    case "adal":
    case "nmi":
      return NO_RETRY;
  }
}

/** How long a call may take: all its tries together, or each. */
interface Patience {
  readonly ms: DurationMs;
  readonly of: "call" | "try";
}

const IMDS_PATIENCE: Patience = { ms: IMDS_TRY_TIMEOUT_MS, of: "try" };
const MSAL_PATIENCE: Patience = { ms: MSAL_CALL_TIMEOUT_MS, of: "call" };

/** Null: as long as the mount's caller has patience. */
export function signInPatience(
  { identity }: SignInPlan,
  traits: ProviderTraits,
  hasDeadline: boolean,
): Patience | null {
  const endpoint = endpointOf(identity, traits);
  if (endpoint === "imds" && traits.identitySdk !== "adal")
    return IMDS_PATIENCE;
  return endpoint === "msal" && !hasDeadline ? MSAL_PATIENCE : null;
}

/** Where a token is kept: by the provider's process, by the credential of a mount, or by each of its clients alone. */
export function tokenKeeper(
  { identity }: SignInPlan,
  traits: ProviderTraits,
): "process" | "mount" | "client" {
  const endpoint = endpointOf(identity, traits);
  if (endpoint === "nmi") return "client";
  return endpoint === "imds" && traits.managedIdentityCache
    ? "process"
    : "mount";
}

/** Before 1.5.0 these two get their token with the client, the others with its first request. */
export function signsInFirst(
  { identity: { mode } }: SignInPlan,
  { sdk }: ProviderTraits,
): boolean {
  return (
    sdk === "autorest" &&
    (mode === "workloadIdentity" || mode === "podIdentity")
  );
}
