/**
 * What requests about a pod carry for its draws' names: its workload and its place in it, so that a what-if twin draws the
 * same after a rollout (design 3). Models no real component.
 */
import { lineageName } from "../cluster-sim/client/index.ts";
import type { Stored } from "../cluster-sim/ports.ts";

/** `default/deployment/web/2`; absent for a bare pod, which goes by its own `namespace/name`. */
export function lineageOf(stored: Stored): string | undefined {
  return stored.lineage === undefined ? undefined : lineageName(stored);
}
