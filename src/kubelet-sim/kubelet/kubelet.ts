/**
 * One node's kubelet: it watches the pods bound to its node, runs a worker for each (`pod-worker.machine.ts`), and
 * reports what it did as status, Events and facts.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/{kubelet,pod_workers}.go, pkg/kubelet/pleg/generic.go; kubelet.md 1, 6, 8
 * Simplification: images are present, containers run until their pod is deleted, and there are no probes.
 * Simplification: the sandbox and the containers of a pod start one after the other in fixed times of the profile.
 */
import type { ApiClient, Stored, WatchEvent } from "../../cluster-sim/ports.ts";
import type {
  EventRecorderState,
  Informer,
} from "../../cluster-sim/client/index.ts";
import {
  EventRecorder,
  applyWatch,
  eventObject,
  newEventRecorderState,
  newInformer,
} from "../../cluster-sim/client/index.ts";
import type { SimEvent } from "../../kernel/event-queue.ts";
import { Rank } from "../../kernel/event-queue.ts";
import type { EffectCall, MachineSet } from "../../kernel/machine-runner.ts";
import { machineSet } from "../../kernel/machine-runner.ts";
import type { Component, Simulation } from "../../kernel/simulation.ts";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import { SECOND_MS } from "../../kernel/time.ts";
import {
  MOUNT_CHECK_PERIOD_MS,
  PLEG_RELIST_PERIOD_MS,
  SYNC_ERROR_BACKOFF_MS,
  SYNC_TICK_PERIOD_MS,
  WORKER_JITTER_PERCENT,
} from "../defaults.ts";
import type { NodePhases } from "../phases.ts";
import { tickAfter } from "../phases.ts";
import {
  isTerminating,
  mountFacts,
  referencedSecrets,
  specOf,
  volumeFacts,
} from "../pod-spec.ts";
import type { NodeOptions, TimerEvent } from "../ports.ts";
import { needsSync } from "./pod-changes.ts";
import { reportStatus } from "./pod-status.ts";
import type { PodWorkerContext, PodWorkerEvent } from "./pod-worker.machine.ts";
import { podWorkerMachine } from "./pod-worker.machine.ts";
import type { SecretManager } from "./secret-manager.ts";
import type { VolumeListener, VolumeManager } from "./volume-manager.ts";
import { volumeWaitText } from "./volume-wait-text.ts";

interface PodRecord {
  stored: Stored;
  /** How many resync delays and error back-offs this pod has drawn. */
  resyncs: number;
  backoffs: number;
  lastSyncEnd: EpochMs;
  /** When the sync that waits for volumes looked first. */
  waitingSince: EpochMs;
  running: boolean;
  startedAt: EpochMs | null;
  /** What was last reported to the API server. */
  reported: string;
}

interface KubeletState {
  phases: NodePhases;
  pods: Informer;
  /** By uid. */
  records: Map<string, PodRecord>;
  events: EventRecorderState;
}

export interface KubeletOptions extends NodeOptions {
  readonly sim: Simulation;
  readonly api: ApiClient;
  readonly secrets: SecretManager;
  readonly volumes: VolumeManager;
  readonly phases: NodePhases;
}

const NOT_SYNCED = -1;

export class Kubelet implements Component, VolumeListener {
  readonly name: string;
  state: KubeletState;
  readonly #options: KubeletOptions;
  readonly #workers: MachineSet<PodWorkerContext, PodWorkerEvent>;
  readonly #events: EventRecorder;

  constructor(options: KubeletOptions) {
    const { sim, node, api, config } = options;
    this.name = `${node}/kubelet`;
    this.#options = options;
    this.state = {
      phases: options.phases,
      pods: newInformer(),
      records: new Map(),
      events: newEventRecorderState(),
    };
    this.#events = new EventRecorder({
      sim,
      client: api,
      at: this.name,
      component: "kubelet",
      host: node,
      minor: () => config().kubernetesMinor,
    });
    this.#workers = machineSet<PodWorkerContext, PodWorkerEvent>({
      sim,
      name: `${node}/kubelet/pod-workers`,
      machine: podWorkerMachine,
      rank: Rank.podWorker,
      backend: options.backend,
      effects: {
        sync: (call) => this.#sync(call),
        startContainers: ({ key }) => this.#startContainers(key),
        containersStarted: ({ key }) => this.#containersStarted(key),
        volumeWaitFailed: ({ key }) => this.#volumeWaitFailed(key),
        stopContainers: ({ key }) => this.#recordLife(key, "terminating"),
        unmountVolumes: ({ key }) => options.volumes.endPod(key),
        finish: ({ key }) => this.#finish(key),
      },
    });
  }

  /** Starts watching the pods of this node. Call once. */
  start(): void {
    const { api, node } = this.#options;
    api.watch(
      { kind: "Pod", fieldSelector: `spec.nodeName=${node}` },
      { target: this.name, tag: { watch: "pods" } },
    );
  }

  handle(event: SimEvent): void {
    if (event.type === "watch") this.#podChanged(event as WatchEvent);
    else if (event.type === "timer") this.#relisted((event as TimerEvent).key);
  }

  volumeMounted(uid: string): void {
    const record = this.state.records.get(uid);
    const waits = record !== undefined && record.waitingSince !== NOT_SYNCED;
    if (!waits || !this.#options.volumes.allMounted(uid)) return;
    const { now } = this.#options.sim;
    const waited = now - record.waitingSince;
    const delayMs =
      Math.ceil(waited / MOUNT_CHECK_PERIOD_MS) * MOUNT_CHECK_PERIOD_MS -
      waited;
    this.#workers.send(uid, { type: "volumes.mounted", delayMs });
  }

  volumesGone(uid: string): void {
    if (this.#workers.has(uid))
      this.#workers.send(uid, { type: "volumes.unmounted" });
  }

  mountFailed({ uid }: { readonly uid: string }, message: string): void {
    const record = this.state.records.get(uid);
    if (record === undefined) return;
    this.#events.emit(this.state.events, {
      object: eventObject(record.stored.object),
      reason: "FailedMount",
      type: "Warning",
      message,
    });
  }

  #podChanged(event: WatchEvent): void {
    const change = applyWatch(this.state.pods, event);
    if (change === null) return;
    const { before, after } = change;
    const uid = after?.object.metadata.uid;
    const last = before?.object.metadata.uid;
    // Removed at once, by a grace of 0: the object is gone, and its containers are still to be stopped.
    if (last !== undefined && last !== uid && this.state.records.has(last))
      this.#kill(last, before!);
    if (uid === undefined) return;
    const record = this.state.records.get(uid);
    if (record === undefined) return this.#addPod(uid, after!);
    record.stored = after!;
    if (isTerminating(after!)) this.#kill(uid, before!);
    else if (needsSync(before!, after!)) this.#update(uid, "update");
  }

  #addPod(uid: string, stored: Stored): void {
    // A pod that is gone already was never this kubelet's to start.
    if (isTerminating(stored)) return;
    this.state.records.set(uid, {
      stored,
      resyncs: 0,
      backoffs: 0,
      lastSyncEnd: NOT_SYNCED,
      waitingSince: NOT_SYNCED,
      running: false,
      startedAt: null,
      reported: "",
    });
    const { name, namespace = "" } = stored.object.metadata;
    const spec = specOf(stored.object);
    this.#options.sim.trace.record({
      type: "kubelet.pod.added",
      at: this.name,
      about: `${namespace}/${name}`,
      data: {
        namespace,
        name,
        uid,
        node: this.#options.node,
        volumes: volumeFacts(spec),
        mounts: mountFacts(spec),
      },
    });
    this.#workers.start(uid, {});
  }

  #kill(uid: string, before: Stored): void {
    if (isTerminating(before)) return;
    const grace =
      this.state.records.get(uid)!.stored.object.metadata
        .deletionGracePeriodSeconds ?? 0;
    const delayMs = Math.min(
      this.#options.config().containerStopMs,
      Math.max(grace, 1) * SECOND_MS,
    );
    this.#workers.send(uid, { type: "pod.killed", delayMs });
  }

  #update(uid: string, trigger: "update" | "pleg"): void {
    const delayMs = this.#untilCached(this.state.records.get(uid)!);
    this.#workers.send(uid, { type: "pod.updated", trigger, delayMs });
  }

  /** The next sync's view of the runtime must have been made after the last sync's end. */
  #untilCached({ lastSyncEnd }: PodRecord): DurationMs {
    if (lastSyncEnd === NOT_SYNCED) return 0;
    const { pleg } = this.state.phases;
    const cachedAt = tickAfter(lastSyncEnd, PLEG_RELIST_PERIOD_MS, pleg);
    return Math.max(0, cachedAt - this.#options.sim.now);
  }

  /** One SyncPod. For a pod that runs it takes no time: it flags volumes and goes on. */
  #sync({
    key: uid,
    context,
  }: EffectCall<PodWorkerContext, PodWorkerEvent>): void {
    const record = this.state.records.get(uid)!;
    const { secrets, volumes, sim } = this.#options;
    const { object } = record.stored;
    const { namespace = "" } = object.metadata;
    const matters = !record.running || volumes.isStale(uid);
    if (matters) this.#recordSync(record.stored, context.trigger);
    secrets.register(uid, namespace, referencedSecrets(specOf(object)));
    volumes.reprocessPod(record.stored);
    this.#report(record);
    if (record.running) return this.#synced(uid, record);
    if (volumes.allMounted(uid)) return this.#startContainers(uid);
    record.waitingSince = sim.now;
    this.#workers.send(uid, { type: "volumes.awaited" });
  }

  #recordSync({ object }: Stored, trigger: string): void {
    const { namespace = "", name, uid } = object.metadata;
    this.#options.sim.trace.record({
      type: "kubelet.pod.sync",
      at: this.name,
      about: `${namespace}/${name}`,
      data: { namespace, name, uid, trigger },
    });
  }

  #startContainers(uid: string): void {
    const record = this.state.records.get(uid)!;
    record.waitingSince = NOT_SYNCED;
    const { sandboxMs, containerStartMs } = this.#options.config();
    const spec = specOf(record.stored.object);
    const containers =
      spec.containers.length + (spec.initContainers ?? []).length;
    const delayMs = sandboxMs + containers * containerStartMs;
    this.#workers.send(uid, { type: "containers.starting", delayMs });
  }

  #containersStarted(uid: string): void {
    const record = this.state.records.get(uid)!;
    const { sim } = this.#options;
    record.running = true;
    record.startedAt = sim.now;
    this.#recordLife(uid, "running");
    const timer: TimerEvent = { type: "timer", timer: "relist", key: uid };
    sim.schedule({
      at: tickAfter(sim.now, PLEG_RELIST_PERIOD_MS, this.state.phases.pleg),
      rank: Rank.containerEvent,
      target: this.name,
      event: timer,
    });
    this.#synced(uid, record);
  }

  /** The PLEG saw that the pod's containers started. */
  #relisted(uid: string): void {
    if (this.state.records.has(uid)) this.#update(uid, "pleg");
  }

  #synced(uid: string, record: PodRecord): void {
    record.lastSyncEnd = this.#options.sim.now;
    const delayMs = this.#options.volumes.followsSource(uid)
      ? this.#resync(record)
      : null;
    const cacheMs = this.#untilCached(record);
    this.#workers.send(uid, { type: "sync.succeeded", delayMs, cacheMs });
  }

  /** Until the sync ticker that finds the next resync due: the due time must lie strictly before the tick. */
  #resync(record: PodRecord): DurationMs {
    const { syncFrequencyMs } = this.#options.config();
    return this.#jittered(syncFrequencyMs, record, "resync", record.resyncs++);
  }

  #jittered(
    period: DurationMs,
    { stored }: PodRecord,
    purpose: string,
    index: number,
  ): DurationMs {
    const { sim, node } = this.#options;
    const { namespace = "", name } = stored.object.metadata;
    const jitter = sim.draws.between(
      0,
      (period * WORKER_JITTER_PERCENT) / 100,
      `kubelet/${node}/${namespace}/${name}/${purpose}`,
      index,
    );
    const dueAt = sim.now + period + jitter;
    const { syncTicker } = this.state.phases;
    return tickAfter(dueAt, SYNC_TICK_PERIOD_MS, syncTicker) - sim.now;
  }

  #volumeWaitFailed(uid: string): void {
    const record = this.state.records.get(uid)!;
    record.waitingSince = NOT_SYNCED;
    record.lastSyncEnd = this.#options.sim.now;
    const delayMs = this.#jittered(
      SYNC_ERROR_BACKOFF_MS,
      record,
      "backoff",
      record.backoffs++,
    );
    const { volumes, config } = this.#options;
    const unmounted = volumes.unmounted(uid);
    const message = volumeWaitText(unmounted, config().kubernetesMinor);
    if (message !== null) this.mountFailed({ uid }, message);
    const cacheMs = this.#untilCached(record);
    this.#workers.send(uid, { type: "sync.failed", delayMs, cacheMs });
  }

  #recordLife(uid: string, life: "running" | "terminating" | "gone"): void {
    const { namespace = "", name } =
      this.state.records.get(uid)!.stored.object.metadata;
    this.#options.sim.trace.record({
      type: `kubelet.pod.${life}`,
      at: this.name,
      about: `${namespace}/${name}`,
      data: { namespace, name, uid },
    });
  }

  #report(record: PodRecord): void {
    const { api, sim, ip } = this.#options;
    record.reported = reportStatus({
      api,
      now: sim.now,
      nodeIp: ip,
      stored: record.stored,
      startedAt: record.startedAt,
      reported: record.reported,
    });
  }

  #finish(uid: string): void {
    const { secrets, api } = this.#options;
    const { name, namespace = "" } =
      this.state.records.get(uid)!.stored.object.metadata;
    this.#recordLife(uid, "gone");
    this.state.records.delete(uid);
    secrets.unregister(uid);
    api.call(
      {
        verb: "delete",
        kind: "Pod",
        namespace,
        name,
        uid,
        gracePeriodSeconds: 0,
      },
      { target: this.name, tag: {} },
    );
  }
}
