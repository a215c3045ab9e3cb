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
import type { FixtureFault, FixtureRestart } from "./fixture-breaking.ts";
import { vaultsOf } from "./fixture-breaking.ts";
import type { PodPlace } from "./fixture-checks.ts";
import {
  checkSnapshot,
  readDuration,
  readKind,
  readPodPlace,
  refuseUnknownContainer,
  refuseUnknownMembers,
} from "./fixture-checks.ts";
import type { FixtureConfig, FixtureSettings } from "./fixture-config.ts";
import { CONFIG_MEMBERS } from "./fixture-config.ts";
import {
  deleteCommand,
  patchCommand,
  rolloutRestartCommand,
  scaleCommand,
} from "./fixture-kubectl.ts";
import { loadParts, manifestsOf } from "./fixture-load.ts";
import type {
  ExecResult,
  FixtureVault,
  FixtureWorld,
  OpenedVolume,
} from "./fixture-types.ts";
import { auditOf, metricsOf } from "./fixture-views.ts";
import { Invariants } from "./invariants/index.ts";
import type { InspectedContainer } from "../kubelet-sim/index.ts";
import { Executions, printedBytes } from "./trace/exec-output.ts";
import type { AuditRecord } from "./views/audit-record.ts";
import type { MetricsEndpoint } from "./views/metrics.ts";
import { execName } from "./world/commands.ts";
import type { Command, CommandBody } from "./world/commands.ts";
import { World } from "./world/world.ts";

/** Makes a world. Throws a `ScenarioError` for a configuration or manifest that cannot be. */
export function createWorld(config: FixtureConfig = {}): FixtureWorld {
  return new Fixture(config);
}

const DEFAULT_LIMIT = "1d";
const DEFAULT_EXEC_LIMIT = "1m";

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
  readonly #executions = new Executions();
  /** Commands run in containers so far: their names. */
  #execs = 0;

  constructor(config: FixtureConfig) {
    refuseUnknownMembers("make the world", config, CONFIG_MEMBERS);
    this.#config = config;
    const vaults = Object.entries(config.vaults ?? {});
    const scenario = loadParts(this.#config, "make the world", {
      vaults: vaults.map(([name, secrets]) => ({ name, secrets })),
      ...(config.start === undefined ? {} : { start: config.start }),
      ...(config.settings === undefined ? {} : { settings: config.settings }),
      nodes: config.nodes ?? 1,
      ...manifestsOf(config.manifests ?? []),
      applications: config.applications ?? {},
      lanes: config.lanes ?? [],
      databases: config.databases ?? [],
    });
    const { seed, start, settings, nodes, namespace } = scenario;
    this.#namespace = namespace;
    const own = config.keepTrace === false ? [] : [this.#log];
    this.#world = new World({
      seed,
      start,
      settings,
      nodes,
      sinks: [
        this.#invariants,
        this.#executions,
        ...own,
        ...(config.sinks ?? []),
      ],
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
      setKey: (name, key = {}) => act({ ...key, kind: "setKey", vault, name })!,
      setCertificate: (name, certificate = {}) =>
        act({ ...certificate, kind: "setCertificate", vault, name })!,
      updateSecret: (name, attributes) =>
        void act({ ...attributes, kind: "updateSecret", vault, name }),
      deleteSecret: (name) => void act({ kind: "deleteSecret", vault, name }),
      recoverSecret: (name) => void act({ kind: "recoverSecret", vault, name }),
      purgeSecret: (name) => void act({ kind: "purgeSecret", vault, name }),
    };
  }

  apply(manifest: string | JsonObject): void {
    const { setup } = loadParts(this.#config, "apply", manifestsOf([manifest]));
    for (const command of setup) this.#execute(command);
  }

  delete(object: string): void {
    this.#execute(deleteCommand(object, this.#namespace));
  }

  scale(object: string, replicas: number): void {
    this.#execute(scaleCommand(object, replicas, this.#namespace));
  }

  rolloutRestart(object: string): void {
    this.#execute(rolloutRestartCommand(object, this.#namespace));
  }

  patch(
    object: string,
    body: JsonObject | readonly JsonObject[],
    {
      type = "strategic",
    }: { readonly type?: "strategic" | "merge" | "json" } = {},
  ): void {
    this.#execute(patchCommand(object, { type, body }, this.#namespace));
  }

  refreshLane(lane: string): void {
    this.#execute({ kind: "refreshLane", lane });
  }

  changeSettings(settings: FixtureSettings): void {
    const steps = [{ at: "0s", settings: settings as JsonObject }];
    for (const { command } of loadParts(this.#config, "change the settings", {
      steps,
    }).steps)
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
    const { namespace, pod, container } = this.#podOf(who);
    const bytes = this.#world.readFile(namespace, pod, path, container);
    return bytes === null ? null : bytes.slice();
  }

  readVariable(who: string, name: string): string | null {
    const { namespace, pod, container } = this.#podOf(who);
    return this.#world.readVariable(namespace, pod, name, container);
  }

  exec(
    who: string,
    command: string | readonly string[],
    { limit = DEFAULT_EXEC_LIMIT }: { readonly limit?: string } = {},
  ): ExecResult {
    const end = readDuration("run a command with the limit", limit);
    const { namespace, pod, container = null } = this.#placeOf(who);
    const words = typeof command === "string" ? ["sh", "-c", command] : command;
    const exec = execName(++this.#execs);
    this.#execute({
      kind: "exec",
      exec,
      namespace,
      pod,
      container,
      command: words,
    });
    const world = this.#world;
    const until = world.now + end;
    const ended = () => this.#executions.get(exec)?.exitCode != null;
    while (!ended() && (world.sim.nextDueAt ?? Infinity) <= until)
      world.sim.step();
    if (!ended()) world.runUntil(until);
    const { stdout, stderr, exitCode } = this.#executions.get(exec)!;
    const reveal = world.values.get.bind(world.values);
    const text = (stream: "stdout" | "stderr", pieces: number) =>
      bytesToUtf8(printedBytes(exec, stream, pieces, reveal));
    return {
      stdout: text("stdout", stdout),
      stderr: text("stderr", stderr),
      exitCode,
    };
  }

  kill(who: string, { exitCode = 137 }: { readonly exitCode?: number } = {}) {
    const { namespace, pod, container = null } = this.#placeOf(who);
    this.#execute({ kind: "kill", namespace, pod, container, exitCode });
  }

  restart(what: FixtureRestart): void {
    if (!("lane" in what)) return this.#step("restart", { restart: what });
    const { lane, downFor } = what;
    const downForMs =
      downFor === undefined ? null : readDuration("restart for", downFor);
    this.#execute({ kind: "restart", what: "lane", node: lane, downForMs });
  }

  fault(fault: FixtureFault): void {
    const vaults = vaultsOf(fault);
    this.#step("fault", { fault }, vaults);
  }

  inspect(who: string): InspectedContainer | null {
    const { namespace, pod, container } = this.#podOf(who);
    return this.#world.inspect(namespace, pod, container);
  }

  /** One step of a scenario, now. */
  #step(what: string, step: JsonObject, vaults: JsonObject[] = []): void {
    const { nodes } = this.#world.config;
    const steps = [{ at: "0s", ...step }];
    for (const { command } of loadParts(this.#config, what, {
      nodes,
      vaults,
      steps,
    }).steps)
      this.#execute(command);
  }

  /** One pod: of a workload the one that kubectl picks. */
  #podOf(who: string): PodPlace {
    const place = readPodPlace(who, this.#namespace);
    const pod = this.#world.podNamed(place.namespace, place.pod);
    const { namespace, container } = place;
    const name = `${namespace}/pod/${pod}`;
    return this.#placeOf(
      container === undefined ? name : `${name}@${container}`,
    );
  }

  /** Throws for a container that the pod does not have. */
  #placeOf(who: string): PodPlace {
    const place = readPodPlace(who, this.#namespace);
    const stored = this.#world.read("Pod", place.namespace, place.pod);
    if (stored !== null) refuseUnknownContainer(copyOf(stored.object), place);
    return place;
  }

  // oxlint-disable-next-line core/no-async -- memfs costs 90 ms to load: whoever looks into a volume waits for it, nobody else
  async openVolume(who: string, volume: string): Promise<OpenedVolume> {
    const { namespace, pod } = this.#podOf(who);
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
    return auditOf(this.trace(), vault, this.#world.config.seed);
  }

  metrics(where: string, endpoint: MetricsEndpoint | "reloader"): string {
    const { nodes } = this.#world.config;
    return metricsOf(this.trace(), nodes, where, endpoint);
  }

  snapshot(): JsonValue {
    return {
      made: this.#made(),
      world: this.#world.snapshot(),
      invariants: this.#invariants.snapshot(),
      execs: this.#execs,
      facts: [...this.#log.facts] as unknown as JsonValue,
    };
  }

  restore(snapshot: JsonValue): void {
    checkSnapshot(snapshot, this.#made());
    const { world, invariants, execs, facts } = snapshot as unknown as {
      readonly world: JsonValue;
      readonly invariants: JsonValue;
      readonly execs: number;
      readonly facts: readonly Fact[];
    };
    this.#world.restore(world);
    this.#invariants.restore(invariants);
    this.#execs = execs;
    this.#log.facts = [...facts];
  }

  /** What worlds must have in common for a snapshot to fit. */
  #made(): JsonObject {
    const { seed, start, nodes } = this.#world.config;
    const keepTrace = this.#config.keepTrace !== false;
    return { seed, start: toRfc3339Ms(start), nodes, keepTrace };
  }

  /** Runs a command; returns the version that it made, if it made one. Throws what the real system would answer. */
  #execute(command: Command): string | undefined {
    const outcome = this.#world.execute(command);
    if (outcome.ok) return outcome.version;
    throw new KeyturnError(
      "Refused",
      `Failed to ${command.kind}: ${outcome.error}`,
    );
  }
}

/** Objects as JSON of the caller's own: whatever a test does to it, the world stays as it is. */
function copyOf(object: unknown): JsonObject {
  return JSON.parse(JSON.stringify(object)) as JsonObject;
}
