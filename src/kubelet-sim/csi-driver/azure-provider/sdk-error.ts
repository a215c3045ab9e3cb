/**
 * The text of a failed vault request as the provider's SDK words it (csi-driver.md 1.5).
 *
 * Source: Azure/azure-sdk-for-go `sdk/azcore/internal/exported/response_error.go` v1.20.0 ResponseError.Error;
 * Azure/go-autorest `autorest/error.go` DetailedError, `autorest/azure/azure.go` ServiceError, RequestError v0.11.28;
 * golang/go `src/net/url/url.go` Error, `src/net/http/status.go`.
 */
import type { VaultError } from "../../../cluster-sim/ports.ts";
import { goQuote } from "./go-quote.ts";
import type { Fetch } from "./history.ts";
import { collectionOf, isList } from "./history.ts";
import { statusLine } from "./http-status.ts";
import type { ProviderTraits } from "./traits.ts";

const LINE = "-".repeat(80);

/** The error without the prefix that names the object. */
export function sdkErrorText(
  host: string,
  fetch: Fetch,
  error: VaultError,
  traits: ProviderTraits,
): string {
  return traits.sdk === "azsecrets"
    ? azsecretsText(host, fetch, error, traits)
    : autorestText(host, fetch, error, traits);
}

/** `/secrets/secret1/` with its slash where no version is asked for. */
function requestPath(fetch: Fetch): string {
  const { object, version } = fetch;
  const last = isList(fetch) ? "versions" : version;
  return `/${collectionOf(fetch)}/${object.objectName}/${last}`;
}

/** With the query, as Go prints the URL of a request. */
export function requestUrl(
  host: string,
  fetch: Fetch,
  { apiVersion }: ProviderTraits,
): string {
  return `https://${host}${encodeURI(requestPath(fetch))}?api-version=${apiVersion}`;
}

function azsecretsText(
  host: string,
  fetch: Fetch,
  error: VaultError,
  traits: ProviderTraits,
): string {
  const { status, code } = error;
  if (status === 0) return connectionText(host, fetch, error, traits);
  return [
    `GET https://${host}${requestPath(fetch)}`,
    LINE,
    `RESPONSE ${status}: ${statusLine(status)}`,
    code === "" ? "ERROR CODE UNAVAILABLE" : `ERROR CODE: ${code}`,
    LINE,
    JSON.stringify(responseBody(error), null, 2),
    LINE,
    "",
  ].join("\n");
}

function responseBody({ code, message, innerCode }: VaultError) {
  const inner =
    innerCode === undefined ? {} : { innererror: { code: innerCode } };
  return { error: { ...(code === "" ? {} : { code }), message, ...inner } };
}

function autorestText(
  host: string,
  fetch: Fetch,
  error: VaultError,
  traits: ProviderTraits,
): string {
  const { status, code, message, innerCode } = error;
  const client = `keyvault.BaseClient#${methodOf(fetch)}`;
  if (status === 0)
    return `${client}: Failure sending request: StatusCode=0 -- Original Error: ${connectionText(host, fetch, error, traits)}`;
  const inner =
    innerCode === undefined
      ? ""
      : ` InnerError=${JSON.stringify({ code: innerCode })}`;
  return (
    `${client}: Failure responding to request: StatusCode=${status} -- Original Error: ` +
    `autorest/azure: Service returned an error. Status=${status} Code=${goQuote(code)} Message=${goQuote(message)}${inner}`
  );
}

const METHODS = {
  secrets: "GetSecret",
  keys: "GetKey",
  certificates: "GetCertificate",
} as const;

const methodOf = (fetch: Fetch): string =>
  `${METHODS[collectionOf(fetch)]}${isList(fetch) ? "Versions" : ""}`;

/** A request that reached nobody: Go names the URL, then what the network said. */
function connectionText(
  host: string,
  fetch: Fetch,
  error: VaultError,
  traits: ProviderTraits,
): string {
  const url = requestUrl(host, fetch, traits);
  const problem =
    error.code === "DnsNotFound"
      ? `dial tcp: lookup ${host}: no such host`
      : error.message;
  return `Get ${goQuote(url)}: ${problem}`;
}
