/**
 * A Key Vault reference in a setting of an App Service or Functions app: the platform resolves it into a variable.
 *
 * Knobs    `every`, 24 h (no knob in Azure); forced by any change of the app's configuration, or by the resource manager's
 *          `config/configreferences/appsettings/refresh`
 * States   a fetch that finds another value starts the app's process anew with it; a reference with a version stays
 * Timers   APP_SERVICE_INTERVAL_MS  24 h after the last fetch
 * Source: MicrosoftDocs/azure-docs articles/app-service/app-service-key-vault-references.md; alternatives.md 3.1
 * Setting: App Service looks at a reference without a version every 24 h, as its documentation allows; a lane's every is another interval.
 * Simplification: That App Service's refetch after 24 h starts the process anew when the value changed is assumed, and the start takes no time.
 * Simplification: A fetch of App Service or Container Apps that failed is not repeated before the next interval or change of the configuration.
 * Simplification: A plain restart of an App Service app, or of a Container Apps revision, fetches nothing: none is documented to.
 * Simplification: The managed identity of App Service and Container Apps is taken to be one of the nodes', so that identity.vmIdentity stands for it, too.
 * Simplification: A reference that cannot be resolved holds nothing, where a real process sees the text of the reference.
 */
import type { LaneProduct } from "../../cluster-sim/ports.ts";
import { HOUR_MS } from "../../kernel/time.ts";
import { APP_SERVICE_INTERVAL_MS } from "./defaults.ts";

export const APP_SERVICE_LANE: LaneProduct = {
  kind: "app-service",
  title: "App Service Key Vault reference",
  hears: "platform's timer, any config change",
  defaultEveryMs: APP_SERVICE_INTERVAL_MS,
  publishes: "environment",
  refreshes: "app setting",
  podRestart: "platform does it",
  worstDelay: (everyMs) => everyMs,
  readsPerHour: (everyMs) => (everyMs === null ? null : HOUR_MS / everyMs),
  rhythm: "since-start",
  anyPassShifts: true,
  leastWaitMs: 0,
  zeroIsNever: false,
  minEveryMs: 1,
  tick: "interval",
  refresh: "forced",
  jitters: false,
  gets: ["hold"],
  pinnedOnce: true,
  watches: "no",
  ownsData: false,
  restart: "nothing",
  neededForUse: false,
  sdk: "azsecrets",
  client: "process",
  token: "process",
  identity: "managed",
  serviceAccount: "",
  apiVersion: "7.4",
  userAgent: "AppService",
  labels: () => ({}),
  annotations: () => ({}),
  retry: () => null,
};
