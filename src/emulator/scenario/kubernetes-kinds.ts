/**
 * Kinds as users spell them (`po/x`, `secrets/x`) and which of them live outside namespaces.
 * Source: kubectl api-resources of Kubernetes v1.35; kubernetes-sigs/secrets-store-csi-driver config/crd/bases.
 */
import { byCodeUnit } from "../../kernel/json.ts";

interface Kind {
  readonly kind: string;
  /** Other spellings in lower case: plural and short names. */
  readonly spellings: readonly string[];
  readonly clusterScoped: boolean;
}

const namespaced = (kind: string, ...spellings: string[]): Kind => ({
  kind,
  spellings,
  clusterScoped: false,
});
const clusterWide = (kind: string, ...spellings: string[]): Kind => ({
  kind,
  spellings,
  clusterScoped: true,
});

const KINDS: readonly Kind[] = [
  namespaced("Pod", "pods", "po"),
  namespaced("Secret", "secrets"),
  namespaced("ServiceAccount", "serviceaccounts", "sa"),
  namespaced("SecretProviderClass", "secretproviderclasses", "spc"),
  namespaced(
    "SecretProviderClassPodStatus",
    "secretproviderclasspodstatuses",
    "spcps",
  ),
  namespaced("ConfigMap", "configmaps", "cm"),
  namespaced("Event", "events", "ev"),
  namespaced("Deployment", "deployments", "deploy"),
  namespaced("ReplicaSet", "replicasets", "rs"),
  namespaced("DaemonSet", "daemonsets", "ds"),
  namespaced("StatefulSet", "statefulsets", "sts"),
  namespaced("Job", "jobs"),
  namespaced("CronJob", "cronjobs", "cj"),
  namespaced("Service", "services", "svc"),
  namespaced("Ingress", "ingresses", "ing"),
  namespaced("NetworkPolicy", "networkpolicies", "netpol"),
  namespaced("HorizontalPodAutoscaler", "horizontalpodautoscalers", "hpa"),
  namespaced("PodDisruptionBudget", "poddisruptionbudgets", "pdb"),
  namespaced("PersistentVolumeClaim", "persistentvolumeclaims", "pvc"),
  namespaced("Role", "roles"),
  namespaced("RoleBinding", "rolebindings"),
  namespaced("Lease", "leases"),
  namespaced("LimitRange", "limitranges", "limits"),
  namespaced("ResourceQuota", "resourcequotas", "quota"),
  clusterWide("Namespace", "namespaces", "ns"),
  clusterWide("Node", "nodes", "no"),
  clusterWide("PersistentVolume", "persistentvolumes", "pv"),
  clusterWide("StorageClass", "storageclasses", "sc"),
  clusterWide("ClusterRole", "clusterroles"),
  clusterWide("ClusterRoleBinding", "clusterrolebindings"),
  clusterWide("CSIDriver", "csidrivers"),
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
