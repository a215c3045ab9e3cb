/**
 * The node's constants that explanations and bounds speak of. They belong to the node, each with its source there; this
 * file is the one door through which views know them.
 */
export {
  POPULATOR_PERIOD_MS,
  RECONCILER_PERIOD_MS,
  ROTATION_RETRY_MS,
  SECRET_SYNC_REQUEUE_MS,
  SYNC_ERROR_BACKOFF_MS,
  SYNC_TICK_PERIOD_MS,
  WORKER_JITTER_PERCENT,
  driverGeneration,
  secretCacheTtl,
} from "../../kubelet-sim/index.ts";
