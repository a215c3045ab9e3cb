/**
 * The text of a failed sign-in as the provider's libraries word it (csi-driver.md 4.5).
 *
 * Source: Azure/azure-sdk-for-go `sdk/azidentity/errors.go`, `confidential_client.go`, `managed_identity_client.go` v1.3.0,
 * v1.6.0, v1.14.0-beta.2; AzureAD/microsoft-authentication-library-for-go `apps/internal/oauth/oauth.go`,
 * `ops/internal/comm/comm.go` v1.6.0; Azure/go-autorest `autorest/adal/token.go`, `autorest/authorization.go` v0.11.28;
 * secrets-store-csi-driver-provider-azure `pkg/auth/auth.go`.
 * Differs: what azidentity 1.6.0 (provider 1.5.3 to 1.7.2) repeats in an error is taken from reported events, not from its source.
 */
import type { Identity, TokenError } from "../../../cluster-sim/ports.ts";
import type { JsonValue } from "../../../kernel/json.ts";
import { goQuote } from "./go-quote.ts";
import { statusLine } from "./http-status.ts";
import type { SignInCall } from "./sign-in.ts";
import { endpointOf } from "./sign-in.ts";
import type { IdentitySdk, ProviderTraits } from "./traits.ts";

const LINE = "-".repeat(80);

/** A sign-in that failed for good. */
export interface SignInFailure {
  readonly identity: Identity;
  /** The call that failed. */
  readonly call: SignInCall;
  readonly error: TokenError;
  /** Whether MSAL's patience with the call ended, rather than a try of it. */
  readonly expired: boolean;
  /** The vault request that needed the token, with its query: adal names it. */
  readonly requestUrl: string;
}

/** Without the prefix that names the object. */
export function signInErrorText(
  failure: SignInFailure,
  traits: ProviderTraits,
): string {
  const { identitySdk } = traits;
  switch (endpointOf(failure.identity, traits)) {
    case "nmi":
      return nmiText(failure);
    case "adal":
      return adalText(failure);
    case "imds":
      return identitySdk === "adal"
        ? adalText(failure)
        : metadataText(failure, identitySdk);
    case "msal":
      return identitySdk === "adal"
        ? msalText(failure, "adal")
        : credentialText(failure, identitySdk);
  }
}

function nmiText(failure: SignInFailure): string {
  const { status, body } = failure.error;
  return status === 0
    ? connectionText(failure)
    : `nmi response failed with status code: ${status}, response body: ${body}`;
}

function adalText(failure: SignInFailure): string {
  const { call, error, requestUrl } = failure;
  const { status, body } = error;
  const original =
    status === 0
      ? `adal: Failed to execute the refresh request. Error = '${connectionText(failure)}'`
      : `adal: Refresh request failed. Status Code = '${status}'. Response body: ${body} Endpoint ${call.url}`;
  return `azure.BearerAuthorizer#WithAuthorization: Failed to refresh the Token for request to ${requestUrl}: StatusCode=${status} -- Original Error: ${original}`;
}

/** MSAL's own words, which say at which of its calls it failed. */
function msalText(failure: SignInFailure, sdk: IdentitySdk): string {
  const { call, error, identity } = failure;
  const { status } = error;
  const body = error.body.trim();
  const text =
    status === 0
      ? `server response error:\n ${connectionText(failure)}`
      : `http call(${call.url})(${call.method}) error: reply status code was ${status}${body === "" ? "" : `:\n${body}`}`;
  if (call.name === "configuration")
    return `unable to resolve an endpoint: ${text}`;
  if (sdk === "1.14") return text;
  return identity.mode === "servicePrincipal"
    ? `FromClientSecret(): ${text}`
    : `FromAssertion(): ${text}`;
}

function credentialText(
  failure: SignInFailure,
  sdk: Exclude<IdentitySdk, "adal">,
): string {
  const secret = failure.identity.mode === "servicePrincipal";
  const name = secret ? "ClientSecretCredential" : "ClientAssertionCredential";
  const text = msalText(failure, sdk);
  if (failure.error.status === 0) return `${name}: ${text}`;
  const anchor = secret ? "client-secret" : null;
  return failedText({ failure, name, anchor, message: text, sdk });
}

function metadataText(
  failure: SignInFailure,
  sdk: Exclude<IdentitySdk, "adal">,
): string {
  const { identity, error } = failure;
  const name = "ManagedIdentityCredential";
  const anchor = "managed-id";
  if (error.status === 0) {
    const text = `${name}: ${connectionText(failure)}`;
    return sdk === "1.14" ? text : `${name}: ${text}`;
  }
  const notAssigned =
    error.status === 400
      ? "the requested identity isn't assigned to this resource"
      : null;
  if (sdk === "1.14") {
    if (notAssigned !== null && identity.mode === "vmSystemAssigned")
      return `${name}: failed to authenticate a system assigned identity. The endpoint responded with ${error.body}`;
    return failedText({
      failure,
      name,
      anchor,
      message: notAssigned ?? "",
      sdk,
    });
  }
  const message = notAssigned ?? "authentication failed";
  const inner = failedText({ failure, name, anchor, message, sdk });
  return failedText({ failure, name, anchor, message: inner, sdk });
}

/** AuthenticationFailedError with its answer. Since 1.8 MSAL's words are left out: the answer has them. */
function failedText(options: {
  readonly failure: SignInFailure;
  readonly name: string;
  readonly anchor: string | null;
  readonly message: string;
  readonly sdk: Exclude<IdentitySdk, "adal">;
}): string {
  const { failure, name, anchor, sdk } = options;
  const { call, error } = failure;
  const fromMsal = endpointIsEntra(failure.identity);
  const message = sdk === "1.14" && fromMsal ? "" : options.message;
  const line = statusLine(error.status);
  return [
    `${name} authentication failed${sdk === "1.3" ? "" : `. ${message}`}`,
    `${call.method} ${call.url.split("?")[0]!}`,
    LINE,
    sdk === "1.14" ? `RESPONSE ${error.status}: ${line}` : `RESPONSE ${line}`,
    LINE,
    indented(error.body),
    LINE,
    anchor === null
      ? ""
      : `To troubleshoot, visit https://aka.ms/azsdk/go/identity/troubleshoot#${anchor}`,
  ].join("\n");
}

const endpointIsEntra = ({ mode }: Identity): boolean =>
  mode !== "vmUserAssigned" && mode !== "vmSystemAssigned";

/** What Go's net/http says of a request that got no answer; azcore tells the end of the whole call without it. */
function connectionText({ call, error, expired }: SignInFailure): string {
  if (expired) return error.body;
  const method = call.method === "GET" ? "Get" : "Post";
  return `${method} ${goQuote(call.url)}: ${error.body}`;
}

function indented(body: string): string {
  if (body === "") return "Response contained no body";
  try {
    return JSON.stringify(JSON.parse(body) as JsonValue, null, 2);
  } catch {
    return body;
  }
}
