/**
 * The parameters of a SecretProviderClass as the Azure provider reads them, checked in its order (csi-driver.md 4.2,
 * 4.4 steps 1 to 6). Values are trimmed; unknown keys are ignored. Pure.
 *
 * Source: Azure/secrets-store-csi-driver-provider-azure `pkg/provider/types/parameters.go`, `pkg/provider/provider.go`
 * GetSecretsStoreObjectContent at v1.8.2 and v1.7.2.
 */
import type { Checked } from "./checked.ts";
import { checked, refused } from "./checked.ts";
import type { Cloud } from "./clouds.ts";
import { findCloud } from "./clouds.ts";
import { goQuote } from "./go-quote.ts";
import type { ProviderTraits } from "./traits.ts";

/** The member of 4.4 step 7 that names the mode in errors. */
export type IdentityMode =
  "None" | "PodIdentity" | "VMManagedIdentity" | "AzureTokenProxy";

export interface Parameters {
  readonly podName: string;
  readonly podNamespace: string;
  readonly serviceAccount: string;
  readonly secretProviderClass: string;
  readonly usePodIdentity: boolean;
  readonly useVMManagedIdentity: boolean;
  readonly useAzureTokenProxy: boolean;
  readonly userAssignedIdentityId: string;
  readonly clientId: string;
  readonly keyvaultName: string;
  readonly tenantId: string;
  readonly cloud: Cloud;
  /** YAML text, as it was given: the one value that is trimmed where it is read. */
  readonly objects: string;
}

type Attributes = Readonly<Record<string, string>>;

const SET = checked(true);
const UNSET = checked(false);
const TRUE = ["1", "t", "T", "TRUE", "true", "True"];
const FALSE = ["", "0", "f", "F", "FALSE", "false", "False"];

/** The first failing check of steps 1 to 6 decides the message. */
export function parseParameters(
  attributes: Attributes,
  traits: ProviderTraits,
): Checked<Parameters> {
  const podName = trimmed(attributes["csi.storage.k8s.io/pod.name"]);
  const podNamespace = trimmed(attributes["csi.storage.k8s.io/pod.namespace"]);
  if (traits.identityModes && podName === "")
    return refused("pod name is not provided");
  if (traits.identityModes && podNamespace === "")
    return refused("pod namespace is not provided");

  const flags = parseFlags(attributes, traits);
  if (!flags.ok) return flags;

  const missing = traits.identityModes ? "is not provided" : "is not set";
  const keyvaultName = trimmed(attributes["keyvaultName"]);
  if (keyvaultName === "") return refused(`keyvaultName ${missing}`);
  const tenantId =
    trimmed(attributes["tenantID"]) || trimmed(attributes["tenantId"]);
  if (tenantId === "") return refused(`tenantId ${missing}`);

  const cloudName = trimmed(attributes["cloudName"]);
  const cloud = findCloud(cloudName, trimmed(attributes["cloudEnvFileName"]));
  if (!cloud.ok)
    return refused(
      `cloudName ${cloudName} is not valid, error: ${cloud.message}`,
    );

  return checked({
    podName,
    podNamespace,
    serviceAccount: trimmed(
      attributes["csi.storage.k8s.io/serviceAccount.name"],
    ),
    secretProviderClass: trimmed(attributes["secretProviderClass"]),
    ...flags.value,
    userAssignedIdentityId: trimmed(attributes["userAssignedIdentityID"]),
    clientId: traits.workloadIdentity ? trimmed(attributes["clientID"]) : "",
    keyvaultName,
    tenantId,
    cloud: cloud.value,
    objects: attributes["objects"] ?? "",
  });
}

type Flags = Pick<
  Parameters,
  "usePodIdentity" | "useVMManagedIdentity" | "useAzureTokenProxy"
>;

function parseFlags(
  attributes: Attributes,
  traits: ProviderTraits,
): Checked<Flags> {
  const usePodIdentity = parseFlag(
    "usePodIdentity",
    attributes["usePodIdentity"],
  );
  if (!usePodIdentity.ok) return usePodIdentity;
  const useVMManagedIdentity = parseFlag(
    "useVMManagedIdentity",
    attributes["useVMManagedIdentity"],
  );
  if (!useVMManagedIdentity.ok) return useVMManagedIdentity;
  const useAzureTokenProxy = traits.identityModes
    ? parseFlag("useAzureTokenProxy", attributes["useAzureTokenProxy"])
    : UNSET;
  if (!useAzureTokenProxy.ok) return useAzureTokenProxy;
  const flags: Flags = {
    usePodIdentity: usePodIdentity.value,
    useVMManagedIdentity: useVMManagedIdentity.value,
    useAzureTokenProxy: useAzureTokenProxy.value,
  };
  const enabled =
    Number(flags.usePodIdentity) +
    Number(flags.useVMManagedIdentity) +
    Number(flags.useAzureTokenProxy);
  return enabled > 1 && traits.identityModes
    ? refused(
        "only one identity mode can be enabled at a time: usePodIdentity, useVMManagedIdentity, or useAzureTokenProxy",
      )
    : checked(flags);
}

function parseFlag(key: string, value: string | undefined): Checked<boolean> {
  const text = trimmed(value);
  if (FALSE.includes(text)) return UNSET;
  if (TRUE.includes(text)) return SET;
  return refused(
    `failed to parse ${key} flag, error: strconv.ParseBool: parsing ${goQuote(text)}: invalid syntax`,
  );
}

const trimmed = (value: string | undefined): string =>
  value === undefined ? "" : value.trim();
