/**
 * A node's container runtime: sandboxes and the containers in them, which outlive the kubelet. What happens here the
 * kubelet sees at the next relist of its PLEG (`pleg.ts`).
 *
 * Source: containerd's CRI (exit code 255 and reason Unknown of what a reboot ended); kubernetes/kubernetes v1.35
 *         pkg/kubelet/kuberuntime/kuberuntime_sandbox.go; kubelet.md 8.7, 10
 * Simplification: A pod's address is the next one of its node's own 10.244.x.0/24, and nobody can connect to it.
 * Simplification: Stopping a container takes the fixed time of the profile, at most its grace period; hooks of its life cycle take no time.
 */
import type { Stored } from "../../cluster-sim/ports.ts";
import type { SimEvent } from "../../kernel/event-queue.ts";
import { Rank } from "../../kernel/event-queue.ts";
import type { Component } from "../../kernel/simulation.ts";
import type { DurationMs } from "../../kernel/time.ts";
import type { PodRuntimeStatus, SandboxStatus } from "./container-status.ts";
import { NO_RUNTIME_STATUS } from "./container-status.ts";
import type { ContainerListener, ContainersOptions } from "./containers.ts";
import { Containers } from "./containers.ts";

interface RuntimePod {
  /** The pod as it was when its sandbox was asked for last. */
  stored: Stored;
  sandbox: SandboxStatus | null;
  /** Queue handle of the sandbox that is being made. */
  making: number | null;
  /** Somebody waits for the end of all containers. */
  stopping: boolean;
}

interface RuntimeState {
  /** By uid, in the order of their coming. */
  pods: Map<string, RuntimePod>;
  /** How many addresses were given to sandboxes. */
  addresses: number;
}

/** The runtime's client. */
export interface RuntimeListener extends ContainerListener {
  sandboxReady(uid: string): void;
  podStopped(uid: string): void;
}

interface SandboxEvent extends SimEvent {
  readonly type: "sandbox";
  readonly uid: string;
}

/** Addresses that a node's /24 has for pods. */
const POD_ADDRESSES = 253;
const FIRST_POD_ADDRESS = 2;
/** What containerd says of containers whose process is gone without a trace. */
const LOST_EXIT_CODE = 255;
const LOST_REASON = "Unknown";

export class ContainerRuntime implements Component {
  readonly name: string;
  state: RuntimeState = { pods: new Map(), addresses: 0 };
  readonly containers: Containers;
  /** Set when the node is put together. */
  listener!: RuntimeListener;
  /** Told of each change; `syncs` where it is one that makes the PLEG sync the pod. */
  onChange: (uid: string, syncs: boolean) => void = () => {};
  /** Told of each start of a container, at the instant it happens. */
  onStarted: (uid: string, container: string) => void = () => {};
  /** Told of each end of a container, at the instant it happens. */
  onEnded: (uid: string, container: string) => void = () => {};
  /** Told when nothing of a pod is left. */
  onRemoved: (uid: string) => void = () => {};
  readonly #options: ContainersOptions;

  constructor(options: ContainersOptions) {
    this.name = `${options.node}/container-runtime`;
    this.#options = options;
    this.containers = options.sim.add(
      new Containers(options, {
        prepare: (uid, name) => this.listener.prepare(uid, name),
        containerCreated: (uid, name) => {
          this.onChange(uid, false);
          this.listener.containerCreated(uid, name);
        },
        containerStarted: (uid, name) => {
          this.onChange(uid, true);
          this.onStarted(uid, name);
          this.listener.containerStarted(uid, name);
        },
        containerExited: (uid, name) => this.#exited(uid, name),
      }),
    );
  }

  /** The pods of which anything is left here. */
  get pods(): Stored[] {
    return [...this.state.pods.values()].map(({ stored }) => stored);
  }

  /** The pod as it is. */
  live(uid: string): PodRuntimeStatus {
    const pod = this.state.pods.get(uid);
    if (pod === undefined) return NO_RUNTIME_STATUS;
    const containers = this.containers.histories(uid);
    return { sandbox: pod.sandbox, containers };
  }

  /** Makes a sandbox, `sandboxReady` when it is there; one that was there before is replaced. */
  makeSandbox(stored: Stored): void {
    const { uid } = stored.object.metadata;
    const sandbox = this.state.pods.get(uid)?.sandbox ?? null;
    const event: SandboxEvent = { type: "sandbox", uid };
    const { sim, config } = this.#options;
    const making = sim.after(config().sandboxMs, {
      rank: Rank.containerEvent,
      target: this.name,
      event,
    });
    this.state.pods.set(uid, { stored, sandbox, making, stopping: false });
  }

  /** Stops whatever runs of a pod and then its sandbox: `podStopped`, at once where nothing runs. */
  stopPod(uid: string, graceMs: DurationMs): void {
    const pod = this.state.pods.get(uid);
    if (pod === undefined) return this.listener.podStopped(uid);
    this.#giveUpSandbox(pod);
    pod.stopping = true;
    for (const name of this.containers.names(uid))
      this.containers.stop(uid, name, graceMs);
    this.#checkStopped(uid, pod);
  }

  /** Nothing is left of the pod. */
  removePod(uid: string): void {
    this.containers.remove(uid);
    this.state.pods.delete(uid);
    this.onRemoved(uid);
  }

  /** The node goes down: every process ends at once, sandboxes are no longer ready. */
  nodeStopped(): void {
    for (const [uid, pod] of this.state.pods) {
      this.#giveUpSandbox(pod);
      pod.stopping = false;
      if (pod.sandbox !== null) pod.sandbox = { ...pod.sandbox, ready: false };
      for (const name of this.containers.names(uid))
        this.containers.exit(uid, name, LOST_EXIT_CODE, LOST_REASON);
    }
  }

  handle(event: SimEvent): void {
    const { uid } = event as SandboxEvent;
    const pod = this.state.pods.get(uid)!;
    pod.making = null;
    pod.sandbox = {
      ready: true,
      attempt: pod.sandbox === null ? 0 : pod.sandbox.attempt + 1,
      ip: this.#nextAddress(),
    };
    this.onChange(uid, true);
    this.listener.sandboxReady(uid);
  }

  #giveUpSandbox(pod: RuntimePod): void {
    if (pod.making !== null) this.#options.sim.cancel(pod.making);
    pod.making = null;
  }

  #exited(uid: string, container: string): void {
    this.onChange(uid, true);
    this.onEnded(uid, container);
    const pod = this.state.pods.get(uid)!;
    if (pod.stopping) this.#checkStopped(uid, pod);
    else this.listener.containerExited(uid, container);
  }

  #checkStopped(uid: string, pod: RuntimePod): void {
    if (!pod.stopping || this.containers.runningNames(uid).length > 0) return;
    pod.stopping = false;
    if (pod.sandbox?.ready === true) {
      pod.sandbox = { ...pod.sandbox, ready: false };
      this.onChange(uid, true);
    }
    this.listener.podStopped(uid);
  }

  #nextAddress(): string {
    const octets = this.#options.ip.split(".").map(Number);
    const third = ((octets[2] ?? 0) * 250 + (octets[3] ?? 0)) % 256;
    const last = FIRST_POD_ADDRESS + (this.state.addresses++ % POD_ADDRESSES);
    return `10.244.${third}.${last}`;
  }
}
