/**
 * Which containers are ready: those without a readiness probe as soon as the kubelet sees them run, those with one when the
 * probe has succeeded often enough.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/prober/{prober_manager,worker}.go; kubelet.md 8.6
 * Simplification: A readiness probe succeeds whenever it runs: its container is ready initialDelaySeconds after its start, and a period later for each further success that successThreshold asks for.
 * Simplification: Liveness and startup probes succeed at once, and a container that was ready stays so while its kubelet restarts.
 */
import type { Stored } from "../../cluster-sim/ports.ts";
import type { SimEvent } from "../../kernel/event-queue.ts";
import { Rank } from "../../kernel/event-queue.ts";
import type { Component, Simulation } from "../../kernel/simulation.ts";
import type { EpochMs } from "../../kernel/time.ts";
import { SECOND_MS } from "../../kernel/time.ts";
import { PROBE_PERIOD_SECONDS } from "../defaults.ts";
import type { ContainerSpec, ProbeSpec } from "../pod-spec.ts";
import { specOf } from "../pod-spec.ts";
import { podId, podName } from "./container-facts.ts";
import type {
  ContainerInstance,
  PodRuntimeStatus,
} from "./container-status.ts";
import { currentOf } from "./container-status.ts";

interface Watched {
  readonly id: string;
  ready: boolean;
  /** Queue handle of the probe that will make it ready. */
  probe: number | null;
}

/** By uid, then by container. */
type ReadinessState = Map<string, Map<string, Watched>>;

interface ProbeEvent extends SimEvent {
  readonly type: "probe";
  readonly stored: Stored;
  readonly container: string;
}

export interface ReadinessOptions {
  readonly sim: Simulation;
  readonly node: string;
}

export class Readiness implements Component {
  readonly name: string;
  state: ReadinessState = new Map();
  /** A probe's result changed. */
  onChange: (uid: string) => void = () => {};
  readonly #options: ReadinessOptions;

  constructor(options: ReadinessOptions) {
    this.name = `${options.node}/kubelet/prober`;
    this.#options = options;
  }

  /** Takes in what the kubelet sees of a pod now, and returns the names of the containers that are ready. */
  observe(stored: Stored, runtime: PodRuntimeStatus): ReadonlySet<string> {
    const { containers } = specOf(stored.object);
    const ready = containers.filter((spec) => {
      const current = currentOf(runtime, spec.name);
      return current?.state === "running"
        ? this.#isReady(stored, spec, current)
        : this.#ended(stored, spec.name);
    });
    return new Set(ready.map(({ name }) => name));
  }

  /** The kubelet's process ended: no probe runs until it sees the containers again. */
  stop(): void {
    for (const containers of this.state.values())
      for (const [name, watched] of containers) {
        this.#cancel(watched);
        if (!watched.ready) containers.delete(name);
      }
  }

  forget(uid: string): void {
    const containers = this.state.get(uid);
    if (containers === undefined) return;
    for (const watched of containers.values()) this.#cancel(watched);
    this.state.delete(uid);
  }

  handle(event: SimEvent): void {
    const { stored, container } = event as ProbeEvent;
    const { uid } = stored.object.metadata;
    const watched = this.state.get(uid)!.get(container)!;
    watched.probe = null;
    this.#turn(stored, container, watched, true);
    this.onChange(uid);
  }

  #isReady(
    stored: Stored,
    { name, readinessProbe }: ContainerSpec,
    { id, startedAt }: ContainerInstance,
  ): boolean {
    const { uid } = stored.object.metadata;
    const containers = this.state.get(uid) ?? new Map<string, Watched>();
    this.state.set(uid, containers);
    const known = containers.get(name);
    if (known?.id === id) return known.ready;
    // The one before ended and this one started between two looks.
    if (known !== undefined) this.#ended(stored, name);
    const watched: Watched = { id, ready: false, probe: null };
    containers.set(name, watched);
    if (readinessProbe === undefined) this.#turn(stored, name, watched, true);
    else
      this.#probe(stored, name, watched, readyAt(readinessProbe, startedAt!));
    return watched.ready;
  }

  #probe(stored: Stored, container: string, watched: Watched, at: EpochMs) {
    const { sim } = this.#options;
    const event: ProbeEvent = { type: "probe", stored, container };
    watched.probe = sim.schedule({
      at: Math.max(at, sim.now),
      rank: Rank.containerEvent,
      target: this.name,
      event,
    });
  }

  /** Always false: what does not run is not ready. */
  #ended(stored: Stored, container: string): false {
    const containers = this.state.get(stored.object.metadata.uid);
    const watched = containers?.get(container);
    if (watched === undefined) return false;
    this.#cancel(watched);
    if (watched.ready) this.#turn(stored, container, watched, false);
    containers!.delete(container);
    return false;
  }

  #turn(
    stored: Stored,
    container: string,
    watched: Watched,
    ready: boolean,
  ): void {
    watched.ready = ready;
    this.#options.sim.trace.record({
      type: "container.ready",
      at: `${this.#options.node}/kubelet`,
      about: podName(stored),
      data: { ...podId(stored), container, ready },
    });
  }

  #cancel(watched: Watched): void {
    if (watched.probe !== null) this.#options.sim.cancel(watched.probe);
    watched.probe = null;
  }
}

function readyAt(
  {
    initialDelaySeconds = 0,
    successThreshold = 1,
    periodSeconds = PROBE_PERIOD_SECONDS,
  }: ProbeSpec,
  startedAt: EpochMs,
): EpochMs {
  const seconds = initialDelaySeconds + (successThreshold - 1) * periodSeconds;
  return startedAt + seconds * SECOND_MS;
}
