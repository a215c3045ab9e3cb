/**
 * secrets-store-sync-controller with one SecretSync: the sync half of the CSI driver without a mount.
 *
 * Knobs    --rotation-poll-interval (`every`, 12 h; 0: off); forced by `forceSynchronization`
 * States   each pass asks the provider; the Secret is applied when the hash of data and specification is another than
 *          `status.syncHash`, or after a failure. Nobody looks at the Secret: what was changed or deleted stays so
 * Timers   SYNC_CONTROLLER_INTERVAL_MS  12 h, one ticker for all objects from the start of the process on; forcing does not shift it
 *          WORK_QUEUE_BACKOFF_MS        5 ms, doubled up to 1,000 s: after a failure
 * Source: kubernetes-sigs/secrets-store-sync-controller v0.0.4 cmd/main.go, internal/controller/secretsync_controller.go;
 *         alternatives.md 4.2; key-vault.md 11 (the provider makes a client and asks for a token in each call)
 * Simplification: No SecretSync object stands behind a lane, so its conditions and ownerReference are not written.
 * From code alone: The sync controller does not repair a Secret that somebody changed or deleted, until it is forced or the vault's value changes.
 */
import { HOUR_MS } from "../../kernel/time.ts";
import {
  SYNC_CONTROLLER_INTERVAL_MS,
  WORK_QUEUE_BACKOFF_MAX_MS,
  WORK_QUEUE_BACKOFF_MS,
} from "../defaults.ts";
import type { LaneProduct } from "./lane.ts";
import { doubling, none, perHour } from "./lane.ts";

export const SYNC_CONTROLLER_LANE: LaneProduct = {
  kind: "sync-controller",
  title: "Secrets Store sync controller",
  hears: "one ticker for all",
  defaultEveryMs: SYNC_CONTROLLER_INTERVAL_MS,
  publishes: "secret",
  refreshes: "Secret",
  podRestart: "for env",
  worstDelay: (everyMs) => (everyMs === 0 ? null : everyMs),
  readsPerHour: (everyMs) => perHour(everyMs, HOUR_MS),
  rhythm: "ticker",
  anyPassShifts: true,
  leastWaitMs: 0,
  zeroIsNever: true,
  minEveryMs: 1,
  tick: "interval",
  refresh: "forced",
  jitters: false,
  gets: ["if-hash-differs"],
  pinnedOnce: false,
  watches: "no",
  ownsData: false,
  restart: "fetches",
  neededForUse: false,
  sdk: "azsecrets",
  client: "pass",
  token: "pass",
  identity: "workload",
  serviceAccount: "default/default",
  apiVersion: "7.4",
  userAgent: "azsdk-go-azsecrets/v0.13.0 (go1.25.11; linux)",
  labels: () => ({ "secrets-store.sync.x-k8s.io": "" }),
  annotations: none,
  retry: (failures) =>
    doubling(WORK_QUEUE_BACKOFF_MS, WORK_QUEUE_BACKOFF_MAX_MS, failures),
};
