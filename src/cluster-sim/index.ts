/** The control plane's public door. Components on nodes use `client/index.ts` and `ports.ts`. */
export { ApiServer } from "./api-server/api-server.ts";
export type { ApiServerConfig } from "./api-server/api-server.ts";
export type { ApiFault } from "./api-server/faults.ts";
export { LAST_APPLIED } from "./api-server/apply.ts";
export type { ManifestProblem } from "./api-server/validation/report.ts";
export { KINDS } from "./api-server/kinds.ts";
export { validateManifest } from "./api-server/validation/validate.ts";
export { GarbageCollector } from "./controllers/garbage-collector.controller.ts";
export { DefaultScheduler } from "./controllers/scheduler.ts";
export { TTL_ANNOTATION, TtlController } from "./controllers/ttl-controller.ts";
