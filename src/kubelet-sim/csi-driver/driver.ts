/**
 * One driver process on one node: its CSI service, its caches, the rotation reconciler, the Secret controller and the
 * owner patcher, started and stopped together.
 *
 * Source: kubernetes-sigs/secrets-store-csi-driver v1.5.6 cmd/secrets-store-csi-driver/main.go; csi-driver.md 1.1, 2.1
 */
import type { EventRecorderState } from "../../cluster-sim/client/index.ts";
import {
  EventRecorder,
  newEventRecorderState,
} from "../../cluster-sim/client/index.ts";
import type { SimEvent } from "../../kernel/event-queue.ts";
import { Rank } from "../../kernel/event-queue.ts";
import type { Component } from "../../kernel/simulation.ts";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import type { CsiNode } from "../ports.ts";
import { DriverCaches } from "./caches.ts";
import type { DriverContext, Recording } from "./driver-context.ts";
import { NodeServer } from "./node-server.ts";
import { OwnerPatcher } from "./owner-patcher.ts";
import { Rotation } from "./rotation.ts";
import { SecretSyncController } from "./secret-sync.controller.ts";
import { OWNER_PATCHER_PERIOD_MS } from "../defaults.ts";

interface DriverState {
  running: boolean;
  rotationEvents: EventRecorderState;
  controllerEvents: EventRecorderState;
}

interface RestartEvent extends SimEvent {
  readonly type: "stop" | "start";
}

export class CsiDriver implements Component {
  readonly name: string;
  state: DriverState;
  readonly #context: DriverContext;
  readonly #server: NodeServer;
  readonly #rotation: Rotation;
  readonly #secretSync: SecretSyncController;
  readonly #patcher: OwnerPatcher;

  constructor(options: Omit<DriverContext, "caches">) {
    const { sim, node, api } = options;
    this.name = `${node}/csi-driver/process`;
    this.state = {
      running: true,
      rotationEvents: newEventRecorderState(),
      controllerEvents: newEventRecorderState(),
    };
    const caches = sim.add(new DriverCaches(node, api));
    this.#context = { ...options, caches };
    this.#server = sim.add(new NodeServer(this.#context));
    this.#rotation = sim.add(
      new Rotation(
        this.#context,
        this.#recording(
          "csi-secrets-store-rotation",
          () => this.state.rotationEvents,
        ),
      ),
    );
    this.#secretSync = sim.add(
      new SecretSyncController(
        this.#context,
        this.#recording(
          "csi-secrets-store-controller",
          () => this.state.controllerEvents,
        ),
      ),
    );
    this.#patcher = sim.add(new OwnerPatcher(this.#context));
    caches.onChange = (cache, change) => {
      if (cache === "podStatuses") this.#secretSync.statusChanged(change);
      this.#patcher.changed();
    };
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
    if (event.type === "stop") this.#stop();
    else this.#start();
  }

  #stop(): void {
    if (!this.state.running) return;
    this.state.running = false;
    this.#server.stop();
    this.#rotation.stop();
    this.#secretSync.stop();
    this.#patcher.stop();
  }

  #start(): void {
    if (this.state.running) return;
    const { sim, config } = this.#context;
    this.state.running = true;
    this.state.rotationEvents = newEventRecorderState();
    this.state.controllerEvents = newEventRecorderState();
    this.#server.start();
    this.#startRotation(sim.now + config().rotationPollIntervalMs);
    this.#secretSync.start();
    this.#patcher.start(sim.now);
  }

  #startRotation(firstTickAt: EpochMs): void {
    const { sim, node, config } = this.#context;
    const { driverVersion, enableSecretRotation, rotationPollIntervalMs } =
      config();
    sim.trace.record({
      type: "csi.driver.started",
      at: `${node}/csi-driver`,
      about: node,
      data: {
        node,
        version: driverVersion,
        rotation: enableSecretRotation,
        rotationPollIntervalMs,
        firstTickMs: enableSecretRotation ? firstTickAt : null,
      },
    });
    if (enableSecretRotation)
      this.#rotation.start(rotationPollIntervalMs, firstTickAt);
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
