/**
 * External Secrets Operator with one ExternalSecret whose `target` is a Kubernetes Secret (creationPolicy Owner).
 *
 * Knobs    refreshInterval (`every`, 1 h; 0: once), refreshPolicy; forced by an annotation, label or spec of the ExternalSecret
 * States   a reconcile fetches when `refreshTime` + interval is over, when it is forced, or when the target is not valid: gone,
 *          without the label `reconcile.external-secrets.io/managed`, or with data that its annotation `data-hash` does not fit
 * Timers   EXTERNAL_SECRETS_INTERVAL_MS   1 h, from start to start: a forced reconcile moves it
 *          EXTERNAL_SECRETS_BACKOFF_MS    1 s, doubled up to 7 min: to the next try of a reconcile that failed
 * Source: external-secrets/external-secrets v2.9.0 pkg/controllers/externalsecret/externalsecret_controller.go,
 *         pkg/controllers/common/common.go, providers/v1/azure/keyvault/keyvault.go; alternatives.md 4.1
 * Simplification: No ExternalSecret object stands behind a lane, so its conditions, Events and ownerReference are not written.
 * Simplification: Of the External Secrets Operator's rate limits only that of each object is modelled, not the one of the whole queue (10 a second, 100 at once); sync windows are not modelled.
 * Differs: The hash in an External Secrets target's annotation is a SHA-256 of its data; upstream's is another one.
 * Differs: At exactly refreshTime + refreshInterval a lane of External Secrets fetches, where upstream's strict comparison would wait for the next microsecond.
 * From code alone: External Secrets Operator asks for a token and makes a vault client in every reconcile, with the older SDK for Go unless its store says useAzureSDK.
 */
import { HOUR_MS } from "../../kernel/time.ts";
import {
  EXTERNAL_SECRETS_BACKOFF_MAX_MS,
  EXTERNAL_SECRETS_BACKOFF_MS,
  EXTERNAL_SECRETS_INTERVAL_MS,
} from "../defaults.ts";
import type { LaneProduct } from "./lane.ts";
import { doubling, perHour } from "./lane.ts";

export const EXTERNAL_SECRETS_LANE: LaneProduct = {
  kind: "external-secrets",
  title: "External Secrets Operator",
  hears: "its own timer",
  defaultEveryMs: EXTERNAL_SECRETS_INTERVAL_MS,
  publishes: "secret",
  refreshes: "Secret",
  podRestart: "for env",
  worstDelay: (everyMs) => (everyMs === 0 ? null : everyMs),
  readsPerHour: (everyMs) => perHour(everyMs, HOUR_MS),
  rhythm: "since-start",
  anyPassShifts: true,
  leastWaitMs: 0,
  zeroIsNever: true,
  minEveryMs: 1,
  tick: "interval",
  refresh: "forced",
  jitters: false,
  gets: ["if-target-differs"],
  pinnedOnce: false,
  watches: "validity",
  ownsData: true,
  restart: "if-due",
  neededForUse: false,
  sdk: "autorest",
  client: "pass",
  token: "pass",
  identity: "workload",
  serviceAccount: "external-secrets/external-secrets",
  apiVersion: "7.0",
  userAgent:
    "Go/go1.26 (amd64-linux) go-autorest/v14.2.1 Azure-SDK-For-Go/v68.0.0 keyvault/7.0",
  labels: () => ({ [MANAGED_LABEL]: "true" }),
  annotations: (dataHash) => ({ [DATA_HASH_ANNOTATION]: dataHash }),
  retry: (failures) =>
    doubling(
      EXTERNAL_SECRETS_BACKOFF_MS,
      EXTERNAL_SECRETS_BACKOFF_MAX_MS,
      failures,
    ),
};

const MANAGED_LABEL = "reconcile.external-secrets.io/managed";
const DATA_HASH_ANNOTATION = "reconcile.external-secrets.io/data-hash";
