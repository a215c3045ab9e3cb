/**
 * SetUp of a CSI volume: NodePublishVolume with what the pod says of it.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/volume/csi/csi_mounter.go (SetUpAt); kubelet.md 7
 * Simplification: kubernetes/kubernetes issue 121271 (before 1.34.9 and 1.35.6 a failed republish removes the target directory) is not played, since the Secrets Store driver mounts a tmpfs there and is spared.
 */
import type { ReplyTo } from "../../kernel/port.ts";
import { SECRETS_STORE_DRIVER, secretText } from "../pod-spec.ts";
import type { CsiNode } from "../ports.ts";
import type { ObjectRead } from "./object-entry.ts";
import type { VolumeRecord } from "./volume-record.ts";

const NO_ATTRIBUTES: Readonly<Record<string, string>> = {};

/**
 * Calls the driver, whose answer goes to `replyTo`; or returns why it cannot be called, which leaves the volume as it is.
 * `secret`: what `nodePublishSecretRef` names, or null without one.
 */
export function publishVolume(
  driver: CsiNode,
  record: VolumeRecord,
  secret: ObjectRead | null,
  replyTo: ReplyTo,
): string | null {
  const { spec, namespace, pod, uid, serviceAccount, lineage } = record;
  const source = spec.csi!;
  if (secret !== null && !secret.ok) {
    const { name } = source.nodePublishSecretRef!;
    return `fetching NodePublishSecretRef ${namespace}/${name} failed: kubernetes.io/csi: failed to find the secret ${name} in the namespace ${namespace} with error: ${secret.message}`;
  }
  if (source.driver !== SECRETS_STORE_DRIVER || !driver.registered)
    return `kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: driver name ${source.driver} not found in the list of registered CSI drivers`;
  driver.nodePublishVolume(
    {
      namespace,
      pod,
      uid,
      serviceAccount,
      ...(lineage === undefined ? {} : { lineage }),
      volume: spec.name,
      readOnly: source.readOnly === true,
      attributes: source.volumeAttributes ?? NO_ATTRIBUTES,
      secrets: secret === null ? null : secretText(secret.stored),
    },
    replyTo,
  );
  return null;
}
