/**
 * The controller of Azure Key Vault to Kubernetes with one AzureKeyVaultSecret whose output is a Secret.
 *
 * Knobs    --azure-resync-period (`every`, 30 s)
 * States   each resync asks the vault, writes the Secret if the value's hash is another than `status.secretHash`, and writes
 *          the status; that write is a change of the AzureKeyVaultSecret, which asks the vault once more and writes the Secret
 *          where its own data is not what the status says: what somebody changed is repaired by the next resync
 * Timers   AKV2K8S_RESYNC_MS      30 s from the start of the process on, no jitter
 *          WORK_QUEUE_BACKOFF_MS  5 ms, doubled, AKV2K8S_RETRIES 5 times: after a failure; then the next resync
 * Source: SparebankenVest/azure-key-vault-to-kubernetes (2026-07) cmd/azure-keyvault-controller/controller/azureKeyVaultSecret.go,
 *         pkg/azure/keyvault/client/service.go; alternatives.md 4.3
 * Simplification: No AzureKeyVaultSecret object stands behind a lane, so its status, Events and ownerReference are not written.
 * Simplification: A deleted or changed target of akv2k8s is repaired by its next resync.
 * Simplification: The 30 s that akv2k8s gives each GET, its SDK's retries included, are not modelled: one that a fault drops is tried again as by other clients.
 * From code alone: akv2k8s asks Key Vault twice in each resync of 30 s, since its own write of the status counts as a change.
 * From code alone: akv2k8s makes a new vault client for each secret that it reads, so each read follows an unauthenticated request.
 */
import { HOUR_MS } from "../../kernel/time.ts";
import {
  AKV2K8S_RESYNC_MS,
  AKV2K8S_RETRIES,
  WORK_QUEUE_BACKOFF_MAX_MS,
  WORK_QUEUE_BACKOFF_MS,
} from "../defaults.ts";
import type { LaneProduct } from "./lane.ts";
import { doubling, none, perHour } from "./lane.ts";

export const AKV2K8S_LANE: LaneProduct = {
  kind: "akv2k8s",
  title: "akv2k8s controller",
  hears: "informer resync",
  defaultEveryMs: AKV2K8S_RESYNC_MS,
  publishes: "secret",
  refreshes: "Secret",
  podRestart: "for env",
  worstDelay: (everyMs) => everyMs,
  readsPerHour: (everyMs) => perHour(everyMs, HOUR_MS, 2),
  rhythm: "ticker",
  anyPassShifts: true,
  leastWaitMs: 0,
  zeroIsNever: false,
  minEveryMs: 1,
  tick: "interval",
  refresh: "forced",
  jitters: false,
  gets: ["if-hash-differs", "if-target-differs"],
  pinnedOnce: false,
  watches: "no",
  ownsData: false,
  restart: "fetches",
  neededForUse: false,
  sdk: "azsecrets",
  client: "get",
  token: "process",
  identity: "workload",
  serviceAccount: "akv2k8s/akv2k8s-controller",
  apiVersion: "7.4",
  userAgent: "azsdk-go-azsecrets/v0.10.1 (go1.22; linux)",
  labels: none,
  annotations: none,
  retry: (failures) =>
    failures > AKV2K8S_RETRIES
      ? null
      : doubling(WORK_QUEUE_BACKOFF_MS, WORK_QUEUE_BACKOFF_MAX_MS, failures),
};
