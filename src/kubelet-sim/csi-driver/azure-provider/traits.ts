/**
 * What differs between versions of the Azure provider: the order and wording of its checks, its flags, and the SDKs it
 * calls the vault and Entra ID with.
 *
 * That `secretObjects` must name the alias of an object that has one (provider issue 270) differs between no versions:
 * the file has the alias for its name in all of them, and the driver looks for a file.
 *
 * Source: Azure/secrets-store-csi-driver-provider-azure `pkg/provider/provider.go`, `pkg/auth/auth.go`, `cmd/main.go` and
 * `go.mod` at v1.0.0, v1.4.0, v1.4.1, v1.5.0, v1.5.3, v1.7.2, v1.8.1, v1.8.2.
 */
import { KeyturnError } from "../../../kernel/errors.ts";

/** Where the vault keeps a kind of objects; the provider has one SDK client for each. */
export type Collection = "secrets" | "keys" | "certificates";

/**
 * The libraries that get tokens: adal with MSAL 0.6 for workload identity; azidentity 1.3.0 with MSAL 1.0.0; 1.6.0 with
 * 1.2.2; a beta of 1.14 with 1.6.0.
 */
export type IdentitySdk = "adal" | "1.3" | "1.6" | "1.14";

export interface ProviderTraits {
  /** From 1.8.0: identity modes exclude each other, identity binding exists, the pod must be named. */
  readonly identityModes: boolean;
  /** From 1.1.0: `clientID` selects workload identity. */
  readonly workloadIdentity: boolean;
  /** From 1.3.0: `objectVersionHistory` is read. */
  readonly versionHistory: boolean;
  /** From 1.4.0: the flag --write-cert-and-key-in-separate-files exists. */
  readonly separateFiles: boolean;
  /** azsecrets from 1.5.0: the first request of a client has no token. autorest before: the token comes first. */
  readonly sdk: "azsecrets" | "autorest";
  readonly identitySdk: IdentitySdk;
  /** From 1.8.0: managed identity tokens are kept for the life of the process, before for a mount. */
  readonly managedIdentityCache: boolean;
  readonly apiVersion: string;
  readonly userAgents: Readonly<Record<Collection, string>>;
}

const AZSECRETS_API_VERSION = "7.4";
const AUTOREST_API_VERSION = "2016-10-01";

/** Differs: the Go version in the user agents of providers from 1.5.0 on is the one their go.mod names; the build's may be newer. */
const GO_VERSIONS: readonly (readonly [from: string, go: string])[] = [
  ["1.8.2", "1.25.11"],
  ["1.8.0", "1.25.9"],
  ["1.7.2", "1.24.9"],
  ["1.7.1", "1.24.5"],
  ["1.7.0", "1.24.2"],
  ["1.6.0", "1.23"],
  ["1.5.0", "1.19"],
];

/** Differs: the user agent of providers before 1.5.0 ends without the commit and date of the build. */
const autorestUserAgent = (version: string): string =>
  "Go/go1.16.6 (amd64-linux) go-autorest/v14.2.1 Azure-SDK-For-Go/v52.3.0 " +
  `keyvault/${AUTOREST_API_VERSION} csi-secrets-store/v${version} (linux/amd64)`;

const VERSION = /^v?((\d+)\.(\d+)\.(\d+))/;

/** `version` like `1.8.2`; a leading v and a suffix are allowed. Throws `InvalidProviderVersion` for anything else. */
export function providerTraits(version: string): ProviderTraits {
  const match = VERSION.exec(version);
  if (match === null)
    throw new KeyturnError(
      "InvalidProviderVersion",
      `Failed to choose an Azure provider: version ${JSON.stringify(version)} is not like 1.8.2`,
    );
  const from = (wanted: string) => rankOf(match[1]!) >= rankOf(wanted);
  const modern = from("1.5.0");
  return {
    identityModes: from("1.8.0"),
    workloadIdentity: from("1.1.0"),
    versionHistory: from("1.3.0"),
    separateFiles: from("1.4.0"),
    sdk: modern ? "azsecrets" : "autorest",
    identitySdk: identitySdk(from),
    managedIdentityCache: from("1.8.0"),
    apiVersion: modern ? AZSECRETS_API_VERSION : AUTOREST_API_VERSION,
    userAgents: modern ? modernUserAgents(from) : oneUserAgent(match[1]!),
  };
}

type From = (wanted: string) => boolean;

function identitySdk(from: From): IdentitySdk {
  if (from("1.8.0")) return "1.14";
  if (from("1.5.3")) return "1.6";
  return from("1.5.0") ? "1.3" : "adal";
}

function modernUserAgents(from: From): Record<Collection, string> {
  const go = GO_VERSIONS.find(([version]) => from(version))![1];
  const agent = (module: string) => `azsdk-go-${module} (go${go}; linux)`;
  return {
    secrets: agent("azsecrets/v0.13.0"),
    keys: agent("azkeys/v0.11.0"),
    certificates: agent("azcertificates/v0.10.0"),
  };
}

function oneUserAgent(version: string): Record<Collection, string> {
  const agent = autorestUserAgent(version);
  return { secrets: agent, keys: agent, certificates: agent };
}

/** A version as a number that grows with it; parts stay below 1000. */
function rankOf(version: string): number {
  return version
    .split(".")
    .reduce((rank, part) => rank * 1000 + Number(part), 0);
}
