/** What `createWorld` takes. The members mean what they mean in a scenario file. */
import type { JsonObject } from "../kernel/json.ts";
import type { FactSink } from "../kernel/trace.ts";
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
  "variables",
  "namespace",
  "sinks",
  "keepTrace",
];
