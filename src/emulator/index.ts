/**
 * The public API of the package `keyturn`: worlds as fixtures for somebody's own tests, and scenarios as files. The
 * command line goes through it, too.
 */
export { KeyturnError } from "../kernel/errors.ts";
export type { Cause, Fact, FactSink, Instance, Run } from "../kernel/trace.ts";
export { instances } from "../kernel/trace.ts";
export type { AuditRecord } from "./views/audit-record.ts";
export type { MetricsEndpoint } from "./views/metrics.ts";
export { createWorld } from "./fixture.ts";
export type {
  FixtureApplication,
  FixtureConfig,
  FixtureDatabase,
  FixtureLane,
  FixtureSettings,
} from "./fixture-config.ts";
export type { FixtureFault, FixtureRestart } from "./fixture-breaking.ts";
export type {
  ExecResult,
  FixtureCertificate,
  FixtureKey,
  FixtureVault,
  FixtureWorld,
  OpenedVolume,
} from "./fixture-types.ts";
export type {
  FsEvent,
  FsStat,
  Inspected,
  InspectedContainer,
  InspectedFile,
  PodFs,
} from "../kubelet-sim/index.ts";
export { loadScenario } from "./scenario/load.ts";
export type {
  Scenario,
  ScenarioLane,
  ScenarioProblem,
  Variant,
} from "./scenario/model.ts";
export { ScenarioError } from "./scenario/problems.ts";
export { playScenario } from "./scenario/run.ts";
export type { PlayedScenario, PlayOptions, Refusal } from "./scenario/run.ts";
export { variantOf } from "./scenario/variants.ts";
export type { ExpectationResult } from "./trace/verdict.ts";
