/**
 * Everything about a mount that is known before the first request: all checks of csi-driver.md 4.4 up to step 11, in
 * the provider's order. Pure.
 *
 * Source: Azure/secrets-store-csi-driver-provider-azure `pkg/provider/provider.go` GetSecretsStoreObjectContent,
 * getVaultURL, initializeKvClient at v1.8.2, v1.7.2 and v1.4.1; `internal/identitybinding/identitybinding.go` at v1.8.2.
 */
import type { Identity, VaultCaller } from "../../../cluster-sim/ports.ts";
import { utf8ToBytes } from "../../../kernel/bytes.ts";
import type { Checked } from "./checked.ts";
import { checked, refused } from "./checked.ts";
import { isPublicCloud, vaultResource } from "./clouds.ts";
import { goQuote } from "./go-quote.ts";
import type { Fetch } from "./history.ts";
import type { Credentials } from "./identity.ts";
import { chooseIdentity } from "./identity.ts";
import type { Parameters } from "./parameters.ts";
import { parseParameters } from "./parameters.ts";
import type { Collection, ProviderTraits } from "./traits.ts";

export interface MountPlan {
  /** `namespace/name`; null where provider up to 1.7.2 was not told. */
  readonly pod: string | null;
  /** `namespace/name` */
  readonly serviceAccount: string;
  readonly secretProviderClass: string;
  /**
   * The name the vault port is asked for.
   * Simplification: every simulated vault is in the public cloud, so a vault of another cloud is not found in DNS.
   */
  readonly vault: string;
  /** `kv1.vault.azure.net` */
  readonly host: string;
  readonly tenantId: string;
  /** Entra ID's host: `login.microsoftonline.com`. */
  readonly authority: string;
  /** Who asks the vault, by client. */
  readonly callers: Readonly<Record<Collection, VaultCaller>>;
  /** What tokens are asked for until the vault's challenge says otherwise. */
  readonly resource: string;
  readonly identity: Identity;
  /** In order; empty for an empty `array`, which is no error of the provider. */
  readonly fetches: readonly Fetch[];
}

/** The process that the mount runs in. */
export interface ProviderProcess {
  readonly node: string;
  readonly ip: string;
  /** Whether it found identity binding's token proxy when it started. */
  readonly tokenProxy: boolean;
}

interface PlanInput extends Credentials {
  readonly attributes: Readonly<Record<string, string>>;
  readonly lineage?: string;
}

/** The first failing check decides the message, which has no `failed to mount objects` prefix yet. */
export function planMount(
  input: PlanInput,
  traits: ProviderTraits,
  process: ProviderProcess,
  fetchesOf: (objects: string) => Checked<readonly Fetch[]>,
): Checked<MountPlan> {
  const parsed = parseParameters(input.attributes, traits);
  if (!parsed.ok) return parsed;
  const parameters = parsed.value;
  const identity = chooseIdentity(parameters, input, traits);
  if (!identity.ok) return identity;
  const fetches = fetchesOf(parameters.objects);
  if (!fetches.ok) return fetches;
  if (fetches.value.length > 0) {
    const problem =
      checkVaultName(parameters.keyvaultName) ??
      checkClient(parameters, identity.value, traits, process);
    if (problem !== null) return refused(problem);
  }
  const callers = callersOf(parameters, traits, process, input.lineage);
  return checked(
    plan(parameters, identity.value, { callers, fetches: fetches.value }),
  );
}

function plan(
  parameters: Parameters,
  identity: Identity,
  rest: Pick<MountPlan, "callers" | "fetches">,
): MountPlan {
  const { podNamespace, keyvaultName, cloud } = parameters;
  const host = `${keyvaultName}.${cloud.vaultDnsSuffix}`;
  return {
    pod: podOf(parameters),
    serviceAccount: `${podNamespace}/${parameters.serviceAccount}`,
    secretProviderClass: parameters.secretProviderClass,
    vault: isPublicCloud(cloud) ? keyvaultName : host,
    host,
    tenantId: parameters.tenantId,
    authority: cloud.authority,
    resource: vaultResource(cloud),
    identity,
    ...rest,
  };
}

const podOf = ({ podName, podNamespace }: Parameters): string | null =>
  podName === "" ? null : `${podNamespace}/${podName}`;

function callersOf(
  parameters: Parameters,
  { userAgents }: ProviderTraits,
  { node, ip }: ProviderProcess,
  lineage: string | undefined,
): Record<Collection, VaultCaller> {
  const pod = podOf(parameters);
  const caller = (userAgent: string): VaultCaller => ({
    pod,
    ...(lineage === undefined ? {} : { lineage }),
    node,
    ip,
    userAgent,
  });
  return {
    secrets: caller(userAgents.secrets),
    keys: caller(userAgents.keys),
    certificates: caller(userAgents.certificates),
  };
}

const VAULT_NAME = /^[-A-Za-z0-9]{3,24}$/;

function checkVaultName(name: string): string | null {
  if (VAULT_NAME.test(name)) return null;
  const problem = `failed to get vault: Invalid vault name: ${goQuote(name)}`;
  const bytes = utf8ToBytes(name).length;
  return bytes < 3 || bytes > 24
    ? `${problem}, must be between 3 and 24 chars`
    : `${problem}, must match [-a-zA-Z0-9]{3,24}`;
}

/** `no identity mode is enabled` cannot be reached: without a mode the credentials were checked before. */
function checkClient(
  { podName, podNamespace }: Parameters,
  identity: Identity,
  traits: ProviderTraits,
  { tokenProxy }: ProviderProcess,
): string | null {
  if (identity.mode === "identityBinding" && !tokenProxy)
    return clientError(NO_TOKEN_PROXY, traits);
  if (identity.mode !== "podIdentity") return null;
  if (podName !== "" && podNamespace !== "") return null;
  return clientError(
    "pod information is not available. deploy a CSIDriver object to set podInfoOnMount: true",
    traits,
  );
}

/** What a provider finds at its start where the API server is not AKS's; told at the first mount that needs it. */
const NO_TOKEN_PROXY =
  "proxy transport not available: compute SNI name: extract cluster ID from API server certificate: " +
  "cluster ID SAN not found in API server certificate (use --sni-name flag to provide SNI name explicitly)";

/** Step 11: the client or, up to 1.4.1, the token that is fetched with it. */
export function clientError(message: string, traits: ProviderTraits): string {
  const authorizer =
    traits.sdk === "autorest"
      ? "failed to get authorizer for keyvault client: "
      : "";
  return `failed to get keyvault client: ${authorizer}${message}`;
}
