/**
 * The pods of a StatefulSet, DaemonSet or Job, and which of these a pod's change concerns.
 * Source: kubernetes/kubernetes v1.35 pkg/controller/controller_ref_manager.go (PodControllerRefManager),
 * pkg/controller/{statefulset/stateful_set,daemon/daemon_controller,job/job_controller}.go (addPod, updatePod)
 */
import { jsonEqual } from "../../kernel/json.ts";
import { objectOf } from "../api-server/validation/reading.ts";
import type { InformerChange } from "../client/index.ts";
import type { Stored } from "../ports.ts";
import { ownKeys } from "./affected-keys.ts";
import { claim, selectorsOf } from "./claims.ts";
import type { Caches, PassRequest } from "./controller.ts";
import { specOf } from "./pod-state.ts";
import { controllerOf } from "./manager/shared-caches.ts";

/** Keys of one kind that a change of its own objects or of pods concerns; an ownerless pod concerns all that select it. */
export function keysOf(
  own: string,
  kind: string,
  change: InformerChange,
  caches: Caches,
): readonly string[] {
  const keys = ownKeys(own, kind, change, caches);
  const { before, after } = change;
  if (kind !== "Pod" || after === null || controllerOf(after) !== null)
    return keys;
  const isOld =
    before !== null &&
    controllerOf(before) === null &&
    jsonEqual(before.object.metadata.labels, after.object.metadata.labels);
  return isOld ? keys : [...keys, ...selectorsOf(own, after, caches)];
}

/** With requests, the pass does nothing else: pods are taken in or let go. `isMember` may refuse a pod by its name. */
export function claimedPods(
  owner: Stored,
  caches: Caches,
  isMember: (pod: Stored) => boolean = () => true,
): { readonly owned: readonly Stored[]; readonly requests: PassRequest[] } {
  const ownerless = caches.ownedBy("Pod", "").filter(isMember);
  const mine = caches.ownedBy("Pod", owner.object.metadata.uid);
  const selector = objectOf(specOf(owner.object)["selector"]);
  return claim(owner, { candidates: [...mine, ...ownerless], selector });
}
