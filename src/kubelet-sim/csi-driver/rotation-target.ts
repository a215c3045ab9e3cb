/**
 * What one rotation reconcile is about, found in the driver's caches: the pod, its volume, its class, and the request to
 * the provider. Pure: the same caches give the same answer.
 *
 * Source: kubernetes-sigs/secrets-store-csi-driver v1.5.6 pkg/rotation/reconciler.go reconcile; csi-driver.md 2.2, steps 1-9
 */
import type { Stored } from "../../cluster-sim/ports.ts";
import { lineageOf } from "../draw-name.ts";
import type { RotationFact } from "../facts.ts";
import {
  SECRETS_STORE_DRIVER,
  isTerminating,
  phaseOf,
  secretText,
  specOf,
} from "../pod-spec.ts";
import type { MountRequest } from "./azure-provider/mount.ts";
import type { DriverCaches } from "./caches.ts";
import type { SecretProviderClassSpec } from "./driver-context.ts";
import { classSpec, mountRequest, volumeOfClass } from "./driver-context.ts";
import { bodyOf, parseTargetPath } from "./pod-status.ts";

export interface RotationTarget {
  readonly kind: "target";
  readonly key: string;
  /** What facts of a reconcile that does not fail say, but for its duration. */
  readonly data: RotationFact["data"];
  /** The pod status as the cache had it when the reconcile began. */
  readonly status: Stored;
  /** `namespace/name` of the pod. */
  readonly about: string;
  readonly namespace: string;
  readonly podName: string;
  readonly pod: Stored;
  readonly uid: string;
  readonly volume: string;
  readonly className: string;
  readonly spec: SecretProviderClassSpec;
  readonly request: MountRequest;
}

export type FoundTarget =
  | RotationTarget
  /** The status has left the cache. */
  | { readonly kind: "gone" }
  /** Its pod has ended: nothing to rotate. */
  | { readonly kind: "ended" }
  | {
      readonly kind: "error";
      /** Upstream's `error_type`. */
      readonly errorType: string;
      readonly message: string;
      /** Set where upstream tells the pod about it. */
      readonly pod: Stored | null;
    };

const GONE: FoundTarget = { kind: "gone" };
const OVER: FoundTarget = { kind: "ended" };
const ENDED = new Set(["Succeeded", "Failed"]);

/** `key`: `namespace/name` of a SecretProviderClassPodStatus. */
export function findTarget(
  caches: DriverCaches,
  key: string,
  tokenAudiences: readonly string[],
): FoundTarget {
  const [namespace, statusName] = key.split("/") as [string, string];
  const status = caches.get("podStatuses", namespace, statusName);
  if (status === null) return GONE;
  const {
    podName,
    secretProviderClassName: className,
    ...body
  } = bodyOf(status);
  const where = `${namespace}/${podName}`;
  const pod = caches.get("pods", namespace, podName);
  if (pod === null)
    return error(
      "PodNotFound",
      `failed to get pod ${where}, err: Pod "${podName}" not found`,
    );
  if (isTerminating(pod) || ENDED.has(phaseOf(pod.object))) return OVER;
  const found = caches.get("classes", namespace, className);
  if (found === null)
    return error(
      "SecretProviderClassNotFound",
      `failed to get secret provider class ${namespace}/${className}, err: SecretProviderClass.secrets-store.csi.x-k8s.io "${className}" not found`,
    );
  const volume = volumeOfClass(pod.object, SECRETS_STORE_DRIVER, className);
  if (volume === null)
    return error(
      "PodVolumeNotFound",
      `could not find secret provider class pod status volume for pod ${where}`,
    );
  const { uid } = pod.object.metadata;
  const stray = strayPath(body.targetPath, uid, volume.name);
  if (stray !== null)
    return error(
      "UnexpectedTargetPath",
      `secret provider class pod status(spcps) ${stray} ${where}`,
    );
  const ref = volume.secretRef;
  const credentials =
    ref === null ? null : caches.get("nodePublishSecrets", namespace, ref);
  if (ref !== null && credentials === null)
    return error(
      "NodePublishSecretRefNotFound",
      `failed to get node publish secret ${namespace}/${ref}, err: secrets "${ref}" not found`,
      pod,
    );
  const spec = classSpec(found);
  const serviceAccount = specOf(pod.object).serviceAccountName ?? "default";
  const request = mountRequest(
    {
      namespace,
      pod: podName,
      uid,
      secretProviderClass: className,
      serviceAccount,
      lineage: lineageOf(pod),
    },
    spec.parameters ?? {},
    volume.attributes,
    { secrets: secretsOf(credentials), tokenAudiences },
  );
  return {
    kind: "target",
    about: where,
    data: reported(namespace, podName, className),
    key,
    status,
    namespace,
    podName,
    pod,
    uid,
    className,
    spec,
    request,
    volume: volume.name,
  };
}

function reported(
  namespace: string,
  name: string,
  secretProviderClass: string,
): RotationFact["data"] {
  const nothing = { errorType: "", error: "", durationMs: 0 };
  return { namespace, name, secretProviderClass, ...nothing };
}

/** What does not match when a status's path is not that of the pod's volume; null when it is. */
function strayPath(path: string, uid: string, volume: string): string | null {
  const target = parseTargetPath(path);
  if (target?.uid !== uid) return "targetPath did not match pod UID for pod";
  return target.volume === volume
    ? null
    : "volume name does not match the volume name in the pod";
}

/** Without a nodePublishSecretRef a rotation sends an empty map, not null: the provider words its error by it. */
function secretsOf(credentials: Stored | null): Record<string, string> {
  return credentials === null ? {} : secretText(credentials);
}

function error(
  errorType: string,
  message: string,
  pod: Stored | null = null,
): FoundTarget {
  return { kind: "error", errorType, message, pod };
}

/**
 * `findTarget` with a memory for as long as the caches do not change: a quiet fleet asks the same again and again. The
 * memory changes no answer, and a restored world begins with an empty one.
 */
export class TargetFinder {
  readonly #caches: DriverCaches;
  readonly #found = new Map<string, FoundTarget>();
  #changes = -1;
  /** A restore replaces the caches' state without a change to count. */
  #state: unknown = null;
  #audiences: readonly string[] = [];

  constructor(caches: DriverCaches) {
    this.#caches = caches;
  }

  find(key: string, tokenAudiences: readonly string[]): FoundTarget {
    const { changes, state } = this.#caches;
    const moved = changes !== this.#changes || state !== this.#state;
    if (moved || tokenAudiences !== this.#audiences) this.#found.clear();
    this.#changes = changes;
    this.#state = state;
    this.#audiences = tokenAudiences;
    let found = this.#found.get(key);
    if (found === undefined) {
      found = findTarget(this.#caches, key, tokenAudiences);
      this.#found.set(key, found);
    }
    return found;
  }
}
