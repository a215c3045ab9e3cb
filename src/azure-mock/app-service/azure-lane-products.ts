/** The lanes of Azure's application platforms, beside those of the cluster. */
import type { LaneProduct } from "../../cluster-sim/ports.ts";
import { APP_SERVICE_LANE } from "./app-service.lane.ts";
import { CONTAINER_APPS_LANE } from "./container-apps.lane.ts";

export const AZURE_LANE_PRODUCTS: readonly LaneProduct[] = [
  APP_SERVICE_LANE,
  CONTAINER_APPS_LANE,
];
