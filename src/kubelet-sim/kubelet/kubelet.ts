/**
 * One node's kubelet, as the conductor of its parts: it runs a worker for each pod (`pod-worker.machine.ts`, whose work is
 * `pod-syncer.ts`) and tells it what changed: in the API, at the runtime, by probes and volumes.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/{kubelet,pod_workers}.go (syncLoopIteration, UpdatePod); kubelet.md 1, 8, 10
 */
import type { SimEvent } from "../../kernel/event-queue.ts";
import { Rank } from "../../kernel/event-queue.ts";
import type { MachineSet } from "../../kernel/machine-runner.ts";
import { machineSet } from "../../kernel/machine-runner.ts";
import type { Component } from "../../kernel/simulation.ts";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import {
  HOUSEKEEPING_PERIOD_MS,
  MOUNT_CHECK_PERIOD_MS,
  SYNC_TICK_PERIOD_MS,
} from "../defaults.ts";
import type { NodePhases } from "../phases.ts";
import { drawPhases, tickFrom } from "../phases.ts";
import { isTerminating } from "../pod-spec.ts";
import type {
  ContainerLookup,
  RunningContainer,
  TimerEvent,
} from "../ports.ts";
import type { KuberuntimeListener, RuntimeOutcome } from "./kuberuntime.ts";
import { mountFailed, rebooted } from "./pod-events.ts";
import type { PodListener } from "./pod-manager.ts";
import type { PodRecord } from "./pod-record.ts";
import { NEVER } from "./pod-record.ts";
import type { KubeletParts } from "./pod-syncer.ts";
import { PodSyncer } from "./pod-syncer.ts";
import type {
  PodWorkerContext,
  PodWorkerEvent,
  SyncTrigger,
} from "./pod-worker.machine.ts";
import { podWorkerMachine } from "./pod-worker.machine.ts";
import type { VolumeListener } from "./volume-record.ts";

interface KubeletState {
  running: boolean;
  /** Counts the starts of the process: what was meant for an earlier one is nobody's. */
  starts: number;
  phases: NodePhases;
  /** From when on the network plugin answers. */
  networkReadyAt: EpochMs;
}

interface KubeletTimer extends TimerEvent {
  readonly timer: "housekeeping" | "deadline";
  readonly epoch: number;
}

export class Kubelet
  implements
    Component,
    PodListener,
    VolumeListener,
    KuberuntimeListener,
    ContainerLookup
{
  readonly name: string;
  state: KubeletState;
  readonly #parts: KubeletParts;
  readonly #workers: MachineSet<PodWorkerContext, PodWorkerEvent>;
  readonly #syncer: PodSyncer;

  constructor(parts: KubeletParts) {
    const { sim, node } = parts;
    this.name = `${node}/kubelet`;
    this.#parts = parts;
    this.state = {
      running: false,
      starts: 0,
      phases: drawPhases(sim.draws, node, 0),
      networkReadyAt: 0,
    };
    const syncer = new PodSyncer({
      ...parts,
      send: (uid, event) => this.#workers.send(uid, event),
      networkReady: () => sim.now >= this.state.networkReadyAt,
      awaken: (uid, at) => this.#awaken(uid, at),
      finished: (uid) => this.#finished(uid),
    });
    this.#syncer = syncer;
    this.#workers = machineSet<PodWorkerContext, PodWorkerEvent>({
      sim,
      name: `${node}/kubelet/pod-workers`,
      machine: podWorkerMachine,
      rank: Rank.podWorker,
      backend: parts.backend,
      effects: {
        sync: ({ key, context }) => syncer.sync(key, context.trigger),
        startContainers: ({ key }) => syncer.startContainers(key),
        volumeWaitFailed: ({ key }) => syncer.volumeWaitFailed(key),
        stopContainers: ({ key }) => syncer.stopContainers(key),
        unmountVolumes: ({ key }) => syncer.unmountVolumes(key),
        unmountFailed: ({ key }) => syncer.unmountFailed(key),
        finish: ({ key }) => syncer.finish(key),
      },
    });
    parts.pleg.onRelist = (uid, syncs) => this.#relisted(uid, syncs);
    parts.readiness.onChange = (uid) => this.#update(uid, "probe");
  }

  get isRunning(): boolean {
    return this.state.running;
  }

  /** Starts the process. `afterReboot`: the node came up with it, and the network comes later. */
  start(afterReboot = false): void {
    const { sim, node, config, sources, pleg, events, pods } = this.#parts;
    const { state } = this;
    state.running = true;
    state.phases = drawPhases(sim.draws, node, state.starts);
    if (state.starts > 0) this.#record("kubelet.started");
    pleg.start();
    sources.start();
    if (afterReboot) {
      state.networkReadyAt = sim.now + config().networkReadyMs;
      const bootId = sim.draws.uuid(`kubelet/${node}/boot-id`, state.starts);
      events.node(rebooted(node, bootId));
    }
    pods.start();
  }

  /** The process ends: all that it remembered is lost, containers and mounts stay. */
  stop(): void {
    const { volumes, sources, kuberuntime, pleg, pods } = this.#parts;
    this.#record("kubelet.stopped");
    this.state.running = false;
    this.state.starts += 1;
    for (const uid of pods.uids)
      if (this.#workers.has(uid)) this.#workers.stop(uid);
    pods.stop();
    kuberuntime.stop();
    volumes.stop();
    sources.stop();
    pleg.stop();
    this.#parts.readiness.stop();
    this.#parts.statuses.stop();
    this.#parts.events.restart();
  }

  /** The CSIDriver object says something else now: pods that rest because nothing could change may have to sync again. */
  csiDriverChanged(): void {
    const { pods, volumes, queue } = this.#parts;
    for (const uid of pods.uids)
      if (this.#workers.has(uid) && volumes.followsSource(uid)) {
        const delayMs = queue.resumed(pods.known(uid));
        this.#workers.send(uid, { type: "resync.scheduled", delayMs });
      }
  }

  runningContainer(uid: string, container: string): RunningContainer | null {
    return this.#parts.runtime.containers.running(uid, container);
  }

  handle(event: SimEvent): void {
    const { timer, key, epoch } = event as KubeletTimer;
    if (epoch !== this.state.starts) return;
    if (timer === "housekeeping") this.#parts.pods.findOrphans();
    else this.#update(key, "deadline");
  }

  podAdded(uid: string, terminating: boolean): void {
    const record = this.#parts.pods.record(uid);
    record.seen = this.#parts.pleg.status(uid);
    record.ending = terminating;
    this.#workers.start(uid, { terminating });
  }

  podChanged(uid: string, syncs: boolean): void {
    this.#parts.statuses.podChanged(this.#parts.pods.record(uid).stored);
    if (syncs) this.#update(uid, "update");
  }

  podEnding(uid: string): void {
    if (this.#workers.has(uid)) this.#syncer.end(uid);
  }

  podForgotten(uid: string): void {
    this.#parts.statuses.forget(uid);
    this.#parts.runtime.removePod(uid);
  }

  /** What the node has of pods that are gone is found by the next housekeeping, if there was a kubelet before this one. */
  podsListed(): void {
    const { starts, phases } = this.state;
    if (starts === 0) return;
    const { now } = this.#parts.sim;
    const at = tickFrom(now, HOUSEKEEPING_PERIOD_MS, phases.housekeeping);
    this.#schedule("housekeeping", "", at);
  }

  volumeMounted(uid: string): void {
    const record = this.#parts.pods.find(uid);
    if (record === null || record.waitingSince === NEVER) return;
    if (record.ending || !this.#parts.volumes.allMounted(uid)) return;
    const delayMs = this.#untilCheck(record);
    this.#workers.send(uid, { type: "volumes.mounted", delayMs });
  }

  volumesGone(uid: string): void {
    const record = this.#parts.pods.find(uid);
    if (record === null || !this.#workers.has(uid)) return;
    const delayMs = this.#untilCheck(record);
    this.#workers.send(uid, { type: "volumes.unmounted", delayMs });
  }

  mountFailed({ uid }: { readonly uid: string }, message: string): void {
    const record = this.#parts.pods.find(uid);
    if (record === null) return;
    this.#parts.events.pod(record.stored, mountFailed(message));
  }

  runtimeSynced(uid: string, outcome: RuntimeOutcome): void {
    this.#syncer.runtimeSynced(uid, outcome);
  }

  containersStopped(uid: string): void {
    // Of a pod that a kubelet before this one had told to stop nobody waits for the end.
    if (this.#workers.has(uid)) this.#syncer.containersStopped(uid);
  }

  /** What a pod that was not deleted leaves in the runtime stays with its object. */
  #finished(uid: string): void {
    const { pods, runtime } = this.#parts;
    const { stored } = pods.record(uid);
    this.#workers.stop(uid);
    pods.finished(uid);
    if (isTerminating(stored)) runtime.removePod(uid);
  }

  #relisted(uid: string, syncs: boolean): void {
    const record = this.#parts.pods.find(uid);
    if (record === null) return;
    record.settled = false;
    if (syncs) this.#update(uid, "pleg");
  }

  #update(uid: string, trigger: SyncTrigger): void {
    const record = this.#parts.pods.find(uid);
    if (record === null || record.finished || record.ending) return;
    record.settled = false;
    const delayMs = this.#untilCached(record);
    this.#workers.send(uid, { type: "pod.updated", trigger, delayMs });
  }

  /** The next sync's view of the runtime must have been made after the last sync's end. */
  #untilCached({ lastSyncEnd }: PodRecord): DurationMs {
    if (lastSyncEnd === NEVER) return 0;
    const { sim, pleg } = this.#parts;
    return Math.max(0, pleg.relistAfter(lastSyncEnd) - sim.now);
  }

  /** A wait for volumes looks at once, and then every 300 ms. */
  #untilCheck({ waitingSince }: PodRecord): DurationMs {
    const { now } = this.#parts.sim;
    const period = MOUNT_CHECK_PERIOD_MS;
    return tickFrom(now, period, waitingSince % period) - now;
  }

  #awaken(uid: string, at: EpochMs): void {
    const { syncTicker } = this.state.phases;
    const tick = tickFrom(at, SYNC_TICK_PERIOD_MS, syncTicker);
    this.#schedule("deadline", uid, tick);
  }

  #schedule(timer: KubeletTimer["timer"], key: string, at: EpochMs): void {
    const { starts } = this.state;
    const event: KubeletTimer = { type: "timer", timer, key, epoch: starts };
    const rank = Rank.syncTicker;
    this.#parts.sim.schedule({ at, rank, target: this.name, event });
  }

  #record(type: "kubelet.started" | "kubelet.stopped"): void {
    const { node, sim } = this.#parts;
    sim.trace.record({ type, at: this.name, about: node, data: { node } });
  }
}
