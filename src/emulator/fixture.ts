/**
 * A world as a fixture: `createWorld` for somebody's own tests. Everything is synchronous, virtual time moves only when
 * the test says so, and the same calls give the same bytes on every machine.
 *
 * Configuration and manifests go through the scenario loader, so that a mistake has its place and its fix here, too.
 */
import { bytesToUtf8 } from "../kernel/bytes.ts";
import { Draws } from "../kernel/draw.ts";
import { KeyturnError } from "../kernel/errors.ts";
import type { JsonObject, JsonValue } from "../kernel/json.ts";
import type { DurationMs, EpochMs } from "../kernel/time.ts";
import { parseDuration, parseInstant, toRfc3339Ms } from "../kernel/time.ts";
import type { Fact, FactSink } from "../kernel/trace.ts";
import { correlationId, serviceTimeMs } from "../keyvault-mock/index.ts";
import { readTextFile } from "./profiles/input/read-file.ts";
import { loadScenario } from "./scenario/load.ts";
import type { Scenario } from "./scenario/model.ts";
import type { AuditRecord } from "./views/audit-record.ts";
import { AuditLog } from "./views/audit-log.ts";
import type {
  Command,
  CommandBody,
  SecretAttributes,
} from "./world/commands.ts";
import type { Settings } from "./world/settings.ts";
import { World } from "./world/world.ts";

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

/** What `createWorld` takes; everything has a default. The members mean what they mean in a scenario file. */
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

/** The vault of one name, as its operator uses it. Refusals throw a `KeyturnError` with Azure's code and text. */
export interface FixtureVault {
  /** Makes a new version and returns its id, 32 hex digits. */
  setSecret(name: string, value: string, attributes?: SecretAttributes): string;
  updateSecret(
    name: string,
    attributes: SecretAttributes & { readonly version?: string },
  ): void;
  deleteSecret(name: string): void;
  recoverSecret(name: string): void;
  purgeSecret(name: string): void;
}

export interface FixtureWorld {
  /** Virtual time, RFC 3339 with milliseconds. */
  readonly now: string;
  readonly nowMs: EpochMs;
  vault(name: string): FixtureVault;
  /** As `kubectl apply -f -`: YAML text or one object. Throws a `ScenarioError` that lists what is wrong and where. */
  apply(manifest: string | JsonObject): void;
  /** As `kubectl delete`: `pod/busybox`, `NAMESPACE/secret/app-secret`. */
  delete(object: string): void;
  /** As `az aks addon update`: with the restarts that the real change causes. */
  changeSettings(settings: FixtureSettings): void;
  /** Moves time on: `2m`, `1h30m`, or milliseconds. Runs everything due by then. */
  advance(duration: string | DurationMs): void;
  /**
   * Runs until an instant (RFC 3339 or epoch ms), or until the predicate holds, looked at after each event.
   * A predicate that does not hold within `limit` (default `1d`) throws.
   */
  runUntil(
    when: string | EpochMs | (() => boolean),
    options?: { readonly limit?: string },
  ): void;
  /** What a container would read at a path: text, or null where there is no such file. WHO is `[NAMESPACE/]POD[@CONTAINER]`. */
  readFile(who: string, path: string): string | null;
  readFileBytes(who: string, path: string): Uint8Array | null;
  /** The object as the API server holds it, or null: `get("secret", "app-secret")`. */
  get(kind: string, name: string, namespace?: string): JsonObject | null;
  /** The facts so far, runs that are still open included. */
  trace(): readonly Fact[];
  /** SHA-256 over the facts written so far: equal runs have equal hashes. */
  readonly traceHash: string;
  /** The vault's audit log so far, as Azure's diagnostic records, in order of time. */
  audit(vault: string): readonly AuditRecord[];
  /** The whole world as JSON. It holds the values of secrets. */
  snapshot(): JsonValue;
  /** Goes back, or on, to where a snapshot of a world of the same configuration was taken. */
  restore(snapshot: JsonValue): void;
}

/** Makes a world. Throws a `ScenarioError` for a configuration or manifest that cannot be. */
export function createWorld(config: FixtureConfig = {}): FixtureWorld {
  return new Fixture(config);
}

const AUDIT_CONFIG = {
  subscriptionId: "0a0b0000-0000-4000-8000-00000000000c",
  resourceGroup: "rg-keyturn",
  dnsSuffix: "vault.azure.net",
};
const DEFAULT_LIMIT = "1d";

class FactLog implements FactSink {
  facts: Fact[] = [];
  fact(fact: Fact): void {
    this.facts.push(fact);
  }
}

class Fixture implements FixtureWorld {
  readonly #config: FixtureConfig;
  readonly #namespace: string;
  readonly #world: World;
  readonly #log = new FactLog();

  constructor(config: FixtureConfig) {
    this.#config = config;
    const vaults = Object.entries(config.vaults ?? {});
    const scenario = this.#load({
      vaults: vaults.map(([name, secrets]) => ({ name, secrets })),
      ...(config.start === undefined ? {} : { start: config.start }),
      ...(config.settings === undefined ? {} : { settings: config.settings }),
      nodes: config.nodes ?? 1,
      ...manifestsOf(config.manifests ?? []),
    });
    const { seed, start, settings, nodes, namespace } = scenario;
    this.#namespace = namespace;
    const own = config.keepTrace === false ? [] : [this.#log];
    this.#world = new World({
      ...{ seed, start, settings, nodes },
      sinks: [...own, ...(config.sinks ?? [])],
    });
    for (const command of scenario.setup) this.#execute(command);
  }

  get now(): string {
    return toRfc3339Ms(this.#world.now);
  }

  get nowMs(): EpochMs {
    return this.#world.now;
  }

  get traceHash(): string {
    return this.#world.traceHash;
  }

  vault(vault: string): FixtureVault {
    const act = (command: CommandBody) => this.#execute(command);
    return {
      setSecret: (name, value, attributes = {}) =>
        act({ kind: "setSecret", vault, name, value, ...attributes })!,
      updateSecret: (name, attributes) =>
        void act({ kind: "updateSecret", vault, name, ...attributes }),
      deleteSecret: (name) => void act({ kind: "deleteSecret", vault, name }),
      recoverSecret: (name) => void act({ kind: "recoverSecret", vault, name }),
      purgeSecret: (name) => void act({ kind: "purgeSecret", vault, name }),
    };
  }

  apply(manifest: string | JsonObject): void {
    const { setup } = this.#load(manifestsOf([manifest]));
    for (const command of setup) this.#execute(command);
  }

  delete(object: string): void {
    const parts = object.split("/");
    const [namespace, objectKind, name] =
      parts.length === 2 ? [this.#namespace, ...parts] : parts;
    if (name === undefined || parts.length > 3)
      throw new KeyturnError(
        "BadObjectName",
        `Failed to delete ${JSON.stringify(object)}: an object is [NAMESPACE/]KIND/NAME, like pod/busybox`,
      );
    this.#execute({
      kind: "delete",
      namespace: namespace!,
      objectKind: objectKind!,
      name,
    });
  }

  changeSettings(settings: FixtureSettings): void {
    const steps = [{ at: "0s", settings: settings as JsonObject }];
    for (const { command } of this.#load({ steps }).steps)
      this.#execute(command);
  }

  advance(duration: string | DurationMs): void {
    const ms =
      typeof duration === "number" ? duration : parseDuration(duration);
    if (ms === null || !Number.isInteger(ms) || ms < 0)
      throw new KeyturnError(
        "BadDuration",
        `Failed to advance by ${JSON.stringify(duration)}: give a duration like 500ms, 30s, 2m or 1h30m, or whole milliseconds`,
      );
    this.#world.runUntil(this.#world.now + ms);
  }

  runUntil(
    when: string | EpochMs | (() => boolean),
    options: { readonly limit?: string } = {},
  ): void {
    if (typeof when === "function") return this.#runUntilTrue(when, options);
    const at = typeof when === "number" ? when : parseInstant(when);
    if (at === null || at < this.#world.now)
      throw new KeyturnError(
        "BadInstant",
        `Failed to run until ${JSON.stringify(when)}: it is no RFC 3339 instant from ${this.now} on`,
      );
    this.#world.runUntil(at);
  }

  #runUntilTrue(
    holds: () => boolean,
    { limit = DEFAULT_LIMIT }: { readonly limit?: string },
  ): void {
    const world = this.#world;
    const end = world.now + (parseDuration(limit) ?? 0);
    while (!holds()) {
      const next = world.sim.nextDueAt;
      if (next === null || next > end)
        throw new KeyturnError(
          "NeverHeld",
          `Failed to run until the predicate holds: it did not within ${limit} of virtual time`,
        );
      world.sim.step();
    }
  }

  readFile(who: string, path: string): string | null {
    const bytes = this.readFileBytes(who, path);
    return bytes === null ? null : bytesToUtf8(bytes);
  }

  readFileBytes(who: string, path: string): Uint8Array | null {
    const [pod = "", container] = who.split("@");
    const parts = pod.split("/");
    const [namespace, name] =
      parts.length === 1 ? [this.#namespace, pod] : parts;
    return this.#world.readFile(namespace!, name!, path, container);
  }

  get(kind: string, name: string, namespace?: string): JsonObject | null {
    const stored = this.#world.read(kind, namespace ?? this.#namespace, name);
    return stored === null ? null : (stored.object as unknown as JsonObject);
  }

  trace(): readonly Fact[] {
    return [...this.#log.facts, ...this.#world.sim.trace.openRuns()];
  }

  audit(vault: string): readonly AuditRecord[] {
    const draws = new Draws(this.#world.config.seed);
    const records: AuditRecord[] = [];
    const log = new AuditLog({
      config: AUDIT_CONFIG,
      requestIds: (ref) => ({
        correlationId: correlationId(draws, ref),
        durationMs: serviceTimeMs(draws, ref),
      }),
      write: (name, lines) => {
        if (name !== vault) return;
        for (const line of lines.trimEnd().split("\n"))
          records.push(JSON.parse(line) as AuditRecord);
      },
    });
    for (const fact of this.trace()) log.fact(fact);
    log.end();
    return records;
  }

  snapshot(): JsonValue {
    return {
      world: this.#world.snapshot(),
      facts: this.#log.facts as unknown as JsonValue,
    };
  }

  restore(snapshot: JsonValue): void {
    const { world, facts } = snapshot as unknown as {
      readonly world: JsonValue;
      readonly facts: readonly Fact[];
    };
    this.#world.restore(world);
    this.#log.facts = [...facts];
  }

  /** Runs a command; returns the version that a setSecret made. Throws what the real system would answer. */
  #execute(command: Command): string | undefined {
    const outcome = this.#world.execute(command);
    if (outcome.ok) return outcome.version;
    throw new KeyturnError(
      "Refused",
      `Failed to ${command.kind}: ${outcome.error}`,
    );
  }

  /** Reads parts of a scenario by the scenario loader. */
  #load(parts: LoadParts): Scenario {
    const { files = new Map<string, string>(), ...rest } = parts;
    const { seed, profile, variables, namespace } = this.#config;
    const scenario = {
      apiVersion: "keyturn/v1",
      kind: "Scenario",
      metadata: { name: "world" },
      duration: "1s",
      ...(seed === undefined ? {} : { seed }),
      ...(profile === undefined ? {} : { profile }),
      ...(variables === undefined ? {} : { variables }),
      ...(namespace === undefined ? {} : { namespace }),
      ...rest,
    };
    return loadScenario(CONFIG_FILE, {
      // JSON is YAML; the manifests are files beside it, so that their own rules and positions hold.
      readFile: (file) =>
        file === CONFIG_FILE
          ? JSON.stringify(scenario)
          : (files.get(file) ?? readTextFile(file)),
    });
  }
}

const CONFIG_FILE = "createWorld";

interface LoadParts extends Record<string, unknown> {
  readonly files?: ReadonlyMap<string, string>;
}

function manifestsOf(manifests: readonly (string | JsonObject)[]): LoadParts {
  const files = new Map<string, string>();
  for (const [i, manifest] of manifests.entries())
    files.set(
      `manifest ${i + 1}`,
      typeof manifest === "string" ? manifest : JSON.stringify(manifest),
    );
  return { files, manifests: [...files.keys()] };
}
