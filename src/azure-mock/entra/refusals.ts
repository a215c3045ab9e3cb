/**
 * Why an identity gets no token, in the words of the endpoint that was asked: Entra ID's token endpoint, the metadata
 * service of a node (IMDS), or pod identity's component on a node (NMI). Pure.
 * Source: MicrosoftDocs/entra-docs docs/identity-platform/reference-error-codes.md, docs/workload-id;
 * Azure/aad-pod-identity issue 1366; Azure/secrets-store-csi-driver-provider-azure issues 598, 1092;
 * Key Vault reference sheet, sections 10.3, 10.4.
 * Differs: for an application without any federated credential newer Entra ID answers AADSTS70025, which also names the application; here it is the documented AADSTS70021.
 * Differs: the issuer of a simulated cluster's service account tokens is made up: region westeurope, the mount's tenant and a drawn id.
 */
import type { TokenError, TokenRequest } from "../../cluster-sim/ports.ts";
import type { EpochMs } from "../../kernel/time.ts";
import { toRfc3339 } from "../../kernel/time.ts";
import type { EntraConfig } from "./defaults.ts";
import { NMI_ATTEMPTS, NMI_RETRY_SECONDS } from "./defaults.ts";

/** What the text of a refusal is made of beside the request. */
export interface RefusalContext {
  readonly now: EpochMs;
  /** `https://<region>.oic.prod-aks.azure.com/<tenant>/<id>/` */
  readonly issuer: string;
  /** Drawn ids of this very answer. */
  readonly traceId: string;
  readonly correlationId: string;
}

interface Refusal {
  readonly code: number;
  readonly text: string;
}

const AUDIENCE = "api://AzureADTokenExchange";
const FEDERATION_LINK =
  "https://learn.microsoft.com/entra/workload-id/workload-identity-federation";

/** Null when the identity may have its token. */
export function refusalOf(
  request: TokenRequest,
  config: EntraConfig,
  context: () => RefusalContext,
): TokenError | null {
  switch (request.identity.mode) {
    case "vmUserAssigned":
    case "vmSystemAssigned":
      return config.vmIdentity === "notAssigned" ? IDENTITY_NOT_FOUND : null;
    case "podIdentity":
      return config.podIdentityBinding === "missing"
        ? noAssignedIdentity(request.pod)
        : null;
    case "servicePrincipal":
      if (
        config.clientSecret !== "invalid" &&
        config.clientSecret !== "expired"
      )
        return null;
      return entra(
        secretRefusal(request.identity.clientId, config.clientSecret),
        context(),
      );
    case "workloadIdentity":
      return federationRefusal(request, config, context);
    case "identityBinding":
      return null;
  }
}

const IDENTITY_NOT_FOUND: TokenError = {
  status: 400,
  body: '{"error":"invalid_request","error_description":"Identity not found"}',
  everywhere: false,
};

function noAssignedIdentity(pod: string): TokenError {
  const body =
    `getting assigned identities for pod ${pod} in CREATED state failed after ${NMI_ATTEMPTS} attempts, ` +
    `retry duration [${NMI_RETRY_SECONDS}]s, error: <nil>. Check MIC pod logs for identity assignment errors\n`;
  return { status: 404, body, everywhere: false };
}

function secretRefusal(
  clientId: string,
  secret: "invalid" | "expired",
): Refusal {
  return secret === "invalid"
    ? {
        code: 7000215,
        text: `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${clientId}'.`,
      }
    : {
        code: 7000222,
        text: `The provided client secret keys for app '${clientId}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.`,
      };
}

function federationRefusal(
  request: TokenRequest,
  { federatedCredential }: EntraConfig,
  context: () => RefusalContext,
): TokenError | null {
  const [namespace = "", name = ""] = request.serviceAccount.split("/");
  const subject = `system:serviceaccount:${namespace}:${name === "" ? "default" : name}`;
  switch (federatedCredential) {
    case "missing": {
      const drawn = context();
      const text = `No matching federated identity record found for presented assertion. Assertion Issuer: '${drawn.issuer}'. Assertion Subject: '${subject}'. Assertion Audience: '${AUDIENCE}'. ${FEDERATION_LINK}`;
      return entra({ code: 70021, text }, drawn);
    }
    case "wrongSubject": {
      const text = `No matching federated identity record found for presented assertion subject '${subject}'. Please check your federated identity credential Subject, Audience and Issuer against the presented assertion. ${FEDERATION_LINK}`;
      return entra({ code: 700213, text }, context());
    }
    default:
      return null;
  }
}

function entra({ code, text }: Refusal, context: RefusalContext): TokenError {
  const { now, traceId, correlationId } = context;
  const timestamp = toRfc3339(now).replace("T", " ");
  const body = {
    error: "invalid_client",
    error_description: `AADSTS${code}: ${text} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`,
    error_codes: [code],
    timestamp,
    trace_id: traceId,
    correlation_id: correlationId,
    error_uri: `https://login.microsoftonline.com/error?code=${code}`,
  };
  return { status: 401, body: JSON.stringify(body), everywhere: false };
}
