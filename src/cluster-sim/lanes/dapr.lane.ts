/**
 * A Dapr secret store: the application asks its sidecar at each use, and the sidecar asks the vault each time.
 *
 * Knobs    none of Dapr; `every` is how often the application uses the value, and without it only its first use counts
 * States   each use is one GET; while the sidecar is down the application is refused
 * Source: dapr/docs reference/components-reference/supported-secret-stores/azure-keyvault, reference/api/secrets_api; alternatives.md 5.1
 * Simplification: What Dapr resolves for its own components (secretKeyRef) is not modelled.
 */
import { HOUR_MS } from "../../kernel/time.ts";
import type { LaneProduct } from "./lane.ts";
import { none, perHour } from "./lane.ts";

export const DAPR_LANE: LaneProduct = {
  kind: "dapr",
  title: "Dapr secret store",
  hears: "each use",
  defaultEveryMs: null,
  publishes: "memory",
  refreshes: "what the app holds",
  podRestart: "no",
  worstDelay: (everyMs) => everyMs,
  readsPerHour: (everyMs) => perHour(everyMs, HOUR_MS),
  rhythm: "ticker",
  anyPassShifts: true,
  leastWaitMs: 0,
  zeroIsNever: false,
  minEveryMs: 1,
  tick: "use",
  refresh: "use",
  jitters: false,
  gets: ["hold"],
  pinnedOnce: false,
  watches: "no",
  ownsData: false,
  restart: "nothing",
  neededForUse: true,
  sdk: "azsecrets",
  client: "process",
  token: "process",
  identity: "workload",
  serviceAccount: "default/default",
  apiVersion: "7.4",
  userAgent: "azsdk-go-azsecrets/v1.3.1 (go1.24; linux)",
  labels: none,
  annotations: none,
  retry: () => null,
};
