/**
 * The containers of a node, each with its machine (`container.machine.ts`): what was created with which configuration,
 * what runs, and with what it ended. They outlive the kubelet.
 *
 * Source: containerd's CRI; kubernetes/kubernetes v1.35 pkg/kubelet/kuberuntime/kuberuntime_container.go; kubelet.md 8.4, 13.6
 */
import type { Stored } from "../../cluster-sim/ports.ts";
import { Rank } from "../../kernel/event-queue.ts";
import { sha256Hex } from "../../kernel/hash.ts";
import type { EffectCall, MachineSet } from "../../kernel/machine-runner.ts";
import { machineSet } from "../../kernel/machine-runner.ts";
import type { Component, Simulation } from "../../kernel/simulation.ts";
import type { DurationMs } from "../../kernel/time.ts";
import type { Cause } from "../../kernel/trace.ts";
import type {
  ContainerConfig,
  NodeOptions,
  RunningContainer,
} from "../ports.ts";
import type { Program } from "./container-exit.ts";
import { stopAfterMs } from "./container-exit.ts";
import {
  containerSpec,
  createdFact,
  isInit,
  podId,
  podName,
} from "./container-facts.ts";
import type {
  ContainerHistory,
  ContainerInstance,
} from "./container-status.ts";
import type {
  ContainerContext,
  ContainerMachineEvent,
} from "./container.machine.ts";
import { containerMachine, exitReason } from "./container.machine.ts";

interface ContainerRecord {
  /** The pod as it was when the container was asked for last. */
  stored: Stored;
  /** Null before the first one is created. */
  history: ContainerHistory | null;
  /** Of the newest. */
  config: ContainerConfig | null;
  /** What made the kubelet want it: the causes of its creation. */
  triggers: readonly Cause[];
}

/** Who is told what happens, at the instant it does. */
export interface ContainerListener {
  /** Something wants the configuration of a container that is to be created: `create` or `refuse` answers. */
  prepare(uid: string, container: string): void;
  containerCreated(uid: string, container: string): void;
  containerStarted(uid: string, container: string): void;
  containerExited(uid: string, container: string): void;
}

export interface ContainersOptions extends NodeOptions {
  readonly sim: Simulation;
}

const ID_WORDS = 8;
const SIGKILL_EXIT_CODE = 137;
const SIGTERM_EXIT_CODE = 143;

export class Containers implements Component {
  readonly name: string;
  /** By pod uid, then by container name in the order of their coming. */
  state = new Map<string, Map<string, ContainerRecord>>();
  readonly #options: ContainersOptions;
  readonly #listener: ContainerListener;
  readonly #machines: MachineSet<ContainerContext, ContainerMachineEvent>;

  constructor(options: ContainersOptions, listener: ContainerListener) {
    this.name = `${options.node}/container-runtime/containers`;
    this.#options = options;
    this.#listener = listener;
    this.#machines = machineSet<ContainerContext, ContainerMachineEvent>({
      sim: options.sim,
      name: `${options.node}/container-runtime/machines`,
      machine: containerMachine,
      rank: Rank.containerEvent,
      backend: options.backend,
      effects: {
        prepare: ({ key }) => listener.prepare(...partsOf(key)),
        created: ({ key }) => this.#created(key),
        started: ({ key }) => this.#started(key),
        exited: (call) => this.#exited(call),
        dropped: ({ key }) => this.#dropped(key),
      },
    });
  }

  handle(): void {
    // The machines have the timers.
  }

  names(uid: string): string[] {
    return [...(this.state.get(uid)?.keys() ?? [])];
  }

  /** Names of the pod's containers that run. */
  runningNames(uid: string): string[] {
    return this.names(uid).filter(
      (name) => this.#current(uid, name)?.state === "running",
    );
  }

  histories(uid: string): Map<string, ContainerHistory> {
    const found = new Map<string, ContainerHistory>();
    for (const [name, { history }] of this.state.get(uid) ?? [])
      if (history !== null) found.set(name, history);
    return found;
  }

  running(uid: string, container: string): RunningContainer | null {
    const current = this.#current(uid, container);
    if (current?.state !== "running") return null;
    const { stored, config } = this.#record(uid, container);
    return {
      pod: stored,
      spec: containerSpec(stored, container)!,
      attempt: current.attempt,
      startedAt: current.startedAt!,
      config: config!,
    };
  }

  /** Wants a container to run, anew if it has ended. */
  request(stored: Stored, container: string): void {
    const { uid } = stored.object.metadata;
    const { causes: triggers } = this.#options.sim.trace;
    const records = this.state.get(uid) ?? new Map<string, ContainerRecord>();
    this.state.set(uid, records);
    const known = records.get(container);
    if (known === undefined) {
      const fresh = { stored, history: null, config: null, triggers };
      records.set(container, fresh);
      this.#machines.start(keyOf(uid, container), undefined);
    } else {
      known.stored = stored;
      known.triggers = triggers;
    }
    this.#send(uid, container, { type: "start.requested" });
  }

  create(
    uid: string,
    container: string,
    config: ContainerConfig,
    program: Program,
  ): void {
    this.#record(uid, container).config = config;
    this.#send(uid, container, {
      type: "config.resolved",
      delayMs: this.#options.config().containerStartMs,
      ...program,
    });
  }

  /** The container cannot be configured. */
  refuse(uid: string, container: string): void {
    this.#send(uid, container, { type: "config.failed" });
  }

  /** The container stays in its back-off. */
  holdBack(uid: string, container: string): void {
    this.#send(uid, container, { type: "restart.refused" });
  }

  /** Nobody will say how to configure the container any more. */
  abandon(uid: string, container: string): void {
    this.#send(uid, container, { type: "start.abandoned" });
  }

  abandonAll(): void {
    for (const [uid, records] of this.state)
      for (const name of records.keys()) this.abandon(uid, name);
  }

  /** Its program ends now. What does not run yet is not created either. */
  exit(
    uid: string,
    container: string,
    exitCode: number,
    reason = exitReason(exitCode),
  ): void {
    this.#send(uid, container, { type: "process.exited", exitCode, reason });
  }

  /** SIGTERM, and SIGKILL when the grace period is over. */
  stop(uid: string, container: string, graceMs: DurationMs): void {
    const { containerStopMs } = this.#options.config();
    const { object: pod } = this.#record(uid, container).stored;
    const stopMs = stopAfterMs(pod, container, containerStopMs);
    const killed = stopMs > graceMs;
    this.#send(uid, container, {
      type: "stop.requested",
      delayMs: killed ? graceMs : stopMs,
      exitCode: killed ? SIGKILL_EXIT_CODE : SIGTERM_EXIT_CODE,
    });
  }

  /** Nothing is left of the pod's containers. */
  remove(uid: string): void {
    for (const name of this.names(uid)) this.#machines.stop(keyOf(uid, name));
    this.state.delete(uid);
  }

  #record(uid: string, container: string): ContainerRecord {
    return this.state.get(uid)!.get(container)!;
  }

  #current(uid: string, container: string): ContainerInstance | null {
    const record = this.state.get(uid)?.get(container);
    return record?.history?.current ?? null;
  }

  #send(uid: string, container: string, event: ContainerMachineEvent): void {
    this.#machines.send(keyOf(uid, container), event);
  }

  #created(key: string): void {
    const [uid, name] = partsOf(key);
    const record = this.#record(uid, name);
    const { stored, history, config, triggers } = record;
    const attempt = history === null ? 0 : history.current.attempt + 1;
    const current = this.#newInstance(stored, name, attempt);
    record.history = { current, last: history?.current ?? null };
    const init = isInit(stored, name);
    const container = { name, attempt, init, config: config! };
    this.#options.sim.trace.record({
      type: "container.created",
      at: `${this.#options.node}/kubelet`,
      about: podName(stored),
      ...createdFact(stored, container, triggers),
    });
    this.#listener.containerCreated(uid, name);
  }

  #newInstance(
    stored: Stored,
    container: string,
    attempt: number,
  ): ContainerInstance {
    const { node, sim } = this.#options;
    const { uid } = stored.object.metadata;
    const image = containerSpec(stored, container)?.image ?? "";
    const draw = `kubelet/${node}/${uid}/${container}/id`;
    return {
      id: `containerd://${sim.draws.hex(draw, attempt, ID_WORDS)}`,
      imageId: `${image}@sha256:${sha256Hex(image)}`,
      attempt,
      image,
      state: "created",
      startedAt: null,
      finishedAt: null,
      exitCode: 0,
      reason: "",
    };
  }

  #started(key: string): void {
    const [uid, name] = partsOf(key);
    const { now } = this.#options.sim;
    this.#update(uid, name, { state: "running", startedAt: now });
    this.#report("container.started", uid, name, {});
    this.#listener.containerStarted(uid, name);
  }

  #exited({
    key,
    context: { exitCode, reason },
  }: EffectCall<ContainerContext, ContainerMachineEvent>): void {
    const [uid, name] = partsOf(key);
    const { now } = this.#options.sim;
    const exit = { exitCode, reason };
    this.#update(uid, name, { state: "exited", finishedAt: now, ...exit });
    this.#report("container.exited", uid, name, exit);
    this.#listener.containerExited(uid, name);
  }

  /** It was created and never ran: as if it had not been. */
  #dropped(key: string): void {
    const record = this.#record(...partsOf(key));
    const { last } = record.history!;
    record.history = last === null ? null : { current: last, last: null };
  }

  #update(
    uid: string,
    container: string,
    what: Partial<ContainerInstance>,
  ): void {
    const record = this.#record(uid, container);
    const { current, last } = record.history!;
    record.history = { current: { ...current, ...what }, last };
  }

  #report(
    type: "container.started" | "container.exited",
    uid: string,
    container: string,
    more: { readonly [member: string]: string | number },
  ): void {
    const { stored, history } = this.#record(uid, container);
    const { attempt } = history!.current;
    this.#options.sim.trace.record({
      type,
      at: `${this.#options.node}/kubelet`,
      about: podName(stored),
      data: { ...podId(stored), container, attempt, ...more },
    });
  }
}

function keyOf(uid: string, container: string): string {
  return `${uid}/${container}`;
}

function partsOf(key: string): [uid: string, container: string] {
  const slash = key.indexOf("/");
  return [key.slice(0, slash), key.slice(slash + 1)];
}
