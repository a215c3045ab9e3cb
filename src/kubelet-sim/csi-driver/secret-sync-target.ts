/**
 * What one reconcile of the SecretProviderClassPodStatus controller is about, found in the driver's caches and on the
 * node's disk. Pure.
 *
 * Source: kubernetes-sigs/secrets-store-csi-driver v1.5.6 and v1.6.0 controllers/secretproviderclasspodstatus_controller.go
 *         Reconcile, pkg/util/fileutil/filesystem.go GetMountedFiles; csi-driver.md 5.2
 */
import type { Stored } from "../../cluster-sim/ports.ts";
import type { DurationMs } from "../../kernel/time.ts";
import { SECRET_SYNC_MISSING_RETRY_MS } from "../defaults.ts";
import type { PodFile } from "../node-volumes.ts";
import { SECRETS_STORE_DRIVER, isTerminating, phaseOf } from "../pod-spec.ts";
import type { DriverCaches } from "./caches.ts";
import type { DriverContext } from "./driver-context.ts";
import { classSpec, volumeOfClass } from "./driver-context.ts";
import {
  bodyOf,
  noSuchDirectory,
  parseTargetPath,
  targetPath,
} from "./pod-status.ts";
import type { SecretObject } from "./secret-objects.ts";

export interface SyncTarget {
  readonly pod: Stored;
  readonly namespace: string;
  readonly className: string;
  readonly secretObjects: readonly SecretObject[];
  readonly files: readonly PodFile[];
  /** Where they are mounted, for error texts. */
  readonly path: string;
}

type FoundSyncTarget =
  | { readonly kind: "target"; readonly target: SyncTarget }
  /** Nothing to sync, nothing to come back for. */
  | { readonly kind: "done" }
  /** Not in the cache yet. */
  | { readonly kind: "missing"; readonly afterMs: DurationMs }
  /** `pod` is set where the pod is told. */
  | {
      readonly kind: "failed";
      readonly message: string;
      readonly pod: Stored | null;
    };

const ENDED = new Set(["Succeeded", "Failed"]);
const DONE: FoundSyncTarget = { kind: "done" };
const MISSING: FoundSyncTarget = {
  kind: "missing",
  afterMs: SECRET_SYNC_MISSING_RETRY_MS,
};

/** `key`: `namespace/name` of a SecretProviderClassPodStatus. */
export function findSyncTarget(
  caches: DriverCaches,
  filesOf: DriverContext["filesOf"],
  key: string,
): FoundSyncTarget {
  const [namespace, name] = key.split("/") as [string, string];
  const status = caches.get("podStatuses", namespace, name);
  if (status === null) return DONE;
  const { podName, secretProviderClassName, ...body } = bodyOf(status);
  const pod = caches.get("pods", namespace, podName);
  if (pod === null) return MISSING;
  if (isTerminating(pod) || ENDED.has(phaseOf(pod.object))) return DONE;
  const found = caches.get("classes", namespace, secretProviderClassName);
  if (found === null) return MISSING;
  const { secretObjects = [] } = classSpec(found);
  if (secretObjects.length === 0) return DONE;
  const driver = SECRETS_STORE_DRIVER;
  const volume = volumeOfClass(pod.object, driver, secretProviderClassName);
  const where = `for pod ${namespace}/${podName}`;
  if (volume === null)
    return failed(
      `failed to find secret provider class pod status volume ${where}`,
    );
  const target = parseTargetPath(body.targetPath);
  const { uid } = pod.object.metadata;
  if (target?.uid !== uid)
    return failed(
      `secret provider class pod status targetPath did not match pod UID ${where}`,
    );
  if (target.volume !== volume.name)
    return failed(
      `secret provider class pod status volume name did not match pod Volume ${where}`,
    );
  const files = filesOf(uid, volume.name);
  if (files === null)
    return failed(
      `failed to get mounted files, err: ${noSuchDirectory("open", uid, volume.name)}`,
      pod,
    );
  const path = targetPath(uid, volume.name);
  const className = secretProviderClassName;
  return {
    kind: "target",
    target: { pod, namespace, className, secretObjects, files, path },
  };
}

function failed(message: string, pod: Stored | null = null): FoundSyncTarget {
  return { kind: "failed", message, pod };
}
