/** The control plane's public door. Components on nodes use `client/index.ts` and `ports.ts`. */
export { ApiServer } from "./api-server/api-server.ts";
export type {
  ApiServerConfig,
  ApiServerState,
} from "./api-server/api-server.ts";
export { LAST_APPLIED } from "./api-server/apply.ts";
export { KINDS, kindInfo, kindNamed } from "./api-server/kinds.ts";
export type { KindBehaviour, KindInfo } from "./api-server/kinds.ts";
export { parseLabelSelector } from "./api-server/label-selector.ts";
export type { LabelRequirement } from "./api-server/label-selector.ts";
export {
  matchesFields,
  matchesLabels,
  parseFieldSelector,
} from "./api-server/selectors.ts";
export type { FieldRequirement } from "./api-server/selectors.ts";
export { nearest } from "./api-server/validation/nearest.ts";
export type { ManifestProblem } from "./api-server/validation/report.ts";
export { validateManifest } from "./api-server/validation/validate.ts";
export { GarbageCollector } from "./controllers/garbage-collector.controller.ts";
export { DefaultScheduler } from "./controllers/scheduler.ts";
export type { SchedulerConfig } from "./controllers/scheduler.ts";
