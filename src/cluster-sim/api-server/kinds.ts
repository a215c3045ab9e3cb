/**
 * The one registry of API kinds: what Keyturn plays, and what it only stores.
 * Source: kubernetes/kubernetes v1.32 discovery documents; kubernetes-sigs/secrets-store-csi-driver v1.6.0
 * config/crd/bases (v1 storage, v1alpha1 served); reference sheet kubernetes-api.md.
 *
 * Simplification: Service, Ingress, NetworkPolicy, HorizontalPodAutoscaler, PodDisruptionBudget, PersistentVolumeClaim and RBAC objects are stored but nothing acts on them, and only their metadata is validated.
 */

/** modelled: full validation and rules. stored: kept as it came. */
export type KindBehaviour = "modelled" | "stored";

export interface KindInfo {
  readonly kind: string;
  /** Empty for the core group. */
  readonly group: string;
  /** Served versions, the preferred (and stored) one first. */
  readonly versions: readonly string[];
  /** Plural, as URLs and error texts have it. */
  readonly resource: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
  readonly behaviour: KindBehaviour;
  /** Whether `status` is written only through updateStatus and patchStatus. */
  readonly statusSubresource: boolean;
  /** Which changes raise `metadata.generation`: those of `spec`, of `spec` and annotations, of anything but metadata, or none (it stays 0). */
  readonly generation: "spec" | "spec and annotations" | "content" | "none";
  /** Whether an update may leave `metadata.resourceVersion` out. */
  readonly unconditionalUpdate: boolean;
  /** Field selectors beside metadata.name and metadata.namespace. Null: the kind has no rule of its own upstream. */
  readonly fields: readonly string[] | null;
}

const SECRETS_STORE = "secrets-store.csi.x-k8s.io";

const BASE = {
  group: "",
  versions: ["v1"],
  shortNames: [],
  namespaced: true,
  behaviour: "modelled",
  statusSubresource: false,
  generation: "none",
  unconditionalUpdate: true,
  fields: null,
} as const satisfies Partial<KindInfo>;

type Names = { readonly kind: string; readonly resource: string };

function served(names: Names & Partial<KindInfo>): KindInfo {
  return { ...BASE, ...names };
}

function stored(names: Names & Partial<KindInfo>): KindInfo {
  return { ...BASE, behaviour: "stored", generation: "spec", ...names };
}

function workload(names: Names & Partial<KindInfo>): KindInfo {
  return { ...BASE, statusSubresource: true, generation: "spec", ...names };
}

function secretsStore(names: Names): KindInfo {
  return {
    ...BASE,
    ...names,
    group: SECRETS_STORE,
    versions: ["v1", "v1alpha1"],
    generation: "content",
    unconditionalUpdate: false,
    fields: [],
  };
}

const RBAC = { group: "rbac.authorization.k8s.io" } as const;
const APPS = { group: "apps" } as const;
const BATCH = { group: "batch" } as const;
const NETWORKING = { group: "networking.k8s.io" } as const;

/** In the order in which `bootstrap` and the garbage collector take them. */
export const KINDS: readonly KindInfo[] = [
  served({
    kind: "Namespace",
    resource: "namespaces",
    shortNames: ["ns"],
    namespaced: false,
    statusSubresource: true,
    fields: ["status.phase"],
  }),
  served({
    kind: "Node",
    resource: "nodes",
    shortNames: ["no"],
    namespaced: false,
    statusSubresource: true,
    fields: ["spec.unschedulable"],
  }),
  served({
    kind: "ServiceAccount",
    resource: "serviceaccounts",
    shortNames: ["sa"],
  }),
  served({
    kind: "Pod",
    resource: "pods",
    shortNames: ["po"],
    statusSubresource: true,
    generation: "spec",
    fields: [
      "spec.nodeName",
      "spec.restartPolicy",
      "spec.schedulerName",
      "spec.serviceAccountName",
      "spec.hostNetwork",
      "status.phase",
      "status.podIP",
      "status.nominatedNodeName",
    ],
  }),
  served({ kind: "Secret", resource: "secrets", fields: ["type"] }),
  served({ kind: "ConfigMap", resource: "configmaps", shortNames: ["cm"] }),
  served({
    kind: "Event",
    resource: "events",
    shortNames: ["ev"],
    fields: [
      "involvedObject.kind",
      "involvedObject.namespace",
      "involvedObject.name",
      "involvedObject.uid",
      "involvedObject.apiVersion",
      "involvedObject.resourceVersion",
      "involvedObject.fieldPath",
      "reason",
      "reportingComponent",
      "source",
      "type",
    ],
  }),
  secretsStore({
    kind: "SecretProviderClass",
    resource: "secretproviderclasses",
  }),
  secretsStore({
    kind: "SecretProviderClassPodStatus",
    resource: "secretproviderclasspodstatuses",
  }),
  served({
    kind: "CSIDriver",
    group: "storage.k8s.io",
    resource: "csidrivers",
    namespaced: false,
    generation: "spec",
  }),
  stored({ kind: "Service", resource: "services", shortNames: ["svc"] }),
  stored({
    ...NETWORKING,
    kind: "Ingress",
    resource: "ingresses",
    shortNames: ["ing"],
  }),
  stored({
    ...NETWORKING,
    kind: "NetworkPolicy",
    resource: "networkpolicies",
    shortNames: ["netpol"],
  }),
  stored({
    kind: "HorizontalPodAutoscaler",
    group: "autoscaling",
    versions: ["v2", "v1"],
    resource: "horizontalpodautoscalers",
    shortNames: ["hpa"],
  }),
  stored({
    kind: "PodDisruptionBudget",
    group: "policy",
    resource: "poddisruptionbudgets",
    shortNames: ["pdb"],
  }),
  stored({
    kind: "PersistentVolumeClaim",
    resource: "persistentvolumeclaims",
    shortNames: ["pvc"],
  }),
  stored({ ...RBAC, kind: "Role", resource: "roles" }),
  stored({ ...RBAC, kind: "RoleBinding", resource: "rolebindings" }),
  stored({
    ...RBAC,
    kind: "ClusterRole",
    resource: "clusterroles",
    namespaced: false,
  }),
  stored({
    ...RBAC,
    kind: "ClusterRoleBinding",
    resource: "clusterrolebindings",
    namespaced: false,
  }),
  served({
    kind: "Lease",
    group: "coordination.k8s.io",
    resource: "leases",
    unconditionalUpdate: false,
  }),
  workload({
    ...APPS,
    kind: "Deployment",
    resource: "deployments",
    shortNames: ["deploy"],
    generation: "spec and annotations",
  }),
  workload({
    ...APPS,
    kind: "ReplicaSet",
    resource: "replicasets",
    shortNames: ["rs"],
    fields: ["status.replicas"],
  }),
  workload({
    ...APPS,
    kind: "StatefulSet",
    resource: "statefulsets",
    shortNames: ["sts"],
  }),
  workload({
    ...APPS,
    kind: "DaemonSet",
    resource: "daemonsets",
    shortNames: ["ds"],
  }),
  workload({
    ...BATCH,
    kind: "Job",
    resource: "jobs",
    fields: ["status.successful"],
  }),
  workload({
    ...BATCH,
    kind: "CronJob",
    resource: "cronjobs",
    shortNames: ["cj"],
  }),
  served({
    ...APPS,
    kind: "ControllerRevision",
    resource: "controllerrevisions",
  }),
];

const BY_KIND = new Map(KINDS.map((info) => [info.kind, info]));

const BY_NAME = new Map(
  KINDS.flatMap((info) =>
    [info.kind.toLowerCase(), info.resource, ...info.shortNames].map(
      (name) => [name, info] as const,
    ),
  ),
);

/** The entry of a kind by its exact name, whatever its behaviour. */
export function kindInfo(kind: string): KindInfo | null {
  return BY_KIND.get(kind) ?? null;
}

/** The entry for any spelling that kubectl takes: `Pod`, `pod`, `pods`, `po`, `secretproviderclasses.secrets-store…`. */
export function kindNamed(name: string): KindInfo | null {
  const text = name.toLowerCase();
  const dot = text.indexOf(".");
  const info = BY_NAME.get(dot < 0 ? text : text.slice(0, dot)) ?? null;
  if (info === null || dot < 0) return info;
  return text.slice(dot + 1) === info.group ? info : null;
}

/** `v1` or `group/version` taken apart. */
export function splitApiVersion(apiVersion: string): {
  readonly group: string;
  readonly version: string;
} {
  const slash = apiVersion.indexOf("/");
  return slash < 0
    ? { group: "", version: apiVersion }
    : {
        group: apiVersion.slice(0, slash),
        version: apiVersion.slice(slash + 1),
      };
}

/** The apiVersion that objects of a kind are stored and shown with. */
export function storedApiVersion(info: KindInfo): string {
  const version = info.versions[0]!;
  return info.group === "" ? version : `${info.group}/${version}`;
}

/** The entry that serves this kind in this version; null when nothing does. */
export function servedKind(apiVersion: string, kind: string): KindInfo | null {
  const info = kindInfo(kind);
  if (info === null) return null;
  const { group, version } = splitApiVersion(apiVersion);
  return info.group === group && info.versions.includes(version) ? info : null;
}

/** `pods`, or `secretproviderclasses.secrets-store.csi.x-k8s.io`: how error texts name a resource. */
export function qualifiedResource(info: KindInfo): string {
  return info.group === "" ? info.resource : `${info.resource}.${info.group}`;
}

/** `Pod`, or `SecretProviderClass.secrets-store.csi.x-k8s.io`: how Invalid names a kind. */
export function qualifiedKind(info: KindInfo): string {
  return info.group === "" ? info.kind : `${info.kind}.${info.group}`;
}
