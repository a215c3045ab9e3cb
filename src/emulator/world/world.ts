/**
 * One world: the rooms connected, driven by commands and by time. The same class serves scenario runs, the live emulator
 * and fixtures; it reads no clock and no file.
 */
import { EntraTokens } from "../../azure-mock/index.ts";
import {
  ApiServer,
  DefaultScheduler,
  GarbageCollector,
} from "../../cluster-sim/index.ts";
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
import type { PodFs } from "../../kubelet-sim/index.ts";
import {
  Node,
  fileInVolume,
  openVolume,
  volumePaths,
} from "../../kubelet-sim/index.ts";
import type { Command, JournalEntry } from "./commands.ts";
import { perform, targetOf } from "./perform.ts";
import type { CommandOutcome } from "./perform.ts";
import {
  apiServerConfig,
  keyVaultConfig,
  nodeConfig,
  nodeIp,
} from "./links.ts";
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
    this.vaults = sim.add(
      new KeyVault({ sim, values, config: () => keyVaultConfig(settings()) }),
    );
    const tokens = sim.add(
      new EntraTokens({
        sim,
        config: () => ({ latencyMs: settings().latency.entra }),
      }),
    );
    this.apiServer = sim.add(
      new ApiServer({ sim, values, config: () => apiServerConfig(settings()) }),
    );
    const api = (caller: string) => this.apiServer.client(caller);
    const scheduler = sim.add(
      new DefaultScheduler({
        sim,
        nodes: config.nodes,
        client: api("default-scheduler"),
        config: () => ({ latencyMs: settings().latency.scheduler }),
        minor: () => settings().kubernetes.minor,
      }),
    );
    const collector = sim.add(
      new GarbageCollector({ sim, client: api("garbage-collector") }),
    );
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
          vaults: this.vaults,
          config: () => nodeConfig(settings(), config.nodes.length),
          providerVersion: () => settings().provider.version,
        }),
    );
    this.#begin(scheduler, collector);
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

  /** The object as the API server holds it, or null. */
  read(kind: string, namespace: string, name: string): Stored | null {
    return this.apiServer.read(kind, namespace, name);
  }

  /**
   * What a container would read at a path now; null where there is no such file. Throws when there is no such pod, or
   * when containers of the pod disagree about the path and none is named.
   */
  readFile(
    namespace: string,
    podName: string,
    path: string,
    container?: string,
  ): Uint8Array | null {
    const pod = this.read("Pod", namespace, podName);
    if (pod === null)
      throw new KeyturnError(
        "NoSuchPod",
        `Failed to read ${path}: pods "${podName}" not found in namespace ${namespace}`,
      );
    const places = volumePaths(pod.object, path).filter(
      (place) => container === undefined || place.container === container,
    );
    const { uid } = pod.object.metadata;
    for (const node of this.nodes)
      for (const place of places) {
        const file = fileInVolume(node.volumes, uid, place);
        if (file !== null) return file.bytes;
      }
    return null;
  }

  /**
   * Opens a pod's volume as a file system, `fs`, which follows it until `close`. Throws when there is no such pod or the
   * volume is not mounted.
   */
  openVolume(
    namespace: string,
    podName: string,
    volume: string,
    fs: PodFs,
  ): { readonly fs: PodFs; readonly close: () => void } {
    const uid = this.read("Pod", namespace, podName)?.object.metadata.uid ?? "";
    for (const node of this.nodes) {
      const opened = openVolume(node.volumes, uid, volume, fs);
      if (opened !== null) return opened;
    }
    throw new KeyturnError(
      "NotMounted",
      `Failed to open the volume ${volume}: pod ${namespace}/${podName} has not mounted it`,
    );
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

  #begin(scheduler: DefaultScheduler, collector: GarbageCollector): void {
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
      scheduler.start();
      collector.start();
      for (const node of this.nodes) node.start();
    });
  }
}

function nodeManifest(name: string, ip: string): JsonObject {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: { "kubernetes.io/hostname": name } },
    status: {
      addresses: [
        { type: "InternalIP", address: ip },
        { type: "Hostname", address: name },
      ],
    },
  };
}
