/**
 * What a pod's spec says of volumes whose files the kubelet itself makes.
 *
 * Source: Kubernetes API reference, Pod v1 core
 */

/** One of `items`. */
export interface KeyToPath {
  readonly key: string;
  readonly path: string;
  readonly mode?: number;
}

export interface SecretVolumeSource {
  readonly secretName: string;
  readonly optional?: boolean;
  readonly defaultMode?: number;
  readonly items?: readonly KeyToPath[];
}

export interface ConfigMapVolumeSource {
  readonly name?: string;
  readonly optional?: boolean;
  readonly defaultMode?: number;
  readonly items?: readonly KeyToPath[];
}

export interface FieldRef {
  readonly fieldPath: string;
}

export interface ResourceFieldRef {
  /** Absent in an environment: the container itself. */
  readonly containerName?: string;
  /** `limits.cpu`, `requests.memory` … */
  readonly resource: string;
  readonly divisor?: string | number;
}

export interface DownwardApiFile {
  readonly path: string;
  readonly fieldRef?: FieldRef;
  readonly resourceFieldRef?: ResourceFieldRef;
  readonly mode?: number;
}

export interface DownwardApiVolumeSource {
  readonly items?: readonly DownwardApiFile[];
  readonly defaultMode?: number;
}

/** A projection of a Secret or ConfigMap. */
export interface ObjectProjection {
  readonly name?: string;
  readonly optional?: boolean;
  readonly items?: readonly KeyToPath[];
}

export interface TokenProjection {
  /** Absent: the API server's own. */
  readonly audience?: string;
  /** Default 3600. */
  readonly expirationSeconds?: number;
  readonly path: string;
}

/** One of its members is set. */
export interface VolumeProjection {
  readonly secret?: ObjectProjection;
  readonly configMap?: ObjectProjection;
  readonly downwardAPI?: { readonly items?: readonly DownwardApiFile[] };
  readonly serviceAccountToken?: TokenProjection;
}

export interface ProjectedVolumeSource {
  readonly sources?: readonly VolumeProjection[];
  readonly defaultMode?: number;
}
