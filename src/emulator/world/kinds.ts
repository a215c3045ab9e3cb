/** What the rooms of a world know by name, for those who read what users write. */
import { AZURE_LANE_PRODUCTS } from "../../azure-mock/index.ts";
import { LANE_PRODUCTS, laneMistake } from "../../cluster-sim/index.ts";
import type {
  LaneKind,
  LaneMistake,
  LaneProduct,
  LaneSpec,
} from "../../cluster-sim/index.ts";
import type { APP_KINDS } from "../../kubelet-sim/index.ts";

export type { LaneKind };
export type AppKind = (typeof APP_KINDS)[number];
export { KINDS } from "../../cluster-sim/index.ts";
export { APP_ANNOTATION, APP_KINDS } from "../../kubelet-sim/index.ts";
export { OBJECT_OPERATION_NAMES as VAULT_OPERATIONS } from "../../keyvault-mock/index.ts";

/** Lanes that write a Kubernetes Secret. */
export const SECRET_LANES: readonly LaneKind[] = [
  "external-secrets",
  "akv2k8s",
  "sync-controller",
  "secret-store-extension",
  "app-configuration",
];

export const LANE_KINDS: readonly LaneKind[] = [
  ...SECRET_LANES,
  "akv2k8s-env",
  "app-service",
  "container-apps",
  "dapr",
];

/** The products of all lanes: those of the cluster and those of Azure's application platforms. */
export const ALL_LANE_PRODUCTS: readonly LaneProduct[] = [
  ...LANE_PRODUCTS,
  ...AZURE_LANE_PRODUCTS,
];

/** What the world would refuse of a lane; null when nothing. */
export function mistakeOfLane(lane: LaneSpec): LaneMistake | null {
  const product = ALL_LANE_PRODUCTS.find(({ kind }) => kind === lane.kind);
  return product === undefined ? null : laneMistake(lane, product);
}

/** Of External Secrets. */
export const REFRESH_POLICIES = [
  "Periodic",
  "CreatedOnce",
  "OnChange",
] as const;
