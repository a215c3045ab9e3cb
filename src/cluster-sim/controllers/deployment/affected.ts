/**
 * Which Deployments a change concerns.
 * Source: kubernetes/kubernetes v1.35 pkg/controller/deployment/deployment_controller.go (addReplicaSet … deletePod)
 */
import { objectOf } from "../../api-server/validation/reading.ts";
import type { InformerChange } from "../../client/index.ts";
import { itemKey, keyOf } from "../../client/index.ts";
import type { Stored } from "../../ports.ts";
import { ownKeys } from "../affected-keys.ts";
import { selectorsOf } from "../claims.ts";
import type { Caches } from "../controller.ts";
import { specOf } from "../pod-state.ts";
import { controllerOf } from "../manager/shared-caches.ts";

export function affectedDeployments(
  kind: string,
  change: InformerChange,
  caches: Caches,
): readonly string[] {
  if (kind === "Pod") return recreated(change, caches);
  const keys = ownKeys("Deployment", kind, change, caches);
  const { after } = change;
  if (kind !== "ReplicaSet" || after === null || controllerOf(after) !== null)
    return keys;
  return [...keys, ...selectorsOf("Deployment", after, caches)];
}

/** With Recreate, the last pod's end lets the new ReplicaSet come. */
function recreated(
  { type, before }: InformerChange,
  caches: Caches,
): readonly string[] {
  if (type !== "DELETED") return [];
  const deployment = deploymentOf(before!, caches);
  if (deployment === null) return [];
  const strategy = objectOf(specOf(deployment.object)["strategy"]);
  if (strategy["type"] !== "Recreate") return [];
  const { uid } = deployment.object.metadata;
  const isEmpty = caches
    .ownedBy("ReplicaSet", uid)
    .every(
      ({ object }) => caches.ownedBy("Pod", object.metadata.uid).length === 0,
    );
  return isEmpty ? [keyOf(deployment)] : [];
}

function deploymentOf(pod: Stored, caches: Caches): Stored | null {
  const replicaSet = ownerOf("ReplicaSet", pod, caches);
  return replicaSet === null ? null : ownerOf("Deployment", replicaSet, caches);
}

function ownerOf(kind: string, stored: Stored, caches: Caches): Stored | null {
  const owner = controllerOf(stored);
  if (owner?.kind !== kind) return null;
  const { namespace } = stored.object.metadata;
  const found = caches.get(kind, itemKey(namespace, owner.name));
  return found?.object.metadata.uid === owner.uid ? found : null;
}
