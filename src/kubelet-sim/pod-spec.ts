/**
 * What a node reads from a Pod object. Validation has happened at the API server, so the shapes hold.
 *
 * Source: Kubernetes API reference, Pod v1 core
 */
import { base64ToBytes, bytesToUtf8 } from "../kernel/bytes.ts";
import type { ApiObject, Stored } from "../cluster-sim/ports.ts";
import type {
  EnvironmentFact,
  MountFact,
  VolumeFact,
  VolumeKind,
} from "./facts.ts";
import type { EnvFromSource, EnvVar } from "./kubelet/environment.ts";
import type {
  ConfigMapVolumeSource,
  DownwardApiVolumeSource,
  ProjectedVolumeSource,
  SecretVolumeSource,
} from "./kubelet/volume-sources.ts";

export const SECRETS_STORE_DRIVER = "secrets-store.csi.k8s.io";

export interface CsiVolumeSource {
  readonly driver: string;
  readonly readOnly?: boolean;
  readonly volumeAttributes?: Readonly<Record<string, string>>;
  readonly nodePublishSecretRef?: { readonly name: string };
}

export interface PodVolumeSpec {
  readonly name: string;
  readonly csi?: CsiVolumeSource;
  readonly secret?: SecretVolumeSource;
  readonly configMap?: ConfigMapVolumeSource;
  readonly downwardAPI?: DownwardApiVolumeSource;
  readonly projected?: ProjectedVolumeSource;
  readonly emptyDir?: EmptyDirVolumeSource;
}

export interface EmptyDirVolumeSource {
  /** `Memory`: a tmpfs, which a reboot empties. */
  readonly medium?: string;
}

export interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly?: boolean;
  readonly subPath?: string;
  readonly subPathExpr?: string;
}

export interface ContainerResources {
  readonly limits?: Readonly<Record<string, string | number>>;
  readonly requests?: Readonly<Record<string, string | number>>;
}

export interface ContainerSpec {
  readonly name: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly EnvVar[];
  readonly envFrom?: readonly EnvFromSource[];
  readonly resources?: ContainerResources;
  readonly securityContext?: { readonly runAsUser?: number };
  readonly volumeMounts?: readonly VolumeMount[];
  readonly readinessProbe?: ProbeSpec;
  readonly startupProbe?: ProbeSpec;
}

/** A probe's timing; what it does is not modelled. */
export interface ProbeSpec {
  readonly initialDelaySeconds?: number;
  readonly periodSeconds?: number;
  readonly successThreshold?: number;
}

export interface PodSpec {
  readonly nodeName?: string;
  readonly restartPolicy?: "Always" | "OnFailure" | "Never";
  readonly hostNetwork?: boolean;
  /** All containers of the pod see each other's processes, and may signal them. */
  readonly shareProcessNamespace?: boolean;
  readonly activeDeadlineSeconds?: number;
  readonly readinessGates?: readonly { readonly conditionType: string }[];
  readonly serviceAccountName?: string;
  readonly terminationGracePeriodSeconds?: number;
  readonly containers: readonly ContainerSpec[];
  readonly initContainers?: readonly ContainerSpec[];
  readonly volumes?: readonly PodVolumeSpec[];
  readonly imagePullSecrets?: readonly { readonly name?: string }[];
  readonly securityContext?: {
    readonly fsGroup?: number;
    readonly runAsUser?: number;
  };
}

export function specOf(pod: ApiObject): PodSpec {
  return pod["spec"] as PodSpec;
}

export function phaseOf(pod: ApiObject): string {
  const { phase } = (pod["status"] ?? {}) as { readonly phase?: string };
  return phase ?? "Pending";
}

export function isTerminating({ object }: Stored): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}

function allContainers(spec: PodSpec): ContainerSpec[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}

/** Volumes that some container mounts; the kubelet ignores the others altogether. */
export function usedVolumes(spec: PodSpec): PodVolumeSpec[] {
  const used = new Set(
    allContainers(spec).flatMap(({ volumeMounts = [] }) =>
      volumeMounts.map(({ name }) => name),
    ),
  );
  return (spec.volumes ?? []).filter(({ name }) => used.has(name));
}

/**
 * What a volume's files come from: a downward API volume counts as a projected one of that single source.
 * Simplification: Volumes of other kinds (hostPath, claims and the like) mount at once and have no files.
 */
export function volumeKind(volume: PodVolumeSpec): VolumeKind {
  if (volume.csi !== undefined) return "csi";
  if (volume.secret !== undefined) return "secret";
  if (volume.configMap !== undefined) return "configMap";
  if (volume.projected !== undefined || volume.downwardAPI !== undefined)
    return "projected";
  return volume.emptyDir === undefined ? "other" : "emptyDir";
}

/** An API object that a kubelet reads. */
export interface ObjectName {
  readonly kind: "Secret" | "ConfigMap";
  readonly name: string;
}

/**
 * The Secrets and ConfigMaps that the kubelet registers for a pod, each once: those of pull secrets, of the environment
 * and of every volume, whether or not a container mounts it.
 * Source: kubernetes/kubernetes v1.35 pkg/api/v1/pod/util.go (VisitPodSecretNames, VisitPodConfigmapNames)
 */
export function referencedObjects(spec: PodSpec): ObjectName[] {
  const found = new Map<string, ObjectName>();
  const add = (kind: ObjectName["kind"], name: string | undefined) => {
    if (name !== undefined && name !== "")
      found.set(`${kind}/${name}`, { kind, name });
  };
  for (const { name } of spec.imagePullSecrets ?? []) add("Secret", name);
  for (const { env = [], envFrom = [] } of allContainers(spec)) {
    for (const { secretRef, configMapRef } of envFrom) {
      add("Secret", secretRef?.name);
      add("ConfigMap", configMapRef?.name);
    }
    for (const { valueFrom } of env) {
      add("Secret", valueFrom?.secretKeyRef?.name);
      add("ConfigMap", valueFrom?.configMapKeyRef?.name);
    }
  }
  for (const volume of spec.volumes ?? []) {
    add("Secret", volume.csi?.nodePublishSecretRef?.name);
    for (const { kind, name } of volumeObjects(volume)) add(kind, name);
  }
  return [...found.values()];
}

/** The objects that a volume's files come from, in the order in which its plugin reads them. */
export function volumeObjects(volume: PodVolumeSpec): ObjectName[] {
  const { secret, configMap, projected } = volume;
  if (secret !== undefined)
    return [{ kind: "Secret", name: secret.secretName }];
  if (configMap !== undefined)
    return [{ kind: "ConfigMap", name: configMap.name ?? "" }];
  return (projected?.sources ?? []).flatMap((source): ObjectName[] => {
    if (source.secret !== undefined)
      return [{ kind: "Secret", name: source.secret.name ?? "" }];
    if (source.configMap === undefined) return [];
    return [{ kind: "ConfigMap", name: source.configMap.name ?? "" }];
  });
}

export function volumeFacts(spec: PodSpec): VolumeFact[] {
  return usedVolumes(spec).map((volume) => {
    const { name, csi, secret, configMap, projected } = volume;
    const source =
      csi?.volumeAttributes?.["secretProviderClass"] ??
      secret?.secretName ??
      configMap?.name ??
      "";
    const fact = { name, kind: volumeKind(volume), source };
    return projected === undefined
      ? fact
      : { ...fact, projects: projectedSources(volume) };
  });
}

/** `Secret/app-secret`, `DownwardAPI/`, `ServiceAccountToken/vault` … in the order of the pod. */
function projectedSources({ projected }: PodVolumeSpec): string[] {
  return (projected?.sources ?? []).flatMap((source) => {
    if (source.secret !== undefined) return [`Secret/${source.secret.name}`];
    if (source.configMap !== undefined)
      return [`ConfigMap/${source.configMap.name}`];
    if (source.serviceAccountToken !== undefined)
      return [
        `ServiceAccountToken/${source.serviceAccountToken.audience ?? ""}`,
      ];
    return source.downwardAPI === undefined ? [] : ["DownwardAPI/"];
  });
}

/** The places of containers' environments that take their values from objects, in the order of the pod. */
export function environmentFacts(spec: PodSpec): EnvironmentFact[] {
  return allContainers(spec).flatMap(({ name, env = [], envFrom = [] }) => [
    ...envFrom.flatMap(({ secretRef, configMapRef, prefix = "" }) => {
      const place = { container: name, variable: null, key: null, prefix };
      if (configMapRef !== undefined)
        return [{ ...place, source: `ConfigMap/${configMapRef.name}` }];
      if (secretRef === undefined) return [];
      return [{ ...place, source: `Secret/${secretRef.name}` }];
    }),
    ...env.flatMap(({ name: variable, valueFrom }) => {
      const { secretKeyRef, configMapKeyRef } = valueFrom ?? {};
      const ref = secretKeyRef ?? configMapKeyRef;
      if (ref === undefined) return [];
      const kind = secretKeyRef === undefined ? "ConfigMap" : "Secret";
      const source = `${kind}/${ref.name}`;
      return [{ container: name, variable, source, key: ref.key, prefix: "" }];
    }),
  ]);
}

export function mountFacts(spec: PodSpec): MountFact[] {
  return allContainers(spec).flatMap(({ name, volumeMounts = [] }) =>
    volumeMounts.map((mount) => ({
      container: name,
      volume: mount.name,
      mountPath: mount.mountPath,
      subPath: mount.subPath ?? mount.subPathExpr ?? null,
    })),
  );
}

/** Data of a Secret as text: what a nodePublishSecretRef hands to the provider. */
export function secretText({ object }: Stored): Record<string, string> {
  const data = (object["data"] ?? {}) as Record<string, string>;
  return Object.fromEntries(
    Object.entries(data).map(([key, text]) => [
      key,
      bytesToUtf8(base64ToBytes(text)),
    ]),
  );
}
