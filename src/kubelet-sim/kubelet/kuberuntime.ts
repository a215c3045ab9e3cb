/**
 * The kubelet's runtime manager: the last part of a pod sync, which makes the sandbox and starts, one after the other,
 * what is to run. An error of one container does not keep the others from starting, but for init containers.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/kuberuntime/{kuberuntime_manager,kuberuntime_container}.go (SyncPod,
 *         doBackOff, startContainer, KillPod), pkg/kubelet/reason_cache.go; kubelet.md 5, 8.4, 8.7
 */
import type { Stored } from "../../cluster-sim/ports.ts";
import type { Component, Simulation } from "../../kernel/simulation.ts";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import { specOf } from "../pod-spec.ts";
import type { NodeOptions, PodSources, PreparedContainer } from "../ports.ts";
import { programOf } from "./container-exit.ts";
import { containerSpec, isInit, podId, podName } from "./container-facts.ts";
import { planPod } from "./container-plan.ts";
import type { ContainerRuntime, RuntimeListener } from "./container-runtime.ts";
import type { StartFailure } from "./container-states.ts";
import type { PodRuntimeStatus } from "./container-status.ts";
import { currentOf } from "./container-status.ts";
import type { CrashBackoffs } from "./crash-backoff.ts";
import {
  crashLimits,
  crashWait,
  forgetCrashes,
  noteRestart,
} from "./crash-backoff.ts";
import { gracePeriod, runtimeGraceMs } from "./grace-period.ts";
import type { PodEvents } from "./pod-events.ts";
import {
  SANDBOX_CHANGED,
  crashing,
  createFailed,
  created,
  definitionChanged,
  goDuration,
  killing,
  podText,
  pulled,
  started,
} from "./pod-events.ts";

/** How the runtime part of a sync ended; `expiresAt`: the earliest end of a restart back-off among its errors. */
export type RuntimeOutcome =
  | { readonly ok: true }
  | { readonly ok: false; readonly expiresAt: EpochMs | null };

interface RuntimeSync {
  readonly stored: Stored;
  /** Containers still to start. */
  queue: string[];
  /** What is started or replaced now. */
  current: string | null;
  /** An answer that comes now is taken up by the loop that asked. */
  asking: boolean;
  failed: boolean;
  expiresAt: EpochMs | null;
}

interface KuberuntimeState {
  /** Runtime parts of syncs that are under way, by uid. */
  syncs: Map<string, RuntimeSync>;
  /** Why containers could not be started at the last try, by uid and container (`reasonCache`). */
  failures: Map<string, Map<string, StartFailure>>;
  backoffs: CrashBackoffs;
}

export interface KuberuntimeOptions extends NodeOptions {
  readonly sim: Simulation;
  readonly runtime: ContainerRuntime;
  readonly sources: PodSources;
  readonly events: PodEvents;
}

export interface KuberuntimeListener {
  /** A runtime part that took its time has ended. */
  runtimeSynced(uid: string, outcome: RuntimeOutcome): void;
  containersStopped(uid: string): void;
}

const NO_FAILURES: ReadonlyMap<string, StartFailure> = new Map();
const DONE: RuntimeOutcome = { ok: true };

export class Kuberuntime implements Component, RuntimeListener {
  readonly name: string;
  state: KuberuntimeState = newState();
  listener!: KuberuntimeListener;
  readonly #options: KuberuntimeOptions;

  constructor(options: KuberuntimeOptions) {
    this.name = `${options.node}/kubelet/kuberuntime`;
    this.#options = options;
    options.runtime.listener = this;
    options.sources.onPrepared = (key, outcome) => {
      const slash = key.indexOf("/");
      this.#prepared(key.slice(0, slash), key.slice(slash + 1), outcome);
    };
  }

  /** The kubelet's process ended, and with it all that only it knew. */
  stop(): void {
    this.state = newState();
    this.#options.runtime.containers.abandonAll();
  }

  failures(uid: string): ReadonlyMap<string, StartFailure> {
    return this.state.failures.get(uid) ?? NO_FAILURES;
  }

  /** The runtime part of one sync. Null: it takes time, and `runtimeSynced` tells its outcome. */
  syncPod(stored: Stored, status: PodRuntimeStatus): RuntimeOutcome | null {
    const plan = planPod(specOf(stored.object), status);
    const { uid } = stored.object.metadata;
    const { createSandbox, start, replace } = plan;
    if (start.length + replace.length === 0) return DONE;
    this.state.syncs.set(uid, {
      stored,
      queue: [...replace, ...start],
      current: null,
      asking: false,
      failed: false,
      expiresAt: null,
    });
    if (!createSandbox) return this.#next(uid);
    if (status.sandbox !== null)
      this.#options.events.pod(stored, SANDBOX_CHANGED);
    this.#options.runtime.makeSandbox(stored);
    return null;
  }

  /** The sync is called off; what the runtime does already goes on. */
  cancel(uid: string): void {
    const sync = this.state.syncs.get(uid);
    this.state.syncs.delete(uid);
    if (sync?.current != null)
      this.#options.runtime.containers.abandon(uid, sync.current);
  }

  /** Ends everything that runs of a pod: `containersStopped` when it has. */
  killPod(stored: Stored, graceMs: DurationMs): void {
    const { runtime, events } = this.#options;
    const { uid } = stored.object.metadata;
    for (const container of runtime.containers.runningNames(uid))
      events.container(stored, container, killing(container));
    runtime.stopPod(uid, graceMs);
  }

  /** Nothing is left of the pod. */
  forget(uid: string): void {
    this.state.syncs.delete(uid);
    this.state.failures.delete(uid);
    forgetCrashes(this.state.backoffs, uid);
  }

  handle(): void {
    // The runtime and the sources call.
  }

  prepare(uid: string, container: string): void {
    const { stored: pod } = this.state.syncs.get(uid)!;
    const { events, sources, config, runtime } = this.#options;
    const spec = containerSpec(pod, container)!;
    const podIp = runtime.live(uid).sandbox?.ip;
    const { kubernetesMinor } = config();
    events.container(pod, container, pulled(spec.image ?? "", kubernetesMinor));
    sources.prepareContainer({
      key: `${uid}/${container}`,
      pod,
      container: spec,
      ...(podIp === undefined ? {} : { podIp }),
    });
  }

  sandboxReady(uid: string): void {
    this.#resume(uid);
  }

  containerCreated(uid: string, container: string): void {
    const sync = this.state.syncs.get(uid);
    if (sync === undefined) return;
    const { events, config } = this.#options;
    const event = created(container, config().kubernetesMinor);
    events.container(sync.stored, container, event);
  }

  containerStarted(uid: string, container: string): void {
    const sync = this.state.syncs.get(uid);
    if (sync?.current !== container) return;
    const { events, config } = this.#options;
    const event = started(container, config().kubernetesMinor);
    events.container(sync.stored, container, event);
    this.state.failures.get(uid)?.delete(container);
    sync.current = null;
    this.#resume(uid);
  }

  /** A running container that was to be replaced has ended: its successor is started now. */
  containerExited(uid: string, container: string): void {
    const sync = this.state.syncs.get(uid);
    if (sync?.current !== container) return;
    this.#options.runtime.containers.request(sync.stored, container);
  }

  podStopped(uid: string): void {
    this.listener.containersStopped(uid);
  }

  #resume(uid: string): void {
    if (!this.state.syncs.has(uid)) return;
    const outcome = this.#next(uid);
    if (outcome !== null) this.listener.runtimeSynced(uid, outcome);
  }

  /** Goes on with the next container; the outcome once there is none left. */
  #next(uid: string): RuntimeOutcome | null {
    const sync = this.state.syncs.get(uid)!;
    for (;;) {
      const container = sync.queue.shift();
      if (container === undefined) break;
      if (this.#isHeldBack(sync, container)) continue;
      sync.current = container;
      sync.asking = true;
      this.#begin(sync, container);
      sync.asking = false;
      if (sync.current !== null) return null;
    }
    this.state.syncs.delete(uid);
    const { failed, expiresAt } = sync;
    return failed ? { ok: false, expiresAt } : DONE;
  }

  #begin({ stored }: RuntimeSync, container: string): void {
    const { runtime, events } = this.#options;
    const { uid } = stored.object.metadata;
    if (runtime.containers.running(uid, container) === null)
      return runtime.containers.request(stored, container);
    events.container(stored, container, definitionChanged(container));
    runtime.containers.stop(
      uid,
      container,
      runtimeGraceMs(gracePeriod(0, stored)),
    );
  }

  #isHeldBack(sync: RuntimeSync, container: string): boolean {
    const { runtime, sim, config, events } = this.#options;
    const { stored } = sync;
    const { uid } = stored.object.metadata;
    const current = currentOf(runtime.live(uid), container);
    if (current?.state !== "exited") return false;
    const finishedAt = current.finishedAt!;
    const image = containerSpec(stored, container)?.image ?? "";
    const key = `${uid}/${container}/${image}`;
    const { now } = sim;
    const wait = crashWait(this.state.backoffs, key, finishedAt, now);
    if (wait === null) {
      const limits = crashLimits(config());
      const at = { finishedAt, now };
      noteRestart(this.state.backoffs, key, at, limits);
      return false;
    }
    const { backoffMs, expiresAt } = wait;
    events.container(stored, container, crashing(container, stored));
    runtime.containers.holdBack(uid, container);
    sync.expiresAt = Math.min(sync.expiresAt ?? expiresAt, expiresAt);
    this.#fail(sync, container, {
      reason: "CrashLoopBackOff",
      message: `back-off ${goDuration(backoffMs)} restarting failed container=${container} pod=${podText(stored)}`,
    });
    return true;
  }

  #prepared(uid: string, container: string, outcome: PreparedContainer): void {
    const sync = this.state.syncs.get(uid);
    if (sync?.current !== container) return;
    const { stored } = sync;
    const { runtime, events } = this.#options;
    for (const event of outcome.events ?? []) events.pod(stored, event);
    if (outcome.ok) {
      const program = programOf(stored.object, container);
      const { config } = outcome;
      return runtime.containers.create(uid, container, config, program);
    }
    const { message } = outcome;
    events.container(stored, container, createFailed(message));
    runtime.containers.refuse(uid, container);
    this.#fail(sync, container, {
      reason: "CreateContainerConfigError",
      message,
    });
    sync.current = null;
    if (isInit(stored, container)) sync.queue = [];
    if (!sync.asking) this.#resume(uid);
  }

  #fail(sync: RuntimeSync, container: string, failure: StartFailure): void {
    sync.failed = true;
    const { uid } = sync.stored.object.metadata;
    const failures = this.state.failures.get(uid) ?? new Map();
    this.state.failures.set(uid, failures);
    const before = failures.get(container) as StartFailure | undefined;
    failures.set(container, failure);
    const { reason, message } = failure;
    if (before?.reason === reason && before.message === message) return;
    this.#options.sim.trace.record({
      type: "container.waiting",
      at: `${this.#options.node}/kubelet`,
      about: podName(sync.stored),
      data: { ...podId(sync.stored), container, reason, message },
    });
  }
}

function newState(): KuberuntimeState {
  return { syncs: new Map(), failures: new Map(), backoffs: new Map() };
}
