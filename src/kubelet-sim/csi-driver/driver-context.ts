/** What the parts of one driver process share. */
import type {
  EventRecorder,
  EventRecorderState,
} from "../../cluster-sim/client/index.ts";
import { eventObject } from "../../cluster-sim/client/index.ts";
import type { ApiClient, ApiObject, Stored } from "../../cluster-sim/ports.ts";
import type { ValueBook } from "../../kernel/content.ts";
import type { Simulation } from "../../kernel/simulation.ts";
import type { NodeVolumes, PodFile } from "../node-volumes.ts";
import { specOf } from "../pod-spec.ts";
import type { NodeOptions } from "../ports.ts";
import type { MountRequest, ProviderClient } from "./azure-provider/mount.ts";
import type { DriverCaches } from "./caches.ts";
import type { DriverFlags } from "./generation.ts";
import type { ProviderClients } from "./provider-clients.ts";
import type { SecretObject } from "./secret-objects.ts";
import type { ServiceAccountTokens } from "./service-account-tokens.ts";
import { DRIVER_FILE_PERMISSION } from "../defaults.ts";

export interface DriverContext extends NodeOptions {
  readonly sim: Simulation;
  readonly api: ApiClient;
  readonly caches: DriverCaches;
  readonly volumes: NodeVolumes;
  readonly provider: ProviderClient;
  readonly clients: ProviderClients;
  readonly tokens: ServiceAccountTokens;
  readonly values: ValueBook;
  /** The files of a volume's directory on this node; null where there is no directory. */
  readonly filesOf: (uid: string, volume: string) => readonly PodFile[] | null;
  /** What the running process was started with. */
  readonly flags: () => DriverFlags;
}

/** An event recorder with the state it keeps in its owner. */
export interface Recording {
  readonly recorder: EventRecorder;
  readonly state: () => EventRecorderState;
}

/** Emits an Event about a pod. */
export function tellPod(
  { recorder, state }: Recording,
  pod: Stored,
  told: {
    readonly reason: string;
    readonly type: "Normal" | "Warning";
    readonly message: string;
  },
): void {
  recorder.emit(state(), { object: eventObject(pod.object), ...told });
}

/** `spec` of a SecretProviderClass; every field is optional upstream. */
export interface SecretProviderClassSpec {
  readonly provider?: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly secretObjects?: readonly SecretObject[];
}

export function classSpec({ object }: Stored): SecretProviderClassSpec {
  return object["spec"] ?? {};
}

export interface MountTarget {
  readonly namespace: string;
  readonly pod: string;
  readonly uid: string;
  readonly serviceAccount: string;
  readonly secretProviderClass: string;
  /** What the pod's draws are named by; absent: `namespace/pod`. */
  readonly lineage?: string | undefined;
}

/** The provider's `attributes`: parameters of the class, the pod's identity, and the volume's own attributes on top. */
export function mountRequest(
  target: MountTarget,
  parameters: Readonly<Record<string, string>>,
  volumeAttributes: Readonly<Record<string, string>>,
  options: {
    readonly secrets: Readonly<Record<string, string>> | null;
    readonly tokenAudiences: readonly string[];
  },
): MountRequest {
  return {
    attributes: {
      ...parameters,
      ...volumeAttributes,
      secretProviderClass: target.secretProviderClass,
      "csi.storage.k8s.io/pod.name": target.pod,
      "csi.storage.k8s.io/pod.namespace": target.namespace,
      "csi.storage.k8s.io/pod.uid": target.uid,
      "csi.storage.k8s.io/serviceAccount.name": target.serviceAccount,
      "csi.storage.k8s.io/ephemeral": "true",
    },
    nodePublishSecrets: options.secrets,
    serviceAccountTokens: options.tokenAudiences,
    permission: DRIVER_FILE_PERMISSION,
    ...(target.lineage === undefined ? {} : { lineage: target.lineage }),
  };
}

/** The pod's first volume that mounts this class, or null. Source: pkg/util/k8sutil/volume.go SPCVolume */
export function volumeOfClass(
  pod: ApiObject,
  driver: string,
  secretProviderClass: string,
): {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly secretRef: string | null;
} | null {
  for (const { name, csi } of specOf(pod).volumes ?? []) {
    const attributes = csi?.volumeAttributes ?? {};
    if (csi?.driver !== driver) continue;
    if (attributes["secretProviderClass"] !== secretProviderClass) continue;
    const secretRef = csi.nodePublishSecretRef?.name ?? null;
    return { name, attributes, secretRef };
  }
  return null;
}
