/**
 * What a node reads from a Pod object. Validation has happened at the API server, so the shapes hold.
 *
 * Source: Kubernetes API reference, Pod v1 core
 */
import { base64ToBytes, bytesToUtf8 } from "../kernel/bytes.ts";
import type { ApiObject, Stored } from "../cluster-sim/ports.ts";
import type { MountFact, VolumeFact, VolumeKind } from "./facts.ts";
import type { SecretVolumeSource } from "./kubelet/secret-volume.ts";

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
}

export interface ContainerSpec {
  readonly name: string;
  readonly image?: string;
  readonly volumeMounts?: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly subPath?: string;
  }[];
}

export interface PodSpec {
  readonly nodeName?: string;
  readonly serviceAccountName?: string;
  readonly terminationGracePeriodSeconds?: number;
  readonly containers: readonly ContainerSpec[];
  readonly initContainers?: readonly ContainerSpec[];
  readonly volumes?: readonly PodVolumeSpec[];
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

export function volumeKind(volume: PodVolumeSpec): VolumeKind {
  if (volume.csi !== undefined) return "csi";
  return volume.secret === undefined ? "other" : "secret";
}

/** Names of the Secrets that the kubelet reads for the pod's volumes, each once. */
export function referencedSecrets(spec: PodSpec): string[] {
  const names = usedVolumes(spec).flatMap(({ secret, csi }) => [
    ...(secret === undefined ? [] : [secret.secretName]),
    ...(csi?.nodePublishSecretRef === undefined
      ? []
      : [csi.nodePublishSecretRef.name]),
  ]);
  return [...new Set(names)];
}

export function volumeFacts(spec: PodSpec): VolumeFact[] {
  return usedVolumes(spec).map((volume) => ({
    name: volume.name,
    kind: volumeKind(volume),
    source:
      volume.csi?.volumeAttributes?.["secretProviderClass"] ??
      volume.secret?.secretName ??
      "",
  }));
}

export function mountFacts(spec: PodSpec): MountFact[] {
  return allContainers(spec).flatMap(({ name, volumeMounts = [] }) =>
    volumeMounts.map((mount) => ({
      container: name,
      volume: mount.name,
      mountPath: mount.mountPath,
      subPath: mount.subPath ?? null,
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
