/**
 * What the kubelet says when a pod's sync gives up waiting for its volumes.
 *
 * Source: kubernetes/kubernetes pkg/kubelet/volumemanager/volume_manager.go WaitForAttachAndMount; kubelet.md 6.2
 */
import { byCodeUnit } from "../../kernel/json.ts";

/** From this minor version on the text has the list of volumes that failed to be processed. */
const PROCESS_LIST_MINOR = 27;

/** From this minor version on the timeout's error is filtered out of the events. */
const SILENT_MINOR = 28;

/** Null: no event. `unmounted`: names of the volumes that the pod's containers do not have, in any order. */
export function volumeWaitText(
  unmounted: readonly string[],
  kubernetesMinor: number,
): string | null {
  if (kubernetesMinor >= SILENT_MINOR) return null;
  const names = [...unmounted].sort(byCodeUnit).join(" ");
  const processed =
    kubernetesMinor < PROCESS_LIST_MINOR
      ? ""
      : ", failed to process volumes=[]";
  return `Unable to attach or mount volumes: unmounted volumes=[${names}], unattached volumes=[]${processed}: timed out waiting for the condition`;
}
