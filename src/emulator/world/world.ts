/**
 * One world: the rooms connected, driven by commands and by time. The same class serves scenario runs, the live emulator
 * and fixtures; it reads no clock and no file.
 */
import { Databases, EntraTokens } from "../../azure-mock/index.ts";
import { ApiServer, Lanes, Programs } from "../../cluster-sim/index.ts";
import type { Stored } from "../../cluster-sim/ports.ts";
import { ValueBook } from "../../kernel/content.ts";
import { KeyturnError } from "../../kernel/errors.ts";
import type { JsonObject, JsonValue } from "../../kernel/json.ts";
import type { MachineBackend } from "../../kernel/machine-runner.ts";
import { Simulation } from "../../kernel/simulation.ts";
import type { StopReason } from "../../kernel/simulation.ts";
import type { EpochMs } from "../../kernel/time.ts";
import type { FactSink } from "../../kernel/trace.ts";
import { KeyVault } from "../../keyvault-mock/index.ts";
import type { InspectedContainer, PodFs } from "../../kubelet-sim/index.ts";
import { Node } from "../../kubelet-sim/index.ts";
import { clientIds } from "./client-ids.ts";
import type { Command, JournalEntry } from "./commands.ts";
import { targetOf } from "./command-target.ts";
import type { Starting } from "./control-plane.ts";
import { schedulerAndCollector, ttlsAndWorkloads } from "./control-plane.ts";
import { Faults } from "./faults.ts";
import { ALL_LANE_PRODUCTS } from "./kinds.ts";
import { LinkFaults } from "./link-faults.ts";
import {
  inspect,
  openVolumeOf,
  readFile,
  readVariable,
} from "./look-inside.ts";
import { perform } from "./perform.ts";
import { choosePod } from "./pod-choice.ts";
import type { CommandOutcome } from "./perform.ts";
import {
  apiServerConfig,
  entraConfig,
  keyVaultConfig,
  nodeConfig,
  nodeIp,
  nodeManifest,
  programsConfig,
  remembered,
} from "./links.ts";
import { installReloader } from "./reloader.ts";
import type { Settings } from "./settings.ts";
import { refuseUnmodelled } from "./unmodelled.ts";

export interface WorldConfig {
  /** An integer, 0 to 2^53 - 1. */
  readonly seed: number;
  readonly start: EpochMs;
  readonly settings: Settings;
  /** Names of the nodes, in order; at least one. */
  readonly nodes: readonly string[];
  /** What runs the state machines; `actor` is XState's own interpreter, slower and without snapshots. */
  readonly backend?: MachineBackend;
  /** Get every fact as it is written. */
  readonly sinks?: readonly FactSink[];
}

interface WorldState {
  settings: Settings;
}

export class World {
  /** Name and state as a component: the settings belong to the snapshot. */
  readonly name = "world";
  state: WorldState;
  readonly config: WorldConfig;
  readonly values = new ValueBook();
  readonly vaults: KeyVault;
  readonly apiServer: ApiServer;
  readonly nodes: readonly Node[];
  readonly programs: Programs;
  readonly lanes: Lanes;
  readonly databases: Databases;
  readonly faults: Faults;
  readonly sim: Simulation;
  readonly #journal: JournalEntry[] = [];

  constructor(config: WorldConfig) {
    refuseUnmodelled(config.settings);
    this.config = config;
    this.state = { settings: config.settings };
    const { seed, start, backend = "table" } = config;
    const sim = new Simulation({ seed, start });
    this.sim = sim;
    for (const sink of config.sinks ?? []) sim.trace.addSink(sink);
    sim.add(this);
    sim.add(this.values);
    const { values } = this;
    const settings = () => this.state.settings;
    const ofSettings = <Config>(read: (settings: Settings) => Config) =>
      remembered(settings, read);
    this.vaults = sim.add(
      new KeyVault({ sim, values, config: ofSettings(keyVaultConfig) }),
    );
    const tokens = sim.add(
      new EntraTokens({ sim, config: ofSettings(entraConfig) }),
    );
    this.apiServer = sim.add(
      new ApiServer({ sim, values, config: ofSettings(apiServerConfig) }),
    );
    const api = (caller: string) => this.apiServer.client(caller);
    const { nodes: names } = config;
    const plane = { sim, api, nodes: names, settings, backend };
    const early = schedulerAndCollector(plane);
    const { vaults, apiServer } = this;
    this.programs = sim.add(
      new Programs({ sim, api, config: ofSettings(programsConfig), backend }),
    );
    this.databases = sim.add(
      new Databases({
        sim,
        values,
        latencyMs: () => settings().latency.database,
        secrets: vaults,
      }),
    );
    const { programs, databases } = this;
    const onNode = ofSettings((all) => nodeConfig(all, config.nodes.length));
    const links = sim.add(new LinkFaults({ sim, vaults }));
    this.nodes = config.nodes.map(
      (node, index) =>
        new Node({
          sim,
          node,
          ip: nodeIp(index),
          backend,
          api,
          tokens,
          values,
          vaults: links.vaultsFrom(node),
          config: onNode,
          providerVersion: () => settings().provider.version,
          programs,
          databases,
          clientIdOf: clientIds(this.apiServer),
        }),
    );
    const nodes = () => this.nodes;
    this.faults = sim.add(
      new Faults({ sim, vaults, tokens, apiServer, links, nodes }),
    );
    const late = ttlsAndWorkloads(plane);
    this.lanes = sim.add(
      new Lanes({
        sim,
        api,
        vaults,
        tokens,
        values,
        backend,
        products: ALL_LANE_PRODUCTS,
      }),
    );
    this.#begin([...early, ...late]);
  }

  get now(): EpochMs {
    return this.sim.now;
  }

  get settings(): Settings {
    return this.state.settings;
  }

  /** Commands that were executed, in order, each with its instant. Values of secrets are among them. */
  get journal(): readonly JournalEntry[] {
    return this.#journal;
  }

  /** SHA-256 over every fact written so far. */
  get traceHash(): string {
    return this.sim.trace.hash;
  }

  /**
   * Runs a command now, before every event that is due in its millisecond. What the real system would refuse is
   * refused with its own error, and the refusal is part of the trace.
   */
  execute(command: Command): CommandOutcome {
    return this.sim.command(() => {
      this.#journal.push({ at: this.sim.now, command });
      this.sim.trace.record({
        type: "command",
        at: "world",
        about: command.id ?? targetOf(command),
        causes: [],
        data: {
          kind: command.kind,
          id: command.id ?? "",
          target: targetOf(command),
        },
      });
      const outcome = perform(this, command);
      if (!outcome.ok)
        this.sim.trace.record({
          type: "command.refused",
          at: "world",
          about: command.id ?? targetOf(command),
          data: {
            kind: command.kind,
            id: command.id ?? "",
            error: outcome.error,
          },
        });
      return outcome;
    });
  }

  /** Runs every event due up to and including `until`. */
  runUntil(until: EpochMs): StopReason {
    return this.sim.runUntil(until);
  }

  /** Runs every event due before `until`, where a command may then act first. */
  runBefore(until: EpochMs): StopReason {
    return this.sim.runBefore(until);
  }

  /** Ends the trace: writes what is still being folded. The world must not go on after it. */
  close(): void {
    this.sim.trace.close();
  }

  /**
   * The pod that `deployment/NAME` or its like, or `{.items[N].metadata.name}`, means now, as `kubectl exec` picks it; a pod's
   * own name as it is. Throws a `KeyturnError` with kubectl's text where there is none.
   */
  podNamed(namespace: string, pod: string): string {
    const chosen = choosePod(this.apiServer, { namespace, pod });
    if (chosen.ok) return chosen.name;
    throw new KeyturnError(
      "NoSuchPod",
      `Failed to find a pod of ${pod} in namespace ${namespace}: ${chosen.error}`,
    );
  }

  /** The object as the API server holds it, or null. */
  read(kind: string, namespace: string, name: string): Stored | null {
    return this.apiServer.read(kind, namespace, name);
  }

  /**
   * What a container would read at a path now: of a running one what it sees, pinned `subPath` files included; null where
   * there is no such file. Throws when there is no such pod.
   */
  readFile(
    namespace: string,
    pod: string,
    path: string,
    container?: string,
  ): Uint8Array | null {
    return readFile(this, { namespace, pod, container }, path);
  }

  /** An environment variable of a running container, or null. Throws when there is no such pod. */
  readVariable(
    namespace: string,
    pod: string,
    name: string,
    container?: string,
  ): string | null {
    return readVariable(this, { namespace, pod, container }, name);
  }

  /**
   * What a running container sees, each variable and file with the versions behind it, without values; null while it does
   * not run. Throws when there is no such pod.
   */
  inspect(
    namespace: string,
    pod: string,
    container?: string,
  ): InspectedContainer | null {
    return inspect(this, { namespace, pod, container });
  }

  /**
   * Opens a pod's volume as a file system, `fs`, which follows it until `close`. Throws when there is no such pod or the
   * volume is not mounted.
   */
  openVolume(
    namespace: string,
    pod: string,
    volume: string,
    fs: PodFs,
  ): { readonly fs: PodFs; readonly close: () => void } {
    return openVolumeOf(this, { namespace, pod }, volume, fs);
  }

  /** The whole world as JSON, between two events. Needs the table back end. */
  snapshot(): JsonValue {
    if (this.config.backend === "actor")
      throw new KeyturnError(
        "SnapshotNeedsTables",
        "Failed to take a snapshot: this world runs on XState's actors, whose timers cannot be saved; make it with the table back end",
      );
    return this.sim.snapshot();
  }

  /** Puts this world, made with the same configuration, to where the snapshot was taken. */
  restore(snapshot: JsonValue): void {
    this.sim.restore(snapshot);
  }

  handle(): void {
    // Nothing is ever scheduled for the world itself.
  }

  #begin(controllers: readonly Starting[]): void {
    const { nodes } = this.config;
    this.sim.command(() => {
      this.sim.trace.record({
        type: "world.started",
        at: "world",
        about: "world",
        causes: [],
        data: {
          nodes,
          settings: this.state.settings as unknown as JsonObject,
        },
      });
      this.apiServer.bootstrap();
      for (const [index, name] of nodes.entries())
        this.apiServer.apply(nodeManifest(name, nodeIp(index)), { by: "aks" });
      for (const controller of controllers) controller.start();
      for (const node of this.nodes) node.start();
      installReloader(this.apiServer, this.settings.reloader);
    });
  }
}
