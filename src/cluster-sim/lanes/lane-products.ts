/** The lanes of the cluster: one product a file. Those of Azure's platforms are in `azure-mock/app-service`. */
import { AKV2K8S_ENV_LANE } from "./akv2k8s-env.lane.ts";
import { AKV2K8S_LANE } from "./akv2k8s.lane.ts";
import { APP_CONFIGURATION_LANE } from "./app-configuration.lane.ts";
import { DAPR_LANE } from "./dapr.lane.ts";
import { EXTERNAL_SECRETS_LANE } from "./external-secrets.lane.ts";
import type { LaneProduct } from "./lane.ts";
import { SECRET_STORE_EXTENSION_LANE } from "./secret-store-extension.lane.ts";
import { SYNC_CONTROLLER_LANE } from "./sync-controller.lane.ts";

export const LANE_PRODUCTS: readonly LaneProduct[] = [
  EXTERNAL_SECRETS_LANE,
  AKV2K8S_LANE,
  AKV2K8S_ENV_LANE,
  SYNC_CONTROLLER_LANE,
  SECRET_STORE_EXTENSION_LANE,
  APP_CONFIGURATION_LANE,
  DAPR_LANE,
];
