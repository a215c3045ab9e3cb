/**
 * A Key Vault reference of a Container Apps secret without a version: the platform fetches the newest and starts the active
 * revisions anew that have it in a variable.
 *
 * Knobs    `every`, 30 m (no knob in Azure)
 * Timers   CONTAINER_APPS_INTERVAL_MS  30 m after the last fetch
 * Source: a third-party guide that cites vendor documentation; alternatives.md 3.2
 * Setting: Container Apps looks at a reference without a version every 30 m and starts the revision anew, as a third-party guide says; a lane's every is another interval.
 */
import type { LaneProduct } from "../../cluster-sim/ports.ts";
import { APP_SERVICE_LANE } from "./app-service.lane.ts";
import { CONTAINER_APPS_INTERVAL_MS } from "./defaults.ts";

export const CONTAINER_APPS_LANE: LaneProduct = {
  ...APP_SERVICE_LANE,
  kind: "container-apps",
  title: "Container Apps Key Vault reference",
  hears: "platform's timer",
  defaultEveryMs: CONTAINER_APPS_INTERVAL_MS,
  refreshes: "env or volume",
  refresh: null,
  userAgent: "ContainerApps",
};
