/**
 * What differs between versions of the Azure provider: the order and wording of its checks, and the SDK it calls the
 * vault with.
 *
 * Source: Azure/secrets-store-csi-driver-provider-azure `pkg/provider/provider.go`, `pkg/auth/auth.go` and `go.mod` at
 * v1.0.0, v1.4.1, v1.5.0, v1.7.2, v1.8.2.
 */
import { KeyturnError } from "../../../kernel/errors.ts";

export interface ProviderTraits {
  /** From 1.8.0: identity modes exclude each other, identity binding exists, the pod must be named. */
  readonly identityModes: boolean;
  /** From 1.1.0: `clientID` selects workload identity. */
  readonly workloadIdentity: boolean;
  /** From 1.3.0: `objectVersionHistory` is read. */
  readonly versionHistory: boolean;
  /** azsecrets from 1.5.0: the first request of a client has no token. autorest before: the token comes first. */
  readonly sdk: "azsecrets" | "autorest";
  readonly apiVersion: string;
  readonly userAgent: string;
}

const AZSECRETS_API_VERSION = "7.4";
const AUTOREST_API_VERSION = "2016-10-01";

/** Differs: module and Go version in the user agent are those of provider 1.8.2 for each version from 1.5.0 on. */
const AZSECRETS_USER_AGENT = "azsdk-go-azsecrets/v0.13.0 (go1.25.11; linux)";

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
  const [major, minor] = [Number(match[2]), Number(match[3])];
  const from = (wanted: number) =>
    major > 1 || (major === 1 && minor >= wanted);
  const modern = from(5);
  return {
    identityModes: from(8),
    workloadIdentity: from(1),
    versionHistory: from(3),
    sdk: modern ? "azsecrets" : "autorest",
    apiVersion: modern ? AZSECRETS_API_VERSION : AUTOREST_API_VERSION,
    userAgent: modern ? AZSECRETS_USER_AGENT : autorestUserAgent(match[1]!),
  };
}
