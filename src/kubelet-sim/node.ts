/**
 * One node put together: container runtime, kubelet, CSI driver and Azure provider, connected as the real processes are,
 * each restarted on its own or all together with the node. The node's arrows are all here and in `kubelet/make-kubelet.ts`.
 *
 * Source: kubelet.md 10 (restarts)
 * Simplification: A rebooted node's driver and provider run again when its kubelet does; they are not pods of it.
 */
import type {
  ApiClient,
  CredentialChecker,
  FaultEffect,
  ProgramHost,
  TokenSource,
  VaultClient,
} from "../cluster-sim/ports.ts";
import type { ContentRef, ValueBook } from "../kernel/content.ts";
import type { SimEvent } from "../kernel/event-queue.ts";
import { Rank } from "../kernel/event-queue.ts";
import type { Component, Simulation } from "../kernel/simulation.ts";
import type { DurationMs, EpochMs } from "../kernel/time.ts";
import { Applications } from "./apps/applications.ts";
import { AzureProvider } from "./csi-driver/azure-provider/index.ts";
import { CsiDriver } from "./csi-driver/driver.ts";
import type { ExecAnswer, ExecRequest } from "./exec/index.ts";
import { ExecService } from "./exec/index.ts";
import { containerToKill } from "./kubelet/container-exit.ts";
import { ContainerRuntime } from "./kubelet/container-runtime.ts";
import type { Kubelet } from "./kubelet/kubelet.ts";
import { makeKubelet } from "./kubelet/make-kubelet.ts";
import { NodePrograms } from "./node-programs.ts";
import { NodeVolumes } from "./node-volumes.ts";
import type { ClientIdLookup, NodeOptions, RunningContainer } from "./ports.ts";

export interface NodeParts extends NodeOptions {
  readonly sim: Simulation;
  /** A connection of the API server for a caller of this node. */
  readonly api: (caller: string) => ApiClient;
  readonly vaults: VaultClient;
  readonly tokens: TokenSource;
  readonly values: ValueBook;
  readonly providerVersion: () => string;
  /** Who runs Reloader and the like when a container of theirs starts. */
  readonly programs: ProgramHost;
  /** What applications present their credentials to. */
  readonly databases: CredentialChecker;
  readonly clientIdOf: ClientIdLookup;
}

const KUBELET_PORT = 10_250;

interface NodeState {
  /** Whether the machine runs. */
  up: boolean;
}

interface NodeEvent extends SimEvent {
  readonly type: "node.stop" | "node.start" | "kubelet.stop" | "kubelet.start";
}

export type KillOutcome =
  { readonly ok: true } | { readonly ok: false; readonly error: string };

export class Node implements Component {
  readonly name: string;
  state: NodeState = { up: true };
  readonly volumes: NodeVolumes;
  readonly #parts: NodeParts;
  readonly #provider: AzureProvider;
  readonly #driver: CsiDriver;
  readonly #runtime: ContainerRuntime;
  readonly #kubelet: Kubelet;
  readonly #exec: ExecService;
  readonly #programs: NodePrograms;
  readonly #apps: Applications;

  /** Adds itself and all its parts to the simulation. */
  constructor(parts: NodeParts) {
    const { sim, node, values, vaults, tokens, config } = parts;
    this.name = node;
    this.#parts = parts;
    sim.add(this);
    this.volumes = sim.add(new NodeVolumes(sim, node));
    const { volumes } = this;
    this.#provider = sim.add(
      new AzureProvider({
        sim,
        node,
        nodeIp: parts.ip,
        vaults,
        tokens,
        values,
        config: () => {
          const { constructPemChain, writeCertAndKeyInSeparateFiles } =
            config();
          const version = parts.providerVersion();
          return { version, constructPemChain, writeCertAndKeyInSeparateFiles };
        },
      }),
    );
    this.#driver = sim.add(
      new CsiDriver({
        ...parts,
        api: parts.api(`${node}/csi-driver`),
        volumes,
        provider: this.#provider,
      }),
    );
    this.#runtime = sim.add(new ContainerRuntime(parts));
    this.#kubelet = makeKubelet({
      ...parts,
      api: parts.api(`${node}/kubelet`),
      csi: this.#driver.service,
      volumes,
      runtime: this.#runtime,
    });
    this.#exec = sim.add(
      new ExecService({
        sim,
        node,
        containers: this.#kubelet,
        volumes,
        values,
      }),
    );
    this.#programs = sim.add(new NodePrograms(node, parts.programs));
    this.#apps = sim.add(
      new Applications({
        ...parts,
        volumes,
        containers: this.#kubelet,
        exit: (...exit) => this.#runtime.containers.exit(...exit),
      }),
    );
    volumes.onSwitched = (uid, volume) =>
      this.#apps.volumeSwitched(uid, volume);
    this.#runtime.onStarted = (uid, name) => this.#containerStarted(uid, name);
    this.#runtime.onEnded = (uid, name) => this.#containerEnded(uid, name);
    this.#runtime.onRemoved = (uid) => this.#exec.podGone(uid);
  }

  /** Starts the node's processes, which have run for a while when the world begins. Call once. */
  start(): void {
    this.#driver.startWarm();
    this.#kubelet.start();
  }

  /** The container as it runs now; null when the pod is not this node's or the container does not run. */
  runningContainer(uid: string, container: string): RunningContainer | null {
    return this.#kubelet.runningContainer(uid, container);
  }

  /** What a pod's application holds in memory now, without its value; null when the pod has none that runs. */
  runningApp(uid: string): { readonly content: ContentRef | null } | null {
    return this.#apps.runningApp(uid);
  }

  /** Runs a command in a container, by way of the kubelet; refused in the words of whoever on the way refuses. */
  exec(request: ExecRequest): ExecAnswer {
    if (this.#kubelet.isRunning) return this.#exec.start(request);
    const why = this.state.up ? "connect: connection refused" : "i/o timeout";
    const error = `error dialing backend: dial tcp ${this.#parts.ip}:${KUBELET_PORT}: ${why}`;
    return { ok: false, error };
  }

  /** Ends a container's program from inside, with an exit code. `container` null: the pod's only one. */
  kill(uid: string, container: string | null, exitCode: number): KillOutcome {
    const { containers, pods } = this.#runtime;
    const pod = pods.find(({ object }) => object.metadata.uid === uid);
    const found = containerToKill(pod ?? null, container);
    if (!found.ok) return found;
    if (this.#kubelet.runningContainer(uid, found.container) === null) {
      const { name, namespace = "" } = pod!.object.metadata;
      const error = `Failed to kill the container ${found.container} of pod ${namespace}/${name}: it does not run`;
      return { ok: false, error };
    }
    containers.exit(uid, found.container, exitCode);
    return { ok: true };
  }

  /** Replaces the driver's process: down at `at`, up again `downFor` later. */
  restartDriver(at: EpochMs, downFor: DurationMs): void {
    this.#driver.restart(at, downFor);
  }

  /** Replaces the provider's process: down at `at`, up again `downFor` later. */
  restartProvider(at: EpochMs, downFor: DurationMs): void {
    this.#provider.restart(at, downFor);
  }

  /** Breaks the provider's process until an instant; a later fault replaces an earlier one. */
  providerFault(effect: FaultEffect, until: EpochMs): void {
    this.#provider.fault(effect, until);
  }

  /** Restarts the kubelet's process: down at `at`, up again `downFor` later. Containers run on. */
  restartKubelet(at: EpochMs, downFor: DurationMs): void {
    this.#schedule(at, "kubelet.stop");
    this.#schedule(at + downFor, "kubelet.start");
  }

  /** `requiresRepublish` of the CSIDriver object has changed. */
  csiDriverChanged(): void {
    if (this.#kubelet.isRunning) this.#kubelet.csiDriverChanged();
  }

  /** Reboots the machine: everything is down at `at`, and up again `downFor` later. */
  restartNode(at: EpochMs, downFor: DurationMs): void {
    this.#schedule(at, "node.stop");
    this.#schedule(at + downFor, "node.start");
  }

  handle(event: SimEvent): void {
    switch ((event as NodeEvent).type) {
      case "node.stop":
        return this.#stop();
      case "node.start":
        return this.#start();
      case "kubelet.stop":
        if (this.#kubelet.isRunning) this.#kubelet.stop();
        return;
      case "kubelet.start":
        if (this.state.up && !this.#kubelet.isRunning) this.#kubelet.start();
        return;
    }
  }

  #containerStarted(uid: string, container: string): void {
    const running = this.#runtime.containers.running(uid, container)!;
    this.#programs.started(running);
    this.#apps.containerStarted(running);
  }

  #containerEnded(uid: string, container: string): void {
    this.#programs.ended(uid, container);
    this.#apps.containerEnded(uid, container);
    this.#exec.containerEnded(uid, container);
  }

  #stop(): void {
    if (!this.state.up) return;
    this.state.up = false;
    this.#record("node.stopped", [
      () => this.#kubelet.isRunning && this.#kubelet.stop(),
      () => this.#driver.stop(),
      () => this.#provider.stop(),
      () => this.#runtime.nodeStopped(),
      () => this.volumes.clear(this.name),
      () => this.#exec.rebooted(),
    ]);
  }

  #start(): void {
    if (this.state.up) return;
    this.state.up = true;
    this.#record("node.started", [
      () => this.#provider.start(),
      () => this.#driver.start(),
      () => this.#kubelet.start(true),
    ]);
  }

  /** Says what happened to the machine, and what each of its parts does because of that. */
  #record(
    type: "node.stopped" | "node.started",
    consequences: readonly (() => unknown)[],
  ): void {
    const { trace } = this.#parts.sim;
    const node = this.name;
    const seq = trace.record({ type, at: node, about: node, data: { node } });
    for (const consequence of consequences) {
      trace.causes = [seq];
      consequence();
    }
  }

  #schedule(at: EpochMs, type: NodeEvent["type"]): void {
    const event: NodeEvent = { type };
    const rank = Rank.containerEvent;
    this.#parts.sim.schedule({ at, rank, target: this.name, event });
  }
}
