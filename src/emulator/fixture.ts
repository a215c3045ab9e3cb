/**
 * A world as a fixture: `createWorld` for somebody's own tests. Everything is synchronous, virtual time moves only when
 * the test says so, and the same calls give the same bytes on every machine.
 *
 * Configuration and manifests go through the scenario loader, so that a mistake has its place and its fix here, too.
 */
import { bytesToUtf8 } from "../kernel/bytes.ts";
import { KeyturnError } from "../kernel/errors.ts";
import type { JsonObject, JsonValue } from "../kernel/json.ts";
import type { DurationMs, EpochMs } from "../kernel/time.ts";
import { parseInstant, toRfc3339Ms } from "../kernel/time.ts";
import type { Fact, FactSink } from "../kernel/trace.ts";
import { CONFIG_MEMBERS } from "./fixture-config.ts";
import type { FixtureConfig, FixtureSettings } from "./fixture-config.ts";
import {
  asErrorOf,
  checkSnapshot,
  readDuration,
  readKind,
  readPodPlace,
  refusePath,
  refuseUnknownContainer,
  refuseUnknownMembers,
} from "./fixture-checks.ts";
import { Invariants } from "./invariants/index.ts";
import { readTextFile } from "./profiles/input/read-file.ts";
import type { PodFs } from "../kubelet-sim/index.ts";
import { AUDIT_CONFIG, requestIds } from "./audit.ts";
import { loadScenario } from "./scenario/load.ts";
import type { Scenario } from "./scenario/model.ts";
import type { AuditRecord } from "./views/audit-record.ts";
import { AuditLog } from "./views/audit-log.ts";
import type {
  Command,
  CommandBody,
  SecretAttributes,
} from "./world/commands.ts";
import { World } from "./world/world.ts";

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
  /**
   * A pod's volume as a file system under `/volume`, with links, modes and the events that a watcher gets; it follows the
   * volume until `close`. WHO is `[NAMESPACE/]POD`.
   */
  openVolume(who: string, volume: string): Promise<OpenedVolume>;
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

export interface OpenedVolume {
  readonly fs: PodFs;
  readonly close: () => void;
}

/** Makes a world. Throws a `ScenarioError` for a configuration or manifest that cannot be. */
export function createWorld(config: FixtureConfig = {}): FixtureWorld {
  return new Fixture(config);
}

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
  readonly #invariants = new Invariants();

  constructor(config: FixtureConfig) {
    refuseUnknownMembers("make the world", config, CONFIG_MEMBERS);
    this.#config = config;
    const vaults = Object.entries(config.vaults ?? {});
    const scenario = this.#load("make the world", {
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
      seed,
      start,
      settings,
      nodes,
      sinks: [this.#invariants, ...own, ...(config.sinks ?? [])],
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
      setSecret: (name, value, attributes = {}) => {
        if (typeof value !== "string")
          throw new KeyturnError(
            "BadValue",
            `Failed to setSecret: the value of ${name} is no text`,
          );
        return act({ ...attributes, kind: "setSecret", vault, name, value })!;
      },
      updateSecret: (name, attributes) =>
        void act({ ...attributes, kind: "updateSecret", vault, name }),
      deleteSecret: (name) => void act({ kind: "deleteSecret", vault, name }),
      recoverSecret: (name) => void act({ kind: "recoverSecret", vault, name }),
      purgeSecret: (name) => void act({ kind: "purgeSecret", vault, name }),
    };
  }

  apply(manifest: string | JsonObject): void {
    const { setup } = this.#load("apply", manifestsOf([manifest]));
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
    for (const { command } of this.#load("change the settings", { steps })
      .steps)
      this.#execute(command);
  }

  advance(duration: string | DurationMs): void {
    const ms = readDuration("advance by", duration);
    this.#world.runUntil(this.#world.now + ms);
  }

  runUntil(
    when: string | EpochMs | (() => boolean),
    options: { readonly limit?: string } = {},
  ): void {
    if (typeof when === "function") return this.#runUntilTrue(when, options);
    const at = typeof when === "number" ? when : parseInstant(when);
    if (at === null || !Number.isSafeInteger(at) || at < this.#world.now)
      throw new KeyturnError(
        "BadInstant",
        `Failed to run until ${typeof when === "string" ? JSON.stringify(when) : String(when)}: it is no instant (RFC 3339, or whole milliseconds) from ${this.now} on`,
      );
    this.#world.runUntil(at);
  }

  #runUntilTrue(
    holds: () => boolean,
    { limit = DEFAULT_LIMIT }: { readonly limit?: string },
  ): void {
    const world = this.#world;
    const end = world.now + readDuration("run with the limit", limit);
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
    const place = readPodPlace(who, this.#namespace);
    const { namespace, pod, container } = place;
    const stored = this.#world.read("Pod", namespace, pod);
    if (stored !== null) refuseUnknownContainer(copyOf(stored.object), place);
    const bytes = this.#world.readFile(namespace, pod, path, container);
    return bytes === null ? null : bytes.slice();
  }

  // oxlint-disable-next-line core/no-async -- memfs costs 90 ms to load: whoever looks into a volume waits for it, nobody else
  async openVolume(who: string, volume: string): Promise<OpenedVolume> {
    const { namespace, pod } = readPodPlace(who, this.#namespace);
    const { createMemfsPodFs } =
      // oxlint-disable-next-line core/no-async -- see above
      await import("../kubelet-sim/pod-fs/memfs-pod-fs.ts");
    const fs = createMemfsPodFs();
    return this.#world.openVolume(namespace, pod, volume, fs);
  }

  get(kind: string, name: string, namespace?: string): JsonObject | null {
    const of = readKind(kind, namespace ?? this.#namespace);
    const stored = this.#world.read(of.kind, of.namespace, name);
    return stored === null ? null : copyOf(stored.object);
  }

  trace(): readonly Fact[] {
    if (this.#config.keepTrace === false)
      throw new KeyturnError(
        "NoTrace",
        "Failed to read the trace: this world was made with keepTrace: false; give it sinks, or leave the option out",
      );
    return [...this.#log.facts, ...this.#world.sim.trace.openRuns()];
  }

  audit(vault: string): readonly AuditRecord[] {
    const records: AuditRecord[] = [];
    const log = new AuditLog({
      config: AUDIT_CONFIG,
      requestIds: requestIds(this.#world.config.seed),
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
      made: this.#made(),
      world: this.#world.snapshot(),
      invariants: this.#invariants.snapshot(),
      facts: [...this.#log.facts] as unknown as JsonValue,
    };
  }

  restore(snapshot: JsonValue): void {
    checkSnapshot(snapshot, this.#made());
    const { world, invariants, facts } = snapshot as unknown as {
      readonly world: JsonValue;
      readonly invariants: JsonValue;
      readonly facts: readonly Fact[];
    };
    this.#world.restore(world);
    this.#invariants.restore(invariants);
    this.#log.facts = [...facts];
  }

  /** What worlds must have in common for a snapshot to fit. */
  #made(): JsonObject {
    const { seed, start, nodes } = this.#world.config;
    const keepTrace = this.#config.keepTrace !== false;
    return { seed, start: toRfc3339Ms(start), nodes, keepTrace };
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
  #load(what: string, parts: LoadParts): Scenario {
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
    try {
      return loadScenario(CONFIG_FILE, {
        // JSON is YAML; the manifests are files beside it, so that their own rules and positions hold.
        readFile: (file) =>
          file === CONFIG_FILE
            ? JSON.stringify(scenario)
            : (files.get(file) ?? readTextFile(file)),
      });
    } catch (error) {
      throw asErrorOf(what, error, CONFIG_FILE);
    }
  }
}

/** Objects as JSON of the caller's own: whatever a test does to it, the world stays as it is. */
function copyOf(object: unknown): JsonObject {
  return JSON.parse(JSON.stringify(object)) as JsonObject;
}

const CONFIG_FILE = "createWorld";

interface LoadParts extends Record<string, unknown> {
  readonly files?: ReadonlyMap<string, string>;
}

function manifestsOf(manifests: readonly (string | JsonObject)[]): LoadParts {
  const files = new Map<string, string>();
  for (const [i, manifest] of manifests.entries()) {
    if (typeof manifest === "string") refusePath(manifest);
    files.set(
      `manifest ${i + 1}`,
      typeof manifest === "string" ? manifest : JSON.stringify(manifest),
    );
  }
  return { files, manifests: [...files.keys()] };
}
