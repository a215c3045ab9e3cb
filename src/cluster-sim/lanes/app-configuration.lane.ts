/**
 * Azure App Configuration Kubernetes Provider with one setting that refers to a secret of a vault.
 *
 * Knobs    spec.secret.refresh.interval (`every`, required, at least 1 m)
 * States   a due time is the start of the last reconcile that was due and succeeded plus the interval; a change of the object
 *          or of the Secret's resourceVersion by somebody else reconciles at once, and leaves a due time that is still to
 *          come where it is. A reference with a version is resolved once
 * Timers   APP_CONFIGURATION_RETRY_MS       30 s after a failure, of a 429 of the vault, too
 *          APP_CONFIGURATION_LEAST_WAIT_MS  1 s from the end of a reconcile to the next one that is due
 * Source: Azure/AppConfiguration-KubernetesProvider v2.6.5 internal/controller/{processor,appconfigurationprovider_controller}.go,
 *         internal/loader/keyvault_reference_resolver.go; alternatives.md 4.5
 * Simplification: App Configuration itself is not modelled: a lane's reference is always there, and reading it takes no time.
 * Simplification: No AzureAppConfigurationProvider object stands behind a lane, so its status and ownerReference are not written.
 * Differs: At exactly the due time a lane of the App Configuration provider fetches, where upstream's strict comparison would wait one second more.
 * From code alone: A reconcile of the App Configuration provider that somebody forced does not move the next one that is due.
 * From code alone: The App Configuration provider does not see the Retry-After of a vault's 429, since its error of a reference keeps the text alone.
 * From code alone: The App Configuration provider makes a new vault client in each reconcile that resolves references, so each pass begins with an unauthenticated request.
 */
import { HOUR_MS } from "../../kernel/time.ts";
import {
  APP_CONFIGURATION_LEAST_WAIT_MS,
  APP_CONFIGURATION_MIN_INTERVAL_MS,
  APP_CONFIGURATION_RETRY_MS,
} from "../defaults.ts";
import type { LaneProduct } from "./lane.ts";
import { none, perHour } from "./lane.ts";

export const APP_CONFIGURATION_LANE: LaneProduct = {
  kind: "app-configuration",
  title: "App Configuration provider",
  hears: "its own timer",
  defaultEveryMs: null,
  publishes: "secret",
  refreshes: "Secret",
  podRestart: "for env",
  worstDelay: (everyMs) => everyMs,
  readsPerHour: (everyMs) => perHour(everyMs, HOUR_MS),
  rhythm: "since-start",
  anyPassShifts: false,
  leastWaitMs: APP_CONFIGURATION_LEAST_WAIT_MS,
  zeroIsNever: false,
  minEveryMs: APP_CONFIGURATION_MIN_INTERVAL_MS,
  tick: "interval",
  refresh: "forced",
  jitters: false,
  gets: ["if-target-differs"],
  pinnedOnce: true,
  watches: "resourceVersion",
  ownsData: true,
  restart: "fetches",
  neededForUse: false,
  sdk: "azsecrets",
  client: "pass",
  token: "pass",
  identity: "workload",
  serviceAccount: "azappconfig-system/az-appconfig-k8s-provider",
  apiVersion: "7.4",
  userAgent: "azsdk-go-azsecrets/v1.5.0 (go1.24; linux)",
  labels: none,
  annotations: none,
  retry: () => APP_CONFIGURATION_RETRY_MS,
};
