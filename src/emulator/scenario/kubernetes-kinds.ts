/**
 * Kinds as users spell them (`po/x`, `secrets/x`) and which of them live outside namespaces.
 * Source: kubectl api-resources of Kubernetes v1.35; kubernetes-sigs/secrets-store-csi-driver config/crd/bases.
 */
import { byCodeUnit } from "../../kernel/json.ts";
import { KINDS as SERVED } from "../world/kinds.ts";

interface Kind {
  readonly kind: string;
  /** Other spellings in lower case: plural and short names. */
  readonly spellings: readonly string[];
  readonly clusterScoped: boolean;
}

const clusterWide = (kind: string, ...spellings: string[]): Kind => ({
  kind,
  spellings,
  clusterScoped: true,
});

/** Upstream's kinds that no world serves: known, so that a manifest of one is placed and named rightly when refused. */
const NOT_SERVED: readonly Kind[] = [
  {
    kind: "LimitRange",
    spellings: ["limitranges", "limits"],
    clusterScoped: false,
  },
  {
    kind: "ResourceQuota",
    spellings: ["resourcequotas", "quota"],
    clusterScoped: false,
  },
  clusterWide("PersistentVolume", "persistentvolumes", "pv"),
  clusterWide("StorageClass", "storageclasses", "sc"),
  clusterWide("CSINode", "csinodes"),
  clusterWide("CustomResourceDefinition", "customresourcedefinitions", "crd"),
  clusterWide("PriorityClass", "priorityclasses", "pc"),
  clusterWide("RuntimeClass", "runtimeclasses"),
  clusterWide("IngressClass", "ingressclasses"),
  clusterWide("APIService", "apiservices"),
  clusterWide("VolumeAttachment", "volumeattachments"),
  clusterWide("CertificateSigningRequest", "certificatesigningrequests", "csr"),
  clusterWide("ValidatingWebhookConfiguration"),
  clusterWide("MutatingWebhookConfiguration"),
  clusterWide("ValidatingAdmissionPolicy"),
  clusterWide("ValidatingAdmissionPolicyBinding"),
  clusterWide("FlowSchema", "flowschemas"),
  clusterWide("PriorityLevelConfiguration"),
];

/** Short names that scenarios take although the driver's custom resources have none. */
const OWN_SHORT_NAMES: Readonly<Record<string, readonly string[]>> = {
  SecretProviderClass: ["spc"],
  SecretProviderClassPodStatus: ["spcps"],
};

const KINDS: readonly Kind[] = [
  ...SERVED.map(({ kind, resource, shortNames, namespaced }) => ({
    kind,
    spellings: [resource, ...shortNames, ...(OWN_SHORT_NAMES[kind] ?? [])],
    clusterScoped: !namespaced,
  })),
  ...NOT_SERVED,
];

const BY_SPELLING = new Map<string, string>(
  KINDS.flatMap(({ kind, spellings }) =>
    [kind.toLowerCase(), ...spellings].map((word) => [word, kind] as const),
  ),
);
const CLUSTER_SCOPED = new Set(
  KINDS.filter(({ clusterScoped }) => clusterScoped).map(({ kind }) => kind),
);

/** `pod`, `Pods`, `po` -> `Pod`. Case-insensitive; null for a kind that is not listed. */
export function kindFromSpelling(word: string): string | null {
  return BY_SPELLING.get(word.toLowerCase()) ?? null;
}

/** False for kinds that are not listed: custom resources mostly live in namespaces. */
export function isClusterScoped(kind: string): boolean {
  return CLUSTER_SCOPED.has(kind);
}

/** Lower-case spellings, sorted, for "did you mean". */
export function kindSpellings(): string[] {
  return [...BY_SPELLING.keys()].sort(byCodeUnit);
}
