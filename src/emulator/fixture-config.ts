/** What `createWorld` takes. The members mean what they mean in a scenario file. */
import type { JsonObject } from "../kernel/json.ts";
import type { FactSink } from "../kernel/trace.ts";
import type { AppKind, LaneKind } from "./world/kinds.ts";
import type { Settings } from "./world/settings.ts";

/** Overrides of a profile's settings, as a scenario's `settings:` has them: durations as text (`2m`). */
export type FixtureSettings = {
  readonly [Group in keyof Settings]?: {
    readonly [
      Key in keyof Settings[Group]
    ]?: Settings[Group][Key] extends boolean
      ? boolean
      : Settings[Group][Key] | string;
  };
};

/** An entry of a scenario's `applications:`. Durations as text. */
export interface FixtureApplication {
  readonly how: AppKind;
  readonly container?: string;
  readonly file?: string;
  readonly env?: string;
  readonly vault?: string;
  readonly secret?: string;
  readonly every?: string;
  readonly schedule?: "fixed-delay" | "fixed-rate";
  readonly sidecar?: string;
  readonly database?: string;
  readonly requestEvery?: string;
}

/** A product of a scenario's `lanes:`. Durations as text. */
export interface FixtureLane {
  readonly name: string;
  readonly kind: LaneKind;
  readonly vault: string;
  readonly secret: string;
  readonly version?: string;
  readonly every?: string;
  readonly jitter?: string;
  readonly phase?: string;
  /** `[NAMESPACE/]SECRET/KEY`, of those that write a Secret. */
  readonly target?: string;
  readonly refreshPolicy?: "Periodic" | "CreatedOnce" | "OnChange";
}

/** An entry of a scenario's `databases:`. */
export interface FixtureDatabase {
  readonly name: string;
  readonly vault: string;
  readonly secret: string;
  readonly credentials: "single" | "dual";
  readonly switchAfter?: string;
}

/** What `createWorld` takes; everything has a default. */
export interface FixtureConfig {
  /** Default 1. */
  readonly seed?: number;
  /** RFC 3339; default 2024-04-29T09:00:00Z. */
  readonly start?: string;
  /** A built-in profile's name, or a path; default `aks`. */
  readonly profile?: string;
  readonly settings?: FixtureSettings;
  /** How many, or their names; default 1. */
  readonly nodes?: number | readonly string[];
  /** Secrets by vault and name: `{ kvdemo: { secret1: "the first value" } }`. */
  readonly vaults?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** YAML text (several documents each) or objects, applied at the start. */
  readonly manifests?: readonly (string | JsonObject)[];
  /** What the programs in the pods of `manifests` do with the secret, by pod or workload: `{ "deployment/web": { how: "reads-once", env: "PASSWORD" } }`. */
  readonly applications?: Readonly<Record<string, FixtureApplication>>;
  /** Other products on the same secrets: `{ name: "eso", kind: "external-secrets", … }`. */
  readonly lanes?: readonly FixtureLane[];
  /** Services that take a secret of a vault as their password. */
  readonly databases?: readonly FixtureDatabase[];
  /** Replaced in manifests: `${name}`. */
  readonly variables?: Readonly<Record<string, string>>;
  /** For names without one; default `default`. */
  readonly namespace?: string;
  /** Get every fact as it is written. */
  readonly sinks?: readonly FactSink[];
  /** Whether the world keeps its facts for `trace()` and `audit()`; default true. Turn it off for long runs. */
  readonly keepTrace?: boolean;
}

/** Every member there is: others are refused. */
export const CONFIG_MEMBERS: readonly (keyof FixtureConfig)[] = [
  "seed",
  "start",
  "profile",
  "settings",
  "nodes",
  "vaults",
  "manifests",
  "applications",
  "lanes",
  "databases",
  "variables",
  "namespace",
  "sinks",
  "keepTrace",
];
