/**
 * The two ways in which the real system takes a sink back to an older version. Only the driver's own write is covered, of a
 * version that its node's files hold.
 *
 * write-back: a driver from 1.6 on writes into a Secret what the files of its own node hold, also when another node has
 * written a newer version before.
 *
 * overtaken-fetch: a rotation of a driver up to 1.5 fetches before it writes, but what it fetched may be outdated when it
 * comes to writing. A faster node has written the Secret meanwhile: the rotation finds other bytes there, and patches. Or, after a
 * reboot, the pod's first mount has brought newer files: nothing keeps the two apart.
 *
 * Source: kubernetes-sigs/secrets-store-csi-driver v1.6.0 controllers/secretproviderclasspodstatus_controller.go, v1.5.6
 *         pkg/rotation/reconciler.go (reconcile, patchSecret), pkg/secrets-store/nodeserver.go; csi-driver.md 2.2, 5.4
 */
import type { DurationMs } from "../../kernel/time.ts";
import { MINUTE_MS } from "../../kernel/time.ts";
import type { DriverGeneration } from "../../kubelet-sim/index.ts";
import type { DriverFiles } from "./driver-files.ts";
import { driverHolds, driverNode } from "./driver-files.ts";
import type { GoingBack, UpstreamFinding } from "./going-back.ts";

/**
 * The longest that a reconcile up to 1.5 takes from a fetch to the last of its writes: other objects of a slow vault with
 * the SDK's retries, then five tries of a write to an API server that does not answer.
 */
const RECONCILE_SPAN_MS: DurationMs = 6 * MINUTE_MS;

export const writeBack: UpstreamFinding = {
  name: "write-back",
  covers: (step, files) =>
    step.volume === null && copiesOwnFiles(step, files, "republish"),
};

export const overtakenFetch: UpstreamFinding = {
  name: "overtaken-fetch",
  covers: (step, files) => {
    const { outdatedAt, place, volume } = step;
    const begun = place.t - RECONCILE_SPAN_MS;
    if (outdatedAt === null || outdatedAt < begun) return false;
    const mountedAt =
      volume === null ? place.t : (files.volumes.get(volume)?.since ?? 0);
    return mountedAt >= begun && copiesOwnFiles(step, files, "reconciler");
  },
};

function copiesOwnFiles(
  { by, object, to, place }: GoingBack,
  files: DriverFiles,
  generation: DriverGeneration,
): boolean {
  const node = driverNode(by);
  if (node === null || files.generations.get(node) !== generation) return false;
  return driverHolds(files, node, { object, version: to.version }, place.t);
}
