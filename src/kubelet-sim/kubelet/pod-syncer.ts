/**
 * What a pod worker does: SyncPod, SyncTerminatingPod and SyncTerminatedPod, step by step as the kubelet takes them.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/kubelet.go (SyncPod, SyncTerminatingPod, SyncTerminatedPod),
 *         pkg/kubelet/active_deadline.go; kubelet.md 1.2, 6.1, 8.7
 */
import type { Stored } from "../../cluster-sim/ports.ts";
import type { Simulation } from "../../kernel/simulation.ts";
import type { EpochMs } from "../../kernel/time.ts";
import { SECOND_MS, parseInstant } from "../../kernel/time.ts";
import { specOf } from "../pod-spec.ts";
import type { NodeOptions, PodSources } from "../ports.ts";
import { podId, podName } from "./container-facts.ts";
import type { ContainerRuntime } from "./container-runtime.ts";
import { gracePeriod, runtimeGraceMs } from "./grace-period.ts";
import type { Kuberuntime, RuntimeOutcome } from "./kuberuntime.ts";
import type { Pleg } from "./pleg.ts";
import type { PodEvents } from "./pod-events.ts";
import {
  deadlineExceeded,
  mountFailed,
  networkNotReady,
} from "./pod-events.ts";
import { isTerminalPhase } from "./pod-phase.ts";
import type { PodManager } from "./pod-manager.ts";
import type { PodRecord } from "./pod-record.ts";
import { NEVER } from "./pod-record.ts";
import type { PodStatus, PodStatusInput } from "./pod-status.ts";
import { DEADLINE_MESSAGE, podStatus } from "./pod-status.ts";
import type { PodWorkerEvent } from "./pod-worker.machine.ts";
import type { Readiness } from "./readiness.ts";
import type { StatusManager } from "./status-manager.ts";
import type { VolumeManager } from "./volume-manager.ts";
import { volumeWaitText } from "./volume-wait-text.ts";
import type { SyncFailure, WorkQueue } from "./work-queue.ts";

/** The parts of a kubelet. */
export interface KubeletParts extends NodeOptions {
  readonly sim: Simulation;
  readonly sources: PodSources;
  readonly volumes: VolumeManager;
  readonly runtime: ContainerRuntime;
  readonly kuberuntime: Kuberuntime;
  readonly pleg: Pleg;
  readonly readiness: Readiness;
  readonly statuses: StatusManager;
  readonly events: PodEvents;
  readonly queue: WorkQueue;
  readonly pods: PodManager;
}

export interface PodSyncerOptions extends KubeletParts {
  /** Tells a pod's worker. */
  readonly send: (uid: string, event: PodWorkerEvent) => void;
  readonly networkReady: () => boolean;
  /** Has the pod synced again at an instant. */
  readonly awaken: (uid: string, at: EpochMs) => void;
  /** Nothing of the pod is left on the node. */
  readonly finished: (uid: string) => void;
}

const NETWORK_TEXT =
  "network is not ready: container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized";

export class PodSyncer {
  readonly #options: PodSyncerOptions;

  constructor(options: PodSyncerOptions) {
    this.#options = options;
  }

  /** SyncPod. For a pod that runs it takes no time: it flags volumes and goes on. */
  sync(uid: string, trigger: string): void {
    const { sources, volumes, sim } = this.#options;
    const record = this.#options.pods.record(uid);
    const { stored } = record;
    record.syncing = true;
    if (!record.settled) {
      this.#recordSync(stored, trigger);
      if (!this.#checkStatus(record)) return;
    } else if (volumes.isStale(uid, stored)) this.#recordSync(stored, trigger);
    sources.register(stored);
    volumes.reprocessPod(stored);
    if (record.settled) return this.#succeed(uid, record);
    if (volumes.allMounted(uid)) return this.startContainers(uid);
    record.waitingSince = sim.now;
    this.#send(uid, { type: "volumes.awaited" });
  }

  /** The runtime part of a sync, once the volumes are there. */
  startContainers(uid: string): void {
    const record = this.#options.pods.record(uid);
    record.waitingSince = NEVER;
    const { kuberuntime } = this.#options;
    const outcome = kuberuntime.syncPod(record.stored, record.seen);
    if (outcome === null)
      return this.#send(uid, { type: "containers.starting" });
    record.settled = outcome.ok;
    this.runtimeSynced(uid, outcome);
  }

  runtimeSynced(uid: string, outcome: RuntimeOutcome): void {
    const record = this.#options.pods.record(uid);
    this.#noteRunning(uid, record.stored);
    if (outcome.ok) return this.#succeed(uid, record);
    const { expiresAt } = outcome;
    this.#fail(uid, record, { kind: "error", expiresAt });
  }

  volumeWaitFailed(uid: string): void {
    const { volumes, config } = this.#options;
    const unmounted = volumes.unmounted(uid);
    const message = volumeWaitText(unmounted, config().kubernetesMinor);
    const record = this.#options.pods.record(uid);
    if (message !== null)
      this.#options.events.pod(record.stored, mountFailed(message));
    this.#fail(uid, record, { kind: "error", expiresAt: null });
  }

  /** Makes the pod end: it was deleted, is over by itself, or nobody knows it any more. Again: with less time. */
  end(uid: string): void {
    const { sim, pleg, kuberuntime } = this.#options;
    const record = this.#options.pods.record(uid);
    const grace = gracePeriod(record.grace, record.stored);
    const shrinks = record.grace !== 0 && grace < record.grace;
    if (record.ending && !shrinks) return;
    record.grace = grace;
    record.ending = true;
    if (record.syncing) {
      kuberuntime.cancel(uid);
      record.syncing = false;
      record.lastSyncEnd = sim.now;
    }
    const cachedAt = pleg.relistAfter(record.lastSyncEnd);
    const delayMs =
      record.lastSyncEnd === NEVER ? 0 : Math.max(0, cachedAt - sim.now);
    this.#send(uid, { type: "pod.killed", delayMs });
  }

  /** SyncTerminatingPod: whatever runs is told to stop. */
  stopContainers(uid: string): void {
    const record = this.#options.pods.record(uid);
    const known = this.#options.pods.known(uid);
    if (!known.terminating) this.#recordLife(record.stored, "terminating");
    known.terminating = true;
    record.ending = true;
    record.grace = gracePeriod(record.grace, record.stored);
    this.#report(record, "alive");
    const graceMs = runtimeGraceMs(record.grace);
    this.#options.kuberuntime.killPod(record.stored, graceMs);
  }

  containersStopped(uid: string): void {
    const { sim, pleg } = this.#options;
    const record = this.#options.pods.record(uid);
    this.#report(record, "ended");
    record.lastSyncEnd = sim.now;
    const delayMs = pleg.relistAfter(sim.now) - sim.now;
    this.#send(uid, { type: "containers.stopped", delayMs });
  }

  /** SyncTerminatedPod: the volumes go, then everything else. */
  unmountVolumes(uid: string): void {
    this.#options.pods.record(uid).waitingSince = this.#options.sim.now;
    this.#options.volumes.endPod(uid);
  }

  unmountFailed(uid: string): void {
    const failure = { kind: "error", expiresAt: null } as const;
    this.#fail(uid, this.#options.pods.record(uid), failure);
  }

  finish(uid: string): void {
    const { sources, readiness, kuberuntime, pleg, statuses } = this.#options;
    const record = this.#options.pods.record(uid);
    const { stored } = record;
    const status = this.#generate(record, "lost");
    sources.unregister(uid);
    readiness.forget(uid);
    kuberuntime.forget(uid);
    pleg.forget(uid);
    if (!this.#options.pods.known(uid).gone) this.#recordLife(stored, "gone");
    if (this.#options.pods.isThere(stored)) statuses.finish(stored, status);
    else statuses.forget(uid);
    this.#options.finished(uid);
  }

  /** The status, and what in it ends the sync: false when the pod is over or the network is missing. */
  #checkStatus(record: PodRecord): boolean {
    const { pleg, networkReady, events } = this.#options;
    const { stored } = record;
    const { uid } = stored.object.metadata;
    record.seen = pleg.status(uid);
    const overdue = this.#isOverdue(record);
    const { phase } = this.#report(record, overdue ? "overdue" : "alive");
    if (overdue) events.pod(stored, deadlineExceeded(DEADLINE_MESSAGE));
    if (isTerminalPhase(phase)) {
      this.end(uid);
      return false;
    }
    if (networkReady() || specOf(stored.object).hostNetwork === true)
      return true;
    events.pod(stored, networkNotReady(NETWORK_TEXT));
    this.#fail(uid, record, { kind: "network" });
    return false;
  }

  /** Whether the pod has had its activeDeadlineSeconds; the first time it is seen it is also put on the clock. */
  #isOverdue(record: PodRecord): boolean {
    const { activeDeadlineSeconds } = specOf(record.stored.object);
    if (activeDeadlineSeconds === undefined) return false;
    const { sim, statuses, awaken } = this.#options;
    const { startTime } = statuses.last(record.stored) ?? {};
    const startedAt = startTime === undefined ? null : parseInstant(startTime);
    const dueAt = (startedAt ?? sim.now) + activeDeadlineSeconds * SECOND_MS;
    if (sim.now >= dueAt) return true;
    if (!record.deadline) awaken(record.stored.object.metadata.uid, dueAt);
    record.deadline = true;
    return false;
  }

  /** Generates the status and has it sent if it says something new; what the sync does next is not caused by that. */
  #report(record: PodRecord, stage: PodStatusInput["stage"]): PodStatus {
    const { sim, pods, statuses } = this.#options;
    const { causes } = sim.trace;
    const status = this.#generate(record, stage);
    if (pods.isThere(record.stored)) statuses.set(record.stored, status);
    sim.trace.causes = causes;
    return status;
  }

  #generate(record: PodRecord, stage: PodStatusInput["stage"]): PodStatus {
    const { runtime, kuberuntime, readiness, statuses, sim, ip, config } =
      this.#options;
    const { stored } = record;
    const { uid } = stored.object.metadata;
    const looks = stage === "alive" || stage === "overdue";
    const status = looks ? record.seen : runtime.live(uid);
    return podStatus({
      stored,
      runtime: status,
      failures: kuberuntime.failures(uid),
      ready: readiness.observe(stored, status),
      before: statuses.last(stored),
      stage,
      nodeIp: ip,
      kubernetesMinor: config().kubernetesMinor,
      now: sim.now,
    });
  }

  #succeed(uid: string, record: PodRecord): void {
    const { volumes, queue, pods } = this.#options;
    const cacheMs = this.#ended(record);
    const delayMs = volumes.followsSource(uid)
      ? queue.resync(pods.known(uid))
      : null;
    this.#send(uid, { type: "sync.succeeded", delayMs, cacheMs });
  }

  #fail(uid: string, record: PodRecord, failure: SyncFailure): void {
    const { queue, pods } = this.#options;
    record.waitingSince = NEVER;
    record.settled = false;
    const cacheMs = this.#ended(record);
    const delayMs = queue.retry(pods.known(uid), failure);
    this.#send(uid, { type: "sync.failed", delayMs, cacheMs });
  }

  /** The sync is over; returns how long until the PLEG cache is newer. */
  #ended(record: PodRecord): number {
    const { sim, pleg } = this.#options;
    record.syncing = false;
    record.lastSyncEnd = sim.now;
    return pleg.relistAfter(sim.now) - sim.now;
  }

  /** The first time that every regular container has been started. */
  #noteRunning(uid: string, stored: Stored): void {
    const known = this.#options.pods.known(uid);
    if (known.running) return;
    const { containers } = this.#options.runtime.live(uid);
    const all = specOf(stored.object).containers.every(
      ({ name }) => (containers.get(name)?.current.startedAt ?? null) !== null,
    );
    if (!all) return;
    known.running = true;
    this.#recordLife(stored, "running");
  }

  #recordSync(stored: Stored, trigger: string): void {
    this.#options.sim.trace.record({
      type: "kubelet.pod.sync",
      at: `${this.#options.node}/kubelet`,
      about: podName(stored),
      data: { ...podId(stored), trigger },
    });
  }

  #recordLife(stored: Stored, life: "running" | "terminating" | "gone"): void {
    this.#options.sim.trace.record({
      type: `kubelet.pod.${life}`,
      at: `${this.#options.node}/kubelet`,
      about: podName(stored),
      data: podId(stored),
    });
  }

  #send(uid: string, event: PodWorkerEvent): void {
    this.#options.send(uid, event);
  }
}
