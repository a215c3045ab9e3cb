/**
 * SecretProviderClassPodStatus: the driver's record of which versions a pod has mounted.
 *
 * Source: kubernetes-sigs/secrets-store-csi-driver v1.5.6 apis/v1/secretproviderclasspodstatus_types.go,
 *         pkg/secrets-store/utils.go (createOrUpdateSecretProviderClassPodStatus); csi-driver.md 6
 */
import type { Stored } from "../../cluster-sim/ports.ts";
import type { JsonObject } from "../../kernel/json.ts";
import { byCodeUnit } from "../../kernel/json.ts";

export const NODE_NAME_LABEL = "internal.secrets-store.csi.k8s.io/node-name";
export const MANAGED_LABEL = "secrets-store.csi.k8s.io/managed";

/** Without it a rotation does not find the Secret of a nodePublishSecretRef. Source: csi-driver.md 2.2 step 8 */
export const USED_LABEL = "secrets-store.csi.k8s.io/used";

export type ObjectVersion = {
  /** `secret/secret1` */
  readonly id: string;
  readonly version: string;
};

/** `status` of a SecretProviderClassPodStatus. */
export interface PodStatusBody {
  readonly podName: string;
  readonly secretProviderClassName: string;
  readonly mounted: boolean;
  readonly targetPath: string;
  readonly objects: readonly ObjectVersion[];
}

export interface PodMount {
  readonly namespace: string;
  readonly pod: string;
  readonly uid: string;
  readonly volume: string;
  readonly secretProviderClass: string;
}

export function podStatusName(
  mount: Pick<PodMount, "namespace" | "pod" | "secretProviderClass">,
): string {
  const { namespace, pod, secretProviderClass } = mount;
  return `${pod}-${namespace}-${secretProviderClass}`;
}

export function targetPath(uid: string, volume: string): string {
  return `/var/lib/kubelet/pods/${uid}/volumes/kubernetes.io~csi/${volume}/mount`;
}

/** Go's error of a volume's directory that is not there. */
export function noSuchDirectory(
  operation: "stat" | "open",
  uid: string,
  volume: string,
): string {
  return `${operation} ${targetPath(uid, volume)}: no such file or directory`;
}

/** Pod uid and volume name as the driver parses them back from a target path; null when it is no such path. */
export function parseTargetPath(
  path: string,
): { readonly uid: string; readonly volume: string } | null {
  const match =
    /\/pods\/([^/]+)\/volumes\/kubernetes\.io~csi\/([^/]+)\/mount$/.exec(path);
  return match === null ? null : { uid: match[1]!, volume: match[2]! };
}

export function sortedVersions(
  versions: readonly ObjectVersion[],
): ObjectVersion[] {
  return versions
    .map(({ id, version }) => ({ id, version }))
    .sort((a, b) => byCodeUnit(a.id, b.id));
}

export function podStatusManifest(
  node: string,
  mount: PodMount,
  versions: readonly ObjectVersion[],
): JsonObject {
  const { namespace, pod, uid, volume, secretProviderClass } = mount;
  return {
    apiVersion: "secrets-store.csi.x-k8s.io/v1",
    kind: "SecretProviderClassPodStatus",
    metadata: {
      name: podStatusName(mount),
      namespace,
      labels: { [NODE_NAME_LABEL]: node },
      ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: pod, uid }],
    },
    status: {
      podName: pod,
      secretProviderClassName: secretProviderClass,
      mounted: true,
      targetPath: targetPath(uid, volume),
      objects: sortedVersions(versions),
    },
  };
}

/**
 * What the driver makes of a status that is there already: label of the node, owner and status are the new mount's,
 * other labels and the annotations stay. Refused by the API server if somebody else has written meanwhile.
 */
export function podStatusUpdate(
  { object }: Stored,
  wanted: JsonObject,
): JsonObject {
  const { labels, ownerReferences } = wanted["metadata"] as JsonObject;
  const { metadata } = object;
  return {
    ...(object as unknown as JsonObject),
    metadata: {
      ...(metadata as unknown as JsonObject),
      labels: { ...metadata.labels, ...(labels as JsonObject) },
      ownerReferences: ownerReferences!,
    },
    status: wanted["status"]!,
  };
}

export function bodyOf({ object }: Stored): PodStatusBody {
  return object["status"] as PodStatusBody;
}

/** Any new id, another version of one, or another number of objects. Source: pkg/rotation/reconciler.go reconcile */
export function versionsDiffer(
  known: readonly ObjectVersion[],
  fetched: readonly ObjectVersion[],
): boolean {
  if (known.length !== fetched.length) return true;
  return fetched.some(
    ({ id, version }) =>
      known.find((object) => object.id === id)?.version.trim() !==
      version.trim(),
  );
}
