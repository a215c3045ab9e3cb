/**
 * Everything about a mount that is known before the first request: all checks of csi-driver.md 4.4 up to step 11, in
 * the provider's order. Pure.
 *
 * Source: Azure/secrets-store-csi-driver-provider-azure `pkg/provider/provider.go` GetSecretsStoreObjectContent,
 * getVaultURL, initializeKvClient at v1.8.2, v1.7.2 and v1.4.1.
 */
import type { Identity } from "../../../cluster-sim/ports.ts";
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
import type { ProviderTraits } from "./traits.ts";

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
  /** What tokens are asked for until the vault's challenge says otherwise. */
  readonly resource: string;
  readonly identity: Identity;
  /** In order; empty for an empty `array`, which is no error of the provider. */
  readonly fetches: readonly Fetch[];
}

interface PlanInput extends Credentials {
  readonly attributes: Readonly<Record<string, string>>;
}

/** The first failing check decides the message, which has no `failed to mount objects` prefix yet. */
export function planMount(
  input: PlanInput,
  traits: ProviderTraits,
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
      checkClient(parameters, identity.value, traits);
    if (problem !== null) return refused(problem);
  }
  return checked(plan(parameters, identity.value, fetches.value));
}

function plan(
  parameters: Parameters,
  identity: Identity,
  fetches: readonly Fetch[],
): MountPlan {
  const { podName, podNamespace, keyvaultName, cloud } = parameters;
  const host = `${keyvaultName}.${cloud.vaultDnsSuffix}`;
  return {
    pod: podName === "" ? null : `${podNamespace}/${podName}`,
    serviceAccount: `${podNamespace}/${parameters.serviceAccount}`,
    secretProviderClass: parameters.secretProviderClass,
    vault: isPublicCloud(cloud) ? keyvaultName : host,
    host,
    tenantId: parameters.tenantId,
    resource: vaultResource(cloud),
    identity,
    fetches,
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
): string | null {
  if (identity.mode !== "podIdentity") return null;
  if (podName !== "" && podNamespace !== "") return null;
  return clientError(
    "pod information is not available. deploy a CSIDriver object to set podInfoOnMount: true",
    traits,
  );
}

/** Step 11: the client or, up to 1.4.1, the token that is fetched with it. */
export function clientError(message: string, traits: ProviderTraits): string {
  const authorizer =
    traits.sdk === "autorest"
      ? "failed to get authorizer for keyvault client: "
      : "";
  return `failed to get keyvault client: ${authorizer}${message}`;
}
