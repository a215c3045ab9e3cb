/**
 * The kubelet's PLEG: once a second it lists what the runtime has. The pod cache is what the last relist saw; a pod of
 * which a container or the sandbox started or died is synced. Only relists that will see something are ever run.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/pleg/generic.go, pkg/kubelet/container/cache.go; kubelet.md 1.2, 1.4
 * Simplification: PLEGOnDemandRelist (Kubernetes 1.36), which relists a pod right after a sync that did something, is off.
 */
import { Rank } from "../../kernel/event-queue.ts";
import type { Component, Simulation } from "../../kernel/simulation.ts";
import type { EpochMs } from "../../kernel/time.ts";
import type { Cause } from "../../kernel/trace.ts";
import { PLEG_RELIST_PERIOD_MS } from "../defaults.ts";
import type { NodePhases } from "../phases.ts";
import { tickAfter } from "../phases.ts";
import type { ContainerRuntime } from "./container-runtime.ts";
import type { PodRuntimeStatus } from "./container-status.ts";
import { NO_RUNTIME_STATUS } from "./container-status.ts";

interface PodChange {
  readonly syncs: boolean;
  readonly causes: readonly Cause[];
}

interface PlegState {
  running: boolean;
  /** The pod cache, by uid. */
  cache: Map<string, PodRuntimeStatus>;
  /** What changed since, by uid. */
  changed: Map<string, PodChange>;
  /** Queue handle of the next relist. */
  relist: number | null;
}

export interface PlegOptions {
  readonly sim: Simulation;
  readonly node: string;
  readonly runtime: ContainerRuntime;
  readonly phases: () => NodePhases;
}

export class Pleg implements Component {
  readonly name: string;
  state: PlegState = {
    running: false,
    cache: new Map(),
    changed: new Map(),
    relist: null,
  };
  /** Told of each pod that changed, with the cache already new; `syncs`: something of it started or died. */
  onRelist: (uid: string, syncs: boolean) => void = () => {};
  readonly #options: PlegOptions;

  constructor(options: PlegOptions) {
    this.name = `${options.node}/kubelet/pleg`;
    this.#options = options;
    options.runtime.onChange = (uid, syncs) => this.#changed(uid, syncs);
  }

  /** The first relist is at once. */
  start(): void {
    const { runtime } = this.#options;
    const uids = runtime.pods.map(({ object }) => object.metadata.uid);
    const seen = uids.map((uid) => [uid, runtime.live(uid)] as const);
    this.state = {
      running: true,
      cache: new Map(seen),
      changed: new Map(),
      relist: null,
    };
  }

  stop(): void {
    const { relist } = this.state;
    if (relist !== null) this.#options.sim.cancel(relist);
    this.state.relist = null;
    this.state.running = false;
  }

  /** The pod as the last relist saw it. */
  status(uid: string): PodRuntimeStatus {
    return this.state.cache.get(uid) ?? NO_RUNTIME_STATUS;
  }

  forget(uid: string): void {
    this.state.cache.delete(uid);
    this.state.changed.delete(uid);
  }

  /** The first relist strictly after an instant. */
  relistAfter(at: EpochMs): EpochMs {
    const { pleg } = this.#options.phases();
    return tickAfter(at, PLEG_RELIST_PERIOD_MS, pleg);
  }

  handle(): void {
    const { changed } = this.state;
    this.state.relist = null;
    this.state.changed = new Map();
    const { sim, runtime } = this.#options;
    for (const uid of changed.keys())
      this.state.cache.set(uid, runtime.live(uid));
    for (const [uid, { syncs, causes }] of changed) {
      sim.trace.causes = causes;
      this.onRelist(uid, syncs);
    }
  }

  #changed(uid: string, syncs: boolean): void {
    const { state } = this;
    if (!state.running) return;
    const { sim } = this.#options;
    const before = state.changed.get(uid)?.syncs === true;
    const { causes } = sim.trace;
    state.changed.set(uid, { syncs: syncs || before, causes });
    state.relist ??= sim.schedule({
      at: this.relistAfter(sim.now),
      rank: Rank.containerEvent,
      target: this.name,
      event: { type: "relist" },
    });
  }
}
