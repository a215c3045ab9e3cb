/**
 * The kubelet's pod manager: which pods are bound to this node, as its watch says, and what the kubelet remembers of each.
 * It tells what is to be done about a pod; workers do it.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/config/config.go, pkg/kubelet/pod/pod_manager.go, pkg/kubelet/kubelet.go
 *         (HandlePodAdditions, HandlePodUpdates, HandlePodRemoves), pkg/kubelet/kubelet_pods.go (HandlePodCleanups); kubelet.md 1.4, 10
 */
import type { Informer } from "../../cluster-sim/client/index.ts";
import {
  applyWatch,
  keyOf,
  newInformer,
} from "../../cluster-sim/client/index.ts";
import type { ApiClient, Stored, WatchEvent } from "../../cluster-sim/ports.ts";
import type { SimEvent } from "../../kernel/event-queue.ts";
import type { Component, Simulation } from "../../kernel/simulation.ts";
import {
  environmentFacts,
  isTerminating,
  mountFacts,
  phaseOf,
  specOf,
  volumeFacts,
} from "../pod-spec.ts";
import { podId, podName } from "./container-facts.ts";
import { needsSync } from "./pod-changes.ts";
import { isTerminalPhase } from "./pod-phase.ts";
import type { KnownPod, PodRecord } from "./pod-record.ts";
import { newKnownPod, newPodRecord } from "./pod-record.ts";

interface PodManagerState {
  pods: Informer;
  watchId: number | null;
  /** Counts the process's starts: deliveries to an earlier one are nobody's. */
  epoch: number;
  /** By uid. */
  records: Map<string, PodRecord>;
  /** Outlives the process, as the node's disk and the trace do. By uid. */
  known: Map<string, KnownPod>;
}

export interface PodListener {
  /** A pod that needs a worker; `terminating`: only to end it. */
  podAdded(uid: string, terminating: boolean): void;
  /** `syncs`: something changed that its sync looks at. */
  podChanged(uid: string, syncs: boolean): void;
  /** It was deleted, gracefully or at once. */
  podEnding(uid: string): void;
  /** Nobody in the API has it any more, and nothing of it is left to be ended. */
  podForgotten(uid: string): void;
  /** The first list is complete. */
  podsListed(): void;
}

export interface PodManagerOptions {
  readonly sim: Simulation;
  readonly node: string;
  readonly api: ApiClient;
}

export class PodManager implements Component {
  readonly name: string;
  state: PodManagerState = {
    pods: newInformer(),
    watchId: null,
    epoch: 0,
    records: new Map(),
    known: new Map(),
  };
  /** Set when the kubelet is put together. */
  listener!: PodListener;
  readonly #options: PodManagerOptions;

  constructor(options: PodManagerOptions) {
    this.name = `${options.node}/kubelet/pod-manager`;
    this.#options = options;
  }

  start(): void {
    const { api, node } = this.#options;
    const { epoch } = this.state;
    this.state.watchId = api.watch(
      { kind: "Pod", fieldSelector: `spec.nodeName=${node}` },
      { target: this.name, tag: { epoch } },
    );
  }

  stop(): void {
    const { state } = this;
    if (state.watchId !== null) this.#options.api.unwatch(state.watchId);
    state.watchId = null;
    state.epoch += 1;
    state.pods = newInformer();
    state.records = new Map();
  }

  get uids(): string[] {
    return [...this.state.records.keys()];
  }

  find(uid: string): PodRecord | null {
    return this.state.records.get(uid) ?? null;
  }

  /** Of a pod that has a worker, so too `known`. */
  record(uid: string): PodRecord {
    return this.state.records.get(uid)!;
  }

  known(uid: string): KnownPod {
    return this.state.known.get(uid)!;
  }

  /** Whether the API has the pod. */
  isThere(stored: Stored): boolean {
    const found = this.state.pods.items.get(keyOf(stored));
    return found?.object.metadata.uid === stored.object.metadata.uid;
  }

  /** The pod's worker is done. */
  finished(uid: string): void {
    const record = this.record(uid);
    record.finished = true;
    this.known(uid).gone = true;
    if (!this.isThere(record.stored)) this.#forget(uid);
  }

  /** Pods that the node still has and the API does not: those that were removed while no kubelet ran. */
  findOrphans(): void {
    const { known, records } = this.state;
    const orphans = [...known].filter(([uid]) => !records.has(uid));
    for (const [uid, { stored, gone }] of orphans) {
      records.set(uid, newPodRecord(stored));
      if (gone) this.#forget(uid);
      else this.listener.podAdded(uid, true);
    }
  }

  handle(event: SimEvent): void {
    const watch = event as WatchEvent;
    if (watch.tag["epoch"] !== this.state.epoch) return;
    const change = applyWatch(this.state.pods, watch);
    if (change === null) return;
    if (change.type === "SYNCED") return this.listener.podsListed();
    const { before, after } = change;
    const last = before?.object.metadata.uid;
    if (last !== undefined && last !== after?.object.metadata.uid)
      this.#removed(last);
    if (after === null) return;
    const record = this.find(after.object.metadata.uid);
    if (record === null) return this.#added(after);
    record.stored = after;
    this.#changed(after, before!);
  }

  #changed(after: Stored, before: Stored): void {
    const { uid } = after.object.metadata;
    this.listener.podChanged(uid, needsSync(before, after));
    if (isTerminating(after)) this.listener.podEnding(uid);
  }

  #added(stored: Stored): void {
    const { known, records } = this.state;
    const { uid } = stored.object.metadata;
    const record = newPodRecord(stored);
    records.set(uid, record);
    if (!known.has(uid)) {
      known.set(uid, newKnownPod(stored));
      this.#recordAdded(stored);
    }
    const over = isTerminalPhase(phaseOf(stored.object));
    const ending = isTerminating(stored);
    record.finished = this.known(uid).gone && over && !ending;
    if (!record.finished) this.listener.podAdded(uid, over || ending);
  }

  #removed(uid: string): void {
    const record = this.find(uid);
    if (record === null) return;
    if (record.finished) this.#forget(uid);
    else this.listener.podEnding(uid);
  }

  #forget(uid: string): void {
    this.state.records.delete(uid);
    this.state.known.delete(uid);
    this.listener.podForgotten(uid);
  }

  #recordAdded(stored: Stored): void {
    const { sim, node } = this.#options;
    const spec = specOf(stored.object);
    sim.trace.record({
      type: "kubelet.pod.added",
      at: `${node}/kubelet`,
      about: podName(stored),
      data: {
        ...podId(stored),
        node,
        workload: stored.lineage?.workload ?? "",
        volumes: volumeFacts(spec),
        mounts: mountFacts(spec),
        environment: environmentFacts(spec),
      },
    });
  }
}
