/**
 * One driver process on one node: its CSI service, its caches, the rotation reconciler (up to 1.5), the Secret controller
 * and the owner patcher, started and stopped together. Version and flags are those of the process: a change of the
 * settings needs a restart, after which the driver may be of the other generation.
 *
 * Source: kubernetes-sigs/secrets-store-csi-driver v1.5.6 and v1.6.0 cmd/secrets-store-csi-driver/main.go; csi-driver.md 1.1, 2.1
 * Simplification: a new process is registered with the kubelet as soon as its caches have their first lists, and polls count from its start.
 */
import type {
  EventRecorderState,
  InformerChange,
} from "../../cluster-sim/client/index.ts";
import {
  EventRecorder,
  newEventRecorderState,
} from "../../cluster-sim/client/index.ts";
import type { SimEvent } from "../../kernel/event-queue.ts";
import { Rank } from "../../kernel/event-queue.ts";
import type { Component } from "../../kernel/simulation.ts";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import { OWNER_PATCHER_PERIOD_MS } from "../defaults.ts";
import type { CsiNode, NodeConfig } from "../ports.ts";
import type { CacheName } from "./caches.ts";
import { DriverCaches } from "./caches.ts";
import type { DriverContext, Recording } from "./driver-context.ts";
import type { DriverFlags } from "./generation.ts";
import { driverGeneration } from "./generation.ts";
import { NodeServer } from "./node-server.ts";
import { OwnerPatcher } from "./owner-patcher.ts";
import { ProviderClients } from "./provider-clients.ts";
import { Rotation } from "./rotation.ts";
import { SecretSyncController } from "./secret-sync.controller.ts";
import { ServiceAccountTokens } from "./service-account-tokens.ts";
import { SyncLock } from "./sync-lock.ts";

interface DriverState {
  /** How many reasons there are for no process to run: restarts, or a node that is down, may overlap. */
  downs: number;
  /** What the process was started with. */
  flags: DriverFlags;
  rotationEvents: EventRecorderState;
  controllerEvents: EventRecorderState;
}

interface RestartEvent extends SimEvent {
  readonly type: "stop" | "start";
}

/** What a driver is made of beside its own parts. */
type DriverOptions = Omit<
  DriverContext,
  "caches" | "clients" | "tokens" | "flags" | "filesOf"
>;

export class CsiDriver implements Component {
  readonly name: string;
  state: DriverState;
  readonly #context: DriverContext;
  readonly #server: NodeServer;
  readonly #rotation: Rotation;
  readonly #secretSync: SecretSyncController;
  readonly #patcher: OwnerPatcher;
  readonly #lock: SyncLock;

  constructor(options: DriverOptions) {
    const { sim, node, api, provider: azure, volumes, config } = options;
    this.name = `${node}/csi-driver/process`;
    this.state = {
      downs: 0,
      flags: flagsOf(config()),
      rotationEvents: newEventRecorderState(),
      controllerEvents: newEventRecorderState(),
    };
    const caches = sim.add(new DriverCaches(node, api));
    this.#context = {
      ...options,
      caches,
      clients: sim.add(new ProviderClients({ sim, node, azure })),
      tokens: sim.add(new ServiceAccountTokens(sim, node)),
      flags: () => this.state.flags,
      filesOf: (uid, volume) =>
        volumes.imageOf(uid, volume)?.payload ??
        (this.#server.hasDirectory(uid, volume) ? [] : null),
    };
    this.#server = sim.add(new NodeServer(this.#context));
    const rotationEvents = this.#recording(
      "csi-secrets-store-rotation",
      () => this.state.rotationEvents,
    );
    this.#rotation = sim.add(new Rotation(this.#context, rotationEvents));
    this.#lock = sim.add(new SyncLock(node));
    const controllerEvents = this.#recording(
      "csi-secrets-store-controller",
      () => this.state.controllerEvents,
    );
    this.#secretSync = sim.add(
      new SecretSyncController(this.#context, controllerEvents, this.#lock),
    );
    this.#patcher = sim.add(new OwnerPatcher(this.#context, this.#lock));
    this.#lock.granted = {
      controller: () => this.#secretSync.granted(),
      patcher: () => this.#patcher.granted(),
    };
    caches.onChange = (cache, change) => this.#cacheChanged(cache, change);
  }

  /** The service that the node's kubelet calls. */
  get service(): CsiNode {
    return this.#server;
  }

  /** The world begins with a process that has run for a while: the phases of its loops are drawn. Call once. */
  startWarm(): void {
    const { sim, node, config, caches } = this.#context;
    const interval = config().rotationPollIntervalMs;
    const phase = (loop: string, period: DurationMs) =>
      sim.draws.between(1, period + 1, `csi-driver/${node}/phase/${loop}`, 0);
    caches.start();
    this.#rotation.create();
    this.#patcher.start(
      sim.now - phase("owner-patcher", OWNER_PATCHER_PERIOD_MS),
    );
    this.#startRotation(sim.now + phase("rotation", interval));
  }

  /** Replaces the process, as a change of its flags does: down at `at`, up again `downFor` later. */
  restart(at: EpochMs, downFor: DurationMs): void {
    const { sim } = this.#context;
    const schedule = (due: EpochMs, type: RestartEvent["type"]) =>
      sim.schedule({
        at: due,
        rank: Rank.containerEvent,
        target: this.name,
        event: { type },
      });
    schedule(at, "stop");
    schedule(at + downFor, "start");
  }

  handle(event: SimEvent): void {
    if (event.type === "stop") this.stop();
    else this.start();
  }

  /** The process ends now, if one runs; mounted volumes stay. Each `stop` needs a `start`. */
  stop(): void {
    this.state.downs += 1;
    if (this.state.downs > 1) return;
    const { sim, node, caches, clients, tokens } = this.#context;
    sim.trace.record({
      type: "csi.driver.stopped",
      at: `${node}/csi-driver`,
      about: node,
      data: { node },
    });
    this.#server.stop();
    this.#rotation.stop();
    this.#secretSync.stop();
    this.#patcher.stop();
    this.#lock.reset();
    caches.stop();
    clients.forget();
    tokens.clear();
  }

  /** A new process starts now, with the settings of now, unless something else still keeps it down. */
  start(): void {
    this.state.downs -= 1;
    if (this.state.downs > 0) return;
    const { sim, config, caches } = this.#context;
    this.state = {
      downs: 0,
      flags: flagsOf(config()),
      rotationEvents: newEventRecorderState(),
      controllerEvents: newEventRecorderState(),
    };
    this.#startRotation(sim.now + this.state.flags.intervalMs);
    this.#secretSync.start();
    this.#patcher.start(sim.now);
    caches.start();
  }

  #cacheChanged(cache: CacheName, change: InformerChange): void {
    const { caches } = this.#context;
    if (!this.#server.registered && caches.synced) this.#server.start();
    if (change.type === "SYNCED" && caches.synced)
      this.#secretSync.cachesSynced();
    if (cache === "podStatuses") this.#secretSync.statusChanged(change);
    this.#patcher.changed();
  }

  #startRotation(firstTickAt: EpochMs): void {
    const { sim, node } = this.#context;
    const { version, generation, rotation, intervalMs } = this.state.flags;
    const ticks = rotation && generation === "reconciler";
    sim.trace.record({
      type: "csi.driver.started",
      at: `${node}/csi-driver`,
      about: node,
      data: {
        node,
        version,
        rotation,
        rotationPollIntervalMs: intervalMs,
        firstTickMs: ticks ? firstTickAt : null,
      },
    });
    if (ticks) this.#rotation.start(intervalMs, firstTickAt);
  }

  #recording(component: string, state: () => EventRecorderState): Recording {
    const { sim, api, node, config } = this.#context;
    const recorder = new EventRecorder({
      sim,
      client: api,
      at: `${node}/csi-driver`,
      component,
      host: node,
      minor: () => config().kubernetesMinor,
    });
    return { recorder, state };
  }
}

function flagsOf(config: NodeConfig): DriverFlags {
  return {
    version: config.driverVersion,
    generation: driverGeneration(config.driverVersion),
    rotation: config.enableSecretRotation,
    intervalMs: config.rotationPollIntervalMs,
    emptyVolumeHazard: config.emptyVolumeHazard,
  };
}
